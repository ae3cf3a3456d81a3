#include <algorithm>
#include <memory>
#include <numeric>
#include <type_traits>

#include <kohort/data/detail/cell_writer.hpp>
#include <kohort/data/detail/covariate_columns.hpp>
#include <kohort/data/detail/moving_rows.hpp>
#include <kohort/data/detail/stand_in.hpp>
#include <kohort/model/detail/pieces.hpp>

namespace kohort::detail {

moving_rows::moving_rows(const observations& seen, const intensity_model& intensities)
    : seen_(seen),
      intensities_(intensities),
      columns_(columns_of(seen, intensities.terms)),
      design_(seen, intensities) {}

moving_rows::stretch moving_rows::cut(std::size_t row, double begin, double end, double length) {
  const auto values = seen_.row_covariates(row);
  x_.clear();
  for (const auto column : columns_) x_.push_back(values[column]);
  stretch one{static_cast<std::int64_t>(pieces_.size()), static_cast<std::int64_t>(clocks_.size()),
              0};
  for (const double clock : design_.begin(row)) clocks_.push_back(clock + begin);
  for_each_piece(intensities_, x_, begin, end,
                 [&](double from, double to, std::span<const double> now) {
                   const bool only = from == begin && to == end;
                   const double years = only ? length : piece_length(from, to, length);
                   if (!(years > 0) && !only) return;
                   piece part{designs_.find(design_.held(now)), 0, years};
                   part.middle = designs_.find(design_.middle((from + to) / 2));
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

template <class Table>
void moving_rows::write_cells(std::vector<Table>& tables, std::size_t clocks, patience& go_on) {
  std::stable_sort(intervals_.begin(), intervals_.end(), [&](const interval& a, const interval& b) {
    go_on();
    return compare(a, b, clocks) < 0;
  });
  cell_writer writer(tables);
  const interval* before = nullptr;
  for (const auto& one : intervals_) {
    go_on();
    const bool again = before && compare(*before, one, clocks) == 0;
    before = &one;
    if (!writer.add(one.kind, one.over.pieces, one.from, one.to, one.weight, again)) continue;
    for (std::int32_t j = 0; j < one.over.pieces; ++j) {
      const auto& part = pieces_[static_cast<std::size_t>(one.over.first_piece + j)];
      writer.add_piece(part.held, part.elapsed);
    }
    if constexpr (std::is_same_v<Table, moving_cells>) {
      auto& cells = writer.table();
      cells.clocks = static_cast<int>(clocks);
      const auto first = clocks_.begin() + one.over.first_clock;
      cells.starts.insert(cells.starts.end(), first, first + static_cast<std::ptrdiff_t>(clocks));
    }
  }
  writer.finish(go_on);
}

void moving_rows::finish(transition_tables& tables, const run_rows& runs, patience& go_on) {
  const auto place = designs_.write(tables.patterns);
  for (auto& one : pieces_) {
    one.held = place[static_cast<std::size_t>(one.held)];
    one.middle = place[static_cast<std::size_t>(one.middle)];
  }
  const auto clocks = static_cast<std::size_t>(design_.clocks());
  write_cells(tables.moving, clocks, go_on);
  if (!runs.empty()) runs.write(list(clocks, go_on), tables.runs, go_on);
  write_stand_in(tables, runs, go_on);
}

void moving_rows::write_stand_in(transition_tables& tables, const run_rows& runs, patience& go_on) {
  const auto n = static_cast<std::size_t>(intensities_.structure.size());
  const auto K = intensities_.structure.transitions().size();
  auto simple = stand_in_for(tables);
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
  write_cells(simple.cells, 0, go_on);
  if (!runs.empty()) runs.write(list(0, go_on), simple.runs, go_on);
  tables.stand_in = std::make_shared<const transition_tables>(std::move(simple));
}

}  // namespace kohort::detail
