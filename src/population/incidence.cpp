#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>

#include <Eigen/Cholesky>
#include <Eigen/Core>

#include <boost/math/tools/minima.hpp>
#include <kohort/population/detail/incidence.hpp>
#include <kohort/population/detail/newton.hpp>
#include <kohort/support/error.hpp>

namespace kohort {

namespace {

constexpr double knot_distance = 5, infinite = std::numeric_limits<double>::infinity();

std::size_t at(int i) { return static_cast<std::size_t>(i); }

/// Terms that are not penalised: intercept, age, male, male x age and, if asked, year.
int straight_terms(const entry_options& options) { return options.trend ? 5 : 4; }

/// Knot intervals between the youngest and the oldest age; the last knot may lie beyond.
int intervals(const entry_model& model) {
  return std::max(1, static_cast<int>(std::ceil((model.oldest - model.youngest) / knot_distance)));
}

/// Bends of the spline: its B-spline coefficients less two.
int bends(const entry_model& model) { return intervals(model) + 1; }

/// The terms of u: cubic B-splines b (of intervals + 3) at an age, as b D'(DD')^-1 with D the
/// second differences. A spline's coefficients are then a straight line plus D'(DD')^-1 u, and
/// their second differences are u.
Eigen::VectorXd bend_terms(const entry_model& model, int age) {
  const int n = intervals(model), k = n + 1;
  const double x = (std::clamp(age, model.youngest, model.oldest) - model.youngest) / knot_distance;
  const int i = std::min(static_cast<int>(x), n - 1);
  const double t = x - i, s = 1 - t;
  Eigen::VectorXd b = Eigen::VectorXd::Zero(n + 3);
  b.segment(i, 4) << s * s * s / 6, (3 * t * t * t - 6 * t * t + 4) / 6,
      (3 * s * s * s - 6 * s * s + 4) / 6, t * t * t / 6;
  Eigen::MatrixXd D = Eigen::MatrixXd::Zero(k, n + 3);
  for (int j = 0; j < k; ++j) D.row(j).segment(j, 3) << 1, -2, 1;
  return (D * D.transpose()).ldlt().solve(D * b);
}

/// The regression: one row a cell with person-years.
struct table {
  Eigen::MatrixXd X;
  Eigen::VectorXd entries, exposure;
};

/// The fit at given weights.
struct penalised_fit {
  Eigen::VectorXd coefficients;
  Eigen::MatrixXd covariance;  // (X'WX + penalty)^-1; zero in the rows of bends left out
  double log_likelihood = 0;   // without the penalty
  double restricted = 0;
  double effective = 0;
};

penalised_fit fit_at(const table& cells, int straight, const std::array<double, 2>& weights,
                     const Eigen::VectorXd& start) {
  const int all = static_cast<int>(cells.X.cols()), each = (all - straight) / 2;
  std::vector<int> used;
  for (int i = 0; i < straight; ++i) used.push_back(i);
  std::vector<double> penalties(at(straight), 0.0);
  double log_weights = 0;
  for (int w = 0; w < 2; ++w) {
    if (weights[at(w)] == infinite) continue;
    for (int i = 0; i < each; ++i) {
      used.push_back(straight + w * each + i);
      penalties.push_back(weights[at(w)]);
      log_weights += std::log(weights[at(w)]);
    }
  }
  Eigen::MatrixXd X(cells.X.rows(), static_cast<Eigen::Index>(used.size()));
  for (int i = 0; i < X.cols(); ++i) X.col(i) = cells.X.col(used[at(i)]);
  const Eigen::VectorXd penalty = Eigen::Map<const Eigen::VectorXd>(
      penalties.data(), static_cast<Eigen::Index>(penalties.size()));
  detail::slopes end;
  const Eigen::VectorXd b = detail::newton_maximum(
      start(used),
      [&](const Eigen::VectorXd& at_b) {
        const Eigen::VectorXd eta = X * at_b;
        const Eigen::VectorXd mean = cells.exposure.array() * eta.array().exp();
        const Eigen::VectorXd pull = penalty.cwiseProduct(at_b);
        return detail::slopes{cells.entries.dot(eta) - mean.sum() - pull.dot(at_b) / 2,
                              X.transpose() * (cells.entries - mean) - pull,
                              Eigen::MatrixXd(X.transpose() * mean.asDiagonal() * X) +
                                  Eigen::MatrixXd(penalty.asDiagonal())};
      },
      end);
  const auto root = end.information.ldlt();
  const int p = static_cast<int>(used.size());
  const Eigen::MatrixXd inverse = root.solve(Eigen::MatrixXd::Identity(p, p));
  penalised_fit fit;
  fit.coefficients = Eigen::VectorXd::Zero(all);
  fit.covariance = Eigen::MatrixXd::Zero(all, all);
  fit.coefficients(used) = b;
  fit.covariance(used, used) = inverse;
  fit.log_likelihood = end.value + b.dot(penalty.cwiseProduct(b)) / 2;
  fit.restricted = end.value + log_weights / 2 - root.vectorD().array().log().sum() / 2;
  fit.effective = p - inverse.diagonal().dot(penalty);
  return fit;
}

/// The weights at which the restricted likelihood is largest, of those left open (negative).
std::array<double, 2> best_weights(const table& cells, int straight, std::array<double, 2> weights,
                                   const Eigen::VectorXd& start) {
  constexpr double low = -4, high = 14, step = 2;  // of ln weight
  std::array<bool, 2> open{};
  for (int w = 0; w < 2; ++w) {
    open[at(w)] = weights[at(w)] < 0;
    if (open[at(w)]) weights[at(w)] = infinite;
  }
  const auto loss = [&](std::array<double, 2> tried, int w, double log_weight) {
    tried[at(w)] = std::exp(log_weight);
    const double value = fit_at(cells, straight, tried, start).restricted;
    return std::isfinite(value) ? -value : std::numeric_limits<double>::max();
  };
  for (int round = 0; round < 3; ++round) {
    for (int w = 0; w < 2; ++w) {
      if (!open[at(w)]) continue;
      auto line = weights;
      line[at(w)] = infinite;
      const double straight_loss = -fit_at(cells, straight, line, start).restricted;
      double best = low, least = std::numeric_limits<double>::max();
      for (double l = low; l <= high; l += step) {
        const double here = loss(weights, w, l);
        if (here < least) {
          least = here;
          best = l;
        }
      }
      std::uintmax_t iterations = 40;
      const auto found = boost::math::tools::brent_find_minima(
          [&](double l) { return loss(weights, w, l); }, best - step, best + step, 20, iterations);
      // A line that is as good as any curve, but for a rounding, is a line.
      weights[at(w)] = found.second < straight_loss - 1e-6 ? std::exp(found.first) : infinite;
    }
    if (!(open[0] && open[1])) break;
  }
  return weights;
}

/// Pearson's dispersion. Cells where hardly anybody is expected would rule it: those of one age and
/// sex are taken together over the years until five entries are expected, and what is left joins
/// the next age.
struct pearson {
  double dispersion = 1;
  double freedom = 0;
};

pearson dispersion_of(const entry_counts& counts, const std::vector<double>& total,
                      const std::vector<double>& means, double effective) {
  double sum = 0;
  int used = 0;
  for (int sex = 0; sex < 2; ++sex) {
    double seen = 0, expected = 0;
    for (int a = 0; a < counts.ages; ++a) {
      for (int y = 0; y < counts.years; ++y) {
        const int c = (y * 2 + sex) * counts.ages + a;
        seen += total[at(c)];
        expected += means[at(c)];
        if (expected < 5) continue;
        sum += (seen - expected) * (seen - expected) / expected;
        ++used;
        seen = expected = 0;
      }
    }
  }
  const double freedom = used - effective;
  return freedom > 0 ? pearson{sum / freedom, freedom} : pearson{};
}

std::string group_name(const entry_check& group) {
  return std::string(group.men ? "men" : "women") + " aged " + std::to_string(group.first_age) +
         (group.last_age > 0 ? "-" + std::to_string(group.last_age) : "+");
}

void check_groups(const entry_counts& counts, const std::vector<double>& total,
                  const std::vector<double>& means, entry_model& model) {
  std::string misses;
  int missed = 0;
  for (int sex = 0; sex < 2; ++sex) {
    for (int a = 0; a < counts.ages;) {
      const int age = counts.first_age + a;
      int next = age >= 95 ? counts.ages : a + 5 - age % 5;
      next = std::min(next, counts.ages);
      const bool open = next == counts.ages;
      entry_check group{sex == 0, age, open ? 0 : counts.first_age + next - 1, 0, 0, 0};
      for (int y = 0; y < counts.years; ++y) {
        for (int i = a; i < next; ++i) {
          const int c = (y * 2 + sex) * counts.ages + i;
          group.seen += total[at(c)];
          group.expected += means[at(c)];
        }
      }
      if (group.expected > 0) {
        group.deviations = (group.seen - group.expected) /
                           std::sqrt(group.expected * std::max(1.0, model.dispersion));
      }
      if (group.expected >= 5 && std::abs(group.deviations) > 3) {
        ++missed;
        misses += (misses.empty() ? "" : "; ") + group_name(group) + ": " + shown(group.seen) +
                  " seen, " + shown(std::round(group.expected)) + " expected";
      }
      model.check.push_back(group);
      a = next;
    }
  }
  if (missed > 0) {
    model.notices.push_back({"W-INCIDENCE-FIT",
                             "first entries lie more than 3 standard deviations from the fitted "
                             "incidence among " +
                                 misses,
                             static_cast<double>(missed)});
  }
}

}  // namespace

Eigen::VectorXd incidence_terms(const entry_model& model, int age, bool male, int since) {
  const int straight = straight_terms(model.options);
  const int each = (static_cast<int>(model.incidence_names.size()) - straight) / 2;
  const double z = (std::clamp(age, model.youngest, model.oldest) - model.options.origin_age) / 10;
  Eigen::VectorXd x(straight + 2 * each);
  x.head(4) << 1, z, male, male * z;
  if (model.options.trend) x[4] = since;
  if (each > 0) {
    const Eigen::VectorXd u = bend_terms(model, age);
    x.segment(straight, each) = u;
    x.tail(each) = (male - 0.5) * u;
  }
  return x;
}

void detail::fit_incidence(const entry_counts& counts, const std::vector<double>& total,
                           entry_model& model) {
  const auto& options = model.options;
  const auto cell_of = [&](int y, int s, int a) { return (y * 2 + s) * counts.ages + a; };
  // The ages between which incidence follows age.
  model.youngest = counts.first_age;
  model.oldest = counts.first_age;
  double from_above = 0;
  bool reached = false;
  for (int a = counts.ages - 1; a >= 0; --a) {
    double here = 0;
    for (int y = 0; y < counts.years; ++y) {
      for (int s = 0; s < 2; ++s) here += counts.exposure[at(cell_of(y, s, a))];
    }
    from_above += here;
    if (!reached && from_above >= 10) {
      model.oldest = counts.first_age + a;
      reached = true;
    }
    if (here > 0) model.youngest = counts.first_age + a;
  }
  model.oldest = std::max(model.oldest, model.youngest);

  model.incidence_names = {"intercept", "age", "male", "male x age"};
  if (options.trend) model.incidence_names.emplace_back("year");
  const int straight = straight_terms(options);
  const bool bent =
      model.events >= options.entries_for_bends && model.oldest - model.youngest >= 10;
  if (bent) {
    for (const char* of : {"", "male x "}) {
      for (int j = 0; j < bends(model); ++j) {
        model.incidence_names.push_back(std::string(of) + "bend at " +
                                        std::to_string(model.youngest + 5 * j));
      }
    }
  }
  const int p = static_cast<int>(model.incidence_names.size());

  table cells;
  std::vector<int> places;
  for (int c = 0; c < counts.years * 2 * counts.ages; ++c) {
    if (counts.exposure[at(c)] > 0) places.push_back(c);
  }
  const auto n = static_cast<Eigen::Index>(places.size());
  cells.X.resize(n, p);
  cells.entries.resize(n);
  cells.exposure.resize(n);
  for (Eigen::Index i = 0; i < n; ++i) {
    const int c = places[static_cast<std::size_t>(i)], sex = c / counts.ages % 2;
    cells.X.row(i) = incidence_terms(model, counts.first_age + c % counts.ages, sex == 0,
                                     c / (2 * counts.ages) - (counts.years - 1));
    cells.entries[i] = total[at(c)];
    cells.exposure[i] = counts.exposure[at(c)];
  }

  Eigen::VectorXd start = Eigen::VectorXd::Zero(p);
  start[0] = std::log(model.events / model.exposure);
  std::array<double, 2> weights{infinite, infinite};
  for (const double weight : {options.age_weight, options.sex_weight}) {
    if (weight != 0 && !std::isnan(weight)) continue;
    reject("E-NUM", "fit_entries", "the weight of a penalty is " + shown(weight),
           "it must be positive, infinity for a straight line, or negative to be chosen",
           "Leave it at -1");
  }
  if (bent) {
    start = fit_at(cells, straight, weights, start).coefficients;
    weights = best_weights(cells, straight, {options.age_weight, options.sex_weight}, start);
  }
  const penalised_fit fit = fit_at(cells, straight, weights, start);
  model.incidence = fit.coefficients;
  model.log_likelihood = fit.log_likelihood;
  model.restricted_log_likelihood = fit.restricted;
  model.effective_coefficients = fit.effective;
  model.age_weight = weights[0];
  model.sex_weight = weights[1];

  std::vector<double> means(total.size(), 0.0);
  const Eigen::VectorXd expected =
      cells.exposure.array() * (cells.X * model.incidence).array().exp();
  for (Eigen::Index i = 0; i < n; ++i) {
    means[at(places[static_cast<std::size_t>(i)])] = expected[i];
  }
  const pearson found = dispersion_of(counts, total, means, fit.effective);
  model.dispersion = found.dispersion;
  if (found.dispersion > 1.5 && found.freedom > 50) {
    model.notices.push_back({"W-DISPERSION",
                             "entries vary " + shown(found.dispersion) +
                                 " times as much as chance alone; the intervals are widened by it",
                             found.dispersion});
  }
  model.incidence_covariance = std::max(1.0, found.dispersion) * fit.covariance;
  check_groups(counts, total, means, model);
}

}  // namespace kohort
