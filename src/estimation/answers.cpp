#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include <boost/math/special_functions/erf.hpp>

#include <kohort/estimation/answers.hpp>
#include <kohort/model/detail/lifetime.hpp>
#include <kohort/model/first_passage.hpp>
#include <kohort/model/path_value.hpp>
#include <kohort/support/error.hpp>

namespace kohort {

namespace {

constexpr double infinite = std::numeric_limits<double>::infinity();
constexpr double step = 0.25;  // years: errors of 1e-7 before extrapolation, 3e-11 after

/// Values, one for each start and column, and their slopes along the coefficients.
struct sums {
  Eigen::VectorXd values;
  Eigen::MatrixXd slopes;
};

double normal_quantile(double level) { return std::sqrt(2.0) * boost::math::erf_inv(level); }

void check_level(double level) {
  if (level > 0 && level < 1) return;
  reject("E-LEVEL", "interval", "the level is " + shown(level), "it must lie between 0 and 1",
         "Give 0.95 for 95 %");
}

double weighed(const Eigen::RowVectorXd& weights, const Eigen::MatrixXd& values, Eigen::Index m) {
  double sum = 0;
  for (Eigen::Index r = 0; r < values.rows(); ++r) {
    if (weights[r] != 0) sum += weights[r] * values(r, m);  // 0 times infinity is nothing
  }
  return sum;
}

/// A question made ready for many sets of coefficients.
class asker {
 public:
  asker(const intensity_model& intensities, const question& asked, std::span<const course> persons,
        std::span<const double> weights)
      : model_(intensities), asked_(asked), where_(layout(intensities)) {
    check(persons.size(), weights);
    const int n = states();
    starts_ =
        asked.starts.size() > 0 ? asked.starts : Eigen::MatrixXd(Eigen::MatrixXd::Identity(n, n));
    if (passage()) stopped_ = asked.targets;
    for (const auto& person : persons) {
      grids_.push_back({lay_out(intensities, person, asked.over, step), {}});
      if (grids_.back().first.moving)
        grids_.back().second = lay_out(intensities, person, asked.over, step / 2);
      points_.push_back(design_row(intensities, person.changes.front().x));
    }
    double total = 0;
    for (const double w : weights) total += w;
    for (std::size_t i = 0; i < persons.size(); ++i)
      weights_.push_back(weights.empty() ? 1.0 / static_cast<double>(persons.size())
                                         : weights[i] / total);
    make_rewards();
  }

  [[nodiscard]] Eigen::Index rows() const { return single() ? 1 : starts_.rows(); }

  [[nodiscard]] Eigen::Index columns() const {
    if (asked_.what == quantity::next_state) return states();
    if (asked_.what == quantity::sojourn || single()) return 1;
    return asked_.what == quantity::passage_time ? 1 : rewards_.terminal.cols();
  }

  [[nodiscard]] scale on() const {
    switch (asked_.what) {
      case quantity::transition_probability:
      case quantity::passage_probability:
      case quantity::next_state:
        return scale::logit;
      case quantity::stay:
        return (asked_.rewards.array() < 0).any() ? scale::plain : scale::logarithm;
      default:
        return scale::logarithm;
    }
  }

  /// The values, rows times columns, row by row; with their slopes if wanted.
  [[nodiscard]] sums values(std::span<const double> coefficients, bool slopes) const {
    sums total;
    for (std::size_t i = 0; i < grids_.size(); ++i) {
      if (weights_[i] == 0) continue;
      const auto one = of_person(i, coefficients, slopes);
      if (total.values.size() == 0) {
        total.values = Eigen::VectorXd::Zero(one.values.size());
        if (slopes) total.slopes = Eigen::MatrixXd::Zero(one.slopes.rows(), one.slopes.cols());
      }
      total.values += weights_[i] * one.values;
      if (slopes) total.slopes += weights_[i] * one.slopes;
    }
    return asked_.what == quantity::passage_time ? mean_time(std::move(total)) : total;
  }

  [[nodiscard]] const coefficient_layout& where() const { return where_; }

 private:
  [[nodiscard]] int states() const { return model_.structure.size(); }
  [[nodiscard]] bool single() const { return asked_.what == quantity::rate_ratio; }
  [[nodiscard]] bool passage() const {
    return asked_.what == quantity::passage_probability || asked_.what == quantity::passage_time;
  }

  void check(std::size_t persons, std::span<const double> weights) const {
    if (persons == 0) {
      reject("E-SHAPE", "ask", "nobody is asked about", "at least one person is needed",
             "Give the covariates of one");
    }
    double total = 0;
    bool good = weights.empty() || weights.size() == persons;
    for (const double w : weights) {
      good = good && w >= 0 && std::isfinite(w);
      total += w;
    }
    if (!good || (!weights.empty() && !(total > 0))) {
      reject("E-WEIGHT", "ask", "the weights are not one for each row, or not weights",
             "they must be finite, not negative, and not all 0", "Give one weight for each row");
    }
    if (!(asked_.discount >= 0) || !std::isfinite(asked_.discount)) {
      reject("E-DISCOUNT", "ask", "the discount rate is " + shown(asked_.discount),
             "it must be finite and not negative", "Write 0.03 for 3 % a year");
    }
    if (asked_.what == quantity::transition_probability && asked_.over.years == infinite) {
      reject("E-TIME", "transition_probability", "the time is infinite", "it must be finite",
             "Ask first_passage() for what happens in the end");
    }
    if (asked_.starts.size() > 0 && asked_.starts.cols() != states()) {
      reject("E-SHAPE", "ask", "the start has " + std::to_string(asked_.starts.cols()) + " shares",
             "the model has " + std::to_string(states()) + " states",
             "Give one share for each state");
    }
    if (asked_.rewards.size() > 0 && asked_.rewards.rows() != states()) {
      reject("E-SHAPE", "ask", std::to_string(asked_.rewards.rows()) + " rewards were given",
             "the model has " + std::to_string(states()) + " states", "Give one for each state");
    }
    if (!asked_.rewards.allFinite() || !asked_.starts.allFinite()) {
      reject("E-NUM", "ask", "a cost or a share is not finite", "all must be", "Mend that number");
    }
    const int moves = static_cast<int>(model_.structure.transitions().size());
    const int least = single() ? 2 : passage() ? 1 : 0;
    const int below = single() ? moves : states();
    for (const int t : asked_.targets) {
      if (t >= 0 && t < below) continue;
      reject("E-STATE-UNKNOWN", "ask", "there is no number " + std::to_string(t),
             "they run from 0 to " + std::to_string(below - 1), "Mend that number");
    }
    if (static_cast<int>(asked_.targets.size()) < least) {
      reject("E-STATE-UNKNOWN", "ask", "too few were named",
             single() ? "two transitions are compared" : "a passage leads to at least one state",
             "Name them");
    }
  }

  void make_rewards() {
    const int n = states();
    const auto& moves = model_.structure.transitions();
    const Eigen::MatrixXd none = Eigen::MatrixXd::Zero(n, n),
                          each = Eigen::MatrixXd::Identity(n, n);
    rewards_ = {none, none, {}, std::log1p(asked_.discount)};
    switch (asked_.what) {
      case quantity::transition_probability:
        rewards_.terminal = each;
        rewards_.force = 0;
        break;
      case quantity::stay:
        rewards_.running = asked_.rewards.size() > 0 ? asked_.rewards : each;
        rewards_.terminal = Eigen::MatrixXd::Zero(n, rewards_.running.cols());
        break;
      case quantity::visits:
        rewards_.entering = Eigen::MatrixXd::Zero(static_cast<Eigen::Index>(moves.size()), n);
        for (std::size_t k = 0; k < moves.size(); ++k)
          rewards_.entering(static_cast<Eigen::Index>(k), moves[k].to) = 1;
        break;
      default:
        rewards_.force = 0;
        rewards_.terminal = rewards_.running = Eigen::MatrixXd::Zero(n, 1);
        for (const int t : stopped_) rewards_.terminal(t, 0) = 1;
    }
  }

  [[nodiscard]] sums of_person(std::size_t i, std::span<const double> b, bool slopes) const {
    switch (asked_.what) {
      case quantity::sojourn:
      case quantity::next_state:
      case quantity::rate_ratio:
        return at_point(points_[i], b, slopes);
      default:
        break;
    }
    const auto& [coarse, fine] = grids_[i];
    auto found = along(coarse, b, slopes);
    if (coarse.moving) {
      const auto finer = along(fine, b, false);
      for (Eigen::Index r = 0; r < found.values.size(); ++r) {
        if (std::isfinite(found.values[r]))
          found.values[r] = (16 * finer.values[r] - found.values[r]) / 15;
        if (on() == scale::logit) found.values[r] = std::clamp(found.values[r], 0.0, 1.0);
      }
    }
    return found;
  }

  [[nodiscard]] sums along(const course_grid& grid, std::span<const double> b, bool slopes) const {
    auto path = intensities_along(model_, where_, grid, b, stopped_);
    if (asked_.what == quantity::passage_time)
      return until_passage(grid, std::move(path), b, slopes);
    const Eigen::Index M = rewards_.terminal.cols(), S = starts_.rows();
    sums found{Eigen::VectorXd(S * M), {}};
    if (!slopes) {
      const Eigen::MatrixXd V = path_value(path, rewards_);
      for (Eigen::Index s = 0; s < S; ++s) {
        for (Eigen::Index m = 0; m < M; ++m)
          found.values[s * M + m] = weighed(starts_.row(s), V, m);
      }
      return found;
    }
    const auto gradient = path_value_gradient(path, rewards_, starts_);
    found.slopes = Eigen::MatrixXd::Zero(S * M, static_cast<Eigen::Index>(b.size()));
    for (Eigen::Index r = 0; r < S * M; ++r) {
      found.values[r] = gradient.value(r / M, r % M);
      take(grid, b, gradient.by[static_cast<std::size_t>(r)], found.slopes, r);
    }
    return found;
  }

  void take(const course_grid& grid, std::span<const double> b, std::span<const double> by_rate,
            Eigen::MatrixXd& slopes, Eigen::Index row) const {
    std::vector<double> into(b.size(), 0.0);
    add_coefficient_slopes(model_, where_, grid, b, stopped_, by_rate, 1.0, into);
    slopes.row(row) += Eigen::Map<Eigen::RowVectorXd>(into.data(), slopes.cols());
  }

  /// For each start E[time of the passage, if it happens] and the probability that it does. With F
  /// the probability of having passed, E[time; time <= T] = T F(T) - int_0^T F(w) dw; beyond an
  /// open last piece U h more, with h the probability of ever passing from there.
  [[nodiscard]] sums until_passage(const course_grid& grid, intensity_path path,
                                   std::span<const double> b, bool slopes) const {
    const auto n = static_cast<Eigen::Index>(states());
    const Eigen::Index S = starts_.rows();
    const auto K = path.moves.size();
    const bool open = path.elapsed.back() == infinite;
    path_rewards both{Eigen::MatrixXd::Zero(n, 2), Eigen::MatrixXd::Zero(n, 2), {}, 0};
    Eigen::VectorXd h = Eigen::VectorXd::Zero(n), Uh = h;
    for (const int t : stopped_) h[t] = 1;
    detail::whole_life_stay<Eigen::Dynamic> life;
    std::vector<double> last(path.rates.end() - static_cast<std::ptrdiff_t>(K), path.rates.end());
    const auto left = [&](Eigen::Index r) { return !life.closed[static_cast<std::size_t>(r)]; };
    if (open) {
      const auto Q = intensity_matrix<>::from_rates(model_.structure, last);
      const auto ever = first_passage_ever(Q, std::span<const state>(stopped_));
      life = detail::whole_life(Q, 0);
      h = ever.ever;
      for (Eigen::Index r = 0; r < n; ++r) Uh[r] = h[r] > 0 ? ever.mean[r] * h[r] : 0.0;
      path.elapsed.pop_back();
      path.counted.pop_back();
      path.rates.resize(path.rates.size() - K);
    }
    double T = 0;
    for (const double t : path.elapsed) T += t;
    both.terminal.col(0) = T * h + Uh;
    both.terminal.col(1) = h;
    for (const int t : stopped_) both.running(t, 0) = -1;

    sums found{Eigen::VectorXd(2 * S), {}};
    const auto gradient = path_value_gradient(path, both, starts_);
    for (Eigen::Index r = 0; r < 2 * S; ++r) found.values[r] = gradient.value(r / 2, r % 2);
    if (!slopes) return found;
    found.slopes = Eigen::MatrixXd::Zero(2 * S, static_cast<Eigen::Index>(b.size()));
    const Eigen::MatrixXd there =
        open ? Eigen::MatrixXd(starts_ * path_value(path, {Eigen::MatrixXd::Identity(n, n),
                                                           Eigen::MatrixXd::Zero(n, n)}))
             : Eigen::MatrixXd();
    for (Eigen::Index r = 0; r < 2 * S; ++r) {
      auto by = gradient.by[static_cast<std::size_t>(r)];
      if (open) {
        by.resize(by.size() + K, 0.0);
        for (std::size_t k = 0; k < K; ++k) {
          const auto [a, c] = path.moves[k];
          if (!left(a)) continue;
          // dh_i = U_ia (h_c - h_a), d(Uh)_i = U_ia ((Uh)_c - (Uh)_a) + sum_j U_ij dh_j
          double slope = 0;
          for (Eigen::Index i = 0; i < n; ++i) {
            if (!left(i)) continue;
            const double dh = life.stay(i, a) * (h[c] - h[a]);
            double dUh = life.stay(i, a) * (Uh[c] - Uh[a]);
            for (Eigen::Index j = 0; j < n; ++j) {
              if (left(j)) dUh += life.stay(i, j) * life.stay(j, a) * (h[c] - h[a]);
            }
            slope += there(r / 2, i) * (r % 2 == 1 ? dh : T * dh + dUh);
          }
          by[by.size() - K + k] = slope;
        }
      }
      take(grid, b, by, found.slopes, r);
    }
    return found;
  }

  static sums mean_time(sums both) {
    const Eigen::Index S = both.values.size() / 2;
    sums ratio{Eigen::VectorXd(S), {}};
    if (both.slopes.size() > 0) ratio.slopes = Eigen::MatrixXd::Zero(S, both.slopes.cols());
    for (Eigen::Index s = 0; s < S; ++s) {
      const double time = both.values[2 * s], ever = both.values[2 * s + 1];
      ratio.values[s] = ever > 0 ? std::max(time, 0.0) / ever : infinite;
      if (ever > 0 && ratio.slopes.size() > 0)
        ratio.slopes.row(s) =
            (both.slopes.row(2 * s) - ratio.values[s] * both.slopes.row(2 * s + 1)) / ever;
    }
    return ratio;
  }

  [[nodiscard]] sums at_point(const std::vector<double>& design, std::span<const double> b,
                              bool slopes) const {
    const auto& moves = model_.structure.transitions();
    const auto K = moves.size();
    std::vector<double> q(K);
    rates_at(where_, b, design, q);
    const auto n = static_cast<Eigen::Index>(states());
    Eigen::MatrixXd values, by;  // of each value along each log rate
    if (single()) {
      const auto up = static_cast<Eigen::Index>(asked_.targets[0]);
      const auto down = static_cast<Eigen::Index>(asked_.targets[1]);
      values = Eigen::MatrixXd::Constant(
          1, 1, q[static_cast<std::size_t>(up)] / q[static_cast<std::size_t>(down)]);
      by = Eigen::MatrixXd::Zero(1, static_cast<Eigen::Index>(K));
      by(0, up) += values(0, 0);
      by(0, down) -= values(0, 0);
      return chained(design, values, by, b.size(), slopes);
    }
    Eigen::VectorXd exit = Eigen::VectorXd::Zero(n);
    for (std::size_t k = 0; k < K; ++k) exit[moves[k].from] += q[k];
    const Eigen::Index M = columns(), S = starts_.rows();
    Eigen::MatrixXd each(n, M), slope = Eigen::MatrixXd::Zero(n * M, static_cast<Eigen::Index>(K));
    each.setZero();
    for (Eigen::Index r = 0; r < n; ++r) {
      if (asked_.what == quantity::sojourn) {
        each(r, 0) = exit[r] > 0 ? 1 / exit[r] : infinite;
      } else if (exit[r] == 0) {
        each(r, r) = 1;
      }
    }
    for (std::size_t k = 0; k < K; ++k) {
      const auto [from, to] = moves[k];
      if (exit[from] == 0) continue;
      const double share = q[k] / exit[from];
      const auto column = static_cast<Eigen::Index>(k);
      if (asked_.what == quantity::sojourn) {
        slope(from, column) = -share / exit[from];
        continue;
      }
      each(from, to) = share;
      for (std::size_t u = 0; u < K; ++u) {
        if (moves[u].from == from)
          slope(from * M + moves[u].to, column) +=
              (u == k ? share : 0.0) - share * q[u] / exit[from];
      }
    }
    values.resize(S, M);
    by = Eigen::MatrixXd::Zero(S * M, static_cast<Eigen::Index>(K));
    for (Eigen::Index s = 0; s < S; ++s) {
      for (Eigen::Index m = 0; m < M; ++m) {
        values(s, m) = weighed(starts_.row(s), each, m);
        for (Eigen::Index r = 0; r < n; ++r)
          by.row(s * M + m) += starts_(s, r) * slope.row(r * M + m);
      }
    }
    return chained(design, values, by, b.size(), slopes);
  }

  /// From slopes along log rates to slopes along coefficients.
  [[nodiscard]] sums chained(const std::vector<double>& design, const Eigen::MatrixXd& values,
                             const Eigen::MatrixXd& by, std::size_t coefficients,
                             bool slopes) const {
    sums found{Eigen::VectorXd(values.size()), {}};
    for (Eigen::Index r = 0; r < values.size(); ++r)
      found.values[r] = values(r / values.cols(), r % values.cols());
    if (!slopes) return found;
    found.slopes = Eigen::MatrixXd::Zero(values.size(), static_cast<Eigen::Index>(coefficients));
    for (std::size_t k = 0; k < where_.columns.size(); ++k) {
      auto at = static_cast<Eigen::Index>(where_.starts[k]);
      const Eigen::VectorXd along = by.col(static_cast<Eigen::Index>(k));
      found.slopes.col(at) += along;
      for (const int c : where_.columns[k])
        found.slopes.col(++at) += along * design[static_cast<std::size_t>(c)];
    }
    return found;
  }

  const intensity_model& model_;
  const question& asked_;
  coefficient_layout where_;
  Eigen::MatrixXd starts_;
  std::vector<state> stopped_;
  std::vector<std::pair<course_grid, course_grid>> grids_;  // and the finer one, if clocks move
  std::vector<std::vector<double>> points_;                 // design at the start
  std::vector<double> weights_;
  path_rewards rewards_;
};

Eigen::MatrixXd shaped(const Eigen::VectorXd& values, Eigen::Index rows) {
  const Eigen::Index columns = values.size() / rows;
  Eigen::MatrixXd table(rows, columns);
  for (Eigen::Index i = 0; i < values.size(); ++i) table(i / columns, i % columns) = values[i];
  return table;
}

/// Quantile of sorted values, by linear interpolation between them.
double quantile(const std::vector<double>& sorted, double p) {
  const double at = p * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(at);
  const double share = at - static_cast<double>(below);
  if (share == 0 || sorted[below] == sorted[below + 1]) return sorted[below];
  return sorted[below] + share * (sorted[below + 1] - sorted[below]);
}

void by_draws(const asker& one, const interval_options& options, Eigen::Index rows, answer& found) {
  const Eigen::Index D = options.draws.rows(), R = found.estimate.size();
  Eigen::MatrixXd values(D, R);
  constexpr Eigen::Index block = 4;
  for_each_block(
      static_cast<std::size_t>((D + block - 1) / block), options.threads,
      [&](std::size_t b) {
        const auto first = static_cast<Eigen::Index>(b) * block;
        for (Eigen::Index d = first; d < std::min(D, first + block); ++d) {
          const Eigen::VectorXd coefficients = options.draws.row(d);
          values.row(d) =
              one.values({coefficients.data(), static_cast<std::size_t>(coefficients.size())},
                         false)
                  .values.transpose();
        }
      },
      options.report);
  Eigen::VectorXd lower(R), upper(R), error(R);
  std::vector<double> sorted(static_cast<std::size_t>(D));
  for (Eigen::Index r = 0; r < R; ++r) {
    std::copy(values.col(r).begin(), values.col(r).end(), sorted.begin());
    std::sort(sorted.begin(), sorted.end());
    lower[r] = quantile(sorted, (1 - options.level) / 2);
    upper[r] = quantile(sorted, (1 + options.level) / 2);
    const double mean = values.col(r).mean();
    error[r] =
        std::isfinite(mean) && D > 1
            ? std::sqrt((values.col(r).array() - mean).square().sum() / static_cast<double>(D - 1))
            : infinite;
  }
  found.lower = shaped(lower, rows);
  found.upper = shaped(upper, rows);
  found.error = shaped(error, rows);
}

}  // namespace

wald_interval delta_interval(double estimate, double error, kohort::scale on, double level) {
  check_level(level);
  wald_interval found{estimate, error, estimate, estimate};
  const bool ended = estimate == 0 || (on == scale::logit && estimate >= 1);
  if (!std::isfinite(estimate) || !std::isfinite(error) || error == 0 ||
      (on != scale::plain && ended))
    return found;
  const double z = normal_quantile(level);
  if (on == scale::plain) {
    found.lower = estimate - z * error;
    found.upper = estimate + z * error;
  } else if (on == scale::logarithm) {
    found.lower = estimate * std::exp(-z * error / estimate);
    found.upper = estimate * std::exp(z * error / estimate);
  } else {
    const double odds = (1 - estimate) / estimate, half = z * error / (estimate * (1 - estimate));
    found.lower = 1 / (1 + odds * std::exp(half));
    found.upper = 1 / (1 + odds * std::exp(-half));
  }
  return found;
}

Eigen::MatrixXd evaluate(const intensity_model& intensities, const question& asked,
                         std::span<const course> persons, std::span<const double> weights,
                         std::span<const double> coefficients) {
  const asker one(intensities, asked, persons, weights);
  return shaped(one.values(coefficients, false).values, one.rows());
}

answer ask(const fitted_model& fitted, const question& asked, std::span<const course> persons,
           std::span<const double> weights, const interval_options& options) {
  check_level(options.level);
  const asker one(fitted.intensities, asked, persons, weights);
  const std::span<const double> b(fitted.coefficients.data(),
                                  static_cast<std::size_t>(fitted.coefficients.size()));
  answer found;
  found.scale = one.on();
  const bool draws = options.draws.rows() > 0;
  auto at = one.values(b, !draws);
  found.estimate = shaped(at.values, one.rows());
  if (draws) {
    if (options.draws.cols() != fitted.coefficients.size()) {
      reject("E-SHAPE", "ask",
             "the draws have " + std::to_string(options.draws.cols()) + " columns",
             "the model has " + std::to_string(fitted.coefficients.size()) + " coefficients",
             "Take them from draws()");
    }
    by_draws(one, options, one.rows(), found);
    return found;
  }
  found.gradient = std::move(at.slopes);
  Eigen::VectorXd error(at.values.size()), lower = error, upper = error;
  for (Eigen::Index r = 0; r < at.values.size(); ++r) {
    const Eigen::RowVectorXd g = found.gradient.row(r);
    error[r] = std::sqrt(std::max(0.0, (g * fitted.covariance * g.transpose()).value()));
    const auto limits = delta_interval(at.values[r], error[r], found.scale, options.level);
    lower[r] = limits.lower;
    upper[r] = limits.upper;
  }
  found.error = shaped(error, one.rows());
  found.lower = shaped(lower, one.rows());
  found.upper = shaped(upper, one.rows());
  return found;
}

}  // namespace kohort
