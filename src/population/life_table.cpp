#include <algorithm>
#include <string>

#include <kohort/population/life_table.hpp>
#include <kohort/support/error.hpp>

namespace kohort {

namespace {

[[noreturn]] void refuse(const std::string& where, const std::string& seen,
                         const std::string& needed, const std::string& remedy) {
  reject("E-LIFE-TABLE", where, seen, needed, remedy);
}

}  // namespace

kannisto fit_kannisto(int first_age, const Eigen::VectorXd& q, int from, int to) {
  if (from < first_age || to >= first_age + q.size() || to - from < 2) {
    refuse("fit_kannisto",
           "the table has ages " + std::to_string(first_age) + "-" +
               std::to_string(first_age + q.size() - 1),
           "the ages " + std::to_string(from) + "-" + std::to_string(to) + " are needed",
           "Give a table that reaches that far");
  }
  double sx = 0, sy = 0, sxx = 0, sxy = 0;
  const int n = to - from + 1;
  for (int a = from; a <= to; ++a) {
    const double risk = q[a - first_age];
    const double mu = -std::log1p(-risk);
    if (!(risk > 0) || !(mu < 1)) {
      refuse("fit_kannisto", "the risk at age " + std::to_string(a) + " is " + shown(risk),
             "the force -ln(1 - q) must lie between 0 and 1", "Fit on ages where it does");
    }
    const double x = a + 0.5 - 90, y = std::log(mu / (1 - mu));
    sx += x;
    sy += y;
    sxx += x * x;
    sxy += x * y;
  }
  const double beta = (n * sxy - sx * sy) / (n * sxx - sx * sx);
  if (!(beta > 0)) {
    refuse("fit_kannisto", "mortality does not rise with age", "it must",
           "Look at the table: its ages may be reversed");
  }
  return {(sy - beta * sx) / n - 90 * beta, beta};
}

Eigen::VectorXd mortality_from_risks(int first_age, const Eigen::VectorXd& q, int open_age) {
  const int last = first_age + static_cast<int>(q.size()) - 1;
  if (q.size() == 0 || open_age < last) {
    refuse("mortality_from_risks", "the table ends at age " + std::to_string(last),
           "the open last age is " + std::to_string(open_age),
           "Choose an open age at or above the table's last");
  }
  Eigen::VectorXd mortality(open_age - first_age + 1);
  for (int a = first_age; a <= last; ++a) {
    const double risk = q[a - first_age];
    if (!(risk > 0 && risk < 1)) {
      refuse("mortality_from_risks", "the risk at age " + std::to_string(a) + " is " + shown(risk),
             "a risk of dying lies strictly between 0 and 1",
             "Per mille must be divided by 1000; a closing risk of 1 must be left out");
    }
    mortality[a - first_age] = -std::log1p(-risk);
  }
  if (open_age > last) {
    const auto law = fit_kannisto(first_age, q, std::max(first_age, std::min(80, last - 10)),
                                  std::min(last, 100));
    for (int a = last + 1; a <= open_age; ++a) {
      mortality[a - first_age] = law.integral(a, a + 1);
    }
  }
  return mortality;
}

Eigen::VectorXd person_years_lived(const Eigen::VectorXd& mortality) {
  Eigen::VectorXd lived(mortality.size());
  double alive = 1;
  for (Eigen::Index a = 0; a < mortality.size(); ++a) {
    const double m = mortality[a];
    if (!(m > 0) || !std::isfinite(m)) {
      refuse("person_years_lived", "a force of mortality is " + shown(m),
             "it must be positive and finite", "Mend the table");
    }
    const bool open = a + 1 == mortality.size();
    lived[a] = open ? alive / m : -alive * std::expm1(-m) / m;
    alive *= std::exp(-m);
  }
  return lived;
}

Eigen::MatrixXd improve_mortality(const Eigen::VectorXd& mortality, int first_age,
                                  double table_time, const group_mortality& groups, int first_year,
                                  int years) {
  const auto periods = static_cast<Eigen::Index>(groups.middles.size());
  const auto width = static_cast<Eigen::Index>(groups.group_starts.size());
  if (periods == 0 || width == 0 || groups.rates.rows() != periods ||
      groups.rates.cols() != width) {
    refuse("improve_mortality",
           "the rates are " + std::to_string(groups.rates.rows()) + " x " +
               std::to_string(groups.rates.cols()),
           std::to_string(periods) + " periods and " + std::to_string(width) + " groups are named",
           "Give one rate for each period and group");
  }
  if (!(groups.rates.minCoeff() > 0) || !groups.rates.allFinite()) {
    refuse("improve_mortality", "a group's rate is not positive", "each must be",
           "Leave the group out or pool it with its neighbour");
  }
  if (first_age < groups.group_starts.front()) {
    refuse("improve_mortality", "the table starts at age " + std::to_string(first_age),
           "the first group starts at " + std::to_string(groups.group_starts.front()),
           "Give rates for the younger ages, or start the table later");
  }
  const auto log_rate = [&](Eigen::Index group, double time) {
    const auto& t = groups.middles;
    if (time <= t.front()) return std::log(groups.rates(0, group));
    if (time >= t.back()) return std::log(groups.rates(periods - 1, group));
    const auto after = std::upper_bound(t.begin(), t.end(), time) - t.begin();
    const double share =
        (time - t[static_cast<std::size_t>(after) - 1]) /
        (t[static_cast<std::size_t>(after)] - t[static_cast<std::size_t>(after) - 1]);
    return (1 - share) * std::log(groups.rates(after - 1, group)) +
           share * std::log(groups.rates(after, group));
  };
  Eigen::MatrixXd moved(years, mortality.size());
  for (Eigen::Index a = 0; a < mortality.size(); ++a) {
    const auto group = static_cast<Eigen::Index>(std::upper_bound(groups.group_starts.begin(),
                                                                  groups.group_starts.end(),
                                                                  first_age + static_cast<int>(a)) -
                                                 groups.group_starts.begin()) -
                       1;
    for (int y = 0; y < years; ++y) {
      moved(y, a) = mortality[a] *
                    std::exp(log_rate(group, first_year + y + 0.5) - log_rate(group, table_time));
    }
  }
  return moved;
}

}  // namespace kohort
