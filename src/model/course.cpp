#include <algorithm>
#include <cmath>
#include <string>

#include <kohort/model/course.hpp>
#include <kohort/support/error.hpp>

namespace kohort {

namespace {

constexpr double infinite = std::numeric_limits<double>::infinity();

bool stepwise(const term& covariate) {
  return covariate.path == covariate_path::bands || covariate.path == covariate_path::yearly;
}

bool used(const intensity_model& intensities, std::size_t i) {
  return intensities.uses.empty() ||
         std::any_of(intensities.uses.begin(), intensities.uses.end(),
                     [&](const std::vector<bool>& row) { return row[i]; });
}

void check(const intensity_model& intensities, const course& person, const horizon& over) {
  const auto refuse = [](const std::string& seen, const std::string& needed,
                         const std::string& remedy) {
    reject("E-TIME", "path", seen, needed, remedy);
  };
  if (person.changes.empty() || person.changes.front().at != 0)
    refuse("the first piece does not begin at 0", "a path begins where the question does",
           "Give the values at time 0");
  for (std::size_t i = 0; i < person.changes.size(); ++i) {
    const auto& change = person.changes[i];
    if (!std::isfinite(change.at) || (i > 0 && !(change.at > person.changes[i - 1].at)))
      refuse("piece " + std::to_string(i) + " begins at " + shown(change.at),
             "each piece begins after the one before", "Sort the pieces by time");
    if (change.x.size() != intensities.terms.size())
      reject("E-COLUMN", "path", std::to_string(change.x.size()) + " covariate values were given",
             "the model has " + std::to_string(intensities.terms.size()) + " terms",
             "Give one value for each term");
    for (std::size_t c = 0; c < change.x.size(); ++c) {
      if (std::isfinite(change.x[c])) continue;
      reject("E-COLUMN", "path", "'" + intensities.terms[c].column + "' is " + shown(change.x[c]),
             "a covariate must be finite", "Give its value");
    }
  }
  if (!(over.years >= 0)) {
    refuse("the horizon is " + shown(over.years) + " years", "it must not be negative",
           "Give the years ahead, or infinity for the whole life");
  }
  if (!(over.since >= 0) || !(over.since <= over.years) || !std::isfinite(over.since)) {
    refuse("counting begins at " + shown(over.since) + " and ends at " + shown(over.years),
           "it must begin at 0 or later, and before it ends", "Mend these times");
  }
}

bool is_stopped(std::span<const state> stopped, state s) {
  return std::find(stopped.begin(), stopped.end(), s) != stopped.end();
}

}  // namespace

course_grid lay_out(const intensity_model& intensities, const course& person, const horizon& over,
                    double step) {
  check(intensities, person, over);
  const auto& terms = intensities.terms;
  const auto& changes = person.changes;
  const auto moves = [&](std::size_t i) {
    return !person.hold && runs(terms[i]) && used(intensities, i);
  };

  // A whole life ends at the last age where intensities never come to rest.
  double end = over.years;
  if (end == infinite) {
    for (std::size_t i = 0; i < terms.size(); ++i) {
      if (!moves(i) || terms[i].path == covariate_path::bands) continue;
      const double left = terms[i].column == "age" ? over.last_age - changes.front().x[i] : 125.0;
      end = std::min(end, std::max(left, over.since));
    }
  }

  std::vector<double> breaks{0.0, over.since, end};
  for (std::size_t c = 0; c < changes.size(); ++c) {
    const double from = changes[c].at;
    const double to = c + 1 < changes.size() ? changes[c + 1].at : end;
    breaks.push_back(from);
    for (std::size_t i = 0; i < terms.size(); ++i) {
      if (!moves(i)) continue;
      const double value = changes[c].x[i];
      if (terms[i].path == covariate_path::yearly) {
        for (double year = std::floor(value) + 1; from + (year - value) < to; ++year)
          breaks.push_back(from + (year - value));
      } else {
        for (const double cut : terms[i].cuts) {
          if (cut > value && from + (cut - value) < to) breaks.push_back(from + (cut - value));
        }
      }
      if (terms[i].path == covariate_path::weibull && value >= 0 && value < 1) {
        // Rates may grow without limit towards the clock's zero: three cells to each doubling.
        for (double z = 1; z > 0x1p-40; z /= std::cbrt(2.0)) {
          if (z > value && from + (z - value) < to) breaks.push_back(from + (z - value));
        }
      }
    }
  }
  std::sort(breaks.begin(), breaks.end());
  breaks.erase(std::remove_if(breaks.begin(), breaks.end(), [&](double b) { return b > end; }),
               breaks.end());
  breaks.erase(std::unique(breaks.begin(), breaks.end()), breaks.end());

  course_grid grid;
  bool smooth = false;
  for (std::size_t i = 0; i < terms.size(); ++i)
    smooth = smooth || (moves(i) && !stepwise(terms[i]));
  grid.moving = smooth;
  const auto node = [&](std::size_t change, double at) {
    auto x = changes[change].x;
    for (std::size_t i = 0; i < terms.size(); ++i) {
      if (moves(i)) x[i] += at - changes[change].at;
    }
    grid.designs.push_back(design_row(intensities, x));
    return static_cast<int>(grid.designs.size()) - 1;
  };
  const auto piece = [&](double elapsed, double from, int at, double first, double second) {
    grid.elapsed.push_back(elapsed);
    grid.counted.push_back(from >= over.since ? 1.0 : 0.0);
    grid.nodes.push_back(at);
    grid.first.push_back(first);
    grid.second.push_back(second);
  };
  const double x1 = 0.25 + std::sqrt(3.0) / 6, x2 = 0.25 - std::sqrt(3.0) / 6;
  std::size_t change = 0;
  for (std::size_t b = 0; b + 1 < breaks.size(); ++b) {
    const double from = breaks[b], to = breaks[b + 1];
    while (change + 1 < changes.size() && changes[change + 1].at <= from) ++change;
    if (!smooth) {
      const double inside = to == infinite ? from + 1 : from + (to - from) / 2;
      piece(to - from, from, node(change, inside), 1, 0);
      continue;
    }
    const double cells = std::ceil((to - from) / step);
    const double h = (to - from) / cells;
    for (int c = 0; c < static_cast<int>(cells); ++c) {
      const double start = from + c * h;
      const int early = node(change, start + h * (0.5 - std::sqrt(3.0) / 6));
      node(change, start + h * (0.5 + std::sqrt(3.0) / 6));
      piece(h / 2, from, early, 2 * x1, 2 * x2);
      piece(h / 2, from, early, 2 * x2, 2 * x1);
    }
  }
  return grid;
}

intensity_path intensities_along(const intensity_model& intensities,
                                 const coefficient_layout& where, const course_grid& grid,
                                 std::span<const double> coefficients,
                                 std::span<const state> stopped) {
  const auto& moves = intensities.structure.transitions();
  const auto K = moves.size();
  std::vector<double> at(grid.designs.size() * K);
  for (std::size_t i = 0; i < grid.designs.size(); ++i) {
    const std::span<double> rates(&at[i * K], K);
    rates_at(where, coefficients, grid.designs[i], rates);
    for (std::size_t k = 0; k < K; ++k) {
      if (is_stopped(stopped, moves[k].from)) rates[k] = 0;
    }
  }
  intensity_path path{intensities.structure.size(), moves, grid.elapsed, {}, grid.counted};
  path.rates.resize(grid.elapsed.size() * K);
  for (std::size_t p = 0; p < grid.elapsed.size(); ++p) {
    const double* early = &at[static_cast<std::size_t>(grid.nodes[p]) * K];
    for (std::size_t k = 0; k < K; ++k) {
      const double mixed =
          grid.first[p] * early[k] + (grid.second[p] != 0 ? grid.second[p] * early[K + k] : 0.0);
      path.rates[p * K + k] = std::max(mixed, 0.0);
    }
  }
  return path;
}

void add_coefficient_slopes(const intensity_model& intensities, const coefficient_layout& where,
                            const course_grid& grid, std::span<const double> coefficients,
                            std::span<const state> stopped, std::span<const double> path_slopes,
                            double weight, std::span<double> into) {
  const auto& moves = intensities.structure.transitions();
  const auto K = moves.size();
  std::vector<double> rates(K), slopes(grid.designs.size() * K, 0.0);
  for (std::size_t p = 0; p < grid.elapsed.size(); ++p) {
    double* early = &slopes[static_cast<std::size_t>(grid.nodes[p]) * K];
    for (std::size_t k = 0; k < K; ++k) {
      early[k] += grid.first[p] * path_slopes[p * K + k];
      if (grid.second[p] != 0) early[K + k] += grid.second[p] * path_slopes[p * K + k];
    }
  }
  for (std::size_t i = 0; i < grid.designs.size(); ++i) {
    rates_at(where, coefficients, grid.designs[i], rates);
    for (std::size_t k = 0; k < K; ++k) {
      if (is_stopped(stopped, moves[k].from) || rates[k] == 0) continue;
      const double slope = weight * rates[k] * slopes[i * K + k];
      auto at = static_cast<std::size_t>(where.starts[k]);
      into[at] += slope;
      for (const int c : where.columns[k])
        into[++at] += slope * grid.designs[i][static_cast<std::size_t>(c)];
    }
  }
}

}  // namespace kohort
