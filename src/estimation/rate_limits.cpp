#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include <kohort/estimation/detail/rate_search.hpp>
#include <kohort/estimation/detail/recession.hpp>

namespace kohort::detail {

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double few_events = 0.1;    // expected; below, a rate may be on its way to 0
constexpr double many_moves = 10;     // a mean gap; above, it may be growing forever
constexpr double no_bound = 100;      // moves a mean gap; further no bound is sought
constexpr double absurd_spread = 45;  // of log rates, over the design rows

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
    bool ended = false;
    for (std::size_t round = 0; round < rounds && !ended; ++round) {
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
      found_.curvature = rates_.wanted().curvature_about(found_.theta);
      if (follow_recession()) continue;
      ended = last.verdict != search_verdict::stopped;
      if (!ended) spread_[static_cast<std::size_t>(*spreading_)] = 1;  // it is as large as it looks
    }
    if (!ended) {  // rates came and went: what is left holds where the search stands
      found_.free = rates_.limits().beside(without_held(rates_.rest(found_.ends, found_.theta)));
      found_.value = rates_.wanted().value(found_.theta);
      found_.curvature = rates_.wanted().curvature_about(found_.theta);
      found_.verdict = search_verdict::no_progress;
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

}  // namespace

located locate(const search_problem& problem, const Eigen::VectorXd& start, int iterations,
               int* steps) {
  rate_search rates(problem);
  return located_search(rates, start).run(iterations, steps);
}

}  // namespace kohort::detail
