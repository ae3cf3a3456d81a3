#include <kohort/interventions/payback.hpp>

#include <algorithm>
#include <cmath>

#include <kohort/support/error.hpp>

namespace kohort {

namespace {

/// Those who have started by time t, and its integral.
struct growth {
  double starts, growing;
  [[nodiscard]] double started(double t) const {
    if (t <= 0) return 0;
    if (growing <= 0) return starts * t;
    return t < growing ? starts * t * t / (2 * growing) : starts * (t - growing / 2);
  }
  [[nodiscard]] double integral(double t) const {
    if (t <= 0) return 0;
    if (growing <= 0) return starts * t * t / 2;
    if (t < growing) return starts * t * t * t / (6 * growing);
    const double after = t - growing;
    return starts * (growing * growing / 6 + growing / 2 * after + after * after / 2);
  }
};

void first_and_last(const std::vector<double>& so_far, double unit, int& first, int& since) {
  first = since = 0;
  for (std::size_t t = 0; t < so_far.size(); ++t) {
    const bool paid = so_far[t] >= -1e-9 * unit;
    if (paid && first == 0) first = static_cast<int>(t) + 1;
    if (!paid) since = 0;
    if (paid && since == 0) since = static_cast<int>(t) + 1;
  }
}

}  // namespace

ramp_up fill_up(double starts, double stay, double growing, int months) {
  if (!(starts >= 0 && stay > 0 && growing >= 0 && months > 0) || months > 1200 ||
      !std::isfinite(starts + stay + growing)) {
    reject("E-SETTING", "fill_up",
           "starts " + shown(starts) + ", stay " + shown(stay) + ", growing " + shown(growing) +
               ", months " + std::to_string(months),
           "starts and months of growth are not negative, the stay is positive, and there are 1 to "
           "1200 months",
           "Mend them");
  }
  const growth all{starts, growing};
  ramp_up filled;
  for (int T = 1; T <= months; ++T) {
    const auto between = [&](double shift) {
      return all.integral(T - shift) - all.integral(T - 1 - shift);
    };
    filled.enrolled.push_back(between(0) - between(stay));
    filled.discharged.push_back(all.started(T - stay) - all.started(T - 1 - stay));
  }
  return filled;
}

std::vector<double> caseload(std::span<const double> starts, double stay) {
  if (!(stay > 0) || std::isinf(stay)) {
    reject("E-SETTING", "caseload", "a stay of " + shown(stay) + " months", "it is above 0",
           "Give months");
  }
  const std::size_t n = starts.size();
  std::vector<double> started(n + 1, 0), area(n + 1, 0);  // by the end of month i, and its integral
  for (std::size_t i = 0; i < n; ++i) {
    if (!(starts[i] >= 0) || std::isinf(starts[i])) {
      reject("E-SETTING", "caseload", shown(starts[i]) + " starts in a month",
             "numbers that are not negative are needed", "Mend it");
    }
    started[i + 1] = started[i] + starts[i];
    area[i + 1] = area[i] + started[i] + starts[i] / 2;
  }
  const auto integral = [&](double t) {
    if (t <= 0) return 0.0;
    const auto i = std::min(static_cast<std::size_t>(t), n - 1);
    const double part = t - static_cast<double>(i);
    return area[i] + part * started[i] + part * part / 2 * starts[i];
  };
  std::vector<double> enrolled(n);
  for (std::size_t i = 0; i < n; ++i) {
    const double end = static_cast<double>(i + 1);
    enrolled[i] = area[i + 1] - area[i] - (integral(end - stay) - integral(end - 1 - stay));
  }
  return enrolled;
}

ramp_up full_at_once(double enrolled, double stay, int months) {
  if (!(enrolled >= 0 && stay > 0 && months > 0) || months > 1200 || std::isinf(enrolled)) {
    reject(
        "E-SETTING", "full_at_once",
        shown(enrolled) + " enrolled, stay " + shown(stay) + ", months " + std::to_string(months),
        "enrolled is not negative, the stay positive, and there are 1 to 1200 months", "Mend them");
  }
  const auto n = static_cast<std::size_t>(months);
  return {std::vector<double>(n, enrolled), std::vector<double>(n, enrolled / stay)};
}

payback pay_back(const programme& p, const ramp_up& months, int housing_month) {
  check(p);
  const std::size_t n = months.enrolled.size();
  if (n == 0 || months.discharged.size() != n) {
    reject("E-SHAPE", "pay_back",
           std::to_string(n) + " months of enrolled and " +
               std::to_string(months.discharged.size()) + " of discharged",
           "both have one number for each month", "Make them equally long");
  }
  if (housing_month < 1) {
    reject("E-SETTING", "pay_back", "housing_month = " + std::to_string(housing_month),
           "it is a month after discharge", "Give 1 or more");
  }
  for (const auto* column : {&months.enrolled, &months.discharged}) {
    for (const double x : *column) {
      if (std::isfinite(x) && x >= 0) continue;
      reject("E-NUM", "pay_back", shown(x) + " persons in a month",
             "numbers that are not negative are needed", "Mend it");
    }
  }
  // What one discharged person saves in each month afterwards.
  std::vector<double> later(n + 1, 0);
  const double hour = p.hour_cost * p.performed * p.released;
  double left = 1;
  for (std::size_t t = 1; t <= n; ++t) {
    left *= p.fade * p.staying;
    const double before = static_cast<double>(t - 1);
    const double shape = p.course.empty()       ? std::clamp(p.months_avoided - before, 0.0, 1.0)
                         : t <= p.course.size() ? p.course[t - 1]
                                                : 0;
    later[t] = p.otherwise_helped * p.hours_avoided * shape * left * hour;
    if (static_cast<int>(t) == housing_month) later[t] += p.deferred_housing;
  }
  const double narrow = net_saving(p, true), broad = net_saving(p);
  payback found;
  double cash = -p.start_up, accrual = -p.start_up, turned = p.start_up;
  found.deepest = p.start_up;
  for (std::size_t T = 1; T <= n; ++T) {
    const double N = months.enrolled[T - 1];
    const double team = cost_of_teams(p, teams_for(p, N));
    double freed = 0;
    for (std::size_t u = 1; u < T; ++u) freed += months.discharged[u - 1] * later[T - u];
    found.cash.push_back(N * narrow - team + freed);
    found.accrual.push_back(N * broad - team);
    turned += team + std::abs(N * broad) + freed;
    found.cash_so_far.push_back(cash += found.cash.back());
    found.accrual_so_far.push_back(accrual += found.accrual.back());
    found.deepest = std::max(found.deepest, -cash);
  }
  first_and_last(found.cash_so_far, turned, found.cash_month, found.cash_for_good);
  first_and_last(found.accrual_so_far, turned, found.accrual_month, found.accrual_for_good);
  return found;
}

}  // namespace kohort
