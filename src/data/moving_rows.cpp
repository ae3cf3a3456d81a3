#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>

#include <kohort/data/detail/moving_rows.hpp>
#include <kohort/model/detail/pieces.hpp>
#include <kohort/support/error.hpp>

namespace kohort::detail {

namespace {

constexpr double coarse = 32;  // stand-in intervals are rounded to so many parts of a year

std::vector<std::int32_t> by_length(const std::vector<double>& elapsed, std::size_t cells,
                                    std::size_t pieces, patience& go_on) {
  std::vector<double> lengths(cells, 0.0);
  for (std::size_t i = 0; i < elapsed.size(); ++i) lengths[i / pieces] += elapsed[i];
  std::vector<std::int32_t> order(cells);
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](std::int32_t a, std::int32_t b) {
    go_on();
    return lengths[static_cast<std::size_t>(a)] < lengths[static_cast<std::size_t>(b)];
  });
  return order;
}

}  // namespace

double middle_of_year(double clock) {
  return clock < 2 ? (std::floor(clock * 8) + 0.5) / 8 : std::floor(clock) + 0.5;
}

double coarse_length(double years) {
  return years > 0 ? std::max(std::round(years * coarse), 1.0) / coarse : 0;
}

void refuse_young(const std::string& clock, std::int64_t row) {
  reject("E-COVARIATE", "aggregate", "'" + clock + "' is below 0 in row " + std::to_string(row),
         "a Weibull effect goes with the logarithm of its clock",
         "Correct the row, or use gompertz");
}

moving_rows::moving_rows(const observations& seen, const intensity_model& intensities)
    : seen_(seen), intensities_(intensities), moving_(intensities) {
  const auto column = [&](const std::string& name) {
    return static_cast<std::size_t>(
        std::find(seen.covariate_names.begin(), seen.covariate_names.end(), name) -
        seen.covariate_names.begin());
  };
  for (const auto& covariate : intensities.terms) columns_.push_back(column(covariate.column));
  for (const auto& name : moving_.clock_names()) clock_columns_.push_back(column(name));
}

std::int32_t moving_rows::number(const std::vector<double>& design) {
  std::uint64_t hash = 0x9E3779B97F4A7C15U;
  for (const double value : design) {
    hash = (hash ^ std::bit_cast<std::uint64_t>(value)) * 0xFF51AFD7ED558CCDU;
    hash ^= hash >> 32;
  }
  if (designs_.size() * 2 >= slots_.size()) {
    std::vector<slot> larger(std::max<std::size_t>(64, slots_.size() * 2), {0, -1});
    for (const auto& old : slots_) {
      if (old.number < 0) continue;
      auto at = old.hash & (larger.size() - 1);
      while (larger[at].number >= 0) at = (at + 1) & (larger.size() - 1);
      larger[at] = old;
    }
    slots_ = std::move(larger);
  }
  auto at = hash & (slots_.size() - 1);
  for (; slots_[at].number >= 0; at = (at + 1) & (slots_.size() - 1)) {
    if (slots_[at].hash == hash && designs_[static_cast<std::size_t>(slots_[at].number)] == design)
      return slots_[at].number;
  }
  slots_[at] = {hash, static_cast<std::int32_t>(designs_.size())};
  designs_.push_back(design);
  return slots_[at].number;
}

moving_rows::stretch moving_rows::cut(std::size_t row, double begin, double end, double length) {
  const auto values = seen_.row_covariates(row);
  thread_local std::vector<double> x, clocks, moving, design, middles;
  x.clear();
  for (const auto column : columns_) x.push_back(values[column]);
  clocks.clear();
  for (const auto column : clock_columns_) clocks.push_back(values[column]);
  for (const int clock : moving_.from_zero()) {
    if (clocks[static_cast<std::size_t>(clock)] >= 0) continue;
    refuse_young(
        moving_.clock_names()[static_cast<std::size_t>(clock)],
        seen_.source_rows.empty() ? static_cast<std::int64_t>(row) : seen_.source_rows[row]);
  }
  stretch one{static_cast<std::int64_t>(pieces_.size()), static_cast<std::int64_t>(clocks_.size()),
              0};
  for (const double clock : clocks) clocks_.push_back(clock + begin);
  moving.resize(static_cast<std::size_t>(moving_.columns()));
  for_each_piece(
      intensities_, x, begin, end, [&](double from, double to, std::span<const double> now) {
        const bool only = from == begin && to == end;
        const double years = only ? length : piece_length(from, to, length);
        if (!(years > 0) && !only) return;
        design.clear();
        for (std::size_t t = 0; t < intensities_.terms.size(); ++t) {
          const auto& covariate = intensities_.terms[t];
          design.resize(design.size() + static_cast<std::size_t>(covariate.columns()), 0.0);
          if (!moves_on(covariate.path))
            term_columns(covariate, now[t], design.data() + design.size() - covariate.columns());
        }
        for (auto& value : design) value += 0.0;  // -0 and 0 are one pattern
        piece part{number(design), 0, years};
        middles = clocks;
        for (auto& clock : middles) clock = middle_of_year(clock + (from + to) / 2);
        moving_.at(middles.data(), 0, moving.data());
        for (std::size_t c = 0; c < moving.size(); ++c)
          design[static_cast<std::size_t>(moving_.design()[c])] = moving[c] + 0.0;
        part.middle = number(design);
        pieces_.push_back(part);
        ++one.pieces;
      });
  return one;
}

void moving_rows::add(std::size_t row, double elapsed, observation_kind kind, state from, state to,
                      double weight) {
  intervals_.push_back({cut(row, 0, elapsed, elapsed), weight, from, to, kind});
}

std::int32_t moving_rows::path(std::size_t row, double begin, double end, double length) {
  paths_.push_back(cut(row, begin, end, length));
  return static_cast<std::int32_t>(paths_.size() - 1);
}

namespace {

template <class T>
int way(const T& x, const T& y) {
  return x < y ? -1 : y < x ? 1 : 0;
}

}  // namespace

int moving_rows::compare(const stretch& a, const stretch& b, std::size_t clocks) const {
  if (const int by = way(a.pieces, b.pieces)) return by;
  for (std::int32_t j = 0; j < a.pieces; ++j) {
    const auto& x = pieces_[static_cast<std::size_t>(a.first_piece + j)];
    const auto& y = pieces_[static_cast<std::size_t>(b.first_piece + j)];
    if (const int by = way(x.held, y.held)) return by;
    if (const int by = way(x.elapsed, y.elapsed)) return by;
  }
  for (std::size_t c = 0; c < clocks; ++c) {
    if (const int by = way(clocks_[static_cast<std::size_t>(a.first_clock) + c],
                           clocks_[static_cast<std::size_t>(b.first_clock) + c]))
      return by;
  }
  return 0;
}

int moving_rows::compare(const interval& a, const interval& b, std::size_t clocks) const {
  if (const int by = way(a.kind, b.kind)) return by;
  if (const int by = compare(a.over, b.over, clocks)) return by;
  if (const int by = way(a.from, b.from)) return by;
  return way(a.to, b.to);
}

path_list moving_rows::list(std::size_t clocks, patience& go_on) const {
  path_list all;
  all.clocks = static_cast<int>(clocks);
  all.places.resize(paths_.size());
  std::vector<std::int32_t> order(paths_.size());
  std::iota(order.begin(), order.end(), 0);
  const auto at = [&](std::int32_t number) -> const stretch& {
    return paths_[static_cast<std::size_t>(number)];
  };
  std::stable_sort(order.begin(), order.end(), [&](std::int32_t a, std::int32_t b) {
    go_on();
    return compare(at(a), at(b), clocks) < 0;
  });
  const stretch* before = nullptr;
  for (const auto number : order) {
    const auto& one = at(number);
    if (!before || compare(*before, one, clocks) != 0) {
      for (auto j = one.first_piece; j < one.first_piece + one.pieces; ++j) {
        all.patterns.push_back(pieces_[static_cast<std::size_t>(j)].held);
        all.elapsed.push_back(pieces_[static_cast<std::size_t>(j)].elapsed);
      }
      all.first_pieces.push_back(static_cast<std::int64_t>(all.elapsed.size()));
      const auto first = clocks_.begin() + one.first_clock;
      all.starts.insert(all.starts.end(), first, first + static_cast<std::ptrdiff_t>(clocks));
      before = &one;
    }
    all.places[static_cast<std::size_t>(number)] =
        static_cast<std::int32_t>(all.first_pieces.size() - 2);
  }
  return all;
}

void moving_rows::finish(transition_tables& tables, const run_rows& runs, patience& go_on) {
  std::vector<std::int32_t> order(designs_.size()), place(designs_.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](std::int32_t a, std::int32_t b) {
    return designs_[static_cast<std::size_t>(a)] < designs_[static_cast<std::size_t>(b)];
  });
  for (std::size_t i = 0; i < order.size(); ++i) {
    place[static_cast<std::size_t>(order[i])] = static_cast<std::int32_t>(i);
    const auto& design = designs_[static_cast<std::size_t>(order[i])];
    tables.patterns.insert(tables.patterns.end(), design.begin(), design.end());
  }
  for (auto& one : pieces_) {
    one.held = place[static_cast<std::size_t>(one.held)];
    one.middle = place[static_cast<std::size_t>(one.middle)];
  }
  const auto C = static_cast<std::size_t>(moving_.clocks());
  std::stable_sort(intervals_.begin(), intervals_.end(), [&](const interval& a, const interval& b) {
    go_on();
    return compare(a, b, C) < 0;
  });
  const interval* before = nullptr;
  for (const auto& one : intervals_) {
    go_on();
    if (tables.moving.empty() || tables.moving.back().kind != one.kind ||
        tables.moving.back().pieces != one.over.pieces) {
      tables.moving.push_back(
          {.kind = one.kind, .pieces = one.over.pieces, .clocks = moving_.clocks()});
      before = nullptr;
    }
    auto& cells = tables.moving.back();
    if (before && compare(*before, one, C) == 0) {
      cells.weights.back() += one.weight;
      ++cells.counts.back();
    } else {
      for (std::int32_t j = 0; j < one.over.pieces; ++j) {
        const auto& part = pieces_[static_cast<std::size_t>(one.over.first_piece + j)];
        cells.patterns.push_back(part.held);
        cells.elapsed.push_back(part.elapsed);
      }
      const auto first = clocks_.begin() + one.over.first_clock;
      cells.starts.insert(cells.starts.end(), first, first + static_cast<std::ptrdiff_t>(C));
      cells.from.push_back(one.from);
      cells.to.push_back(one.to);
      cells.weights.push_back(one.weight);
      cells.counts.push_back(1);
    }
    before = &one;
  }
  for (auto& cells : tables.moving)
    cells.order =
        by_length(cells.elapsed, cells.size(), static_cast<std::size_t>(cells.pieces), go_on);
  if (!runs.empty()) runs.write(list(C, go_on), tables.runs, go_on);
  write_stand_in(tables, runs, go_on);
}

void moving_rows::write_stand_in(transition_tables& tables, const run_rows& runs, patience& go_on) {
  const auto n = static_cast<std::size_t>(intensities_.structure.size());
  const auto K = intensities_.structure.transitions().size();
  transition_tables simple;
  simple.columns = tables.columns;
  simple.patterns = tables.patterns;
  simple.subjects = tables.subjects;
  simple.single_subjects = tables.single_subjects;
  simple.intervals = tables.intervals;
  simple.person_years = tables.person_years;
  simple.weight = tables.weight;
  auto& exact = simple.exact;
  for (const auto& one : intervals_) {
    go_on();
    if (one.kind != observation_kind::exact_transition) continue;
    if (exact.intervals++ == 0) {
      exact.exposure.assign(designs_.size() * n, 0.0);
      exact.events.assign(designs_.size() * K, 0.0);
    }
    for (std::int32_t j = 0; j < one.over.pieces; ++j) {
      const auto& part = pieces_[static_cast<std::size_t>(one.over.first_piece + j)];
      exact.exposure[static_cast<std::size_t>(part.middle) * n +
                     static_cast<std::size_t>(one.from)] += one.weight * part.elapsed;
      if (j + 1 == one.over.pieces && one.to != one.from) {
        exact.events[static_cast<std::size_t>(part.middle) * K +
                     static_cast<std::size_t>(intensities_.structure.index(one.from, one.to))] +=
            one.weight;
      }
    }
  }
  for (auto& one : pieces_) {
    one.held = one.middle;
    one.elapsed = coarse_length(one.elapsed);
  }
  std::erase_if(intervals_,
                [](const interval& one) { return one.kind == observation_kind::exact_transition; });
  std::stable_sort(intervals_.begin(), intervals_.end(), [&](const interval& a, const interval& b) {
    go_on();
    return compare(a, b, 0) < 0;
  });
  const interval* before = nullptr;
  for (const auto& one : intervals_) {
    go_on();
    if (simple.cells.empty() || simple.cells.back().kind != one.kind ||
        simple.cells.back().pieces != one.over.pieces) {
      simple.cells.push_back({.kind = one.kind, .pieces = one.over.pieces});
      before = nullptr;
    }
    auto& cells = simple.cells.back();
    if (before && compare(*before, one, 0) == 0) {
      cells.weights.back() += one.weight;
      ++cells.counts.back();
    } else {
      for (std::int32_t j = 0; j < one.over.pieces; ++j) {
        const auto& part = pieces_[static_cast<std::size_t>(one.over.first_piece + j)];
        cells.patterns.push_back(part.held);
        cells.elapsed.push_back(part.elapsed);
      }
      cells.from.push_back(one.from);
      cells.to.push_back(one.to);
      cells.weights.push_back(one.weight);
      cells.counts.push_back(1);
    }
    before = &one;
  }
  for (auto& cells : simple.cells)
    cells.order =
        by_length(cells.elapsed, cells.size(), static_cast<std::size_t>(cells.pieces), go_on);
  if (!runs.empty()) runs.write(list(0, go_on), simple.runs, go_on);
  tables.stand_in = std::make_shared<const transition_tables>(std::move(simple));
}

}  // namespace kohort::detail
