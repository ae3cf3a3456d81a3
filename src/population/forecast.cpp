#include <algorithm>
#include <string>

#include <kohort/population/cohorts.hpp>
#include <kohort/population/forecast.hpp>
#include <kohort/population/graduation.hpp>
#include <kohort/support/error.hpp>

namespace kohort {

population_forecast forecast_from_groups(const group_population& groups, const risk_table& table,
                                         const std::array<group_mortality, 2>& mortality,
                                         const Eigen::MatrixXd& base, int base_year, int years,
                                         int open_age) {
  if (groups.years.empty() || groups.group_starts.empty() || years < 0 ||
      !std::is_sorted(groups.years.begin(), groups.years.end()) ||
      groups.years.front() > base_year || groups.years.back() < base_year + years + 1) {
    reject("E-POP-MISSING", "forecast_from_groups",
           groups.years.empty()
               ? "no year is published"
               : "the published years are " + std::to_string(groups.years.front()) + "-" +
                     std::to_string(groups.years.back()),
           "1 July of " + std::to_string(base_year) + " to " +
               std::to_string(base_year + years + 1) + " is needed",
           "Choose another base year or a shorter horizon; nothing is extrapolated");
  }
  const int first_age = groups.group_starts.front(), ages = open_age - first_age + 1;
  if (table.first_age > first_age || ages < 2 ||
      (base.size() > 0 && (base.rows() != 2 || base.cols() != ages))) {
    reject("E-POP-SHAPE", "forecast_from_groups",
           "the life table starts at age " + std::to_string(table.first_age) +
               " and the counts are " + std::to_string(base.rows()) + " x " +
               std::to_string(base.cols()),
           "ages " + std::to_string(first_age) + "-" + std::to_string(open_age) + " are needed",
           "Give men and women by single age from the first group's first age to the open one");
  }
  population_forecast forecast;
  forecast.first_age = first_age;
  forecast.ages = ages;
  forecast.base_year = base_year;
  forecast.years = years;
  const auto cells = static_cast<std::size_t>((years + 1) * 2 * ages);
  forecast.persons.resize(cells);
  forecast.mortality.resize(cells);
  const int first = groups.years.front(), last = groups.years.back();
  for (std::size_t sex = 0; sex < 2; ++sex) {
    const int skip = first_age - table.first_age;
    const Eigen::VectorXd risks = table.risks[sex];
    const int reach =
        std::max({open_age, 110, table.first_age + static_cast<int>(risks.size()) - 1});
    const Eigen::VectorXd at_table = mortality_from_risks(table.first_age, risks, reach);
    const Eigen::MatrixXd full =
        improve_mortality(at_table.tail(at_table.size() - skip), first_age, table.time,
                          mortality[sex], first, last - first + 1);
    // An open age below the table's end dies as its stationary population does: 1 / e(open).
    Eigen::MatrixXd force = full.leftCols(ages);
    for (Eigen::Index y = 0; y < force.rows() && reach > open_age; ++y) {
      force(y, ages - 1) =
          1 / person_years_lived(full.row(y).tail(full.cols() - ages + 1).transpose()).sum();
    }
    Eigen::MatrixXd july(last - first + 1, ages);
    const auto published = static_cast<Eigen::Index>(groups.years.size());
    if (groups.persons[sex].rows() != published) {
      reject("E-POP-SHAPE", "forecast_from_groups",
             std::to_string(groups.persons[sex].rows()) + " rows of groups",
             std::to_string(published) + " years are published", "Give one row for each year");
    }
    for (Eigen::Index k = 0; k < published; ++k) {
      const int row = groups.years[static_cast<std::size_t>(k)] - first;
      july.row(row) = graduate(groups.persons[sex].row(k).transpose(), groups.group_starts,
                               person_years_lived(force.row(row).transpose()))
                          .transpose();
      if (k == 0) continue;
      const int before = groups.years[static_cast<std::size_t>(k) - 1] - first;
      if (row - before > 1) {
        july.middleRows(before + 1, row - before - 1) =
            between_years(july.row(before).transpose(), july.row(row).transpose(),
                          force.middleRows(before, row - before));
      }
    }
    Eigen::MatrixXd year_ends(years + 1, ages);
    for (int y = 0; y <= years; ++y) {
      const int row = base_year + y - first;
      year_ends.row(y) =
          year_end_population(july.row(row).transpose(), july.row(row + 1).transpose(),
                              force.row(row).transpose())
              .transpose();
    }
    if (base.size() > 0) {
      year_ends = hamilton_perry(base.row(static_cast<Eigen::Index>(sex)).transpose(), year_ends);
    }
    for (int y = 0; y <= years; ++y) {
      for (int a = 0; a < ages; ++a) {
        const auto cell = (static_cast<std::size_t>(y) * 2 + sex) * static_cast<std::size_t>(ages) +
                          static_cast<std::size_t>(a);
        forecast.persons[cell] = year_ends(y, a);
        forecast.mortality[cell] = force(base_year + y - first, a);
      }
    }
  }
  return forecast;
}

}  // namespace kohort
