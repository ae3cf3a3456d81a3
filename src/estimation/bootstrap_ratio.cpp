#include <algorithm>
#include <cmath>
#include <limits>

#include <kohort/data/transitions.hpp>
#include <kohort/estimation/bootstrap_ratio.hpp>
#include <kohort/estimation/detail/made_by.hpp>
#include <kohort/estimation/fit.hpp>
#include <kohort/support/detail/tasks.hpp>
#include <kohort/support/error.hpp>

namespace kohort {

namespace {

constexpr double failed = std::numeric_limits<double>::quiet_NaN();

void check(const fitted_model& smaller, const fitted_model& larger) {
  const auto refuse = [](const std::string& seen, const std::string& needed,
                         const std::string& remedy) {
    reject("E-NESTED", "bootstrap_likelihood_ratio", seen, needed, remedy);
  };
  for (const auto* one : {&smaller, &larger}) {
    if (one->priors.empty() && one->penalties.empty()) continue;
    reject("E-PRIOR", "bootstrap_likelihood_ratio", "a model was fitted with priors",
           "this compares maxima of the likelihood, and with priors the estimate is none",
           "Fit both without priors");
  }
  if (smaller.intervals != larger.intervals || smaller.subjects != larger.subjects) {
    refuse("the models were fitted to " + std::to_string(smaller.intervals) + " and " +
               std::to_string(larger.intervals) + " intervals",
           "both must speak of the same observations",
           "Fit both to the same data; with phases, keep the stays whose beginning nobody saw");
  }
  if (!(larger.log_likelihood >= smaller.log_likelihood - 1e-6)) {
    refuse("-2 log L of the larger model is " + shown(-2 * larger.log_likelihood) +
               ", above the smaller one's " + shown(-2 * smaller.log_likelihood),
           "the smaller model must be a special case of it",
           "Ask the larger model, with the smaller as argument");
  }
}

/// The maximum of the log-likelihood of these data; not a number if the search did not get there.
double highest(const fitted_model& like, const observations& made, const progress& go_on) {
  fit_settings settings{.threads = 1, .report = go_on, .errors = false};
  settings.constraints = like.constraints;
  const auto fitted = fit(aggregate(made, like.intensities), like.intensities, settings);
  return fitted.convergence.verdict == search_verdict::converged ? fitted.log_likelihood : failed;
}

}  // namespace

bootstrap_ratio bootstrap_likelihood_ratio(const fitted_model& smaller, const fitted_model& larger,
                                           const observations& seen,
                                           std::span<const double> planned_ends,
                                           const bootstrap_settings& settings) {
  check(smaller, larger);
  if (settings.replicates < 1) {
    reject("E-DRAWS", "bootstrap_likelihood_ratio",
           std::to_string(settings.replicates) + " replicates were asked for",
           "there must be at least one", "Ask for 199, for instance");
  }
  bootstrap_ratio test;
  test.statistic = std::max(2 * (larger.log_likelihood - smaller.log_likelihood), 0.0);
  const auto make =
      detail::made_by(smaller, seen, planned_ends, settings.seed, &larger.intensities);
  std::vector<double> found(static_cast<std::size_t>(settings.replicates), failed);
  detail::for_each_task(
      found.size(), settings.threads,
      [&](std::size_t r, const progress& go_on) {
        const auto made = make(static_cast<std::uint32_t>(r));
        try {
          found[r] = 2 * (highest(larger, made, go_on) - highest(smaller, made, go_on));
        } catch (const invalid_input& refused) {
          if (refused.code().rfind("D-", 0) != 0) throw;  // else it cannot tell coefficients apart
        }
      },
      settings.report);
  int as_large = 0;
  for (const double one : found) {
    if (!std::isfinite(one)) {
      ++test.failures;
      continue;
    }
    test.replicated.push_back(std::max(one, 0.0));
    as_large += test.replicated.back() >= test.statistic ? 1 : 0;
  }
  test.p_value = (1.0 + as_large) / (1.0 + static_cast<double>(test.replicated.size()));
  return test;
}

}  // namespace kohort
