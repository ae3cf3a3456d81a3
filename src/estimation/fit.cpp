#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include <Eigen/Cholesky>
#include <Eigen/Eigenvalues>
#include <Eigen/QR>

#include <kohort/estimation/diagnostics.hpp>
#include <kohort/estimation/fit.hpp>
#include <kohort/estimation/initial_values.hpp>
#include <kohort/likelihood/detail/cells.hpp>
#include <kohort/likelihood/log_likelihood.hpp>

namespace kohort {

namespace {

constexpr double minus_infinity = -std::numeric_limits<double>::infinity();
constexpr double bound_drop = 2.995732273553991;  // -log .05: the exact Poisson bound when n = 0
constexpr double few_events = 0.1;                // expected; below, a rate may be on its way to 0
constexpr double many_moves = 10;                 // a mean gap; above, it may be growing forever
constexpr double no_bound = 100;                  // moves a mean gap; further no bound is sought

/// Minus the second derivative in the free coordinates z, and what it says.
struct inverse_information {
  Eigen::MatrixXd covariance;  // of z
  double condition = 0;
  bool usable = false;
};

inverse_information invert(const Eigen::MatrixXd& H) {
  inverse_information result;
  Eigen::VectorXd scale = H.diagonal();
  for (auto& s : scale) {
    if (!(s > 0) || !std::isfinite(s)) return result;
    s = 1 / std::sqrt(s);
  }
  const Eigen::MatrixXd unit = scale.asDiagonal() * H * scale.asDiagonal();
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> eigen(unit);
  const auto& values = eigen.eigenvalues();
  if (eigen.info() != Eigen::Success || !(values.minCoeff() > 0)) return result;
  result.condition = values.maxCoeff() / values.minCoeff();
  if (result.condition > 1e15) return result;
  const Eigen::MatrixXd inverse =
      Eigen::LLT<Eigen::MatrixXd>(unit).solve(Eigen::MatrixXd::Identity(H.rows(), H.cols()));
  result.covariance = scale.asDiagonal() * inverse * scale.asDiagonal();
  result.usable = result.covariance.allFinite() && result.covariance.diagonal().minCoeff() > 0;
  return result;
}

class fitting {
 public:
  /// @param drop  how far the profile log-likelihood falls to a bound
  fitting(const transition_tables& tables, const intensity_model& intensities,
          const fit_settings& settings, double drop)
      : tables_(tables),
        model_(intensities),
        settings_(settings),
        drop_(drop),
        where_(layout(intensities)),
        K_(intensities.structure.transitions().size()),
        n_(static_cast<std::size_t>(intensities.structure.size())),
        at_risk_(exposure_at_risk(intensities.structure, tables)),
        fixed_(static_cast<std::size_t>(where_.size()), 0) {
    check_design(intensities, tables, at_risk_);
    coefficients_ = initial_values(intensities, tables);
    poll_ = [this](std::size_t, std::size_t) {
      return !settings_.report || settings_.report(static_cast<std::size_t>(steps_),
                                                   static_cast<std::size_t>(settings_.iterations));
    };
  }

  fitted_model run() {
    fix_unseen_exact_moves();
    check_null_direction();
    fitted_model fitted{.intensities = model_};
    maximum last;
    std::vector<char> tested(K_,
                             0);  // rates that went towards 0 and were found not to belong there
    for (std::size_t round = 0; round <= 2 * K_; ++round) {
      candidate_.reset();
      last =
          search(coefficients_, fixed_, [&](const Eigen::VectorXd& b) { return watch(b, tested); });
      steps_ += last.iterations;
      evaluations_ += last.evaluations;
      if (last.verdict == search_verdict::stopped && candidate_) {
        settle(*candidate_, tested);
        continue;
      }
      if (!release_wrongly_zero(tested)) break;
    }

    fitted.names = coefficient_names(model_);
    fitted.log_likelihood = last.value;
    fitted.convergence = {last.verdict, steps_, evaluations_, last.gap, !diverging_.empty()};
    for (const auto k : zero_) {
      const double upper = bound(k, last.value, true);
      fitted.bounds.push_back({static_cast<int>(k), true, upper});
      fitted.diagnostics.push_back(boundary_zero(model_.structure, static_cast<int>(k), upper));
    }
    for (const auto k : diverging_) {
      const double lower = bound(k, last.value, false);
      fitted.bounds.push_back({static_cast<int>(k), false, lower});
      fitted.diagnostics.push_back(diverging(model_.structure, static_cast<int>(k), lower));
    }
    errors(fitted, last.value);
    if (last.verdict != search_verdict::converged)
      fitted.diagnostics.push_back(not_converged(last.verdict, steps_));
    fitted.coefficients = coefficients_;
    fitted.subjects = tables_.subjects;
    fitted.single_subjects = tables_.single_subjects;
    fitted.intervals = tables_.intervals;
    fitted.cells = static_cast<std::int64_t>(tables_.cell_count());
    fitted.person_years = tables_.person_years;
    return fitted;
  }

 private:
  /// Free coefficients and their scaling: beta = to_beta z, from the QR of the exposure-weighted
  /// design, so that the unit of a covariate does not matter.
  struct scaling {
    std::vector<Eigen::Index> free;
    Eigen::MatrixXd to_beta, to_z;
  };

  [[nodiscard]] scaling scale(const std::vector<char>& fixed) const {
    scaling result;
    std::vector<Eigen::MatrixXd> blocks;
    for (std::size_t k = 0; k < K_; ++k) {
      std::vector<int> columns;  // -1: the intercept
      for (int i = where_.starts[k]; i < where_.starts[k + 1]; ++i) {
        if (fixed[static_cast<std::size_t>(i)]) continue;
        result.free.push_back(i);
        const int c = i - where_.starts[k];
        columns.push_back(c == 0 ? -1 : where_.columns[k][static_cast<std::size_t>(c - 1)]);
      }
      if (columns.empty()) continue;
      const auto from = static_cast<std::size_t>(model_.structure.transitions()[k].from);
      const auto width = static_cast<Eigen::Index>(columns.size());
      // Row by row into the triangle, so that memory does not grow with the number of patterns.
      Eigen::MatrixXd R = Eigen::MatrixXd::Zero(width, width);
      Eigen::MatrixXd rows = Eigen::MatrixXd::Zero(width + 256, width);
      Eigen::Index filled = width;
      const auto reduce = [&] {
        rows.topRows(width) = R;
        const Eigen::HouseholderQR<Eigen::MatrixXd> qr(rows.topRows(filled));
        R = qr.matrixQR().topRows(width).triangularView<Eigen::Upper>();
        filled = width;
      };
      for (std::size_t p = 0; p < tables_.pattern_count(); ++p) {
        const double years = at_risk_[p * n_ + from];
        if (years <= 0) continue;
        for (Eigen::Index c = 0; c < width; ++c) {
          const int column = columns[static_cast<std::size_t>(c)];
          rows(filled, c) = std::sqrt(years) *
                            (column < 0 ? 1 : tables_.pattern(p)[static_cast<std::size_t>(column)]);
        }
        if (++filled == rows.rows()) reduce();
      }
      if (filled > width) reduce();
      blocks.push_back(R);
    }
    const auto m = static_cast<Eigen::Index>(result.free.size());
    result.to_beta = result.to_z = Eigen::MatrixXd::Zero(m, m);
    Eigen::Index at = 0;
    for (const auto& R : blocks) {
      const auto width = R.rows();
      result.to_z.block(at, at, width, width) = R;
      result.to_beta.block(at, at, width, width) =
          R.triangularView<Eigen::Upper>().solve(Eigen::MatrixXd::Identity(width, width));
      at += width;
    }
    return result;
  }

  static Eigen::VectorXd part(const Eigen::VectorXd& all, const std::vector<Eigen::Index>& free) {
    Eigen::VectorXd some(static_cast<Eigen::Index>(free.size()));
    for (std::size_t i = 0; i < free.size(); ++i) some[static_cast<Eigen::Index>(i)] = all[free[i]];
    return some;
  }

  static Eigen::MatrixXd part(const Eigen::MatrixXd& all, const std::vector<Eigen::Index>& free) {
    const auto m = static_cast<Eigen::Index>(free.size());
    Eigen::MatrixXd some(m, m);
    for (Eigen::Index i = 0; i < m; ++i) {
      for (Eigen::Index j = 0; j < m; ++j)
        some(i, j) = all(free[static_cast<std::size_t>(i)], free[static_cast<std::size_t>(j)]);
    }
    return some;
  }

  /// Maximises over the coefficients that are not fixed; `coefficients` is start and result.
  maximum search(Eigen::VectorXd& coefficients, const std::vector<char>& fixed,
                 const std::function<bool(const Eigen::VectorXd&)>& keep_going = {}) {
    const auto s = scale(fixed);
    const auto at = [&](const Eigen::VectorXd& z) {
      Eigen::VectorXd b = coefficients;
      const Eigen::VectorXd beta = s.to_beta * z;
      for (std::size_t i = 0; i < s.free.size(); ++i)
        b[s.free[i]] = beta[static_cast<Eigen::Index>(i)];
      return b;
    };
    const auto to_z = [&](const Eigen::MatrixXd& H) {
      return Eigen::MatrixXd(s.to_beta.transpose() * part(H, s.free) * s.to_beta);
    };
    maximise_problem problem;
    problem.gradient = [&](const Eigen::VectorXd& z) {
      const auto l = log_likelihood_gradient(model_, tables_, at(z), settings_.threads, poll_);
      return maximise_problem::slope{l.value, s.to_beta.transpose() * part(l.gradient, s.free)};
    };
    problem.information = [&](const Eigen::VectorXd& z) {
      return to_z(expected_information(model_, tables_, at(z), settings_.threads, poll_));
    };
    problem.curvature = [&](const Eigen::VectorXd& z) {
      return to_z(observed_information(model_, tables_, at(z), settings_.threads, poll_));
    };
    const std::size_t stride = tables_.pattern_count() / 4096 + 1;
    problem.length = [&](const Eigen::VectorXd& step) {
      Eigen::VectorXd change = Eigen::VectorXd::Zero(coefficients.size());
      const Eigen::VectorXd beta = s.to_beta * step;
      for (std::size_t i = 0; i < s.free.size(); ++i)
        change[s.free[i]] = beta[static_cast<Eigen::Index>(i)];
      double largest = 0;
      for (std::size_t p = 0; p < tables_.pattern_count(); p += stride) {
        for (std::size_t k = 0; k < K_; ++k)
          largest = std::max(largest, std::abs(predictor(change, p, k)));
      }
      return largest;
    };
    int before = steps_;
    if (keep_going) {
      problem.keep_going = [&](const Eigen::VectorXd& z, int iteration) {
        steps_ = before + iteration;
        return iteration < 2 || keep_going(at(z));
      };
    }
    auto found = maximise(problem, s.to_z * part(coefficients, s.free),
                          {.iterations = std::max(settings_.iterations - steps_, 1)});
    steps_ = before;
    coefficients = at(found.point);
    return found;
  }

  [[nodiscard]] double predictor(const Eigen::VectorXd& b, std::size_t p, std::size_t k) const {
    const auto x = tables_.pattern(p);
    auto place = static_cast<Eigen::Index>(where_.starts[k]);
    double sum = b[place];
    for (const int c : where_.columns[k]) sum += b[++place] * x[static_cast<std::size_t>(c)];
    return sum;
  }

  [[nodiscard]] bool transition_fixed(std::size_t k) const {
    return fixed_[static_cast<std::size_t>(where_.starts[k])] != 0;
  }

  void fix(std::vector<char>& fixed, std::size_t k, bool on = true) const {
    for (int i = where_.starts[k]; i < where_.starts[k + 1]; ++i)
      fixed[static_cast<std::size_t>(i)] = on ? 1 : 0;
  }

  void set_rate(Eigen::VectorXd& b, std::size_t k, double rate) const {
    for (int i = where_.starts[k]; i < where_.starts[k + 1]; ++i) b[i] = 0;
    b[where_.starts[k]] = std::log(rate);
  }

  [[nodiscard]] double risk(std::size_t k) const {
    const auto from = static_cast<std::size_t>(model_.structure.transitions()[k].from);
    double years = 0;
    for (std::size_t p = 0; p < tables_.pattern_count(); ++p) years += at_risk_[p * n_ + from];
    return years;
  }

  /// Moves whose every chance was watched, and that nobody made: the rate is 0, without a search.
  void fix_unseen_exact_moves() {
    if (!tables_.cells.empty() || tables_.exact.intervals == 0) return;
    for (std::size_t k = 0; k < K_; ++k) {
      double events = 0;
      for (std::size_t p = 0; p < tables_.pattern_count(); ++p)
        events += tables_.exact.events[p * K_ + k];
      if (events == 0) make_zero(k);
    }
  }

  void make_zero(std::size_t k) {
    fix(fixed_, k);
    set_rate(coefficients_, k, 0);
    zero_.push_back(k);
  }

  /// A direction in which the information is zero at the start and at two points beside it.
  void check_null_direction() const {
    const auto s = scale(fixed_);
    if (s.free.size() < 2) return;
    Eigen::VectorXd direction;
    for (int attempt = 0; attempt < 3; ++attempt) {
      Eigen::VectorXd b = coefficients_;
      for (std::size_t k = 0; k < K_; ++k) {
        if (!transition_fixed(k))
          b[where_.starts[k]] +=
              attempt * 0.3 * std::sin(1.0 + 2.0 * static_cast<double>(k + attempt));
      }
      const auto B =
          part(expected_information(model_, tables_, b, settings_.threads, poll_), s.free);
      const Eigen::MatrixXd scaled = s.to_beta.transpose() * B * s.to_beta;
      Eigen::VectorXd unit = scaled.diagonal().cwiseSqrt();
      if (!(unit.minCoeff() > 0)) return;
      unit = unit.cwiseInverse();
      const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> eigen(unit.asDiagonal() * scaled *
                                                                 unit.asDiagonal());
      if (eigen.info() != Eigen::Success || eigen.eigenvalues()[0] > 1e-10) return;
      if (attempt == 0) direction = s.to_beta * (unit.asDiagonal() * eigen.eigenvectors().col(0));
    }
    const auto names = coefficient_names(model_);
    const double largest = direction.cwiseAbs().maxCoeff();
    std::string listed;
    for (std::size_t i = 0; i < s.free.size(); ++i) {
      if (std::abs(direction[static_cast<Eigen::Index>(i)]) < 0.02 * largest) continue;
      listed += (listed.empty() ? "'" : ", '") + names[static_cast<std::size_t>(s.free[i])] + "'";
    }
    reject("D-NONIDENT", "fit", "only a combination of " + listed + " is visible in these data",
           "each must be told apart from the others",
           "Leave one of them out of the model, or observe more often");
  }

  /// Mean years between two rows of a subject.
  [[nodiscard]] double mean_gap() const { return tables_.person_years / tables_.weight; }

  /// Stops the search when a rate leaves the range in which an estimate makes sense.
  bool watch(const Eigen::VectorXd& b, const std::vector<char>& tested) {
    const double gap = mean_gap();
    for (std::size_t k = 0; k < K_; ++k) {
      if (transition_fixed(k)) continue;
      const auto from = static_cast<std::size_t>(model_.structure.transitions()[k].from);
      double events = 0, least = std::numeric_limits<double>::infinity();
      for (std::size_t p = 0; p < tables_.pattern_count(); ++p) {
        const double years = at_risk_[p * n_ + from];
        if (years <= 0) continue;
        const double rate = std::exp(predictor(b, p, k));
        events += rate * years;
        least = std::min(least, rate);
      }
      if (least * gap > no_bound ||
          (!tested[k] && (events < few_events || least * gap > many_moves))) {
        candidate_ = k;
        return false;
      }
    }
    return true;
  }

  /// Whether every free rate is one that the likelihood still depends on.
  [[nodiscard]] bool in_range(const Eigen::VectorXd& b, const std::vector<char>& fixed) const {
    const double gap = mean_gap();
    for (std::size_t k = 0; k < K_; ++k) {
      if (fixed[static_cast<std::size_t>(where_.starts[k])]) continue;
      const auto from = static_cast<std::size_t>(model_.structure.transitions()[k].from);
      double least = std::numeric_limits<double>::infinity();
      for (std::size_t p = 0; p < tables_.pattern_count(); ++p) {
        if (at_risk_[p * n_ + from] > 0) least = std::min(least, std::exp(predictor(b, p, k)));
      }
      if (least * gap > no_bound) return false;
    }
    return true;
  }

  /// Decides about a rate on its way to 0 or to infinity.
  void settle(std::size_t k, std::vector<char>& tested) {
    const auto from = static_cast<std::size_t>(model_.structure.transitions()[k].from);
    double events = 0;
    for (std::size_t p = 0; p < tables_.pattern_count(); ++p) {
      if (at_risk_[p * n_ + from] > 0)
        events += std::exp(predictor(coefficients_, p, k)) * at_risk_[p * n_ + from];
    }
    if (events < few_events) {
      auto b = coefficients_;
      set_rate(b, k, 0);
      if (highest_at_zero(b, k)) {
        make_zero(k);
        return;
      }
    } else {
      if (tested[k]) {  // it was let go on and has gone where nothing changes any more
        fix(fixed_, k);
        diverging_.push_back(k);
        return;
      }
      const double here = value(coefficients_);
      auto further = coefficients_;
      further[where_.starts[k]] += std::log(4.0);
      if (value(further) >= here - 1e-9 * std::abs(here)) {
        double before = here;  // on to where the likelihood is at its limit
        for (int i = 0; i < 5; ++i) {
          further = coefficients_;
          further[where_.starts[k]] += std::log(1.5);
          const double there = value(further);
          if (!(there > before + 1e-12 * (1 + std::abs(before)))) break;
          coefficients_ = further;
          before = there;
        }
        fix(fixed_, k);
        diverging_.push_back(k);
        return;
      }
    }
    tested[k] = 1;
  }

  [[nodiscard]] double value(const Eigen::VectorXd& b) const {
    return log_likelihood(model_, tables_, b, settings_.threads, poll_);
  }

  /// Whether dl/dq <= 0 at q = 0 in every covariate pattern.
  [[nodiscard]] bool highest_at_zero(const Eigen::VectorXd& b, std::size_t k) const {
    const auto rates = detail::pattern_rates(model_, tables_, b.data());
    const auto l =
        detail::rate_gradient(model_.structure, tables_, rates, settings_.threads, poll_);
    if (!std::isfinite(l.value)) return false;
    for (std::size_t p = 0; p < tables_.pattern_count(); ++p) {
      if (!(l.slopes[p * K_ + k] <= 1e-9 * risk(k))) return false;
    }
    return true;
  }

  /// Whether the likelihood rises after all from a rate that was put to 0.
  bool release_wrongly_zero(std::vector<char>& tested) {
    for (auto at = zero_.begin(); at != zero_.end(); ++at) {
      if (highest_at_zero(coefficients_, *at)) continue;
      const auto k = *at;
      zero_.erase(at);
      fix(fixed_, k, false);
      set_rate(coefficients_, k, 0.5 / risk(k));
      tested[k] = 1;
      return true;
    }
    return false;
  }

  /// The rate at which the profile log-likelihood has fallen by -log .05 from its limit; infinite,
  /// or 0 for a lower bound, if it never falls so far: the data then set no bound.
  [[nodiscard]] double bound(std::size_t k, double limit, bool upper) {
    auto b = coefficients_;
    auto fixed = fixed_;
    fix(fixed, k);
    const auto drop = [&](double log_rate) {
      set_rate(b, k, std::exp(log_rate));
      const auto within_range = [&](const Eigen::VectorXd& at) { return in_range(at, fixed); };
      return std::min(limit - search(b, fixed, within_range).value - drop_, 1e6);
    };
    const double direction = upper ? 1 : -1;
    double inside = upper ? std::log(drop_ / risk(k)) - 1 : coefficients_[where_.starts[k]];
    const double last = upper ? std::log(no_bound / mean_gap()) : inside - 60;
    double below = drop(inside), outside = inside, above = below;
    while (!(above > 0)) {
      if (!((last - outside) * direction > 0))
        return upper ? std::numeric_limits<double>::infinity() : 0.0;
      inside = outside;
      below = above;
      outside += direction;
      above = drop(outside);
    }
    for (int i = 0; i < 60 && below > 0; ++i) {  // the first point was beyond the bound already
      outside = inside;
      above = below;
      inside -= direction;
      below = drop(inside);
    }
    double left = inside, right = outside, f_left = below, f_right = above, middle = left;
    for (int i = 0; i < 60; ++i) {  // regula falsi, Illinois
      middle = (left * f_right - right * f_left) / (f_right - f_left);
      const double f = drop(middle);
      if (std::abs(f) < 1e-9 || std::abs(right - left) < 1e-12) break;
      if ((f > 0) == (f_right > 0)) {
        right = middle;
        f_right = f;
        f_left /= 2;
      } else {
        left = right;
        f_left = f_right;
        right = middle;
        f_right = f;
      }
    }
    return std::exp(middle);
  }

  /// Whether l never falls along an effect, with or without its intercept: it has no finite
  /// estimate.
  [[nodiscard]] bool separates(std::size_t k, int place, double at_maximum) const {
    const int c = place - where_.starts[k] - 1;
    const auto column = static_cast<std::size_t>(where_.columns[k][static_cast<std::size_t>(c)]);
    const auto from = static_cast<std::size_t>(model_.structure.transitions()[k].from);
    double low = std::numeric_limits<double>::infinity(), high = -low;
    for (std::size_t p = 0; p < tables_.pattern_count(); ++p) {
      if (at_risk_[p * n_ + from] <= 0) continue;
      low = std::min(low, tables_.pattern(p)[column]);
      high = std::max(high, tables_.pattern(p)[column]);
    }
    if (std::abs(coefficients_[place]) * (high - low) < 6) return false;
    const double sign = coefficients_[place] > 0 ? 1 : -1;
    for (const double anchor : {0.0, low, high}) {
      bool rises = true;
      double before = at_maximum;
      for (const double s : {1.0, 2.0, 4.0, 8.0}) {
        auto b = coefficients_;
        b[place] += sign * s / (high - low);
        b[where_.starts[k]] -= sign * s * anchor / (high - low);
        const double there = value(b);
        if (!(there >= before - 1e-9 * (1 + std::abs(before)) * 0.01)) {
          rises = false;
          break;
        }
        before = there;
      }
      if (rises) return true;
    }
    return false;
  }

  void errors(fitted_model& fitted, double at_maximum) {
    for (std::size_t k = 0; k < K_; ++k) {
      for (int i = where_.starts[k] + 1; i < where_.starts[k + 1]; ++i) {
        if (fixed_[static_cast<std::size_t>(i)] || !separates(k, i, at_maximum)) continue;
        fixed_[static_cast<std::size_t>(i)] = 1;
        fitted.diagnostics.push_back(
            separation(model_, static_cast<int>(k), fitted.names[static_cast<std::size_t>(i)]));
      }
    }
    const auto s = scale(fixed_);
    const auto to_z = [&](const Eigen::MatrixXd& H) {
      return Eigen::MatrixXd(s.to_beta.transpose() * part(H, s.free) * s.to_beta);
    };
    fitted.covariance = Eigen::MatrixXd::Zero(where_.size(), where_.size());
    fitted.has_error.assign(static_cast<std::size_t>(where_.size()), false);
    if (s.free.empty()) return;
    auto found = invert(
        to_z(observed_information(model_, tables_, coefficients_, settings_.threads, poll_)));
    const bool replaced = !found.usable;
    const double condition = found.condition;
    if (replaced) {
      found = invert(
          to_z(expected_information(model_, tables_, coefficients_, settings_.threads, poll_)));
    }
    if (replaced || condition > 1e10) {
      fitted.diagnostics.push_back(
          ill_conditioned(condition > 0 ? condition : found.condition, replaced && found.usable));
    }
    if (!found.usable) return;
    const Eigen::MatrixXd C = s.to_beta * found.covariance * s.to_beta.transpose();
    for (std::size_t i = 0; i < s.free.size(); ++i) {
      fitted.has_error[static_cast<std::size_t>(s.free[i])] = true;
      for (std::size_t j = 0; j < s.free.size(); ++j) {
        fitted.covariance(s.free[i], s.free[j]) =
            (C(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(j)) +
             C(static_cast<Eigen::Index>(j), static_cast<Eigen::Index>(i))) /
            2;
      }
    }
  }

  const transition_tables& tables_;
  const intensity_model& model_;
  const fit_settings& settings_;
  double drop_;
  coefficient_layout where_;
  std::size_t K_, n_;
  std::vector<double> at_risk_;
  std::vector<char> fixed_;
  Eigen::VectorXd coefficients_;
  progress poll_;
  int steps_ = 0, evaluations_ = 0;
  std::optional<std::size_t> candidate_;
  std::vector<std::size_t> zero_, diverging_;
};

}  // namespace

fitted_model fit(const transition_tables& tables, const intensity_model& intensities,
                 const fit_settings& settings) {
  // The search works with weights of about 1, so that thresholds in events mean what they say. The
  // factor is a power of two: nothing is rounded.
  const double mean = tables.weight / static_cast<double>(tables.intervals);
  const double factor = std::exp2(-std::round(std::log2(mean)));
  if (!(factor != 1)) return fitting(tables, intensities, settings, bound_drop).run();
  auto scaled = tables;
  const auto scale = [factor](std::vector<double>& column) {
    for (auto& value : column) value *= factor;
  };
  scale(scaled.exact.exposure);
  scale(scaled.exact.events);
  for (auto& cells : scaled.cells) scale(cells.weights);
  scaled.person_years *= factor;
  scaled.weight *= factor;
  auto fitted = fitting(scaled, intensities, settings, bound_drop * factor).run();
  fitted.log_likelihood /= factor;
  fitted.convergence.gap /= factor;
  fitted.covariance *= factor;
  fitted.person_years = tables.person_years;
  return fitted;
}

fitted_model fit(const observations& seen, const intensity_model& intensities,
                 const fit_settings& settings) {
  auto fitted = fit(aggregate(seen, intensities, settings.report), intensities, settings);
  fitted.diagnostics.insert(fitted.diagnostics.begin(), seen.findings.begin(), seen.findings.end());
  return fitted;
}

}  // namespace kohort
