#include <kohort/interventions/stock_flow.hpp>

#include <cmath>
#include <string>
#include <utility>

#include <kohort/support/error.hpp>

namespace kohort {

namespace {

void positive(const char* name, const std::optional<double>& x) {
  if (!x || (*x > 0 && std::isfinite(*x))) return;
  reject("E-SETTING", "stock_and_flow", std::string(name) + " = " + shown(*x),
         "a number above 0 is needed", "Leave it out if it is not known");
}

}  // namespace

enrolment stock_and_flow(const enrolment_figures& given) {
  positive("enrolled", given.enrolled);
  positive("starts", given.starts);
  positive("stay", given.stay);
  positive("head_count", given.head_count);
  std::optional<double> N = given.enrolled, starts = given.starts;
  const auto L = given.stay, H = given.head_count;
  if (H && N && *H > *N && !starts) starts = *H - *N;
  if (H && starts && *H > *starts && !N) N = *H - *starts;
  if (H && L && !N && !starts) starts = *H / (*L + 1);
  const int known = int(N.has_value()) + int(starts.has_value()) + int(L.has_value());
  if (known < 2) {
    std::string seen = "no figure was given";
    const std::pair<const char*, std::optional<double>> figures[] = {
        {" enrolled", given.enrolled},
        {" starts a month", given.starts},
        {" months' stay", given.stay},
        {" heads in a month", given.head_count}};
    for (const auto& [name, value] : figures) {
      if (value) seen = "only " + shown(*value) + name + " was given";
    }
    reject(
        "E-STOCK-FLOW", "stock_and_flow", seen,
        "at least two of these are needed: how many are enrolled on a day (N), how many start in "
        "a month (lambda), how many months they stay (L)",
        "One figure alone can be read as stock or as flow: N = lambda L");
  }
  enrolment found;
  found.stay = L ? *L : *N / *starts;
  found.starts = starts ? *starts : *N / *L;
  found.enrolled = N ? *N : *starts * *L;
  found.head_count = H ? *H : found.enrolled + found.starts;
  found.checked = known == 3;
  if (found.checked) {
    found.gap = std::log(found.enrolled) - std::log(found.starts * found.stay);
    double variance = given.enrolled_variance / (found.enrolled * found.enrolled);
    if (given.starts_counted > 0) variance += 1 / given.starts_counted;
    if (given.stays_counted > 0) variance += given.stay_cv * given.stay_cv / given.stays_counted;
    found.gap_error = std::sqrt(variance);
    if (std::abs(found.gap) > 2 * found.gap_error && std::abs(found.gap) > 0.1) {
      found.notices.push_back(
          {"W-LITTLE",
           shown(found.enrolled) + " enrolled on a day, but " + shown(found.starts) +
               " starts a month with stays of " + shown(found.stay) + " months make " +
               shown(found.starts * found.stay) +
               ". Either a figure means something else (new in a month, everyone some time in a "
               "month), or the numbers were still growing",
           found.gap});
    }
  }
  const double heads = found.enrolled + found.starts;
  const double apart = std::log(found.head_count) - std::log(heads);
  if (H && std::abs(apart) > 0.1) {
    const double error =
        std::sqrt(
            given.enrolled_variance +
            (given.starts_counted > 0 ? found.starts * found.starts / given.starts_counted : 0.0)) /
        heads;
    if (std::abs(apart) > 2 * error) {
      found.notices.push_back(
          {"W-LITTLE",
           shown(*H) + " persons some time in a month, but " + shown(found.enrolled) +
               " enrolled on a day and " + shown(found.starts) + " starts a month make " +
               shown(heads) +
               ". Either a figure means something else (persons in a year, persons referred), or "
               "the figures are of different months",
           apart});
    }
  }
  if (given.window > 0 && given.window < 5 * found.stay) {
    found.notices.push_back({"W-WINDOW",
                             "the figures cover " + shown(given.window) +
                                 " months, less than five stays of " + shown(found.stay) +
                                 " months: N = lambda L holds for a long, steady time",
                             given.window});
  }
  return found;
}

enrolment_readings read_three_ways(double figure, double stay) {
  positive("figure", figure);
  positive("stay", stay);
  return {figure, figure * stay, figure * stay / (stay + 1)};
}

}  // namespace kohort
