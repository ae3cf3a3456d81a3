#include <algorithm>
#include <cmath>
#include <numbers>

#include <kohort/estimation/detail/log_prior.hpp>
#include <kohort/estimation/prior.hpp>
#include <kohort/support/detail/spectrum.hpp>
#include <kohort/support/error.hpp>

namespace kohort {

prior normal_prior(std::string coefficient, double mean, double sd) {
  return {std::move(coefficient), prior_kind::normal, mean, sd};
}

prior gamma_prior(std::string transition, double shape, double rate) {
  return {std::move(transition), prior_kind::gamma, shape, rate};
}

std::string words(const prior& one) {
  const bool normal = one.kind == prior_kind::normal;
  return "'" + one.coefficient +
         "': " + (normal ? "normal with mean " : "gamma on the rate with shape ") +
         shown(one.first) + (normal ? " and standard deviation " : " and rate ") +
         shown(one.second);
}

namespace detail {

namespace {

[[noreturn]] void refuse(const std::string& seen, const std::string& needed,
                         const std::string& remedy) {
  reject("E-PRIOR", "priors", seen, needed, remedy);
}

Eigen::Index place_of(const std::string& name, const std::vector<std::string>& names) {
  const auto place = std::find(names.begin(), names.end(), name);
  if (place != names.end()) return place - names.begin();
  std::string all;
  for (const auto& known : names) all += (all.empty() ? "'" : ", '") + known + "'";
  refuse("there is no coefficient '" + name + "'", "the coefficients are: " + all,
         "Use one of these names");
}

}  // namespace

log_prior::log_prior(const std::vector<prior>& priors,
                     const std::vector<quadratic_penalty>& penalties,
                     const std::vector<std::string>& names, const std::vector<int>& intercepts) {
  const auto p = static_cast<Eigen::Index>(names.size());
  const auto need_normal = [&] {
    if (normal_.size() > 0) return;
    normal_ = Eigen::MatrixXd::Zero(p, p);
    pull_ = Eigen::VectorXd::Zero(p);
  };
  for (const auto& one : priors) {
    const auto i = place_of(one.coefficient, names);
    if (!std::isfinite(one.first) || !std::isfinite(one.second) || !(one.second > 0)) {
      refuse("the prior " + words(one) + " is none",
             one.kind == prior_kind::normal ? "the standard deviation must be above 0"
                                            : "shape and rate must be above 0",
             "Mend these numbers");
    }
    if (one.kind == prior_kind::normal) {
      need_normal();
      const double precision = 1 / (one.second * one.second);
      normal_(i, i) += precision;
      pull_[i] += precision * one.first;
      constant_ -= std::log(one.second) + std::log(2 * std::numbers::pi) / 2 +
                   precision * one.first * one.first / 2;
      continue;
    }
    if (!(one.first > 0)) {
      refuse("the prior " + words(one) + " is none", "shape and rate must be above 0",
             "Mend these numbers");
    }
    if (std::find(intercepts.begin(), intercepts.end(), static_cast<int>(i)) == intercepts.end()) {
      refuse("a gamma prior stands on '" + one.coefficient + "'",
             "it is one on the rate of a transition", "Put a normal prior on an effect");
    }
    rates_.push_back(
        {i, one.first, one.second, one.first * std::log(one.second) - std::lgamma(one.first)});
  }
  for (const auto& one : penalties) {
    const auto size = static_cast<Eigen::Index>(one.coefficients.size());
    const Eigen::VectorXd centre =
        one.centre.size() == 0 ? Eigen::VectorXd(Eigen::VectorXd::Zero(size)) : one.centre;
    if (one.precision.rows() != size || one.precision.cols() != size || centre.size() != size ||
        !one.precision.allFinite() || !centre.allFinite()) {
      refuse("a penalty on " + std::to_string(size) + " coefficients has a matrix of another shape",
             "it needs one finite row and column for each", "Mend the matrix");
    }
    const auto eigen = detail::spectrum_of(one.precision);
    const double largest = size > 0 ? one.precision.cwiseAbs().maxCoeff() : 0;
    if (size > 0 && (!one.precision.isApprox(one.precision.transpose(), 1e-12) ||
                     eigen.values[0] < -1e-10 * largest)) {
      refuse("the matrix of a penalty has a negative eigenvalue or is not symmetric",
             "a penalty must never be a reward", "Mend the matrix");
    }
    need_normal();
    const Eigen::VectorXd pull = one.precision * centre;
    constant_ -= centre.dot(pull) / 2;
    for (Eigen::Index a = 0; a < size; ++a) {
      const auto i = place_of(one.coefficients[static_cast<std::size_t>(a)], names);
      pull_[i] += pull[a];
      for (Eigen::Index b = 0; b < size; ++b)
        normal_(i, place_of(one.coefficients[static_cast<std::size_t>(b)], names)) +=
            one.precision(a, b);
    }
  }
}

bool log_prior::on(Eigen::Index i) const {
  if (normal_.size() > 0 && normal_(i, i) > 0) return true;
  return std::any_of(rates_.begin(), rates_.end(),
                     [i](const rate_prior& one) { return one.place == i; });
}

double log_prior::value(const Eigen::VectorXd& theta) const {
  double sum = 0;
  if (normal_.size() > 0) {
    // A rate of 0 has an intercept of -infinity: only one without a prior can.
    const Eigen::VectorXd safe =
        theta.unaryExpr([](double x) { return std::isfinite(x) ? x : 0.0; });
    sum = constant_ - safe.dot(normal_ * safe) / 2 + pull_.dot(safe);
  }
  for (const auto& one : rates_) {
    sum += one.constant + one.shape * theta[one.place] - one.rate * std::exp(theta[one.place]);
  }
  return sum;
}

void log_prior::add_slope(const Eigen::VectorXd& theta, double unit,
                          log_likelihood_slope& slope) const {
  if (empty()) return;
  slope.value += unit * value(theta);
  if (normal_.size() > 0) {
    const Eigen::VectorXd safe =
        theta.unaryExpr([](double x) { return std::isfinite(x) ? x : 0.0; });
    slope.gradient += unit * (pull_ - normal_ * safe);
  }
  for (const auto& one : rates_)
    slope.gradient[one.place] += unit * (one.shape - one.rate * std::exp(theta[one.place]));
}

Eigen::MatrixXd log_prior::information(const Eigen::VectorXd& theta) const {
  Eigen::MatrixXd sum = normal_.size() > 0
                            ? normal_
                            : Eigen::MatrixXd(Eigen::MatrixXd::Zero(theta.size(), theta.size()));
  for (const auto& one : rates_) sum(one.place, one.place) += one.rate * std::exp(theta[one.place]);
  return sum;
}

}  // namespace detail

}  // namespace kohort
