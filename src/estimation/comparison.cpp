#include <algorithm>
#include <cmath>
#include <numeric>

#include <boost/math/special_functions/gamma.hpp>

#include <kohort/data/transitions.hpp>
#include <kohort/estimation/comparison.hpp>
#include <kohort/estimation/detail/refit.hpp>
#include <kohort/estimation/subject_scores.hpp>
#include <kohort/support/detail/tasks.hpp>
#include <kohort/support/error.hpp>
#include <kohort/support/random.hpp>

namespace kohort {

namespace {

/// Per cluster its fold: clusters in random order, dealt out in turn.
std::vector<int> deal(std::size_t clusters, int folds, std::uint64_t seed) {
  const random_stream random(seed, purpose::resampling);
  std::vector<std::pair<double, std::size_t>> order(clusters);
  for (std::size_t c = 0; c < clusters; ++c)
    order[c] = {random.uniform(0, static_cast<std::uint32_t>(c), 1), c};
  std::sort(order.begin(), order.end());
  std::vector<int> fold(clusters);
  for (std::size_t i = 0; i < clusters; ++i)
    fold[order[i].second] = static_cast<int>(i % static_cast<std::size_t>(folds));
  return fold;
}

}  // namespace

int estimated_parameters(const fitted_model& fitted) {
  const auto separated = std::count_if(fitted.diagnostics.begin(), fitted.diagnostics.end(),
                                       [](const finding& f) { return f.code == "D-SEPARATION"; });
  return static_cast<int>(detail::free_directions(fitted).cols()) +
         static_cast<int>(fitted.bounds.size()) + static_cast<int>(separated);
}

namespace {

bool has_priors(const fitted_model& fitted) {
  return !fitted.priors.empty() || !fitted.penalties.empty();
}

bool has_limits(const fitted_model& fitted) {
  return std::any_of(fitted.constraints.begin(), fitted.constraints.end(),
                     [](const constraint& one) { return one.is != relation::equal; });
}

void need_maximum(const fitted_model& fitted, const char* asked) {
  if (!has_priors(fitted)) return;
  reject("E-PRIOR", asked, "a model was fitted with priors",
         "this compares maxima of the likelihood, and with priors the estimate is none",
         "Compare by cross-validation, which takes the priors along");
}

}  // namespace

double aic(const fitted_model& fitted) {
  need_maximum(fitted, "aic");
  return -2 * fitted.log_likelihood + 2 * estimated_parameters(fitted);
}

double bic(const fitted_model& fitted, double n) {
  need_maximum(fitted, "bic");
  return -2 * fitted.log_likelihood + estimated_parameters(fitted) * std::log(n);
}

double chi_square_tail(double statistic, int degrees) {
  if (!(statistic > 0)) return 1;
  return boost::math::gamma_q(degrees / 2.0, statistic / 2);
}

likelihood_ratio_test likelihood_ratio(const fitted_model& smaller, const fitted_model& larger) {
  const auto refuse = [](const std::string& seen, const std::string& needed,
                         const std::string& remedy) {
    reject("E-NESTED", "likelihood_ratio", seen, needed, remedy);
  };
  for (const auto* one : {&smaller, &larger}) need_maximum(*one, "likelihood_ratio");
  for (const auto& name : smaller.names) {
    if (std::find(larger.names.begin(), larger.names.end(), name) != larger.names.end()) continue;
    refuse("the larger model has no coefficient '" + name + "'",
           "the smaller model must be a special case of it", "Compare them by AIC");
  }
  const bool same =
      smaller.subjects == larger.subjects && smaller.intervals == larger.intervals &&
      std::abs(smaller.person_years - larger.person_years) <= 1e-9 * std::abs(larger.person_years);
  if (!same) {
    refuse("the models were fitted to " + std::to_string(smaller.intervals) + " and " +
               std::to_string(larger.intervals) + " intervals",
           "both must speak of the same observations", "Fit both to the same data");
  }
  likelihood_ratio_test test;
  test.degrees = estimated_parameters(larger) - estimated_parameters(smaller);
  if (test.degrees < 1) {
    refuse("the models have " + std::to_string(estimated_parameters(smaller)) + " and " +
               std::to_string(estimated_parameters(larger)) + " parameters",
           "the larger one must have more", "Ask the larger model, with the smaller as argument");
  }
  test.statistic = std::max(2 * (larger.log_likelihood - smaller.log_likelihood), 0.0);
  test.p_value = chi_square_tail(test.statistic, test.degrees);
  test.boundary = smaller.intensities.structure.transitions().size() <
                      larger.intensities.structure.transitions().size() ||
                  has_limits(smaller) || has_limits(larger);
  return test;
}

held_out cross_validate(const fitted_model& fitted, const observations& seen,
                        const cross_validation_settings& settings) {
  const auto subjects = seen.subject_count();
  auto clusters = settings.clusters;
  if (clusters.empty()) {
    clusters.resize(subjects);
    std::iota(clusters.begin(), clusters.end(), 0);
  }
  if (clusters.size() != subjects) {
    reject("E-CLUSTER", "cross_validate", std::to_string(clusters.size()) + " clusters were given",
           "there are " + std::to_string(subjects) + " subjects", "Give one for each subject");
  }
  const auto count =
      static_cast<std::size_t>(*std::max_element(clusters.begin(), clusters.end())) + 1;
  if (settings.folds < 2 || static_cast<std::size_t>(settings.folds) > count) {
    reject("E-FOLDS", "cross_validate", std::to_string(settings.folds) + " folds were asked for",
           "there are " + std::to_string(count) + " subjects or clusters to deal out",
           "Ask for 2 folds or more, 10 for instance");
  }
  const auto fold_of = deal(count, settings.folds, settings.seed);
  held_out result;
  result.log_likelihoods = Eigen::VectorXd::Zero(static_cast<Eigen::Index>(subjects));
  for (const auto c : clusters) result.folds.push_back(fold_of[static_cast<std::size_t>(c)]);

  std::vector<char> failed(static_cast<std::size_t>(settings.folds), 0);
  detail::for_each_task(
      failed.size(), settings.threads,
      [&](std::size_t fold, const progress& go_on) {
        std::vector<std::int32_t> inside, outside;
        for (std::size_t s = 0; s < subjects; ++s) {
          const bool out = result.folds[s] == static_cast<int>(fold);
          (out ? outside : inside).push_back(static_cast<std::int32_t>(s));
        }
        const auto tables = detail::tables_for(fitted, select(seen, inside), go_on);
        const auto wanted = detail::wanted_by(fitted, tables, 1, go_on);
        const auto found =
            detail::refit(wanted, fitted.coefficients, detail::room_of(fitted, wanted));
        failed[fold] = found.verdict != search_verdict::converged;
        const auto each =
            subject_scores(fitted.intensities, select(seen, outside), found.point, 1, go_on);
        for (std::size_t i = 0; i < outside.size(); ++i)
          result.log_likelihoods[outside[i]] = each.log_likelihoods[static_cast<Eigen::Index>(i)];
      },
      settings.report);
  result.failures = static_cast<int>(std::count(failed.begin(), failed.end(), 1));
  Eigen::VectorXd by_cluster = Eigen::VectorXd::Zero(static_cast<Eigen::Index>(count));
  for (std::size_t s = 0; s < subjects; ++s) {
    const double l = result.log_likelihoods[static_cast<Eigen::Index>(s)];
    result.impossible += std::isfinite(l) ? 0 : 1;
    result.total += l;
    by_cluster[clusters[s]] += l;
  }
  if (result.impossible == 0) {
    const auto n = static_cast<double>(count);
    result.error = std::sqrt((by_cluster.array() - by_cluster.mean()).square().sum() * n / (n - 1));
  } else {
    result.error = std::numeric_limits<double>::infinity();
  }
  return result;
}

}  // namespace kohort
