#include <cmath>
#include <limits>

#include <boost/math/special_functions/gamma.hpp>

#include <kohort/estimation/detail/refit.hpp>
#include <kohort/estimation/posterior.hpp>
#include <kohort/likelihood/log_likelihood.hpp>
#include <kohort/support/error.hpp>
#include <kohort/support/random.hpp>

namespace kohort {

namespace {

constexpr double minus_infinity = -std::numeric_limits<double>::infinity();
constexpr double freedom = 5;  // of the proposal
constexpr double heaviest_tail = 0.7;

/// Summaries of the coefficients that move; the others count as known.
void summarise(const fitted_model& fitted, posterior_sample& sample, int divergences) {
  const auto each = sample.coefficients.rows() / sample.chains;
  std::vector<chain_summary> moving;
  std::vector<std::string> names;
  for (Eigen::Index i = 0; i < sample.coefficients.cols(); ++i) {
    chain_summary one{1, static_cast<double>(sample.coefficients.rows()),
                      static_cast<double>(sample.coefficients.rows())};
    const auto column = sample.coefficients.col(i);
    if (fitted.has_error[static_cast<std::size_t>(i)] || column.minCoeff() < column.maxCoeff()) {
      one = summarise_chains(Eigen::Map<const Eigen::MatrixXd>(sample.coefficients.col(i).data(),
                                                               each, sample.chains));
      moving.push_back(one);
      names.push_back(fitted.names[static_cast<std::size_t>(i)]);
    }
    sample.summaries.push_back(one);
  }
  sample.diagnostics = chain_findings(moving, names, divergences);
}

}  // namespace

posterior_density::posterior_density(const fitted_model& fitted, const transition_tables& tables)
    : fitted_(fitted),
      tables_(tables),
      room_(std::make_shared<detail::room>(
          detail::room_of(fitted, detail::wanted_by(fitted, tables, 0, {})))),
      directions_(room_->directions) {
  for (const auto& one : fitted.diagnostics) {
    if (one.code != "D-BOUNDARY-ZERO" && one.code != "D-DIVERGING" && one.code != "D-SEPARATION")
      continue;
    reject(one.code, "sample", "the estimate of '" + one.column + "' lies at the end of its range",
           "without a prior there is no posterior", "Give a prior for it, or leave it out");
  }
  if (directions_.cols() == 0) {
    reject("D-HESS-ILL", "sample", "the fit has no standard errors",
           "the proposal is made from them", "Read the diagnostics of the fit");
  }
}

Eigen::VectorXd posterior_density::coefficients(const Eigen::VectorXd& u) const {
  return fitted_.coefficients + directions_ * u;
}

maximise_problem::slope posterior_density::slope(const Eigen::VectorXd& u, int threads,
                                                 const progress& report) const {
  const auto theta = coefficients(u);
  if (!detail::within(*room_, theta)) return {minus_infinity, Eigen::VectorXd::Zero(u.size())};
  const auto at = detail::wanted_by(fitted_, tables_, threads, report).gradient(theta);
  if (!std::isfinite(at.value)) return {minus_infinity, Eigen::VectorXd::Zero(u.size())};
  return {at.value, directions_.transpose() * at.gradient};
}

double posterior_density::value(const Eigen::VectorXd& u, int threads,
                                const progress& report) const {
  const auto theta = coefficients(u);
  if (!detail::within(*room_, theta)) return minus_infinity;
  return detail::wanted_by(fitted_, tables_, threads, report).value(theta);
}

posterior_sample sample_posterior(const posterior_density& density, const fitted_model& fitted,
                                  const posterior_settings& settings) {
  if (settings.chains < 1 || settings.draws < 4 * settings.chains) {
    reject("E-DRAWS", "sample",
           std::to_string(settings.draws) + " draws in " + std::to_string(settings.chains) +
               " chains were asked for",
           "each chain needs 4 or more", "Ask for 4000 draws in 4 chains, for instance");
  }
  const auto each = static_cast<Eigen::Index>(settings.draws / settings.chains);
  const auto count = each * settings.chains;
  const auto d = static_cast<Eigen::Index>(density.dimension());
  const random_stream random(settings.seed, purpose::posterior);

  Eigen::MatrixXd points(d, count);
  Eigen::VectorXd log_ratios(count);
  constexpr Eigen::Index block = 4;
  for_each_block(
      static_cast<std::size_t>((count + block - 1) / block), settings.threads,
      [&](std::size_t b) {
        const auto begin = static_cast<Eigen::Index>(b) * block;
        for (Eigen::Index k = begin; k < std::min(begin + block, count); ++k) {
          const auto number = static_cast<std::uint32_t>(k);
          for (Eigen::Index i = 0; i < d; ++i)
            points(i, k) = random.normal(number, 0, static_cast<std::uint32_t>(i));
          const double chi_square =
              2 * boost::math::gamma_p_inv(freedom / 2, random.uniform(number, 1, 0));
          points.col(k) *= std::sqrt(freedom / chi_square);
          const auto dimension = static_cast<double>(d);
          const double log_proposal =
              -(freedom + dimension) / 2 * std::log1p(points.col(k).squaredNorm() / freedom);
          double log_target = minus_infinity;
          try {
            log_target = density.value(points.col(k));
          } catch (const invalid_input&) {  // rates beyond any number
          }
          log_ratios[k] = std::isfinite(log_target) ? log_target - log_proposal : minus_infinity;
        }
      },
      settings.report);
  if (!(log_ratios.maxCoeff() > minus_infinity)) {
    reject("D-MCMC", "sample", "no proposal is possible", "some must be",
           "Look at the diagnostics of the fit");
  }

  posterior_sample sample;
  sample.chains = settings.chains;
  sample.coefficients.resize(count, fitted.coefficients.size());
  const auto weights = pareto_smooth(log_ratios);
  sample.pareto_k = weights.k;
  sample.ess = weights.ess;
  if (weights.k < heaviest_tail) {
    sample.method = "importance";
    // Systematic picks, then dealt out to the chains in turn: each chain is a fair sample.
    const double shift = random.uniform(0, 2, 0);
    double sum = 0;
    Eigen::Index from = -1;
    for (Eigen::Index k = 0; k < count; ++k) {
      const double wanted = (static_cast<double>(k) + shift) / static_cast<double>(count);
      while (from < 0 || (sum < wanted && from + 1 < count))
        sum += std::exp(weights.log_weights[++from]);
      sample.coefficients.row((k % settings.chains) * each + k / settings.chains) =
          density.coefficients(points.col(from)).transpose();
    }
  } else {
    sample.method = "metropolis";
    std::int64_t accepted = 0;
    for (Eigen::Index c = 0; c < settings.chains; ++c) {
      Eigen::Index here = c * each;
      for (Eigen::Index k = c * each; k < (c + 1) * each; ++k) {
        const double gain = log_ratios[k] - log_ratios[here];
        const double u = random.uniform(static_cast<std::uint32_t>(k), 3, 0);
        if (k == here || std::isnan(gain) || std::log(u) < gain) {
          here = k;
          ++accepted;
        }
        sample.coefficients.row(k) = density.coefficients(points.col(here)).transpose();
      }
    }
    sample.acceptance = static_cast<double>(accepted) / static_cast<double>(count);
  }
  summarise(fitted, sample, 0);
  if (sample.method == "importance" && weights.ess < 400) {
    // Rows picked more than once look independent to the chains; their weights say otherwise.
    for (auto& one : sample.summaries) {
      one.bulk_ess = std::min(one.bulk_ess, weights.ess);
      one.tail_ess = std::min(one.tail_ess, weights.ess);
    }
    sample.diagnostics = chain_findings(sample.summaries, fitted.names, 0);
  }
  return sample;
}

posterior_sample judge(const fitted_model& fitted, Eigen::MatrixXd coefficients, int chains,
                       std::string method, int divergences) {
  posterior_sample sample;
  sample.coefficients = std::move(coefficients);
  sample.chains = chains;
  sample.method = std::move(method);
  summarise(fitted, sample, divergences);
  return sample;
}

}  // namespace kohort
