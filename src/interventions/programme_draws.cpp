#include <kohort/interventions/programme_draws.hpp>

#include <algorithm>
#include <cmath>

#include <boost/math/distributions/beta.hpp>
#include <boost/math/distributions/gamma.hpp>
#include <boost/math/distributions/normal.hpp>

#include <kohort/support/error.hpp>
#include <kohort/support/random.hpp>

namespace kohort {

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

[[noreturn]] void refuse(const uncertain_input& u, const std::string& needed) {
  reject("E-SETTING", "draw_programmes",
         u.input + " was given as " + shown(u.first) + " and " + shown(u.second), needed,
         "Look at the distribution and its numbers");
}

void check(const uncertain_input& u) {
  if (!std::isfinite(u.first) || !std::isfinite(u.second)) {
    reject("E-NUM", "draw_programmes", u.input + " has no number", "two numbers are needed",
           "Give mean and standard deviation, or two limits");
  }
  if (u.shape == uncertainty_shape::uniform) {
    if (!(u.first <= u.second)) refuse(u, "the lower limit comes first");
    return;
  }
  if (u.second < 0) refuse(u, "a standard deviation is not negative");
  if (u.shape == uncertainty_shape::gamma && !(u.first > 0) && u.second > 0) {
    refuse(u, "the mean of a gamma distribution is positive");
  }
  if (u.shape == uncertainty_shape::beta && u.second > 0 &&
      !(u.first > 0 && u.first < 1 && u.second * u.second < u.first * (1 - u.first))) {
    refuse(u,
           "a beta distribution has its mean inside (0, 1) and a variance below mean (1 - mean)");
  }
}

/// A draw that its input cannot take, and which distribution it came from.
void check_draw(const uncertain_input& u, double x) {
  const auto kind =
      u.input == "enrolled" ? programme_input_kind::amount : programme_input_named(u.input).range;
  const bool share = kind == programme_input_kind::share;
  const bool taken = kind == programme_input_kind::effect ||
                     (kind == programme_input_kind::positive ? x > 0 : x >= 0);
  if (taken && !(share && x > 1)) return;
  const bool uniform = u.shape == uncertainty_shape::uniform;
  reject("E-SETTING", "draw_programmes",
         u.input + " was drawn as " + shown(x) + " from a " +
             (uniform ? "uniform distribution from " + shown(u.first) + " to " + shown(u.second)
                      : "normal distribution of mean " + shown(u.first) +
                            " and standard deviation " + shown(u.second)),
         share ? "it is a share between 0 and 1"
               : (kind == programme_input_kind::positive ? "it must be above 0"
                                                         : "it must not be negative"),
         uniform ? "Mend the limits"
                 : (share ? "Leave the shape out: a share is then beta, which stays within 0 and 1"
                          : "Leave the shape out: an amount is then gamma, which stays above 0"));
}

double quantile(const uncertain_input& u, double p) {
  if (u.shape == uncertainty_shape::uniform) return u.first + p * (u.second - u.first);
  if (u.second == 0) return u.first;
  const double variance = u.second * u.second;
  switch (u.shape) {
    case uncertainty_shape::gamma:
      return boost::math::quantile(
          boost::math::gamma_distribution<>(u.first * u.first / variance, variance / u.first), p);
    case uncertainty_shape::beta: {
      const double sum = u.first * (1 - u.first) / variance - 1;
      return boost::math::quantile(
          boost::math::beta_distribution<>(u.first * sum, (1 - u.first) * sum), p);
    }
    default:
      return boost::math::quantile(boost::math::normal_distribution<>(u.first, u.second), p);
  }
}

/// Type 7 of Hyndman & Fan; infinite values may stand among the sorted ones.
double quantile_of(std::vector<double>& values, double p) {
  const double at = p * static_cast<double>(values.size() - 1);
  const auto below = static_cast<std::size_t>(std::floor(at));
  std::nth_element(values.begin(), values.begin() + below, values.end());
  const double low = values[below];
  const double part = at - static_cast<double>(below);
  if (part == 0) return low;
  const double high = *std::min_element(values.begin() + below + 1, values.end());
  return low == high ? low : low + part * (high - low);
}

/// A number for each input's name: its place among them, so that draws do not depend on which
/// other inputs are uncertain.
std::uint32_t place_of(const std::string& name) {
  if (name == "enrolled") return 1000;
  const auto& input = programme_input_named(name);
  return static_cast<std::uint32_t>(&input - programme_inputs().data());
}

}  // namespace

programme_draws draw_programmes(const programme& p, double enrolled,
                                std::span<const uncertain_input> uncertain, int draws,
                                std::uint64_t seed) {
  kohort::check(p);
  if (draws < 1 || draws > 1'000'000) {
    reject("E-SETTING", "draw_programmes", std::to_string(draws) + " draws were asked for",
           "there are 1 to 1,000,000", "Take 10000, say");
  }
  std::vector<std::uint32_t> places;
  for (const auto& u : uncertain) {
    check(u);
    const auto place = place_of(u.input);
    if (std::find(places.begin(), places.end(), place) != places.end()) {
      reject("E-SETTING", "draw_programmes", u.input + " was given twice",
             "an input has one distribution", "Leave one out");
    }
    places.push_back(place);
  }
  const random_stream random(seed, purpose::programmes);
  programme_draws found;
  found.programmes.assign(static_cast<std::size_t>(draws), p);
  found.enrolled.assign(static_cast<std::size_t>(draws), enrolled);
  for (std::size_t i = 0; i < uncertain.size(); ++i) {
    const bool of_enrolled = places[i] == 1000;
    for (std::size_t k = 0; k < found.programmes.size(); ++k) {
      const double x =
          quantile(uncertain[i], random.uniform(static_cast<std::uint32_t>(k), places[i], 0));
      check_draw(uncertain[i], x);
      if (of_enrolled) {
        found.enrolled[k] = x;
      } else {
        found.programmes[k].*(programme_inputs()[places[i]].value) = x;
      }
    }
  }
  for (std::size_t k = 0; k < found.programmes.size(); ++k) {
    kohort::check(found.programmes[k]);
  }
  return found;
}

break_even_interval interval_of_break_even(std::span<const double> saving,
                                           std::span<const double> fixed,
                                           std::span<const double> capacity, double level) {
  const std::size_t n = saving.size();
  if (n == 0 || fixed.size() != n || (capacity.size() != n && capacity.size() != 1)) {
    reject("E-SHAPE", "interval_of_break_even",
           std::to_string(n) + " savings, " + std::to_string(fixed.size()) + " costs, " +
               std::to_string(capacity.size()) + " capacities",
           "there is one of each for every draw", "Make them equally long");
  }
  if (!(level > 0 && level < 1)) {
    reject("E-SETTING", "interval_of_break_even", "level = " + shown(level),
           "it lies between 0 and 1", "Take 0.95");
  }
  std::vector<double> gain(n);
  break_even_interval found;
  found.level = level;
  std::size_t none = 0, beyond = 0;
  for (std::size_t k = 0; k < n; ++k) {
    if (!(fixed[k] > 0)) {
      reject("E-SETTING", "interval_of_break_even", "a team costs " + shown(fixed[k]),
             "its cost is above 0", "A team that costs nothing needs no break-even");
    }
    gain[k] = saving[k] / fixed[k];
    const double K = capacity[capacity.size() == 1 ? 0 : k];
    if (!(saving[k] > 0)) {
      ++none;
    } else if (1 / gain[k] > K * (1 + 1e-12)) {
      ++beyond;
      gain[k] = 0;  // as never as those without a saving
    }
  }
  const double most = *std::max_element(capacity.begin(), capacity.end()) * (1 + 1e-12);
  const auto all = static_cast<double>(n);
  found.no_saving = static_cast<double>(none) / all;
  found.beyond_capacity = static_cast<double>(beyond) / all;
  found.never = static_cast<double>(none + beyond) / all;
  const auto inverted = [&](double p) {
    const double q = quantile_of(gain, p);
    return q > 0 && 1 / q <= most ? 1 / q : infinity;
  };
  found.low = inverted((1 + level) / 2);
  found.median = inverted(0.5);
  found.high = inverted((1 - level) / 2);
  return found;
}

fieller_set fieller(double m, double variance_m, double F, double variance_F, double covariance,
                    double level) {
  for (const double x : {m, variance_m, F, variance_F, covariance}) {
    if (!std::isfinite(x)) {
      reject("E-NUM", "fieller", "a number is missing", "means and variances are needed",
             "Give them all");
    }
  }
  if (!(level > 0 && level < 1) || variance_m < 0 || variance_F < 0 ||
      covariance * covariance > variance_m * variance_F * (1 + 1e-9)) {
    reject("E-SETTING", "fieller", "level " + shown(level) + " or a variance cannot be",
           "the level lies between 0 and 1 and variances make a covariance matrix", "Mend them");
  }
  const double z = boost::math::quantile(boost::math::normal_distribution<>(), (1 + level) / 2);
  const double a = m * m - z * z * variance_m, b = m * F - z * z * covariance,
               c = F * F - z * z * variance_F;
  const double inside = b * b - a * c;
  fieller_set found;
  if (a == 0 || inside <= 0) {
    if (a > 0) return {fieller_shape::interval, b / a, b / a};  // both variances are 0
    if (a < 0 || b == 0) return {fieller_shape::everywhere, -infinity, infinity};
    return b > 0 ? fieller_set{fieller_shape::outside, -infinity, c / (2 * b)}
                 : fieller_set{fieller_shape::outside, c / (2 * b), infinity};
  }
  const double root = std::sqrt(inside);
  const double q = b >= 0 ? b + root : b - root;  // no difference of nearly equal numbers
  const double one = q / a, other = q == 0 ? 0 : c / q;
  found.shape = a > 0 ? fieller_shape::interval : fieller_shape::outside;
  found.low = std::min(one, other);
  found.high = std::max(one, other);
  return found;
}

double normal_chance_of_gain(double enrolled, double m, double variance_m, double F,
                             double variance_F, double covariance) {
  const double variance = enrolled * enrolled * variance_m + variance_F - 2 * enrolled * covariance;
  const double mean = enrolled * m - F;
  if (variance <= 0) return mean > 0 ? 1 : 0;
  return boost::math::cdf(boost::math::normal_distribution<>(), mean / std::sqrt(variance));
}

std::vector<double> net_of(const programme_draws& draws, bool narrow) {
  std::vector<double> net(draws.programmes.size());
  for (std::size_t k = 0; k < net.size(); ++k) {
    net[k] = net_per_month(draws.programmes[k], draws.enrolled[k], narrow);
  }
  return net;
}

Eigen::MatrixXd net_by_enrolled(const programme_draws& draws, std::span<const double> enrolled,
                                std::span<const double> probabilities, bool narrow) {
  for (const double p : probabilities) {
    if (!(p >= 0 && p <= 1)) {
      reject("E-SETTING", "net_by_enrolled", "a probability of " + shown(p),
             "it lies between 0 and 1", "Take 0.025, 0.5 and 0.975");
    }
  }
  const std::size_t n = draws.programmes.size();
  std::vector<double> saving(n), net(n);
  for (std::size_t k = 0; k < n; ++k) saving[k] = net_saving(draws.programmes[k], narrow);
  Eigen::MatrixXd found(static_cast<Eigen::Index>(probabilities.size()),
                        static_cast<Eigen::Index>(enrolled.size()));
  for (std::size_t i = 0; i < enrolled.size(); ++i) {
    for (std::size_t k = 0; k < n; ++k) {
      const auto& p = draws.programmes[k];
      net[k] = enrolled[i] * saving[k] - cost_of_teams(p, teams_for(p, enrolled[i]));
    }
    for (std::size_t j = 0; j < probabilities.size(); ++j) {
      found(static_cast<Eigen::Index>(j), static_cast<Eigen::Index>(i)) =
          quantile_of(net, probabilities[j]);
    }
  }
  return found;
}

std::vector<double> chance_of_gain(const programme_draws& draws, std::span<const double> enrolled,
                                   bool narrow) {
  const std::size_t n = draws.programmes.size();
  std::vector<double> saving(n), found;
  for (std::size_t k = 0; k < n; ++k) saving[k] = net_saving(draws.programmes[k], narrow);
  for (const double N : enrolled) {
    std::size_t gains = 0;
    for (std::size_t k = 0; k < n; ++k) {
      const auto& p = draws.programmes[k];
      if (N * saving[k] > cost_of_teams(p, teams_for(p, N))) ++gains;
    }
    found.push_back(static_cast<double>(gains) / static_cast<double>(n));
  }
  return found;
}

ways_compared compare_ways(const Eigen::MatrixXd& net) {
  if (net.rows() == 0 || net.cols() == 0 || !net.allFinite()) {
    reject("E-SHAPE", "compare_ways",
           std::to_string(net.rows()) + " draws of " + std::to_string(net.cols()) + " ways",
           "every draw has a number for every way", "Give draws x ways");
  }
  const auto ways = net.cols();
  ways_compared found;
  found.best.assign(static_cast<std::size_t>(ways), 0);
  found.regret.assign(static_cast<std::size_t>(ways), 0);
  found.better = Eigen::MatrixXd::Zero(ways, ways);
  for (Eigen::Index k = 0; k < net.rows(); ++k) {
    const double top = net.row(k).maxCoeff();
    const auto tied = static_cast<double>((net.row(k).array() == top).count());
    for (Eigen::Index i = 0; i < ways; ++i) {
      if (net(k, i) == top) found.best[static_cast<std::size_t>(i)] += 1 / tied;
      found.regret[static_cast<std::size_t>(i)] += top - net(k, i);
      for (Eigen::Index j = 0; j < ways; ++j) found.better(i, j) += net(k, i) > net(k, j);
    }
  }
  const auto n = static_cast<double>(net.rows());
  for (auto& share : found.best) share /= n;
  for (auto& loss : found.regret) loss /= n;
  found.better /= n;
  return found;
}

}  // namespace kohort
