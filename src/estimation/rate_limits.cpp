#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include <kohort/estimation/detail/rate_limits.hpp>
#include <kohort/estimation/detail/recession.hpp>

namespace kohort::detail {

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double bound_drop = 2.995732273553991;  // -log .05
constexpr double few_events = 0.1;                // expected; below, a rate may be on its way to 0
constexpr double many_moves = 10;                 // a mean gap; above, it may be growing forever
constexpr double no_bound = 100;                  // moves a mean gap; further no bound is sought
constexpr double absurd_spread = 45;              // of log rates, over the design rows
constexpr double hardly_any = 1e-6;               // expected events, where the slope at 0 is taken

/// What the search of rates at the end of their range and that of their bounds both need.
class rate_search {
 public:
  explicit rate_search(const search_problem& problem, std::vector<std::size_t> active = {})
      : problem_(problem),
        wanted_(problem.wanted),
        rows_(problem.rows),
        all_(problem.free),
        limits_(problem, std::move(active)) {
    const auto& tables = wanted_.tables();
    mean_gap_ = tables.person_years / tables.weight;
    // A phase may be far shorter than the mean gap, as long as some gaps are as short.
    if (!wanted_.intensities().phases.empty()) {
      for (const double elapsed : tables.hidden.elapsed) {
        if (elapsed > 0) mean_gap_ = std::min(mean_gap_, elapsed);
      }
    }
  }

  [[nodiscard]] int transitions() const { return rows_.transitions(); }
  [[nodiscard]] Eigen::Index intercept(int k) const {
    return rows_.where().starts[static_cast<std::size_t>(k)];
  }

  /// The rates that go to 0 or to infinity together with rate k: those whose intercepts are tied to
  /// its own. None if its intercept is fixed, or tied to something else besides.
  [[nodiscard]] std::vector<int> together(int k) const {
    const auto column = column_of(k);
    if (!column) return {};
    std::vector<int> found;
    Eigen::Index tied = 0;
    for (int l = 0; l < transitions(); ++l) {
      const auto i = intercept(l);
      if (all_.A(i, *column) == 0) continue;
      if (column_of(l) != column || all_.A(i, *column) * all_.A(intercept(k), *column) < 0)
        return {};
      found.push_back(l);
    }
    for (Eigen::Index i = 0; i < all_.A.rows(); ++i) tied += all_.A(i, *column) != 0;
    return tied == static_cast<Eigen::Index>(found.size()) ? found : std::vector<int>{};
  }

  /// Adds to log q_k, and to the rates tied to it what goes with that.
  void raise(Eigen::VectorXd& theta, int k, double by) const {
    const auto column = *column_of(k);
    theta += all_.A.col(column) * (by / all_.A(intercept(k), column));
  }

  /// Coefficients with a rate at this value where all its own effects are 0.
  void set_rate(Eigen::VectorXd& theta, int k, double log_rate) const {
    const auto column = *column_of(k);
    for (const int l : together(k)) {
      const double share = all_.A(intercept(l), column) / all_.A(intercept(k), column);
      const double offset = all_.b[intercept(l)] - share * all_.b[intercept(k)];
      theta[intercept(l)] = share * log_rate + offset;
    }
  }

  /// Sets to 0 the effects that act on these rates alone.
  void clear_effects(Eigen::VectorXd& theta, const std::vector<int>& rates) const {
    auto ends = std::vector<rate_end>(static_cast<std::size_t>(transitions()), rate_end::inside);
    for (const int l : rates) ends[static_cast<std::size_t>(l)] = rate_end::zero;
    const auto columns = held(ends);
    for (Eigen::Index j = 0; j < all_.A.cols(); ++j) {
      const auto i = all_.free[static_cast<std::size_t>(j)];
      if (!columns[static_cast<std::size_t>(j)] || is_intercept(i)) continue;
      theta -= all_.A.col(j) * theta[i];
    }
  }

  /// What varies when these rates are at the end of their range.
  [[nodiscard]] free_coefficients rest(const std::vector<rate_end>& ends,
                                       const Eigen::VectorXd& theta) const {
    auto left = hold(all_, held(ends), theta);
    for (int k = 0; k < transitions(); ++k) {
      if (ends[static_cast<std::size_t>(k)] != rate_end::zero) continue;
      left.A.row(intercept(k)).setZero();
      left.b[intercept(k)] = -infinity;
    }
    return left;
  }

  maximum search(Eigen::VectorXd& theta, const free_coefficients& left, int iterations,
                 const std::function<bool(const Eigen::VectorXd&, int)>& go_on) {
    return limits_.run(theta, left, iterations, go_on);
  }

  /// Whether a limit or a prior keeps a rate from going to 0, or to infinity. An upper limit on the
  /// rate alone does not keep it from 0.
  [[nodiscard]] bool kept(int k, rate_end from) const {
    const auto i = intercept(k);
    if (wanted_.prior().on(i)) return true;
    const auto tied = together(k);
    for (Eigen::Index r = 0; r < problem_.limits.rows.rows(); ++r) {
      if (problem_.limits.rows(r, i) == 0) continue;
      const auto along = change(r, k);
      if (!on_rates_alone(r, tied) || (from == rate_end::zero ? along > 0 : along < 0)) return true;
    }
    return false;
  }

  /// The highest log rate that limits on the rate alone permit.
  [[nodiscard]] double highest(int k) const {
    double found = infinity;
    const auto tied = together(k);
    for (Eigen::Index r = 0; r < problem_.limits.rows.rows(); ++r) {
      if (problem_.limits.rows(r, intercept(k)) == 0 || !on_rates_alone(r, tied)) continue;
      const double along = change(r, k);
      if (!(along < 0)) continue;
      Eigen::VectorXd at = Eigen::VectorXd::Zero(all_.A.rows());
      set_rate(at, k, 0);
      found = std::min(found,
                       (problem_.limits.values[r] - problem_.limits.rows.row(r).dot(at)) / along);
    }
    return found;
  }

  /// Limits on this rate alone.
  [[nodiscard]] std::vector<std::size_t> own_limits(int k) const {
    std::vector<std::size_t> found;
    const auto tied = together(k);
    for (Eigen::Index r = 0; r < problem_.limits.rows.rows(); ++r) {
      if (problem_.limits.rows(r, intercept(k)) != 0 && on_rates_alone(r, tied))
        found.push_back(static_cast<std::size_t>(r));
    }
    return found;
  }

  [[nodiscard]] active_set& limits() { return limits_; }

  /// Whether the objective does not rise where these rates leave 0, for whichever of their design
  /// rows: for each of their own effects also with the rate at one end of it alone.
  [[nodiscard]] bool highest_at_zero(Eigen::VectorXd theta, int k) const {
    const auto rates = together(k);
    clear_effects(theta, rates);
    const auto falls = [&](Eigen::VectorXd at) {
      set_rate(at, k, 0);
      double events = 0;
      for (const int l : rates) events += rows_.expected(at, l).events;
      if (!(events > 0) || !std::isfinite(events)) return true;
      set_rate(at, k, std::log(hardly_any / events));
      const auto found = wanted_.slope(at);
      if (!std::isfinite(found.value)) return false;
      double slope = 0;
      for (const int l : rates) slope += found.gradient[intercept(l)];
      return slope <= 1e-9 * hardly_any;
    };
    if (!falls(theta)) return false;
    for (const int l : rates) {
      const auto width = rows_.where().starts[static_cast<std::size_t>(l) + 1] - intercept(l);
      for (Eigen::Index c = 1; c < width; ++c) {
        double largest = 0;
        rows_.for_each(l, [&](const risk_row& row) {
          largest = std::max(largest, std::abs(row.x[static_cast<std::size_t>(c)]));
        });
        if (!all_.A.cols() || !owned(intercept(l) + c, rates) || largest == 0) continue;
        for (const double side : {1.0, -1.0}) {
          auto at = theta;
          at[intercept(l) + c] += side * 25 / largest;
          if (!falls(at)) return false;
        }
      }
    }
    return true;
  }

  [[nodiscard]] double mean_gap() const { return mean_gap_; }
  [[nodiscard]] const search_problem& problem() const { return problem_; }
  [[nodiscard]] const risk_rows& rows() const { return rows_; }
  [[nodiscard]] const objective& wanted() const { return wanted_; }

 private:
  [[nodiscard]] bool is_intercept(Eigen::Index i) const {
    const auto& starts = rows_.where().starts;
    return std::binary_search(starts.begin(), starts.end() - 1, static_cast<int>(i));
  }

  /// Whether a limit speaks of these rates and of nothing else.
  [[nodiscard]] bool on_rates_alone(Eigen::Index limit, const std::vector<int>& rates) const {
    for (Eigen::Index i = 0; i < all_.A.rows(); ++i) {
      if (problem_.limits.rows(limit, i) == 0 || all_.A.row(i).cwiseAbs().maxCoeff() == 0) continue;
      if (std::none_of(rates.begin(), rates.end(), [&](int l) { return intercept(l) == i; }))
        return false;
    }
    return !rates.empty();
  }

  /// By how much the left side of a limit changes with log q_k and the rates tied to it.
  [[nodiscard]] double change(Eigen::Index limit, int k) const {
    const auto column = column_of(k);
    if (!column) return 0;
    return problem_.limits.rows.row(limit).dot(all_.A.col(*column)) / all_.A(intercept(k), *column);
  }

  /// The one free coefficient that an intercept depends on.
  [[nodiscard]] std::optional<Eigen::Index> column_of(int k) const {
    std::optional<Eigen::Index> found;
    for (Eigen::Index j = 0; j < all_.A.cols(); ++j) {
      if (all_.A(intercept(k), j) == 0) continue;
      if (found) return {};
      found = j;
    }
    return found;
  }

  /// The transition to which a coefficient belongs; none for what is no part of an intensity.
  [[nodiscard]] std::optional<int> transition_of(Eigen::Index i) const {
    const auto& starts = rows_.where().starts;
    if (i >= starts.back()) return {};
    return static_cast<int>(std::upper_bound(starts.begin(), starts.end(), static_cast<int>(i)) -
                            starts.begin()) -
           1;
  }

  /// Columns of A that act on rates at the end of their range alone.
  [[nodiscard]] std::vector<char> held(const std::vector<rate_end>& ends) const {
    std::vector<char> columns(static_cast<std::size_t>(all_.A.cols()), 1);
    for (Eigen::Index j = 0; j < all_.A.cols(); ++j) {
      for (Eigen::Index i = 0; i < all_.A.rows(); ++i) {
        if (all_.A(i, j) == 0) continue;
        const auto k = transition_of(i);
        if (!k || ends[static_cast<std::size_t>(*k)] == rate_end::inside)
          columns[static_cast<std::size_t>(j)] = 0;
      }
    }
    return columns;
  }

  /// Whether an effect is free and acts on these rates alone.
  [[nodiscard]] bool owned(Eigen::Index i, const std::vector<int>& rates) const {
    if (!(all_.A.row(i).cwiseAbs().maxCoeff() > 0)) return false;
    for (Eigen::Index j = 0; j < all_.A.cols(); ++j) {
      if (all_.A(i, j) == 0) continue;
      for (Eigen::Index r = 0; r < all_.A.rows(); ++r) {
        const auto k = transition_of(r);
        if (all_.A(r, j) != 0 && (!k || std::find(rates.begin(), rates.end(), *k) == rates.end()))
          return false;
      }
    }
    return true;
  }

  const search_problem& problem_;
  const objective& wanted_;
  const risk_rows& rows_;
  const free_coefficients& all_;
  active_set limits_;
  double mean_gap_ = 0;
};

/// The search itself: steps until a rate leaves its range, a decision about that rate, and on.
class located_search {
 public:
  located_search(rate_search& rates, const Eigen::VectorXd& start) : rates_(rates) {
    found_.theta = rates.limits().start(start);
    const auto K = static_cast<std::size_t>(rates.transitions());
    found_.ends.assign(K, rate_end::inside);
    settled_.assign(K, 0);
    spread_.assign(K, 0);
    for (int k = 0; k < rates.transitions(); ++k) {
      const auto tied = rates.together(k);
      for (const auto end : {rate_end::zero, rate_end::infinite}) {
        const bool free = !tied.empty() && std::none_of(tied.begin(), tied.end(),
                                                        [&](int l) { return rates.kept(l, end); });
        (end == rate_end::zero ? may_vanish_ : may_grow_).push_back(free);
      }
    }
  }

  located run(int iterations, int* steps) {
    zero_where_nobody_moved();
    const auto rounds = 2 * found_.ends.size() + rates_.problem().free.free.size() + 41;
    for (std::size_t round = 0; round < rounds; ++round) {
      candidate_.reset();
      spreading_.reset();
      found_.free = without_held(rates_.rest(found_.ends, found_.theta));
      const auto last = rates_.search(found_.theta, found_.free, iterations - found_.iterations,
                                      [&](const Eigen::VectorXd& theta, int taken) {
                                        if (steps) *steps = found_.iterations + taken;
                                        return taken < 2 || watch(theta);
                                      });
      found_.value = last.value;
      found_.verdict = last.verdict;
      found_.gap = last.gap;
      found_.iterations += last.iterations;
      found_.evaluations += last.evaluations;
      if (steps) *steps = found_.iterations;
      if (last.verdict == search_verdict::stopped && candidate_) {
        settle(*candidate_);
        continue;
      }
      if (release_one() || join_infinite()) continue;
      found_.free = rates_.limits().beside(found_.free);
      found_.curvature = rates_.wanted().curvature(found_.theta);
      if (follow_recession()) continue;
      if (last.verdict != search_verdict::stopped) break;
      spread_[static_cast<std::size_t>(*spreading_)] = 1;  // it is as large as it looks
    }
    found_.active = rates_.limits().active();
    return found_;
  }

 private:
  [[nodiscard]] rate_end& end(int k) { return found_.ends[static_cast<std::size_t>(k)]; }
  [[nodiscard]] bool open(int k, rate_end to) const {
    const auto at = static_cast<std::size_t>(k);
    return (to == rate_end::zero ? may_vanish_ : may_grow_)[at] &&
           found_.ends[at] == rate_end::inside;
  }

  /// Moves whose every chance was watched, and that nobody made: the rate is 0, without a search.
  void zero_where_nobody_moved() {
    const auto& tables = rates_.wanted().tables();
    if (tables.exact.intervals != tables.intervals) return;
    const auto K = static_cast<std::size_t>(rates_.transitions());
    std::vector<char> made(K, 0);
    for (std::size_t i = 0; i < tables.exact.events.size(); ++i)
      made[i % K] |= tables.exact.events[i] > 0;
    for (int k = 0; k < rates_.transitions(); ++k) {
      if (open(k, rate_end::zero) && !made[static_cast<std::size_t>(k)] &&
          rates_.highest_at_zero(found_.theta, k))
        put_to_zero(k);
    }
  }

  void put_to_zero(int k) {
    const auto tied = rates_.together(k);
    for (const int l : tied) rates_.limits().release(rates_.intercept(l));
    rates_.clear_effects(found_.theta, tied);
    rates_.set_rate(found_.theta, k, -infinity);
    for (const int l : tied) end(l) = rate_end::zero;
  }

  /// The rate stays where the objective has come to its limit.
  void put_to_infinity(int k) {
    const auto& wanted = rates_.wanted();
    double before = wanted.value(found_.theta);
    for (int i = 0; i < 8; ++i) {
      auto further = found_.theta;
      rates_.raise(further, k, std::log(4.0));
      const double there = wanted.value(further);
      if (!(there > before + 1e-12 * (1 + std::abs(before)))) break;
      found_.theta = further;
      before = there;
    }
    for (const int l : rates_.together(k)) end(l) = rate_end::infinite;
  }

  void mark_settled(int k) {
    for (const int l : rates_.together(k)) settled_[static_cast<std::size_t>(l)] = 1;
  }

  /// Stops the search when a rate leaves the range in which an estimate makes sense.
  bool watch(const Eigen::VectorXd& theta) {
    for (int k = 0; k < rates_.transitions(); ++k) {
      const bool down = open(k, rate_end::zero), up = open(k, rate_end::infinite);
      if (!down && !up) continue;
      const auto [events, least, largest] = rates_.rows().expected(theta, k);
      if (!spread_[static_cast<std::size_t>(k)] && std::log(largest / least) > absurd_spread) {
        spreading_ = k;
        return false;
      }
      const double moves = least * rates_.mean_gap();
      const bool settled = settled_[static_cast<std::size_t>(k)] != 0;
      if ((up && moves > no_bound) ||
          (!settled && ((down && events < few_events) || (up && moves > many_moves)))) {
        candidate_ = k;
        return false;
      }
    }
    return true;
  }

  /// What is left when coefficients that have no finite estimate stay where they are.
  [[nodiscard]] free_coefficients without_held(const free_coefficients& left) const {
    std::vector<char> columns;
    for (const auto i : left.free)
      columns.push_back(std::find(held_.begin(), held_.end(), i) != held_.end());
    return hold(left, columns, found_.theta);
  }

  /// Coefficients that matter in a direction, by the log rates that they change.
  [[nodiscard]] std::vector<Eigen::Index> taking_part(const Eigen::VectorXd& direction) const {
    const auto& rows = rates_.rows();
    std::vector<Eigen::Index> found;
    for (Eigen::Index i = 0; i < direction.size(); ++i) {
      if (direction[i] == 0) continue;
      Eigen::VectorXd alone = Eigen::VectorXd::Zero(direction.size());
      alone[i] = direction[i];
      if (rows.largest_change(alone) > 0.05) found.push_back(i);
    }
    return found;
  }

  /// Whether the objective rises for ever in some direction: the effects in it are held far out, or
  /// the rates put to the end of their range.
  bool follow_recession() {
    const auto rising =
        find_recession(rates_.problem(), found_.free, found_.theta, found_.value, found_.curvature);
    if (!rising) return false;
    const auto part = taking_part(rising->direction);
    std::vector<Eigen::Index> effects;
    const auto& starts = rates_.rows().where().starts;
    for (const auto i : part) {
      if (!std::binary_search(starts.begin(), starts.end() - 1, static_cast<int>(i)))
        effects.push_back(i);
    }
    if (rising->flat || !effects.empty()) {
      auto& named = rising->flat ? found_.invisible : found_.separated;
      const auto& chosen = rising->flat ? part : effects;
      named.insert(named.end(), chosen.begin(), chosen.end());
      for (int far = 0; !rising->flat && far < 8; ++far) {
        const Eigen::VectorXd further = found_.theta + 3 * rising->direction;
        const double there = rates_.wanted().value(further);
        if (!(there >= found_.value - 1e-11 * (1 + std::abs(found_.value)))) break;
        const bool enough = there - found_.value < 1e-10;
        found_.theta = further;
        found_.value = there;
        if (enough) break;
      }
      const auto before = held_.size();
      for (Eigen::Index j = 0; j < found_.free.A.cols(); ++j) {
        for (const auto i : chosen) {
          if (found_.free.A(i, j) == 0) continue;
          held_.push_back(found_.free.free[static_cast<std::size_t>(j)]);
          break;
        }
      }
      return held_.size() > before;
    }
    bool any = false;
    for (const auto i : part) {
      const int k = static_cast<int>(
          std::lower_bound(starts.begin(), starts.end(), static_cast<int>(i)) - starts.begin());
      const bool up = rising->direction[i] > 0;
      if (!open(k, up ? rate_end::infinite : rate_end::zero)) continue;
      any = true;
      if (up) {
        put_to_infinity(k);
      } else {
        put_to_zero(k);
      }
    }
    return any;
  }

  /// Decides about a rate on its way to 0 or to infinity.
  void settle(int k) {
    if (open(k, rate_end::zero) && rates_.rows().expected(found_.theta, k).events < few_events) {
      if (rates_.highest_at_zero(found_.theta, k)) {
        put_to_zero(k);
        return;
      }
    } else if (settled_[static_cast<std::size_t>(k)] || rises_far_on(k)) {
      put_to_infinity(k);
      return;
    }
    mark_settled(k);
  }

  /// A first guess: whether the objective does not fall when a rate is raised.
  [[nodiscard]] bool rises_far_on(int k) const {
    const double here = rates_.wanted().value(found_.theta);
    auto further = found_.theta;
    rates_.raise(further, k, std::log(4.0));
    return rates_.wanted().value(further) >= here - 1e-9 * std::abs(here);
  }

  /// Whether a large rate goes to infinity together with one that is held there.
  bool join_infinite() {
    const auto& wanted = rates_.wanted();
    for (int k = 0; k < rates_.transitions(); ++k) {
      if (end(k) != rate_end::infinite) continue;
      for (int l = 0; l < rates_.transitions(); ++l) {
        if (end(l) != rate_end::inside || rates_.kept(l, rate_end::infinite) ||
            rates_.together(l).empty() ||
            !(rates_.rows().expected(found_.theta, l).least_rate * rates_.mean_gap() > 1))
          continue;
        auto further = found_.theta;
        double before = found_.value;
        bool falls = false;
        for (int i = 0; i < 4 && !falls; ++i) {
          rates_.raise(further, k, std::log(4.0));
          rates_.raise(further, l, std::log(4.0));
          const double there = wanted.value(further);
          falls = !(there >= before - 1e-11 * (1 + std::abs(before)));
          before = there;
        }
        if (falls) continue;
        put_to_infinity(l);
        return true;
      }
    }
    return false;
  }

  /// Whether the objective rises after all from a rate that was put to 0 or to infinity.
  bool release_one() {
    for (int k = 0; k < rates_.transitions(); ++k) {
      if (end(k) != rate_end::zero || rates_.highest_at_zero(found_.theta, k)) continue;
      for (const int l : rates_.together(k)) end(l) = rate_end::inside;
      rates_.set_rate(found_.theta, k, std::log(0.5 / rates_.rows().years(k)));
      mark_settled(k);
      return true;
    }
    for (int k = 0; k < rates_.transitions(); ++k) {
      if (end(k) != rate_end::infinite) continue;
      const auto tied = rates_.together(k);
      const auto slope = rates_.wanted().slope(found_.theta);
      double up = 0;
      for (const int l : tied) up += slope.gradient[rates_.intercept(l)];
      if (up > 1e-7 && ++pushes_ <= 40 &&
          rates_.rows().expected(found_.theta, k).least_rate * rates_.mean_gap() <
              1e6) {  // not yet at its limit
        rates_.raise(found_.theta, k, std::log(8.0));
        return true;
      }
      if (up >= -3e-6) continue;
      for (const int l : tied) {  // with the other coefficients at their best, it falls
        end(l) = rate_end::inside;
        may_vanish_[static_cast<std::size_t>(l)] = may_grow_[static_cast<std::size_t>(l)] = 0;
      }
      rates_.set_rate(found_.theta, k, std::log(many_moves / rates_.mean_gap()));
      return true;
    }
    return false;
  }

  rate_search& rates_;
  located found_;
  std::vector<char> settled_;  // rates that left their range and were found not to belong there
  std::vector<char> may_vanish_, may_grow_;  // rates that may be put to 0, or to infinity
  std::vector<char> spread_;        // transitions whose rates differ absurdly, and rightly so
  std::vector<Eigen::Index> held_;  // coefficients without a finite estimate
  int pushes_ = 0;                  // of rates towards infinity
  std::optional<int> candidate_, spreading_;
};

/// Leaves limits out of a problem, and out of those that are active in it.
void drop_limits(search_problem& problem, std::vector<std::size_t>& active,
                 const std::vector<std::size_t>& dropped) {
  if (dropped.empty()) return;
  const auto all = problem.limits;
  std::vector<std::size_t> place(all.words.size(), all.words.size()), still;
  problem.limits.words.clear();
  for (std::size_t r = 0; r < all.words.size(); ++r) {
    if (std::find(dropped.begin(), dropped.end(), r) != dropped.end()) continue;
    place[r] = problem.limits.words.size();
    const auto to = static_cast<Eigen::Index>(place[r]);
    problem.limits.rows.row(to) = all.rows.row(static_cast<Eigen::Index>(r));
    problem.limits.values[to] = all.values[static_cast<Eigen::Index>(r)];
    problem.limits.words.push_back(all.words[r]);
  }
  const auto count = static_cast<Eigen::Index>(problem.limits.words.size());
  problem.limits.rows.conservativeResize(count, all.rows.cols());
  problem.limits.values.conservativeResize(count);
  for (const auto r : active) {
    if (place[r] < all.words.size()) still.push_back(place[r]);
  }
  active = still;
}

}  // namespace

located locate(const search_problem& problem, const Eigen::VectorXd& start, int iterations,
               int* steps) {
  rate_search rates(problem);
  return located_search(rates, start).run(iterations, steps);
}

double one_sided_bound(const search_problem& given, const located& found, int transition,
                       int iterations) {
  // Limits on this rate alone only cut the bound; the search for it goes without them.
  auto problem = given;
  double highest = infinity;
  auto active = found.active;
  {
    const rate_search all(given);
    highest = all.highest(transition);
    drop_limits(problem, active, all.own_limits(transition));
  }
  rate_search rates(problem, std::move(active));
  const auto& rows = problem.rows;
  const bool upper = found.ends[static_cast<std::size_t>(transition)] == rate_end::zero;
  auto theta = found.theta;
  auto ends = found.ends;  // held where `set_rate` puts it
  for (const int l : rates.together(transition))
    ends[static_cast<std::size_t>(l)] = rate_end::infinite;
  const auto in_range = [&](const Eigen::VectorXd& at, int taken) {
    if (taken < 2) return true;
    for (int k = 0; k < rates.transitions(); ++k) {
      if (ends[static_cast<std::size_t>(k)] != rate_end::inside) continue;
      if (rows.expected(at, k).least_rate * rates.mean_gap() > no_bound) return false;
    }
    return true;
  };
  const double target = bound_drop * problem.wanted.unit();
  const auto drop = [&](double log_rate) {
    rates.set_rate(theta, transition, log_rate);
    const auto best = rates.search(theta, rates.rest(ends, theta), iterations, in_range);
    return std::min(found.value - best.value - target, 1e6);
  };
  const double direction = upper ? 1 : -1;
  double inside = upper ? std::log(target / rows.years(transition)) - 1
                        : std::min(found.theta[rates.intercept(transition)],
                                   std::log(no_bound / rates.mean_gap()));
  const double last = upper ? std::log(no_bound / rates.mean_gap()) : inside - 60;
  double below = drop(inside), outside = inside, above = below;
  while (!(above > 0)) {
    if (!((last - outside) * direction > 0)) return upper ? std::exp(highest) : 0.0;
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
  return std::exp(std::min(middle, highest));
}

}  // namespace kohort::detail
