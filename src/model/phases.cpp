#include <algorithm>
#include <cmath>

#include <Eigen/LU>

#include <kohort/model/phases.hpp>
#include <kohort/model/probability_matrix.hpp>
#include <kohort/support/error.hpp>

namespace kohort {

namespace {

std::size_t at(state s) { return static_cast<std::size_t>(s); }

/// The states of the fine model that are phases of one, in their order.
std::vector<state> phases_of(const phase_map& map, state seen) {
  std::vector<state> found;
  for (std::size_t s = 0; s < map.seen_of.size(); ++s) {
    if (map.seen_of[s] == seen) found.push_back(static_cast<state>(s));
  }
  return found;
}

/// Expected years in each phase of a stay that begins with these weights.
std::vector<double> time_in_phases(const intensity_matrix<>& Q, const std::vector<state>& phases,
                                   std::vector<double> weights) {
  std::vector<double> years;
  double arriving = 0;
  for (std::size_t i = 0; i < phases.size(); ++i) {
    arriving += weights[i];
    years.push_back(arriving == 0 ? 0 : arriving / -Q(phases[i], phases[i]));
    arriving = i + 1 < phases.size() ? years[i] * Q(phases[i], phases[i + 1]) : 0;
  }
  return years;
}

std::vector<double> weights_of(const Eigen::RowVectorXd& row, const std::vector<state>& phases) {
  std::vector<double> weights;
  for (const state s : phases) weights.push_back(row[s]);
  return weights;
}

/// S(t) = w e^{-at} + (1 - w) e^{-bt} through one point: the weight that does it.
double weight_through(double a, double b, double share, double t) {
  return (1 - share - std::exp(-b * t)) / (std::exp(-a * t) - std::exp(-b * t));
}

}  // namespace

phased_model with_phases(const model& seen, std::span<const int> phases) {
  const auto refuse = [](const std::string& what, const std::string& needed,
                         const std::string& remedy) {
    reject("E-MODEL", "phases", what, needed, remedy);
  };
  if (phases.size() != at(seen.size())) {
    refuse(std::to_string(phases.size()) + " numbers of phases were given",
           "the model has " + std::to_string(seen.size()) + " states", "Give one for each state");
  }
  phase_map map;
  map.seen = seen.states();
  std::vector<std::string> names;
  std::vector<std::vector<std::string>> of(at(seen.size()));
  for (state s = 0; s < seen.size(); ++s) {
    const int m = phases[at(s)];
    if (m < 1 || m > 20) {
      refuse("'" + seen.name(s) + "' is to have " + std::to_string(m) + " phases",
             "a state has between 1 and 20", "Two are enough for short and long stays");
    }
    if (m > 1 && seen.absorbing(s)) {
      refuse("'" + seen.name(s) + "' is to have phases", "nobody leaves it",
             "Give phases to states that are left");
    }
    for (int i = 1; i <= m; ++i) {
      of[at(s)].push_back(m == 1 ? seen.name(s)
                                 : seen.name(s) + " (phase " + std::to_string(i) + ")");
      names.push_back(of[at(s)].back());
      map.seen_of.push_back(s);
    }
  }
  std::vector<std::pair<std::string, std::string>> moves;
  for (const auto& [from, to] : seen.transitions()) {
    for (const auto& phase : of[at(from)]) moves.emplace_back(phase, of[at(to)].front());
  }
  for (const auto& chain : of) {
    for (std::size_t i = 1; i < chain.size(); ++i) moves.emplace_back(chain[i - 1], chain[i]);
  }
  return {model(names, moves, seen.death() ? seen.name(*seen.death()) : std::string()), map};
}

model seen_model(const model& fine, const phase_map& map) {
  if (map.empty()) return fine;
  std::vector<std::pair<std::string, std::string>> moves;
  for (const auto& [from, to] : fine.transitions()) {
    const auto move =
        std::pair(map.seen[at(map.seen_of[at(from)])], map.seen[at(map.seen_of[at(to)])]);
    if (move.first != move.second && std::find(moves.begin(), moves.end(), move) == moves.end())
      moves.push_back(move);
  }
  return {map.seen, moves,
          fine.death() ? map.seen[at(map.seen_of[at(*fine.death())])] : std::string()};
}

Eigen::RowVectorXd stationary_phases(const intensity_matrix<>& Q, const phase_map& map,
                                     state seen) {
  const auto phases = phases_of(map, seen);
  Eigen::RowVectorXd row = Eigen::RowVectorXd::Zero(Q.size());
  if (phases.size() == 1) {
    row[phases[0]] = 1;
    return row;
  }
  std::vector<double> entry(phases.size(), 0.0);
  entry[0] = 1;
  const auto years = time_in_phases(Q, phases, entry);
  double sum = 0;
  for (const double y : years) sum += y;
  if (!std::isfinite(sum)) {  // a phase that nobody leaves: everybody found is there
    row[phases.back()] = 1;
    return row;
  }
  for (std::size_t i = 0; i < phases.size(); ++i) row[phases[i]] = years[i] / sum;
  return row;
}

Eigen::RowVectorXd phase_weights(const intensity_matrix<>& Q, const phase_map& map, state seen,
                                 first_phase first) {
  if (first == first_phase::stationary) return stationary_phases(Q, map, seen);
  Eigen::RowVectorXd row = Eigen::RowVectorXd::Zero(Q.size());
  row[phases_of(map, seen).front()] = 1;
  return row;
}

Eigen::MatrixXd seen_transition_probability(const intensity_matrix<>& Q, const phase_map& map,
                                            double t, first_phase first) {
  const Eigen::MatrixXd P = transition_probability(Q, t).matrix();
  const auto n = static_cast<Eigen::Index>(map.seen.size());
  Eigen::MatrixXd seen = Eigen::MatrixXd::Zero(n, n);
  for (Eigen::Index r = 0; r < n; ++r) {
    const Eigen::RowVectorXd row = phase_weights(Q, map, static_cast<state>(r), first) * P;
    for (Eigen::Index s = 0; s < row.size(); ++s)
      seen(r, map.seen_of[static_cast<std::size_t>(s)]) += row[s];
  }
  return seen;
}

double stay_survival(const intensity_matrix<>& Q, const phase_map& map, state seen, double t,
                     first_phase first) {
  // Whoever leaves the state never comes back: all else is absorbing.
  Eigen::MatrixXd rates = Q.matrix();
  const auto phases = phases_of(map, seen);
  for (state s = 0; s < Q.size(); ++s) {
    if (map.seen_of[at(s)] != seen) rates.row(s).setZero();
  }
  const auto P = transition_probability(intensity_matrix<>::from_rates(rates), t);
  const Eigen::RowVectorXd row = phase_weights(Q, map, seen, first) * P.matrix();
  double still = 0;
  for (const state s : phases) still += row[s];
  return still;
}

double mean_stay(const intensity_matrix<>& Q, const phase_map& map, state seen, first_phase first) {
  const auto phases = phases_of(map, seen);
  double sum = 0;
  for (const double y :
       time_in_phases(Q, phases, weights_of(phase_weights(Q, map, seen, first), phases)))
    sum += y;
  return sum;
}

double stay_quantile(const intensity_matrix<>& Q, const phase_map& map, state seen, double p,
                     first_phase first) {
  if (!(p >= 0 && p < 1)) {
    reject("E-PROBABILITY", "stay_quantile", "the share is " + shown(p),
           "it must be at least 0 and below 1", "Give 0.5 for the median");
  }
  const auto ended = [&](double t) { return 1 - stay_survival(Q, map, seen, t, first); };
  double low = 0, high = mean_stay(Q, map, seen, first);
  if (!std::isfinite(high)) high = 1;
  for (int i = 0; i < 200 && ended(high) < p; ++i) {
    low = high;
    high *= 2;
  }
  for (int i = 0; i < 200 && high - low > 1e-13 * high; ++i) {
    const double middle = (low + high) / 2;
    (ended(middle) < p ? low : high) = middle;
  }
  return high;
}

bool exchange_phases(double& on, std::span<double> exits) {
  const auto ways = exits.size() / 2;
  double out1 = 0, out2 = 0;
  for (std::size_t k = 0; k < ways; ++k) {
    out1 += exits[k];
    out2 += exits[ways + k];
  }
  const double a = on + out1, b = out2, new_on = b - out1;
  if (b < a || !(new_on > 0)) return false;
  for (std::size_t k = 0; k < ways; ++k)
    exits[ways + k] = (exits[k] * (b - a) + on * exits[ways + k]) / new_on;
  on = new_on;
  return true;
}

two_phases two_phases_from_quantiles(const std::array<double, 3>& shares,
                                     const std::array<double, 3>& times) {
  for (std::size_t i = 0; i < 3; ++i) {
    const bool rises = i == 0 || (shares[i] > shares[i - 1] && times[i] > times[i - 1]);
    if (shares[i] > 0 && shares[i] < 1 && times[i] > 0 && std::isfinite(times[i]) && rises)
      continue;
    reject("E-QUANTILES", "two_phases_from_quantiles",
           "point " + std::to_string(i + 1) + " is " + shown(shares[i]) + " by " + shown(times[i]),
           "shares lie between 0 and 1, and both shares and times increase",
           "Give three quantiles in their order");
  }
  // For a given b, the weight and a go through the last two points; what is left is the first.
  // Unknowns u = (log b, log(a / b)), Newton with damping from several starts.
  const auto misses = [&](double log_b, double log_ratio) {
    const double b = std::exp(log_b), a = b * (1 + std::exp(log_ratio));
    const double w = weight_through(a, b, shares[2], times[2]);
    Eigen::Vector2d miss;
    for (Eigen::Index i = 0; i < 2; ++i) {
      const double t = times[static_cast<std::size_t>(i)];
      miss[i] = w * std::exp(-a * t) + (1 - w) * std::exp(-b * t) -
                (1 - shares[static_cast<std::size_t>(i)]);
    }
    return miss;
  };
  const double crude = -std::log1p(-shares[2]) / times[2];
  for (const double start_b : {0.9, 0.5, 0.2, 1.5, 0.05}) {
    for (const double start_ratio : {1.0, 10.0, 100.0, 0.1, 1000.0}) {
      Eigen::Vector2d u(std::log(crude * start_b), std::log(start_ratio));
      auto miss = misses(u[0], u[1]);
      for (int step = 0; step < 200 && miss.norm() > 1e-15; ++step) {
        constexpr double h = 1e-6;
        Eigen::Matrix2d J;
        J.col(0) = (misses(u[0] + h, u[1]) - misses(u[0] - h, u[1])) / (2 * h);
        J.col(1) = (misses(u[0], u[1] + h) - misses(u[0], u[1] - h)) / (2 * h);
        const Eigen::Vector2d d = J.fullPivLu().solve(-miss);
        double length = std::min(1.0, 1.0 / d.cwiseAbs().maxCoeff());
        Eigen::Vector2d next = miss;
        for (; length > 1e-10; length /= 2) {
          next = misses(u[0] + length * d[0], u[1] + length * d[1]);
          if (next.allFinite() && next.norm() < miss.norm()) break;
        }
        if (!(length > 1e-10)) break;
        u += length * d;
        miss = next;
      }
      if (!(miss.norm() < 1e-12)) continue;
      const double b = std::exp(u[0]), a = b * (1 + std::exp(u[1]));
      const double w = weight_through(a, b, shares[2], times[2]);
      const double exit = b + w * (a - b);
      if (exit >= 0 && exit <= a) return {a - exit, {exit, b}};
    }
  }
  reject("D-NONIDENT", "two_phases_from_quantiles", "no two phases have these three quantiles",
         "their law has only so many shapes",
         "Fit the stays themselves by likelihood, with more phases if need be");
}

std::vector<std::array<double, 2>> phase_starts(double exit, int phases, int kind) {
  // The law of two phases that keeps the mean 1 / exit: a = on + out_1 and b = out_2 are chosen,
  // and 1/a + on/(a b) = 1/exit gives the rest.
  static constexpr std::array<std::array<double, 2>, phase_start_kinds> chosen{
      {{3.0, 0.5}, {12.0, 0.8}, {2.5, 1.5}}};
  const auto [fast, slow] = chosen[static_cast<std::size_t>(kind)];
  const double a = fast * exit, b = slow * exit, on = b * (a / exit - 1);
  std::vector<std::array<double, 2>> rates{{on, a - on}, {0, b}};
  // Further phases come first, each three times as fast as the one after it and left by a tenth;
  // then all rates are scaled to keep the mean.
  while (static_cast<int>(rates.size()) < phases) {
    const double total = 3 * (rates.front()[0] + rates.front()[1]);
    rates.insert(rates.begin(), {0.9 * total, 0.1 * total});
  }
  double mean = 0, arriving = 1;
  for (const auto& [onward, out] : rates) {
    mean += arriving / (onward + out);
    arriving *= onward / (onward + out);
  }
  for (auto& phase : rates) {
    for (auto& rate : phase) rate *= mean * exit;
  }
  return rates;
}

}  // namespace kohort
