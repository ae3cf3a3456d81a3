#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <numeric>

#include <boost/math/special_functions/erf.hpp>

#include <kohort/estimation/chains.hpp>

namespace kohort {

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

/// Each chain cut into its first and its second half.
Eigen::MatrixXd split(const Eigen::MatrixXd& draws) {
  const auto half = draws.rows() / 2, m = draws.cols();
  Eigen::MatrixXd halves(half, 2 * m);
  for (Eigen::Index c = 0; c < m; ++c) {
    halves.col(2 * c) = draws.col(c).head(half);
    halves.col(2 * c + 1) = draws.col(c).tail(half);
  }
  return halves;
}

/// Values replaced by normal quantiles of their ranks; equal values share their mean rank.
Eigen::MatrixXd normal_scores(const Eigen::MatrixXd& draws) {
  const auto count = static_cast<std::size_t>(draws.size());
  std::vector<std::size_t> order(count);
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return draws.data()[a] < draws.data()[b]; });
  Eigen::MatrixXd scores(draws.rows(), draws.cols());
  for (std::size_t i = 0; i < count;) {
    std::size_t j = i;
    while (j < count && draws.data()[order[j]] == draws.data()[order[i]]) ++j;
    const double rank = (static_cast<double>(i) + static_cast<double>(j) + 1) / 2;
    const double p = (rank - 0.375) / (static_cast<double>(count) + 0.25);
    const double score = -std::sqrt(2.0) * boost::math::erfc_inv(2 * p);
    for (; i < j; ++i) scores.data()[order[i]] = score;
  }
  return scores;
}

struct variances {
  double within = 0, pooled = 0;
};

variances spread(const Eigen::MatrixXd& chains) {
  const auto n = static_cast<double>(chains.rows());
  const Eigen::RowVectorXd means = chains.colwise().mean();
  const double within = (chains.rowwise() - means).array().square().sum() / (n - 1) /
                        static_cast<double>(chains.cols());
  double between = 0;
  if (chains.cols() > 1) {
    between =
        (means.array() - means.mean()).square().sum() / static_cast<double>(chains.cols() - 1);
  }
  return {within, within * (n - 1) / n + between};
}

double r_hat(const Eigen::MatrixXd& chains) {
  const auto v = spread(chains);
  if (v.pooled == 0) return 1;
  return v.within > 0 ? std::sqrt(v.pooled / v.within) : infinity;
}

/// Effective draws by Geyer's initial monotone sequence.
double effective(const Eigen::MatrixXd& chains) {
  const auto n = chains.rows();
  const auto total = static_cast<double>(chains.size());
  const auto v = spread(chains);
  if (v.pooled == 0) return total;
  const Eigen::MatrixXd centred = chains.rowwise() - chains.colwise().mean();
  const auto correlation = [&](Eigen::Index lag) {
    const double covariance =
        centred.topRows(n - lag).cwiseProduct(centred.bottomRows(n - lag)).sum() /
        static_cast<double>(n * chains.cols());
    const double biased = v.within * static_cast<double>(n - 1) / static_cast<double>(n);
    return 1 - (biased - covariance) / v.pooled;
  };
  double sum = 0, before = infinity;
  for (Eigen::Index lag = 0; lag + 1 < n; lag += 2) {  // pairs, positive and not increasing
    double pair = (lag == 0 ? 1.0 : correlation(lag)) + correlation(lag + 1);
    if (pair < 0) break;
    pair = std::min(pair, before);
    sum += pair;
    before = pair;
  }
  const double tau = std::max(2 * sum - 1, 1 / std::log10(total));
  return total / tau;
}

double quantile(const Eigen::MatrixXd& draws, double p) {
  std::vector<double> sorted(draws.data(), draws.data() + draws.size());
  std::sort(sorted.begin(), sorted.end());
  return sorted[static_cast<std::size_t>(p * static_cast<double>(sorted.size() - 1) + 0.5)];
}

/// Shape and scale of a generalised Pareto distribution on (0, infinity).
struct pareto {
  double k = 0, sigma = 1;
};

pareto fit_pareto(const std::vector<double>& sorted) {
  const auto n = static_cast<double>(sorted.size());
  const int candidates = 30 + static_cast<int>(std::sqrt(n));
  const double quarter = sorted[static_cast<std::size_t>(n / 4 + 0.5) - 1];
  const auto shape_at = [&](double theta) {
    double sum = 0;
    for (const double x : sorted) sum += std::log1p(-theta * x);
    return sum / n;
  };
  std::vector<double> theta, profile;
  for (int j = 1; j <= candidates; ++j) {
    theta.push_back(1 / sorted.back() + (1 - std::sqrt(candidates / (j - 0.5))) / (3 * quarter));
    const double k = shape_at(theta.back());
    profile.push_back(n * (std::log(-theta.back() / k) - k - 1));
  }
  double mean = 0;
  for (std::size_t j = 0; j < theta.size(); ++j) {
    double others = 0;
    for (const double l : profile) others += std::exp(l - profile[j]);
    mean += theta[j] / others;
  }
  const double k = shape_at(mean);
  return {(k * n + 5) / (n + 10), -k / mean};  // a weak prior pulls k to 1/2
}

}  // namespace

chain_summary summarise_chains(const Eigen::MatrixXd& draws) {
  if (!draws.allFinite()) return {infinity, 0, 0};
  const Eigen::MatrixXd halves = split(draws);
  const double median = quantile(draws, 0.5);
  const Eigen::MatrixXd folded = (halves.array() - median).abs();
  chain_summary summary;
  const Eigen::MatrixXd scores = normal_scores(halves);
  summary.r_hat = std::max(r_hat(scores), r_hat(normal_scores(folded)));
  summary.bulk_ess = effective(scores);
  summary.tail_ess = infinity;
  for (const double p : {0.05, 0.95}) {
    const double at = quantile(draws, p);
    const Eigen::MatrixXd below = (halves.array() <= at).cast<double>();
    summary.tail_ess = std::min(summary.tail_ess, effective(below));
  }
  return summary;
}

std::vector<finding> chain_findings(const std::vector<chain_summary>& summaries,
                                    const std::vector<std::string>& names, int divergences) {
  std::size_t worst = 0;
  double r = 0, bulk = infinity, tail = infinity;
  for (std::size_t i = 0; i < summaries.size(); ++i) {
    const auto& one = summaries[i];
    const auto badness = [](const chain_summary& s) {
      return std::max(s.r_hat - 1, 0.01 * 400 / std::max(std::min(s.bulk_ess, s.tail_ess), 1.0));
    };
    if (badness(one) > badness(summaries[worst])) worst = i;
    r = std::max(r, one.r_hat);
    bulk = std::min(bulk, one.bulk_ess);
    tail = std::min(tail, one.tail_ess);
  }
  if (!(r > 1.01 || bulk < 400 || tail < 400 || divergences > 0)) return {};
  char numbers[160], numbers_sv[160];
  std::snprintf(numbers, sizeof numbers,
                "R-hat %.3f (at most 1.01), effective draws %.0f in the middle and %.0f in the "
                "tails (at least 400), %d divergent transitions (none)",
                r, bulk, tail, divergences);
  std::snprintf(numbers_sv, sizeof numbers_sv,
                "R-hat %.3f (högst 1.01), effektiva dragningar %.0f i mitten och %.0f i svansarna "
                "(minst 400), %d divergerande steg (inget)",
                r, bulk, tail, divergences);
  const auto name = summaries.empty() ? std::string() : names[worst];
  return {{.code = "D-MCMC",
           .severity = 'D',
           .column = name,
           .message = std::string("the sampler did not do its work: ") + numbers + "; worst for " +
                      name + ".",
           .message_sv = std::string("dragningarna går inte att lita på: ") + numbers_sv +
                         "; sämst för " + name + ".",
           .remedy = "Take more draws, or give priors; do not use these draws for decisions.",
           .remedy_sv = "Gör fler dragningar, eller ange förhandsfördelningar; använd inte dessa "
                        "dragningar som beslutsunderlag."}};
}

smoothed_weights pareto_smooth(const Eigen::VectorXd& log_ratios) {
  const auto count = static_cast<std::size_t>(log_ratios.size());
  smoothed_weights result;
  Eigen::VectorXd logs = log_ratios.array() - log_ratios.maxCoeff();
  std::vector<std::size_t> order(count);
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return logs[static_cast<Eigen::Index>(a)] < logs[static_cast<Eigen::Index>(b)];
  });
  const auto size = static_cast<double>(count);
  const auto tail = static_cast<std::size_t>(std::ceil(std::min(size / 5, 3 * std::sqrt(size))));
  result.k = infinity;
  if (tail >= 5 && count > tail) {
    const double cut = logs[static_cast<Eigen::Index>(order[count - tail - 1])];
    std::vector<double> beyond;
    for (std::size_t i = count - tail; i < count; ++i)
      beyond.push_back(std::exp(logs[static_cast<Eigen::Index>(order[i])]) - std::exp(cut));
    if (beyond.front() > 0 && beyond.back() > beyond.front()) {
      const auto [k, sigma] = fit_pareto(beyond);
      result.k = k;
      if (std::isfinite(k)) {
        for (std::size_t i = 0; i < tail; ++i) {
          const double p = (static_cast<double>(i) + 0.5) / static_cast<double>(tail);
          const double x = std::abs(k) < 1e-12 ? -sigma * std::log1p(-p)
                                               : sigma * std::expm1(-k * std::log1p(-p)) / k;
          logs[static_cast<Eigen::Index>(order[count - tail + i])] =
              std::min(std::log(x + std::exp(cut)), 0.0);
        }
      }
    } else if (beyond.back() - beyond.front() <= 1e-12) {
      result.k = -infinity;  // the weights are all the same: the proposal is the target
    }
  }
  const double largest = logs.maxCoeff();
  const double sum = (logs.array() - largest).exp().sum();
  result.log_weights = logs.array() - largest - std::log(sum);
  result.ess = 1 / (2 * result.log_weights.array()).exp().sum();
  return result;
}

}  // namespace kohort
