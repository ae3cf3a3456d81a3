#include <kohort/interventions/break_even.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>

#include <boost/math/tools/toms748_solve.hpp>

#include <kohort/support/error.hpp>

namespace kohort {

namespace {

constexpr double almost = 1e-12;
constexpr int most_teams = 10'000;
constexpr double infinity = std::numeric_limits<double>::infinity();

/// What a team more costs, after those whose costs are listed: nothing more to be had, or F.
bool more_teams(const programme& p, int team) {
  return p.team_costs.empty() || team <= static_cast<int>(p.team_costs.size());
}

/// Walks over the teams: on ((j - 1) K, j K] net is not negative from `need_j` = (F_j + above) / m.
void scan(const programme& p, double m, double above, break_even_points& found) {
  const double K = p.capacity;
  bool up = false;
  for (int j = 1; more_teams(p, j); ++j) {
    if (j > most_teams) {
      found.goes_on = true;
      return;
    }
    const double start = j == 1 ? 0 : (j - 1) * K, end = j * K;
    const double need = (cost_of_teams(p, j) + above) / m;
    const bool enough = start >= need * (1 - almost);
    if (up && !enough) {
      found.drops.push_back(start);
      up = false;
    }
    if (!up && need <= end * (1 + almost)) {
      found.rises.push_back(std::max(start, std::min(need, end)));
      up = true;
    }
    if (std::isinf(K)) break;
    if (p.team_costs.empty() && j > 1) {
      const double gain = K * m - p.fixed_cost;  // of each team more, when it is full
      const double margin = almost * p.fixed_cost;
      if (up && enough && gain > -margin) break;  // the next ones start no worse
      if (!up && gain <= margin) break;           // and end no better
      if (up && std::abs(gain) <= margin) {       // the same again and again
        found.goes_on = true;
        return;
      }
    }
  }
  if (up) found.for_good = found.rises.back();
}

double smallest_whole(const break_even_points& found) {
  for (std::size_t i = 0; i < found.rises.size(); ++i) {
    const double whole = std::ceil(found.rises[i] * (1 - almost));
    if (i >= found.drops.size() || whole <= found.drops[i] * (1 + almost)) return whole;
  }
  return infinity;
}

double highest(const programme& p, const programme_input& input, double value) {
  if (input.range == programme_input_kind::share) return 1;
  if (input.value == &programme::hours) return 744;  // every hour of a month
  if (input.value == &programme::months_avoided) return 240;
  if (input.value == &programme::discount) return 1;
  if (input.value == &programme::stay) return 60;
  if (input.value == &programme::hours_avoided) return std::max({p.hours, std::abs(value), 1.0});
  return infinity;
}

double lowest(const programme& p, const programme_input& input, double value) {
  if (input.value == &programme::hours_avoided) return -std::max({p.hours, std::abs(value), 1.0});
  if (input.value == &programme::deferred_housing) return -infinity;
  if (input.value == &programme::stay) return 1.0 / 30;
  return 0;
}

/// The fewest places in a team at which so many enrolled pay: N / j with the most teams affordable.
void capacity_threshold(const programme& p, double enrolled, double m, double above,
                        programme_threshold& found) {
  found.low = 1;
  found.high = std::max(enrolled, 1.0);
  programme other = p;
  const auto at = [&](double capacity) {
    other.capacity = capacity;
    const double teams = teams_for(other, enrolled);
    if (!more_teams(p, static_cast<int>(teams))) return -infinity;
    return enrolled * m - cost_of_teams(p, teams) - above;
  };
  found.net_low = at(found.low);
  found.net_high = at(found.high);
  found.at_least = true;
  if (found.net_high < 0 || found.net_low >= 0) return;
  int teams = 1;
  while (more_teams(p, teams + 1) && at(enrolled / (teams + 1)) >= 0) ++teams;
  found.crosses = true;
  found.at = enrolled / teams;
}

}  // namespace

break_even_points break_even(const programme& p, const break_even_options& options) {
  check(p);
  break_even_points found;
  found.net_saving = net_saving(p, options.narrow);
  if (!(found.net_saving > 0)) {
    found.verdict = break_even_verdict::no_saving;
    return found;
  }
  scan(p, found.net_saving, options.above, found);
  found.smallest_whole = smallest_whole(found);
  if (found.rises.empty()) {
    found.verdict = break_even_verdict::beyond_capacity;
    return found;
  }
  found.enrolled = found.rises.front();
  found.starts = found.enrolled / p.stay;
  return found;
}

programme_threshold find_threshold(const programme& p, std::string_view name, double enrolled,
                                   const break_even_options& options) {
  check(p);
  if (!(enrolled >= 0) || std::isinf(enrolled)) {
    reject("E-SETTING", "find_threshold", shown(enrolled) + " enrolled were given",
           "a number that is not negative is needed", "Give the mean number enrolled on a day");
  }
  const auto& input = programme_input_named(name);
  if (input.value == &programme::start_up) {
    reject("E-SETTING", "find_threshold", "start_up was asked for",
           "net a month does not depend on it", "Look at the payback instead");
  }
  programme_threshold found;
  found.input = input.name;
  found.value = p.*(input.value);
  if (input.value == &programme::capacity) {
    capacity_threshold(p, enrolled, net_saving(p, options.narrow), options.above, found);
    return found;
  }
  programme other = p;
  const auto net = [&](double x) {
    other.*(input.value) = x;
    return net_per_month(other, enrolled, options.narrow) - options.above;
  };
  found.low = lowest(p, input, found.value);
  found.high = highest(p, input, found.value);
  const double unit = std::max(1.0, std::abs(found.value));
  if (std::isinf(found.low)) {  // net is linear in all that have no end: two points tell the slope
    const double slope = (net(unit) - net(0)) / unit;
    const double root = slope == 0 ? 0 : -net(0) / slope;
    found.low = std::min(-10 * unit, root - unit);
  }
  if (std::isinf(found.high)) {
    const double slope = (net(unit) - net(0)) / unit;
    const double root = slope == 0 ? 0 : -net(0) / slope;
    found.high = std::max(10 * unit, root > 0 ? root + unit : 0);
  }
  found.net_low = net(found.low);
  found.net_high = net(found.high);
  found.at_least = found.net_high >= found.net_low;
  if ((found.net_low >= 0) == (found.net_high >= 0)) return found;
  found.crosses = true;
  std::uintmax_t steps = 200;
  const auto [a, b] =
      boost::math::tools::toms748_solve(net, found.low, found.high, found.net_low, found.net_high,
                                        boost::math::tools::eps_tolerance<double>(52), steps);
  found.at = std::abs(net(a)) <= std::abs(net(b)) ? a : b;
  return found;
}

std::vector<programme_threshold> find_thresholds(const programme& p, double enrolled,
                                                 const break_even_options& options) {
  std::vector<programme_threshold> found;
  const bool after = !options.narrow;
  for (const auto& input : programme_inputs()) {
    const auto is = [&](double programme::* value) { return input.value == value; };
    if (is(&programme::start_up)) continue;
    if (is(&programme::fixed_cost) && !p.team_costs.empty()) continue;
    const bool of_after = is(&programme::stay) || is(&programme::hours_avoided) ||
                          is(&programme::months_avoided) || is(&programme::fade) ||
                          is(&programme::staying) || is(&programme::deferred_housing) ||
                          is(&programme::discount);
    if (of_after && !after) continue;
    if (is(&programme::months_avoided) && !p.course.empty()) continue;
    const bool of_course = is(&programme::months_avoided) || is(&programme::fade) ||
                           is(&programme::staying) || is(&programme::discount);
    if (of_course && p.hours_avoided == 0) continue;
    if (is(&programme::stay) && saving_after_discharge(p) == 0) continue;
    found.push_back(find_threshold(p, input.name, enrolled, options));
  }
  return found;
}

}  // namespace kohort
