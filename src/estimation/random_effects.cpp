#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include <Eigen/Cholesky>

#include <kohort/estimation/comparison.hpp>
#include <kohort/estimation/detail/log_prior.hpp>
#include <kohort/estimation/detail/municipality.hpp>
#include <kohort/estimation/detail/refit.hpp>
#include <kohort/estimation/random_effects.hpp>
#include <kohort/likelihood/log_likelihood.hpp>
#include <kohort/support/detail/tasks.hpp>
#include <kohort/support/error.hpp>
#include <kohort/support/random.hpp>

namespace kohort {

namespace {

constexpr double minus_infinity = -std::numeric_limits<double>::infinity();
constexpr double least_sd = 1e-2;  // of a log rate: below, municipalities do not differ
detail::log_prior prior_of(const fitted_model& fitted) {
  const auto starts = layout(fitted.intensities).starts;
  return {fitted.priors, fitted.penalties, fitted.names, {starts.begin(), starts.end() - 1}};
}

/// What the search for common coefficients needs of all municipalities.
struct pooled_value {
  double value = 0;
  Eigen::VectorXd gradient;
  Eigen::MatrixXd information;  // empty unless asked for
};

class pooled_search {
 public:
  pooled_search(const std::vector<transition_tables>& tables, const fitted_model& start,
                std::vector<int> effects, const pooled_settings& settings)
      : tables_(tables),
        start_(start),
        effects_(std::move(effects)),
        settings_(settings),
        p_(start.coefficients.size()),
        prior_(prior_of(start)),
        modes_(tables.size(), Eigen::VectorXd::Zero(static_cast<Eigen::Index>(effects_.size()))) {}

  [[nodiscard]] Eigen::Index size() const {
    return p_ + static_cast<Eigen::Index>(effects_.size());
  }

  pooled_value at(const Eigen::VectorXd& phi, bool information) {
    const Eigen::VectorXd theta = phi.head(p_);
    const Eigen::VectorXd log_sd = phi.tail(phi.size() - p_);
    std::vector<pooled_value> parts(tables_.size());
    auto modes = modes_;
    detail::for_each_task(
        tables_.size(), settings_.threads,
        [&](std::size_t m, const progress& go_on) {
          const auto one =
              laplace(start_.intensities, tables_[m], theta, effects_, log_sd, modes_[m], go_on);
          auto& part = parts[m];
          part.value = one.found ? one.value : minus_infinity;
          if (!std::isfinite(part.value)) return;
          modes[m] = one.effects.mode;
          part.gradient = one.gradient;
          if (information) part.information = approximate(tables_[m], theta, log_sd, one, go_on);
        },
        [this](std::size_t, std::size_t) {
          return !settings_.report ||
                 settings_.report(static_cast<std::size_t>(steps_),
                                  static_cast<std::size_t>(settings_.iterations));
        });
    pooled_value sum{0, Eigen::VectorXd::Zero(size()), {}};
    if (information) sum.information = Eigen::MatrixXd::Zero(size(), size());
    for (const auto& part : parts) {
      sum.value += part.value;
      if (!std::isfinite(part.value)) return {minus_infinity, Eigen::VectorXd::Zero(size()), {}};
      sum.gradient += part.gradient;
      if (information) sum.information += part.information;
    }
    if (!prior_.empty()) {
      log_likelihood_slope common{0, Eigen::VectorXd::Zero(p_)};
      prior_.add_slope(theta, 1, common);
      sum.value += common.value;
      sum.gradient.head(p_) += common.gradient;
      if (information) sum.information.topLeftCorner(p_, p_) += prior_.information(theta);
    }
    modes_ = modes;  // the next search for the modes starts from these
    return sum;
  }

  /// Minus the second derivative, by central differences of the gradient.
  Eigen::MatrixXd curvature(const Eigen::VectorXd& phi) {
    constexpr double step = 1e-4;
    Eigen::MatrixXd H(size(), size());
    for (Eigen::Index i = 0; i < size(); ++i) {
      auto moved = phi;
      moved[i] = phi[i] + step;
      const Eigen::VectorXd above = at(moved, false).gradient;
      moved[i] = phi[i] - step;
      H.col(i) = (at(moved, false).gradient - above) / (2 * step);
    }
    return (H + H.transpose()) / 2;
  }

  void stepped(int steps) { steps_ = steps; }

 private:
  /// In place of minus the second derivative, never with a negative eigenvalue: the expected
  /// information with the effects profiled out, and that of normal effects about their sd.
  [[nodiscard]] Eigen::MatrixXd approximate(const transition_tables& tables,
                                            const Eigen::VectorXd& theta,
                                            const Eigen::VectorXd& log_sd, const laplace_value& one,
                                            const progress& go_on) const {
    const detail::municipality here(start_.intensities, tables, theta, effects_, go_on);
    const Eigen::MatrixXd I = here.expected(one.effects.mode);
    const auto d = here.size();
    Eigen::MatrixXd across(d, p_);
    for (Eigen::Index k = 0; k < d; ++k) across.row(k) = I.row(here.place(k));
    Eigen::MatrixXd H = here.part(across);
    H.diagonal() += (-2 * log_sd.array()).exp().matrix();
    Eigen::MatrixXd result = Eigen::MatrixXd::Zero(size(), size());
    result.topLeftCorner(p_, p_) = I - across.transpose() * H.llt().solve(across);
    for (Eigen::Index k = 0; k < d; ++k) {
      const double share =
          std::clamp(1 - one.effects.variance(k, k) * std::exp(-2 * log_sd[k]), 0.0, 1.0);
      result(p_ + k, p_ + k) = 2 * share * share + 1e-6;
    }
    return result;
  }

  const std::vector<transition_tables>& tables_;
  const fitted_model& start_;
  std::vector<int> effects_;
  const pooled_settings& settings_;
  Eigen::Index p_;
  detail::log_prior prior_;
  std::vector<Eigen::VectorXd> modes_;
  int steps_ = 0;
};

finding no_spread(const intensity_model& intensities, int transition) {
  const auto label = intensities.structure.label(transition);
  return {.code = "D-NO-SPREAD",
          .severity = 'D',
          .column = label,
          .message = "the rates of " + label +
                     " differ between municipalities by no more than chance would make them; the "
                     "standard deviation is put to 0.",
          .message_sv = "intensiteterna för " + label +
                        " skiljer sig inte mer mellan kommunerna än slumpen ger; "
                        "standardavvikelsen sätts till 0.",
          .remedy = "Nothing needs to be done: these municipalities share one rate.",
          .remedy_sv = "Inget behöver göras: kommunerna delar en intensitet."};
}

}  // namespace

pooled_model fit_pooled(const std::vector<transition_tables>& municipalities,
                        const fitted_model& start, const pooled_settings& settings) {
  if (municipalities.size() < 2) {
    reject("E-CLUSTER", "fit_pooled",
           std::to_string(municipalities.size()) + " municipality was given",
           "how much they differ needs two or more", "Use fit");
  }
  for (const auto& one : start.diagnostics) {
    if (one.code != "D-BOUNDARY-ZERO" && one.code != "D-DIVERGING" && one.code != "D-SEPARATION")
      continue;
    reject(one.code, "fit_pooled",
           "the estimate of '" + one.column + "' lies at the end of its range in all together",
           "municipalities can only differ around a number", "Leave it out of the model");
  }
  auto effects = settings.effects;
  if (effects.empty()) {
    effects.resize(start.intensities.structure.transitions().size());
    std::iota(effects.begin(), effects.end(), 0);
  }
  const auto p = start.coefficients.size();
  const auto all_together = [&] {  // as if they did not differ: only directions come of it
    Eigen::MatrixXd I = Eigen::MatrixXd::Zero(p, p);
    for (const auto& tables : municipalities)
      I += expected_information(start.intensities, tables, start.coefficients, 1, settings.report);
    const auto prior = prior_of(start);
    if (!prior.empty()) I += prior.information(start.coefficients);
    return I;
  };
  const auto room =
      detail::room_of(start, {{}, {}, [&](const Eigen::VectorXd&) { return all_together(); }});
  const auto& directions = room.directions;
  const auto free = directions.cols();
  pooled_model pooled{.common = start};
  Eigen::VectorXd theta = start.coefficients;
  Eigen::VectorXd log_sd =
      Eigen::VectorXd::Constant(static_cast<Eigen::Index>(effects.size()), std::log(0.3));
  std::vector<int> none;  // effects without spread
  maximum found;
  Eigen::MatrixXd H, along;
  while (true) {
    pooled_search all(municipalities, start, effects, settings);
    const auto d = static_cast<Eigen::Index>(effects.size());
    const auto phi_at = [&](const Eigen::VectorXd& u) {
      Eigen::VectorXd phi(p + d);
      phi.head(p) = theta + directions * u.head(free);
      phi.tail(d) = u.tail(d);
      return phi;
    };
    Eigen::MatrixXd chain = Eigen::MatrixXd::Zero(p + d, free + d);
    chain.topLeftCorner(p, free) = directions;
    chain.bottomRightCorner(d, d).setIdentity();
    maximise_problem problem;
    problem.gradient = [&](const Eigen::VectorXd& u) {
      const auto here = all.at(phi_at(u), false);
      return maximise_problem::slope{here.value, chain.transpose() * here.gradient};
    };
    problem.information = [&](const Eigen::VectorXd& u) {
      const auto here = all.at(phi_at(u), true);
      return Eigen::MatrixXd(chain.transpose() * here.information * chain);
    };
    const double root = std::sqrt(static_cast<double>(free + d));
    problem.length = [root](const Eigen::VectorXd& step) { return step.norm() / root; };
    int gone = -1;
    problem.keep_going = [&](const Eigen::VectorXd& u, int steps) {
      all.stepped(steps);
      for (Eigen::Index k = 0; k < d; ++k) {
        if (u[free + k] < std::log(least_sd)) gone = static_cast<int>(k);
      }
      return gone < 0;
    };
    Eigen::VectorXd u = Eigen::VectorXd::Zero(free + d);
    u.tail(d) = log_sd;
    auto limits = *detail::limits_along(room, theta);  // the start is within them
    limits.rows.conservativeResize(limits.rows.rows(), free + d);
    limits.rows.rightCols(d).setZero();
    const auto best = detail::maximise_within(
        problem, u, limits, {.iterations = settings.iterations, .tolerance = 1e-9});
    found = best.found;
    along = best.along;
    const Eigen::VectorXd phi = phi_at(found.point);
    theta = phi.head(p);
    log_sd = phi.tail(d);
    if (gone < 0) {
      chain *= along;
      H = chain.transpose() *
          (d > 0 ? all.curvature(phi) : Eigen::MatrixXd(all.at(phi, true).information)) * chain;
      break;
    }
    none.push_back(effects[static_cast<std::size_t>(gone)]);
    effects.erase(effects.begin() + gone);
    Eigen::VectorXd rest(d - 1);
    rest << log_sd.head(gone), log_sd.tail(d - 1 - gone);
    log_sd = rest.cwiseMax(std::log(0.05));
  }

  const auto d = static_cast<Eigen::Index>(effects.size());
  Eigen::MatrixXd chain = Eigen::MatrixXd::Zero(p + d, free + d);
  chain.topLeftCorner(p, free) = directions;
  chain.bottomRightCorner(d, d).setIdentity();
  chain *= along;
  pooled.effects = effects;
  pooled.sd = log_sd.array().exp();
  pooled.sd_error = Eigen::VectorXd::Zero(d);
  pooled.covariance = Eigen::MatrixXd::Zero(p + d, p + d);
  auto& common = pooled.common;
  common.coefficients = theta;
  const auto prior = prior_of(start);
  common.log_prior = prior.empty() ? 0 : prior.value(theta);
  common.log_likelihood = found.value - common.log_prior;
  common.convergence = {found.verdict, found.iterations, found.evaluations, found.gap, false};
  common.diagnostics.clear();
  common.active.clear();
  for (const auto& one : common.constraints) {
    common.active.push_back(one.is == relation::equal || detail::on_limit(common, one));
  }
  const Eigen::LLT<Eigen::MatrixXd> factor(H);
  if (factor.info() == Eigen::Success) {
    pooled.covariance =
        chain * factor.solve(Eigen::MatrixXd::Identity(H.rows(), H.cols())) * chain.transpose();
    common.covariance = pooled.covariance.topLeftCorner(p, p);
    for (Eigen::Index i = 0; i < p; ++i) {  // one on a limit has no error, one that left it has
      common.has_error[static_cast<std::size_t>(i)] =
          common.covariance(i, i) > 1e-24 * (1 + std::abs(theta[i]));
    }
    pooled.sd_error = pooled.covariance.diagonal().tail(d).cwiseMax(0).cwiseSqrt();
  } else {
    common.covariance.setZero();
    common.has_error.assign(static_cast<std::size_t>(p), false);
    common.diagnostics.push_back(
        {.code = "D-HESS-ILL",
         .severity = 'D',
         .message = "the information about the common rates and the spread is singular; there are "
                    "no standard errors.",
         .message_sv = "informationen om gemensamma intensiteter och spridning är singulär; "
                       "medelfel saknas.",
         .remedy = "Let fewer transitions differ between municipalities.",
         .remedy_sv = "Låt färre övergångar skilja sig mellan kommunerna."});
  }
  for (const int k : none) common.diagnostics.push_back(no_spread(start.intensities, k));
  for (const auto& tables : municipalities) {
    const auto one =
        laplace(start.intensities, tables, theta, effects, log_sd, {}, settings.report);
    pooled.municipalities.push_back(one.effects);
    if (d == 1) {
      pooled.quadrature_gap +=
          quadrature(start.intensities, tables, theta, effects[0], log_sd[0], one) - one.value;
    }
  }
  return pooled;
}

Eigen::MatrixXd municipality_draws(const fitted_model& common, const std::vector<int>& effects,
                                   const municipality_effects& one, int n, std::uint64_t seed) {
  Eigen::MatrixXd rows = draws(common, n, seed);
  const auto d = static_cast<Eigen::Index>(effects.size());
  const auto where = layout(common.intensities);
  const Eigen::MatrixXd factor = Eigen::LLT<Eigen::MatrixXd>(one.variance).matrixL();
  const random_stream random(seed, purpose::parameters);
  for (Eigen::Index k = 0; k < rows.rows(); ++k) {
    Eigen::VectorXd z(d);
    for (Eigen::Index i = 0; i < d; ++i) {
      z[i] = random.normal(static_cast<std::uint32_t>(k), 2, static_cast<std::uint32_t>(i));
    }
    const Eigen::VectorXd shift = rows.row(k).transpose() - common.coefficients;
    const Eigen::VectorXd b = one.mode + one.follows * shift + factor * z;
    for (Eigen::Index i = 0; i < d; ++i)
      rows(k, where.starts[static_cast<std::size_t>(effects[static_cast<std::size_t>(i)])]) += b[i];
  }
  return rows;
}

double spread_p_value(double with_effect, double without_effect) {
  const double statistic = 2 * (with_effect - without_effect);
  return statistic > 0 ? chi_square_tail(statistic, 1) / 2 : 1;
}

}  // namespace kohort
