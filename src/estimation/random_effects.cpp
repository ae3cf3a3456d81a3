#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>

#include <Eigen/Cholesky>

#include <kohort/estimation/comparison.hpp>
#include <kohort/estimation/detail/log_prior.hpp>
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
const double log_two_pi = std::log(2 * 3.14159265358979323846);

/// l and its gradient in one municipality, where the effects are b.
class municipality {
 public:
  municipality(const intensity_model& intensities, const transition_tables& tables,
               const Eigen::VectorXd& coefficients, const std::vector<int>& effects,
               const progress& report)
      : intensities_(intensities), tables_(tables), coefficients_(coefficients), report_(report) {
    const auto where = layout(intensities);
    for (const int k : effects) places_.push_back(where.starts[static_cast<std::size_t>(k)]);
  }

  [[nodiscard]] Eigen::Index size() const { return static_cast<Eigen::Index>(places_.size()); }

  [[nodiscard]] Eigen::VectorXd moved(const Eigen::VectorXd& b) const {
    Eigen::VectorXd at = coefficients_;
    for (Eigen::Index k = 0; k < size(); ++k) at[place(k)] += b[k];
    return at;
  }
  [[nodiscard]] log_likelihood_slope slope(const Eigen::VectorXd& b) const {
    return log_likelihood_gradient(intensities_, tables_, moved(b), 1, report_);
  }
  [[nodiscard]] Eigen::VectorXd part(const Eigen::VectorXd& by_coefficient) const {
    Eigen::VectorXd some(size());
    for (Eigen::Index k = 0; k < size(); ++k) some[k] = by_coefficient[place(k)];
    return some;
  }
  /// Rows of minus the second derivative, effects x coefficients, by central differences.
  [[nodiscard]] Eigen::MatrixXd curvature(const Eigen::VectorXd& b) const {
    constexpr double step = 1e-5;
    Eigen::MatrixXd rows(size(), coefficients_.size());
    for (Eigen::Index k = 0; k < size(); ++k) {
      Eigen::VectorXd at = b;
      at[k] = b[k] + step;
      const Eigen::VectorXd above = slope(at).gradient;
      at[k] = b[k] - step;
      rows.row(k) = (slope(at).gradient - above).transpose() / (2 * step);
    }
    return rows;
  }
  [[nodiscard]] Eigen::MatrixXd part(const Eigen::MatrixXd& rows) const {
    Eigen::MatrixXd some(size(), size());
    for (Eigen::Index k = 0; k < size(); ++k) some.col(k) = rows.col(place(k));
    return (some + some.transpose()) / 2;
  }
  [[nodiscard]] Eigen::MatrixXd expected(const Eigen::VectorXd& b) const {
    return expected_information(intensities_, tables_, moved(b), 1, report_);
  }
  [[nodiscard]] Eigen::Index place(Eigen::Index k) const {
    return places_[static_cast<std::size_t>(k)];
  }

 private:
  const intensity_model& intensities_;
  const transition_tables& tables_;
  const Eigen::VectorXd& coefficients_;
  const progress& report_;
  std::vector<Eigen::Index> places_;
};

detail::log_prior prior_of(const fitted_model& fitted) {
  const auto starts = layout(fitted.intensities).starts;
  return {fitted.priors, fitted.penalties, fitted.names, {starts.begin(), starts.end() - 1}};
}

double log_density(const Eigen::VectorXd& b, const Eigen::VectorXd& log_sd) {
  const Eigen::VectorXd scaled = (b.array() * (-log_sd.array()).exp()).matrix();
  return -scaled.squaredNorm() / 2 - log_sd.sum() - static_cast<double>(b.size()) * log_two_pi / 2;
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
    const municipality here(start_.intensities, tables, theta, effects_, go_on);
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

laplace_value laplace(const intensity_model& intensities, const transition_tables& tables,
                      const Eigen::VectorXd& coefficients, const std::vector<int>& effects,
                      const Eigen::VectorXd& log_sd, const Eigen::VectorXd& start,
                      const progress& report) {
  const municipality here(intensities, tables, coefficients, effects, report);
  const auto d = here.size();
  const Eigen::VectorXd precision = (-2 * log_sd.array()).exp();
  maximise_problem problem;
  problem.gradient = [&](const Eigen::VectorXd& b) {
    const auto l = here.slope(b);
    return maximise_problem::slope{l.value - (precision.array() * b.array().square()).sum() / 2,
                                   here.part(l.gradient) - precision.cwiseProduct(b)};
  };
  const auto curved = [&](const Eigen::MatrixXd& rows) {
    Eigen::MatrixXd H = here.part(rows);
    H.diagonal() += precision;
    return H;
  };
  problem.information = [&](const Eigen::VectorXd& b) {
    const Eigen::MatrixXd I = here.expected(b);
    Eigen::MatrixXd rows(d, I.cols());
    for (Eigen::Index k = 0; k < d; ++k) rows.row(k) = I.row(here.place(k));
    return curved(rows);
  };
  problem.curvature = [&](const Eigen::VectorXd& b) { return curved(here.curvature(b)); };
  problem.length = [](const Eigen::VectorXd& step) { return step.cwiseAbs().maxCoeff(); };
  const auto found =
      maximise(problem, start.size() == d ? start : Eigen::VectorXd::Zero(d), {.tolerance = 1e-14});
  laplace_value result;
  const Eigen::VectorXd& b = found.point;
  result.effects.mode = b;
  const auto l = here.slope(b);
  const Eigen::MatrixXd rows = here.curvature(b);
  const Eigen::MatrixXd H = curved(rows);
  const Eigen::LLT<Eigen::MatrixXd> factor(H);
  result.found = std::isfinite(l.value) && factor.info() == Eigen::Success;
  if (!result.found) return result;
  const Eigen::MatrixXd inverse = factor.solve(Eigen::MatrixXd::Identity(d, d));
  result.effects.variance = inverse;
  result.effects.follows = -factor.solve(rows);
  const double log_det = 2 * factor.matrixLLT().diagonal().array().log().sum();
  result.value =
      l.value + log_density(b, log_sd) + static_cast<double>(d) * log_two_pi / 2 - log_det / 2;

  // sum_j of the second derivative of the gradient along v_j, H^-1 = sum_j v_j v_j'.
  const Eigen::MatrixXd root = factor.matrixU().solve(Eigen::MatrixXd::Identity(d, d));
  Eigen::VectorXd bend = Eigen::VectorXd::Zero(coefficients.size());
  constexpr double step = 3e-3;
  for (Eigen::Index j = 0; j < d; ++j) {
    const Eigen::VectorXd v = root.col(j) * (step / std::max(root.col(j).norm(), 1e-300));
    const double scale = root.col(j).squaredNorm() / (step * step);
    bend += (here.slope(b + v).gradient - 2 * l.gradient + here.slope(b - v).gradient) * scale;
  }
  const Eigen::VectorXd pull = here.part(bend) / 2;  // -d(log det H)/db / 2
  const auto p = coefficients.size();
  result.gradient.resize(p + d);
  result.gradient.head(p) = l.gradient + bend / 2 + result.effects.follows.transpose() * pull;
  const Eigen::VectorXd weighed = inverse * pull;
  for (Eigen::Index k = 0; k < d; ++k) {
    result.gradient[p + k] = -1 + b[k] * b[k] * precision[k] + inverse(k, k) * precision[k] +
                             2 * weighed[k] * b[k] * precision[k];
  }
  return result;
}

double quadrature(const intensity_model& intensities, const transition_tables& tables,
                  const Eigen::VectorXd& coefficients, int effect, double log_sd,
                  const laplace_value& at) {
  constexpr std::array<double, 5> nodes{0, 0.7235510187528376, 1.468553289216668, 2.266580584531843,
                                        3.190993201781528};
  constexpr std::array<double, 5> weights{0.7202352156060510, 0.4326515590025558,
                                          0.08847452739437657, 0.004943624275536947,
                                          3.960697726326438e-5};
  const progress silent;
  const municipality here(intensities, tables, coefficients, {effect}, silent);
  const double mode = at.effects.mode[0], scale = std::sqrt(2 * at.effects.variance(0, 0));
  std::vector<double> logs;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    for (const double sign : {1.0, -1.0}) {
      if (i == 0 && sign < 0) continue;
      Eigen::VectorXd b(1), sd(1);
      b[0] = mode + sign * nodes[i] * scale;
      sd[0] = log_sd;
      logs.push_back(std::log(weights[i]) + nodes[i] * nodes[i] + here.slope(b).value +
                     log_density(b, sd));
    }
  }
  const double largest = *std::max_element(logs.begin(), logs.end());
  double sum = 0;
  for (const double one : logs) sum += std::exp(one - largest);
  return largest + std::log(sum) + std::log(scale);
}

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
