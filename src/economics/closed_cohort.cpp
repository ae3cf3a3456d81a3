#include <algorithm>
#include <cmath>
#include <string>

#include <kohort/economics/closed_cohort.hpp>
#include <kohort/projection/occupancy_integrals.hpp>

namespace kohort {

namespace {

template <typename Matrices>
const auto& of_cycle(const Matrices& all, int k) {
  return all[all.size() == 1 ? 0 : static_cast<std::size_t>(k)];
}

template <typename Matrices>
closed_cohort begin(const Matrices& all, const Eigen::VectorXd& start,
                    const trace_options& options) {
  if (options.cycles < 0 || !(options.cycle_length > 0) || !std::isfinite(options.cycle_length)) {
    reject("E-GRID", "follow",
           std::to_string(options.cycles) + " cycles of " + shown(options.cycle_length) + " years",
           "there must be a whole number of cycles of positive length",
           "Give cycles >= 0 and cycle_length > 0, in years");
  }
  if (all.empty() || (all.size() != 1 && static_cast<int>(all.size()) != options.cycles)) {
    reject("E-SHAPE", "follow", std::to_string(all.size()) + " matrices",
           "one for all cycles or one for each of the " + std::to_string(options.cycles) +
               " is needed",
           "Give one of the two");
  }
  const int n = all.front().size();
  for (const auto& one : all) {
    if (one.size() == n) continue;
    reject("E-SHAPE", "follow",
           "matrices of " + std::to_string(n) + " and of " + std::to_string(one.size()) + " states",
           "all cycles have the same states", "Give matrices of one size");
  }
  closed_cohort cohort;
  cohort.cycle_length = options.cycle_length;
  cohort.persons = options.persons;
  cohort.occupancy.resize(options.cycles + 1, n);
  cohort.occupancy.row(0) = detail::cohort_start(start, n, options.persons, "follow");
  for (int r = 0; r < n; ++r) {
    for (int s = 0; s < n; ++s) {
      bool possible = false;
      for (const auto& one : all) possible = possible || (r != s && one(r, s) > 0);
      if (possible) cohort.moves.push_back({r, s});
    }
  }
  const auto moves = static_cast<Eigen::Index>(cohort.moves.size());
  cohort.moved.resize(options.cycles, moves);
  cohort.movers.resize(options.cycles, moves);
  return cohort;
}

}  // namespace

closed_cohort follow(std::span<const probability_matrix<>> probabilities,
                     const Eigen::VectorXd& start, const trace_options& options) {
  auto cohort = begin(probabilities, start, options);
  for (int k = 0; k < options.cycles; ++k) {
    const auto& P = of_cycle(probabilities, k);
    cohort.occupancy.row(k + 1) = cohort.occupancy.row(k) * P.matrix();
    for (Eigen::Index m = 0; m < cohort.moved.cols(); ++m) {
      const auto [r, s] = cohort.moves[static_cast<std::size_t>(m)];
      cohort.moved(k, m) = cohort.occupancy(k, r) * P(r, s);
    }
  }
  cohort.movers = cohort.moved;
  return cohort;
}

closed_cohort follow(std::span<const intensity_matrix<>> intensities, const Eigen::VectorXd& start,
                     const trace_options& options) {
  auto cohort = begin(intensities, start, options);
  occupancy_integrals<> over;
  for (int k = 0; k < options.cycles; ++k) {
    const auto& Q = of_cycle(intensities, k);
    if (k == 0 || intensities.size() > 1) over = integrate_occupancy(Q, options.cycle_length);
    const Eigen::RowVectorXd x = cohort.occupancy.row(k), years = x * over.J;
    cohort.occupancy.row(k + 1) = x * over.P;
    for (Eigen::Index m = 0; m < cohort.moved.cols(); ++m) {
      const auto [r, s] = cohort.moves[static_cast<std::size_t>(m)];
      cohort.moved(k, m) = years[r] * Q(r, s);
      cohort.movers(k, m) = x[r] * over.P(r, s);
    }
    cohort.intensities.push_back(Q);
  }
  return cohort;
}

accrued accrue(const closed_cohort& cohort, const amounts& per,
               const accounting_settings& settings) {
  const auto K = cohort.occupancy.rows() - 1, n = cohort.occupancy.cols();
  check_discount(settings.discount, "accrue");
  if (settings.cycle_length != cohort.cycle_length) {
    reject("E-GRID", "accrue", "cycles of " + shown(settings.cycle_length) + " years",
           "the cohort was followed in cycles of " + shown(cohort.cycle_length),
           "Use the cohort's cycle length");
  }
  const bool by_cycle = per.state.rows() > 1;
  if (per.state.size() > 0 && (per.state.cols() != n || (by_cycle && per.state.rows() != K))) {
    reject("E-SHAPE", "accrue",
           "amounts per state are " + std::to_string(per.state.rows()) + " x " +
               std::to_string(per.state.cols()),
           "the cohort has " + std::to_string(K) + " cycles and " + std::to_string(n) + " states",
           "Give one row for all cycles, or one for each");
  }
  bool finite = per.state.allFinite() && std::isfinite(per.entry) && std::isfinite(per.newcomers);
  for (const auto& one : per.move) finite = finite && std::isfinite(one.amount);
  for (const auto& one : per.once) {
    finite = finite && std::isfinite(one.amount) && std::isfinite(one.years) && one.years >= 0;
  }
  if (!finite) {
    reject("E-NUM", "accrue", "an amount or its date is not finite, or before the start",
           "every amount needs a number", "Mend it; 0 for what costs nothing");
  }
  // The position of each priced move among those that somebody makes.
  std::vector<std::pair<Eigen::Index, double>> priced;
  for (const auto& [move, amount] : per.move) {
    const auto at = std::find(cohort.moves.begin(), cohort.moves.end(), move);
    if (at == cohort.moves.end()) {
      reject("E-STATE-UNKNOWN", "accrue",
             "there is an amount for the move from state " + std::to_string(move.from) +
                 " to state " + std::to_string(move.to),
             "nobody can make that move", "Remove it, or give it a rate");
    }
    priced.emplace_back(at - cohort.moves.begin(), amount);
  }
  const auto& counts = per.count_movers ? cohort.movers : cohort.moved;

  accrued sum;
  sum.entry = per.entry * (per.newcomers < 0 ? cohort.persons : per.newcomers);
  for (const auto& one : per.once) {
    sum.once += one.amount * std::pow(1 + settings.discount, -one.years);
  }
  if (settings.convention == accounting::continuous) {
    if (cohort.intensities.empty() && K > 0) {
      reject("E-ACCOUNTING", "accrue",
             "the continuous convention was asked for on a chain in discrete time",
             "where people are between the ends of cycles is not known there",
             "Follow the cohort at intensities, or choose another convention");
    }
    if (per.count_movers && !priced.empty()) {
      reject("E-ACCOUNTING", "accrue", "one move a cycle was asked for in continuous accounting",
             "movers are found at the ends of cycles", "Count the moves themselves");
    }
    const double force = std::log1p(settings.discount);
    const auto v = discount_factors(settings.discount, static_cast<int>(K), cohort.cycle_length);
    for (Eigen::Index k = 0; k < K; ++k) {
      const auto& Q = cohort.intensities[static_cast<std::size_t>(k)];
      const auto over = integrate_occupancy(Q, cohort.cycle_length, force);
      const Eigen::RowVectorXd years = v[k] * cohort.occupancy.row(k) * over.J;
      if (per.state.size() > 0) sum.states += years.dot(per.state.row(by_cycle ? k : 0));
      for (const auto& [m, amount] : priced) {
        const auto [r, s] = cohort.moves[static_cast<std::size_t>(m)];
        sum.moves += amount * years[r] * Q(r, s);
      }
    }
    return sum;
  }
  const auto w = weights_of(settings, static_cast<int>(K));
  for (Eigen::Index k = 0; k < K; ++k) {
    if (per.state.size() > 0) {
      const auto cost = per.state.row(by_cycle ? k : 0);
      sum.states += w.first[k] * cohort.occupancy.row(k).dot(cost) +
                    w.last[k] * cohort.occupancy.row(k + 1).dot(cost);
    }
    for (const auto& [m, amount] : priced) sum.moves += amount * w.event[k] * counts(k, m);
  }
  return sum;
}

}  // namespace kohort
