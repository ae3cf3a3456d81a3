#include <kohort/interventions/effects.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>

#include <boost/math/tools/minima.hpp>
#include <boost/math/tools/toms748_solve.hpp>

#include <kohort/model/probability_matrix.hpp>
#include <kohort/projection/strategy.hpp>
#include <kohort/support/error.hpp>

namespace kohort {

namespace {

constexpr double farthest = 30;  // |ln R|: a factor of 1e13 is no effect of anything

[[noreturn]] void refuse(const char* where, const std::string& seen, const std::string& needed,
                         const std::string& remedy) {
  reject("E-EFFECT", where, seen, needed, remedy);
}

/// Where a function of ln R first takes a value, moving out from 0 on one side.
struct search {
  bool found = false;
  double at = 0;       // ln R
  double extreme = 0;  // otherwise: the value that came nearest
};

template <typename Function>
search first_root(const Function& f, double wanted, double from, bool rising) {
  // Walk out until the value is passed, or until it turns back: then look between.
  const double sign = rising ? 1 : -1;
  const auto short_of = [&](double y) { return sign * (wanted - y) > 0; };
  const auto root = [&](double a, double fa, double b, double fb) -> search {
    std::uintmax_t steps = 200;
    const auto g = [&](double x) { return f(x) - wanted; };
    const auto [low, high] = boost::math::tools::toms748_solve(
        g, std::min(a, b), std::max(a, b), (a < b ? fa : fb) - wanted, (a < b ? fb : fa) - wanted,
        boost::math::tools::eps_tolerance<double>(52), steps);
    return {true, std::abs(g(low)) <= std::abs(g(high)) ? low : high, wanted};
  };
  double before = from, x = from, y = f(from), y_before = y;
  if (y == wanted) return {true, from, wanted};
  double step = 0.05;
  while (std::abs(x) < farthest) {
    const double next = x + sign * step;
    const double y_next = f(next);
    if (!short_of(y_next)) return root(x, y, next, y_next);
    if (sign * (y_next - y) < 0) {  // turned: the maximum lies between `before` and `next`
      const auto opposite = [&](double z) { return -sign * f(z); };
      const auto [top, low_value] = boost::math::tools::brent_find_minima(
          opposite, std::min(before, next), std::max(before, next), 50);
      const double best = -sign * low_value;
      if (!short_of(best)) return root(before, y_before, top, best);
      return {false, top, best};
    }
    before = x;
    y_before = y;
    x = next;
    y = y_next;
    step = std::min(1.5 * step, 1.0);
  }
  return {false, x, y};
}

std::string in_words(state s, std::span<const std::string> names) {
  return s >= 0 && static_cast<std::size_t>(s) < names.size()
             ? "'" + names[static_cast<std::size_t>(s)] + "'"
             : "state " + std::to_string(s);
}

void check_move(const char* where, const intensity_matrix<>& Q, state from, state to) {
  const bool there = from >= 0 && to >= 0 && from < Q.size() && to < Q.size() && from != to;
  if (there && Q(from, to) > 0) return;
  refuse(where, "a move from state " + std::to_string(from) + " to " + std::to_string(to),
         "the model has no such move", "Name moves that can happen");
}

intensity_matrix<> scaled(const intensity_matrix<>& Q, std::span<const probability_target> targets,
                          const std::vector<double>& log_ratio) {
  Eigen::MatrixXd rates = Q.matrix();
  for (std::size_t i = 0; i < targets.size(); ++i) {
    rates(targets[i].from, targets[i].to) *= std::exp(log_ratio[i]);
  }
  return intensity_matrix<>::from_rates(rates);
}

}  // namespace

std::vector<double> ratios_for_probabilities(const intensity_matrix<>& Q,
                                             std::span<const probability_target> targets, double h,
                                             std::span<const std::string> names) {
  constexpr auto where = "ratios_for_probabilities";
  if (!(h > 0) || std::isinf(h)) {
    reject("E-TIME", where, shown(h) + " years were given", "a time above 0 is needed",
           "Give the time over which the probability is meant");
  }
  for (std::size_t i = 0; i < targets.size(); ++i) {
    check_move(where, Q, targets[i].from, targets[i].to);
    if (!(targets[i].multiplier >= 0) || std::isinf(targets[i].multiplier)) {
      refuse(where, "a multiplier of " + shown(targets[i].multiplier),
             "a number that is not negative is needed", "Give 1.4 for 40 % more");
    }
    for (std::size_t j = 0; j < i; ++j) {
      if (targets[i].from == targets[j].from && targets[i].to == targets[j].to) {
        refuse(where, "a move was given twice", "each has one multiplier", "Multiply them");
      }
    }
  }
  const auto before = transition_probability(Q, h);
  std::vector<double> log_ratio(targets.size(), 0.0);
  const auto all_ones =
      std::all_of(targets.begin(), targets.end(), [](const auto& t) { return t.multiplier == 1; });
  for (int sweep = 0; !all_ones && sweep < 500; ++sweep) {
    double moved = 0;
    for (std::size_t i = 0; i < targets.size(); ++i) {
      const auto [from, to, k] = targets[i];
      const double p = before(from, to);
      auto trial = log_ratio;
      const auto f = [&](double x) {
        trial[i] = x;
        return transition_probability(scaled(Q, targets, trial), h)(from, to);
      };
      // Out from R = 1 in the first sweep; afterwards from where it was, either way.
      const double start = log_ratio[i];
      const double wanted = k * p;
      const bool more = sweep == 0 ? k > 1 || (k == 1 && f(0) < wanted) : f(start) < wanted;
      const auto found = k == 0 ? search{} : first_root(f, wanted, start, more);
      if (!found.found) {
        reject("E-EFFECT-RANGE", where,
               "a probability of " + shown(p) + " times " + shown(k) +
                   " was asked for the move from " + in_words(from, names) + " to " +
                   in_words(to, names),
               more ? "the largest possible multiplier is " + shown(found.extreme / p)
                    : "the smallest possible multiplier is " +
                          shown(k == 0 ? 0 : found.extreme / p) + ", reached by no ratio",
               "Choose another multiplier, or multiply the intensity instead");
      }
      moved = std::max(moved, std::abs(found.at - start));
      log_ratio[i] = found.at;
    }
    if (moved <= 1e-13 || targets.size() == 1) break;
  }
  std::vector<double> ratios;
  for (const double x : log_ratio) ratios.push_back(std::exp(x));
  return ratios;
}

intensity_matrix<> with_ratios(const intensity_matrix<>& Q, std::span<const transition> moves,
                               std::span<const double> ratios) {
  if (moves.size() != ratios.size()) {
    reject("E-SHAPE", "with_ratios",
           std::to_string(moves.size()) + " moves and " + std::to_string(ratios.size()) + " ratios",
           "there is one for each", "Make them equally many");
  }
  Eigen::MatrixXd rates = Q.matrix();
  for (std::size_t i = 0; i < moves.size(); ++i) {
    check_move("with_ratios", Q, moves[i].from, moves[i].to);
    rates(moves[i].from, moves[i].to) *= ratios[i];
  }
  return intensity_matrix<>::from_rates(rates);
}

std::vector<double> ratios_for_shares(const intensity_matrix<>& Q, const Eigen::VectorXd& start,
                                      std::span<const state> inside,
                                      std::span<const transition> moves,
                                      std::span<const double> times,
                                      std::span<const double> shares) {
  constexpr auto where = "ratios_for_shares";
  if (start.size() != Q.size() || times.size() != shares.size() || times.empty()) {
    reject("E-SHAPE", where,
           std::to_string(start.size()) + " shares of a start in " + std::to_string(Q.size()) +
               " states, " + std::to_string(times.size()) + " times and " +
               std::to_string(shares.size()) + " shares wanted",
           "there is one share of the start for each state, and one wanted for each time",
           "Make them fit");
  }
  for (const auto& move : moves) check_move(where, Q, move.from, move.to);
  for (const state s : inside) {
    if (s < 0 || s >= Q.size()) {
      refuse(where, "state " + std::to_string(s), "the model has no such state", "Name others");
    }
  }
  const auto share = [&](const Eigen::RowVectorXd& x) {
    double sum = 0;
    for (const state s : inside) sum += x(s);
    return sum;
  };
  std::vector<double> ratios;
  Eigen::RowVectorXd x = start.transpose();
  double last = 0;
  for (std::size_t piece = 0; piece < times.size(); ++piece) {
    const double h = times[piece] - last;
    if (!(h > 0) || std::isinf(h)) {
      reject("E-TIME", where, "times do not rise from above 0", "they must", "Give them in order");
    }
    const auto after = [&](double log_ratio) -> Eigen::RowVectorXd {
      const std::vector<double> ratio(moves.size(), std::exp(log_ratio));
      return x * transition_probability(with_ratios(Q, moves, ratio), h).matrix();
    };
    const auto f = [&](double log_ratio) { return share(after(log_ratio)); };
    // The share falls or rises with R; the search is told which way to go by a small step.
    const double now = f(0), wanted = shares[piece];
    const bool grows = f(0.01) > now;
    const auto flipped = [&](double z) { return f(-z); };
    search found;
    if ((wanted > now) == grows) {
      found = first_root([&](double z) { return grows ? f(z) : -f(z); }, grows ? wanted : -wanted,
                         0.0, true);
    } else {
      found = first_root([&](double z) { return grows ? -flipped(z) : flipped(z); },
                         grows ? -wanted : wanted, 0.0, true);
      found.at = -found.at;
    }
    if (!found.found) {
      reject("E-EFFECT-RANGE", where,
             "a share of " + shown(wanted) + " at " + shown(times[piece]) + " years",
             "no ratio on these moves gives it; the nearest is " + shown(std::abs(found.extreme)),
             "Let the effect act on more moves, or ask for less");
    }
    ratios.push_back(std::exp(found.at));
    x = after(found.at);
    last = times[piece];
  }
  return ratios;
}

double after_odds_ratio(double p, double odds_ratio) {
  if (!(p >= 0 && p <= 1) || !(odds_ratio > 0) || std::isinf(odds_ratio)) {
    refuse("after_odds_ratio", "p = " + shown(p) + ", odds ratio " + shown(odds_ratio),
           "a probability and an odds ratio above 0 are needed", "Mend them");
  }
  return odds_ratio * p / (1 - p + odds_ratio * p);
}

double rate_ratio(double before, double after) {
  if (!(before > 0 && before < 1) || !(after >= 0 && after < 1)) {
    refuse("rate_ratio", shown(before) + " before and " + shown(after) + " after",
           "probabilities below 1 are needed, the first above 0", "Mend them");
  }
  return std::log1p(-after) / std::log1p(-before);
}

double cause_specific_ratio(double all_before, double cause_before, double all_after,
                            double cause_after) {
  const auto rate = [](double all, double cause) {
    if (!(all > 0 && all < 1 && cause >= 0 && cause <= all)) {
      refuse("cause_specific_ratio", shown(cause) + " of " + shown(all),
             "shares between 0 and 1 are needed, the cause's no larger than that of all causes",
             "Mend them");
    }
    return -std::log1p(-all) * cause / all;
  };
  const double before = rate(all_before, cause_before);
  if (before == 0) {
    refuse("cause_specific_ratio", "nobody left by this cause before", "somebody must have",
           "Use a difference instead of a ratio");
  }
  return rate(all_after, cause_after) / before;
}

std::vector<double> entry_ratios(std::span<const double> mix, std::span<const double> factors,
                                 mix_rule rule) {
  if (mix.empty() || mix.size() != factors.size()) {
    reject(
        "E-SHAPE", "entry_ratios",
        std::to_string(mix.size()) + " shares and " + std::to_string(factors.size()) + " factors",
        "there is one for each level", "Make them equally many");
  }
  double sum = 0;
  for (std::size_t j = 0; j < mix.size(); ++j) {
    if (!(mix[j] >= 0 && factors[j] >= 0) || std::isinf(mix[j]) || std::isinf(factors[j])) {
      refuse("entry_ratios", "a share of " + shown(mix[j]) + " times " + shown(factors[j]),
             "numbers that are not negative are needed", "Mend them");
    }
    sum += mix[j] * factors[j];
  }
  std::vector<double> ratios(factors.begin(), factors.end());
  if (rule == mix_rule::to_none) return ratios;
  if (!(sum > 0)) {
    refuse("entry_ratios", "nobody is left to enter", "some level must have a factor above 0",
           "Use to_none if entries are to be averted");
  }
  double before = 0;
  for (const double share : mix) before += share;
  for (auto& ratio : ratios) ratio *= before / sum;
  return ratios;
}

Eigen::MatrixXd boosted_trace(const intensity_matrix<>& Q, const Eigen::VectorXd& start,
                              const boosted_effect& effect, int months) {
  if (start.size() != Q.size() || months < 0 || months > 12'000) {
    reject("E-SHAPE", "boosted_trace",
           std::to_string(start.size()) + " shares in " + std::to_string(Q.size()) + " states, " +
               std::to_string(months) + " months",
           "there is a share for each state, and months from 0", "Make them fit");
  }
  for (const double when : effect.boosters) {
    if (!(when > 0) || when != std::floor(when)) {
      refuse("boosted_trace", "a booster after " + shown(when) + " months",
             "boosters come at whole months after the start", "Mend it");
    }
  }
  for (const state s : effect.eligible) {
    if (s < 0 || s >= Q.size()) {
      refuse("boosted_trace", "state " + std::to_string(s), "the model has no such state",
             "Name others");
    }
  }
  const int length = std::min<int>(months, static_cast<int>(std::min(effect.lasts, 1200.0)));
  const auto logs =
      length > 0 ? fading_log_ratios(effect.ratio, effect.fade, length) : std::vector<double>();
  struct copy {
    int full;  // the month in which its effect was last full
    Eigen::RowVectorXd share;
  };
  std::vector<copy> copies = {{0, start.transpose()}};
  Eigen::MatrixXd trace(months + 1, Q.size());
  trace.row(0) = start.transpose();
  for (int m = 0; m < months; ++m) {
    if (std::count(effect.boosters.begin(), effect.boosters.end(), m) > 0) {
      copy fresh{m, Eigen::RowVectorXd::Zero(Q.size())};
      for (auto& group : copies) {
        for (const state s : effect.eligible) {
          fresh.share(s) += group.share(s);
          group.share(s) = 0;
        }
      }
      copies.push_back(fresh);
    }
    trace.row(m + 1).setZero();
    for (auto& group : copies) {
      const int since = m - group.full;
      const double log_ratio =
          since < static_cast<int>(logs.size()) ? logs[static_cast<std::size_t>(since)] : 0;
      const std::vector<double> ratios(effect.moves.size(), std::exp(log_ratio));
      group.share = group.share *
                    transition_probability(with_ratios(Q, effect.moves, ratios), 1.0 / 12).matrix();
      trace.row(m + 1) += group.share;
    }
  }
  return trace;
}

}  // namespace kohort
