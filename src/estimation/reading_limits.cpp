#include <algorithm>
#include <cmath>

#include <kohort/estimation/detail/reading_limits.hpp>
#include <kohort/model/misclassification.hpp>
#include <kohort/model/phases.hpp>

namespace kohort::detail {

namespace {

constexpr double rare = 1e-6;    // an error's probability; below, it may be on its way to 0
constexpr double never = 800;    // log odds at which an error cannot happen
constexpr double far_apart = 6;  // log odds between the ends of a covariate's range

finding error_at_zero(const std::string& name) {
  return {.code = "D-BOUNDARY-ZERO",
          .severity = 'D',
          .column = name,
          .message = "the likelihood is highest where " + name +
                     " never happens; the error has no standard error. All others hold with its "
                     "probability at 0.",
          .message_sv = "sannolikheten är störst när felet " + name +
                        " aldrig inträffar; medelfel saknas. Övriga medelfel gäller med den "
                        "sannolikheten satt till 0.",
          .remedy = "Leave that error out of the model, or keep it at 0.",
          .remedy_sv = "Ta bort felet ur modellen, eller behåll 0."};
}

finding separated_reading(const std::string& error, const std::string& name) {
  return {.code = "D-SEPARATION",
          .severity = 'D',
          .column = name,
          .message = "the effect " + name +
                     " has no finite estimate: the covariate separates those of whom the error " +
                     error + " is made from those of whom it is not.",
          .message_sv = "effekten " + name +
                        " saknar ändlig skattning: variabeln skiljer helt dem för vilka felet " +
                        error + " görs från övriga.",
          .remedy = "Take the covariate off this error.",
          .remedy_sv = "Ta bort variabeln från detta fel."};
}

finding first_at_zero(const std::string& name) {
  return {.code = "D-BOUNDARY-ZERO",
          .severity = 'D',
          .column = name,
          .message = "the likelihood is highest where nobody is " + name +
                     "; it has no standard error. All others hold with that probability at 0.",
          .message_sv = "sannolikheten är störst när ingen är " + name +
                        "; medelfel saknas. Övriga medelfel gäller med den sannolikheten satt "
                        "till 0.",
          .remedy = "Give the first states' probabilities, or condition on the first row.",
          .remedy_sv = "Ange sannolikheter för första tillståndet, eller betinga på första raden."};
}

}  // namespace

finding without_estimate(const intensity_model& intensities, Eigen::Index coefficient,
                         double value) {
  const auto where = misclassification_coefficients(intensities);
  const auto names = coefficient_names(intensities);
  const auto& name = names[static_cast<std::size_t>(coefficient)];
  if (coefficient >= where.first_start) {
    return value < 0 ? first_at_zero(name) : separated_reading(name, name);
  }
  const auto& starts = where.errors.starts;
  const auto at =
      std::upper_bound(starts.begin(), starts.end(), static_cast<int>(coefficient) - where.first) -
      1;
  const auto& error = names[static_cast<std::size_t>(where.first + *at)];
  if (where.first + *at == static_cast<int>(coefficient) && value < 0) return error_at_zero(error);
  return separated_reading(error, name);
}

bool order_phases(const intensity_model& intensities, Eigen::VectorXd& theta) {
  if (intensities.phases.empty()) return false;
  const auto& moves = intensities.structure.transitions();
  const auto where = layout(intensities);
  bool changed = false;
  for (state seen = 0; seen < seen_count(intensities); ++seen) {
    std::vector<state> phases;
    for (state f = 0; f < intensities.structure.size(); ++f) {
      if (seen_as(intensities, f) == seen) phases.push_back(f);
    }
    if (phases.size() != 2) continue;
    std::vector<int> first, second;  // the ways out, in the same order
    int onward = -1;
    bool plain = true;  // with effects the exchanged law is no longer log-linear
    for (std::size_t k = 0; k < moves.size(); ++k) {
      if (moves[k].from != phases[0] && moves[k].from != phases[1]) continue;
      plain &= where.columns[k].empty() && std::isfinite(theta[where.starts[k]]);
      if (moves[k].to == phases[1]) {
        onward = static_cast<int>(k);
      } else {
        (moves[k].from == phases[0] ? first : second).push_back(static_cast<int>(k));
      }
    }
    if (!plain || onward < 0) continue;
    const auto place = [&](int k) { return where.starts[static_cast<std::size_t>(k)]; };
    std::vector<double> exits;
    for (const int k : first) exits.push_back(std::exp(theta[place(k)]));
    for (const int k : second) exits.push_back(std::exp(theta[place(k)]));
    double on = std::exp(theta[place(onward)]);
    if (!exchange_phases(on, exits)) continue;
    changed = true;
    theta[place(onward)] = std::log(on);
    for (std::size_t k = 0; k < first.size(); ++k) {
      theta[place(first[k])] = std::log(exits[k]);
      theta[place(second[k])] = std::log(exits[first.size() + k]);
    }
  }
  return changed;
}

}  // namespace kohort::detail
