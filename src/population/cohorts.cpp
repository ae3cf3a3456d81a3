#include <algorithm>
#include <cmath>
#include <string>

#include <kohort/population/cohorts.hpp>
#include <kohort/support/error.hpp>

namespace kohort {

namespace {

void check_ages(const std::string& where, Eigen::Index one, Eigen::Index other) {
  if (one == other && one >= 2) return;
  reject("E-POP-SHAPE", where,
         "one table has " + std::to_string(one) + " ages and the other " + std::to_string(other),
         "both must cover the same ages, two at least", "Give single ages with an open last one");
}

}  // namespace

Eigen::MatrixXd between_years(const Eigen::VectorXd& before, const Eigen::VectorXd& after,
                              const Eigen::MatrixXd& mortality) {
  const Eigen::Index ages = before.size(), open = ages - 1, n = mortality.rows();
  check_ages("between_years", ages, after.size());
  check_ages("between_years", ages, mortality.cols());
  // Cumulative hazard of a cohort aged a at the earlier date, over k years.
  const auto hazard_in_year = [&](Eigen::Index a, Eigen::Index year) {
    const auto at = [&](Eigen::Index age) {
      return mortality(year, std::clamp<Eigen::Index>(age, 0, open));
    };
    return (at(a) + at(a + 1)) / 2;
  };
  Eigen::MatrixXd persons = Eigen::MatrixXd::Zero(std::max<Eigen::Index>(n - 1, 0), ages);
  for (Eigen::Index a = -n + 1; a < ages; ++a) {  // age at the earlier date, below 0: not there yet
    Eigen::VectorXd hazard = Eigen::VectorXd::Zero(n + 1);
    for (Eigen::Index k = 0; k < n; ++k) {
      hazard[k + 1] = hazard[k] + hazard_in_year(std::min(a + k, open), k);
    }
    const bool known_before = a >= 0 && before[a] > 0;
    const bool known_after = a + n < open && after[a + n] > 0;  // not merged into the open age
    for (Eigen::Index k = 1; k < n; ++k) {
      if (a + k < 0) continue;
      double alive = 0;
      if (known_before) {
        alive = before[a] * std::exp(-hazard[k]);
        if (known_after) {
          const double drift = after[a + n] / (before[a] * std::exp(-hazard[n]));
          alive *= std::pow(drift, static_cast<double>(k) / static_cast<double>(n));
        } else if (a + n < open) {
          alive = 0;  // nobody is left at the later date
        }
      } else if (known_after && a < 0) {
        alive = after[a + n] * std::exp(hazard[n] - hazard[k]);
      }
      persons(k - 1, std::min(a + k, open)) += alive;
    }
  }
  return persons;
}

Eigen::VectorXd year_end_population(const Eigen::VectorXd& july, const Eigen::VectorXd& next_july,
                                    const Eigen::VectorXd& mortality) {
  const Eigen::Index ages = july.size(), open = ages - 1;
  check_ages("year_end_population", ages, next_july.size());
  check_ages("year_end_population", ages, mortality.size());
  Eigen::VectorXd persons(ages);
  for (Eigen::Index a = 0; a < ages; ++a) {
    const auto m = [&](Eigen::Index age) {
      return mortality[std::clamp<Eigen::Index>(age, 0, open)];
    };
    // Half a year either way: three quarters of it at age a, a quarter next to it.
    const double until = (0.75 * m(a) + 0.25 * m(a - 1)) / 2;
    const double since = (0.75 * m(a) + 0.25 * m(a + 1)) / 2;
    const double younger = a > 0 ? july[a - 1] : 0;
    const double before = (a == open ? july[a] : july[a] / 2) + younger / 2;
    // Those who are a or a + 1 next July, as large a part of the open age as belongs to this
    // cohort.
    const double after =
        a == open ? 0 : (next_july[a] + (a + 1 == open ? 0 : next_july[a + 1])) / 2;
    const double forwards = before * std::exp(-until), backwards = after * std::exp(since);
    if (a == 0) {
      persons[a] = backwards;
    } else if (a + 1 >= open) {
      persons[a] = forwards;
    } else {
      persons[a] = std::sqrt(forwards * backwards);
    }
  }
  return persons;
}

Eigen::MatrixXd hamilton_perry(const Eigen::VectorXd& base, const Eigen::MatrixXd& nation) {
  const Eigen::Index ages = base.size(), open = ages - 1, years = nation.rows();
  check_ages("hamilton_perry", ages, nation.cols());
  const auto change = [&](Eigen::Index year, Eigen::Index age, double part, double from,
                          double to) {
    if (part == 0) return 0.0;
    if (!(from > 0)) {
      reject("E-POP-MISSING", "hamilton_perry",
             "the nation has nobody at age number " + std::to_string(age) + " in year number " +
                 std::to_string(year),
             "the part has somebody there", "Give the nation's population of that age and year");
    }
    return part * to / from;
  };
  Eigen::MatrixXd part(years, ages);
  for (Eigen::Index y = 0; y < years; ++y) {
    if (y == 0) {
      part.row(0) = base.transpose();
      continue;
    }
    for (Eigen::Index a = 1; a < open; ++a) {
      part(y, a) = change(y, a, part(y - 1, a - 1), nation(y - 1, a - 1), nation(y, a));
    }
    part(y, open) = change(y, open, part(y - 1, open - 1) + part(y - 1, open),
                           nation(y - 1, open - 1) + nation(y - 1, open), nation(y, open));
    const Eigen::Index above = std::min<Eigen::Index>(5, open - 1);
    const double here = part.row(y).segment(1, above).sum();
    const double there = nation.row(y).segment(1, above).sum();
    part(y, 0) = change(y, 0, here, there, nation(y, 0));
  }
  return part;
}

}  // namespace kohort
