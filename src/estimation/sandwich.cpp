#include <algorithm>

#include <kohort/estimation/sandwich.hpp>
#include <kohort/support/error.hpp>

namespace kohort {

namespace {

constexpr std::int64_t few_clusters = 20;

finding too_few(std::int64_t clusters) {
  const auto count = std::to_string(clusters);
  return {
      .code = "W-FEW-CLUSTERS",
      .severity = 'W',
      .message = "standard errors from " + count + " clusters: below 20 they tend to be too small",
      .message_sv = "medelfel från " + count + " grupper: under 20 blir de ofta för små",
      .remedy = "Read the intervals as too narrow, or let the clusters be effects of a model",
      .remedy_sv = "Läs intervallen som för smala, eller låt grupperna vara effekter i en modell"};
}

}  // namespace

clustered_covariance sandwich(const fitted_model& fitted, const Eigen::MatrixXd& scores,
                              const std::vector<std::int32_t>& clusters) {
  const auto subjects = static_cast<std::size_t>(scores.rows());
  if (!clusters.empty() && clusters.size() != subjects) {
    reject("E-CLUSTER", "sandwich", std::to_string(clusters.size()) + " clusters were given",
           "there are " + std::to_string(subjects) + " subjects", "Give one for each subject");
  }
  std::int32_t last = static_cast<std::int32_t>(subjects) - 1;
  if (!clusters.empty()) {
    last = *std::max_element(clusters.begin(), clusters.end());
    if (*std::min_element(clusters.begin(), clusters.end()) < 0) {
      reject("E-CLUSTER", "sandwich", "a cluster has a negative number", "they are numbered from 0",
             "Number them anew");
    }
  }
  Eigen::MatrixXd sums = Eigen::MatrixXd::Zero(last + 1, scores.cols());
  for (Eigen::Index i = 0; i < scores.rows(); ++i)
    sums.row(clusters.empty() ? i : clusters[static_cast<std::size_t>(i)]) += scores.row(i);
  clustered_covariance result;
  for (Eigen::Index c = 0; c < sums.rows(); ++c) result.clusters += sums.row(c).isZero(0) ? 0 : 1;
  if (result.clusters < 2) {
    reject("E-CLUSTER", "sandwich", std::to_string(result.clusters) + " cluster adds information",
           "the spread between clusters needs two", "Cluster by subject");
  }
  const auto G = static_cast<double>(result.clusters);
  const Eigen::MatrixXd pulled = sums * fitted.covariance;
  result.covariance = pulled.transpose() * pulled * (G / (G - 1));
  if (result.clusters < few_clusters) result.diagnostics.push_back(too_few(result.clusters));
  return result;
}

Eigen::MatrixXd influence(const fitted_model& fitted, const Eigen::MatrixXd& scores) {
  return scores * fitted.covariance;
}

}  // namespace kohort
