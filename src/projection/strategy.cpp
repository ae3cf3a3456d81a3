#include <array>
#include <cmath>
#include <utility>

#include <kohort/projection/strategy.hpp>
#include <kohort/support/error.hpp>

namespace kohort {

namespace {

constexpr double largest_log_ratio = 6.907755278982137;  // of 1,000
constexpr double longest = 200;                          // years: a clock beyond it is a mistake

/// Gauss-Legendre on [0, 1], eight nodes: (node, weight).
constexpr std::array<std::pair<double, double>, 8> nodes{
    {{0.019855071751231884, 0.050614268145188130},
     {0.101666761293186630, 0.111190517226687235},
     {0.237233795041835507, 0.156853322938943644},
     {0.408282678752175098, 0.181341891689180991},
     {0.591717321247824902, 0.181341891689180991},
     {0.762766204958164493, 0.156853322938943644},
     {0.898333238706813370, 0.111190517226687235},
     {0.980144928248768116, 0.050614268145188130}}};

[[noreturn]] void refuse(const strategy& s, const std::string& seen, const std::string& needed,
                         const std::string& remedy, const char* code = "E-STRATEGY") {
  reject(code, "strategy '" + s.name + "'", seen, needed, remedy);
}

bool share(double x) { return x >= 0 && x <= 1; }

bool some(const std::vector<double>& shares) {
  for (const double x : shares) {
    if (x > 0) return true;
  }
  return false;
}

void check_shares(const strategy& s, const std::vector<double>& shares, const std::string& what,
                  const std::vector<std::string>& states) {
  if (shares.empty()) return;
  if (shares.size() != states.size()) {
    refuse(s, what + " has " + std::to_string(shares.size()) + " shares",
           "there are " + std::to_string(states.size()) + " living states with `none`",
           "Give the share offered in each of them, 0 where nobody is");
  }
  for (std::size_t i = 0; i < shares.size(); ++i) {
    if (share(shares[i])) continue;
    refuse(s, what + " has " + shown(shares[i]) + " for '" + states[i] + "'",
           "a share lies between 0 and 1", "Mend that share");
  }
}

void check_effect(const strategy& s, const intensity_effect& e,
                  const std::vector<std::string>& states,
                  const std::vector<std::vector<bool>>& moves, int draws) {
  const int n = static_cast<int>(states.size());
  const auto in_words = [&](int state) {
    if (state == n) return std::string("death");
    return state >= 0 && state < n ? "'" + states[static_cast<std::size_t>(state)] + "'"
                                   : "state " + std::to_string(state);
  };
  const std::string which = "the effect on " + in_words(e.from) + " -> " + in_words(e.to);
  const bool known = e.from >= 0 && e.from < n && e.to >= 0 && e.to <= n && e.from != e.to;
  if (!known ||
      (e.to < n && !moves[static_cast<std::size_t>(e.from)][static_cast<std::size_t>(e.to)])) {
    refuse(s, which, "the model has no such move", "Name a move that the model permits");
  }
  const auto nobody = [](const std::vector<double>& shares) {
    return shares.empty() || !(shares[0] > 0);
  };
  if (e.from == 0 && nobody(s.enrols_stock) && nobody(s.enrols_newcomers) &&
      (some(s.enrols_stock) || some(s.enrols_newcomers))) {
    refuse(s, which + " can act on nobody", "effects act on the enrolled, and nobody in 'none' is",
           "Let it enrol those without support: enrols=\"without_support\" or \"everyone\"");
  }
  if (e.first_age > e.last_age || e.sex < -1 || e.sex > 1) {
    refuse(s,
           which + " is for ages " + std::to_string(e.first_age) + "-" +
               std::to_string(e.last_age) + " and sex " + std::to_string(e.sex),
           "the first age comes first, and sex is -1 (both), 0 (men) or 1 (women)", "Mend it");
  }
  const auto steps = e.draws > 0 ? e.log_ratio.size() / static_cast<std::size_t>(e.draws) : 0;
  if (e.draws < 1 || (e.draws != 1 && e.draws != draws) || steps == 0 ||
      e.log_ratio.size() != steps * static_cast<std::size_t>(e.draws)) {
    refuse(s,
           which + " has " + std::to_string(e.log_ratio.size()) + " ratios for " +
               std::to_string(e.draws) + " draws",
           "it needs one series for all of the " + std::to_string(draws) +
               " draws, or one of the same length for each",
           "Give a ratio for each step of its time");
  }
  if (!(e.step > 0) || !(e.step <= longest) || !(e.starts >= 0) || !(e.starts <= longest)) {
    refuse(s,
           which + " starts at " + shown(e.starts) + " with steps of " + shown(e.step) + " years",
           "it starts at 0 or later, and a step is longer than nothing; neither exceeds " +
               shown(longest) + " years",
           "Time is counted in years: a month is 1/12");
  }
  for (const double ratio : e.log_ratio) {
    if (ratio <= largest_log_ratio) continue;  // minus infinity: the move never happens
    refuse(s, which + " has the log ratio " + shown(ratio),
           "the ratio must be a number and at most 1,000",
           "Give the natural logarithm of the ratio: 0 for no effect, -infinity for never",
           "E-EFFECT-RANGE");
  }
}

}  // namespace

strategy for_everybody(std::string name, std::vector<intensity_effect> effects, int living) {
  strategy s;
  s.name = std::move(name);
  s.effects = std::move(effects);
  s.enrols_newcomers.assign(static_cast<std::size_t>(living), 1.0);
  s.enrols_stock = s.enrols_newcomers;
  return s;
}

std::vector<double> fading_log_ratios(double first, double kept, int steps) {
  const double start = std::log(first);
  if (!(first > 0) || std::abs(start) > largest_log_ratio || !(kept > 0) || !(kept <= 1) ||
      steps < 1) {
    reject("E-EFFECT-RANGE", "fading_log_ratios",
           "a first ratio of " + shown(first) + " of which " + shown(kept) +
               " is kept for each of " + std::to_string(steps) + " steps",
           "the ratio is positive, the share kept is above 0 and at most 1, and there are steps",
           "A share kept of 1 does not fade");
  }
  std::vector<double> all;
  for (int i = 0; i < steps; ++i) {
    if (kept == 1) {
      all.push_back(start);
      continue;
    }
    // The mean of exp(x(t)) over the step, from the step's own start so that little is rounded.
    const double here = start * std::pow(kept, i);
    double mean = 0;
    for (const auto& [t, weight] : nodes) {
      mean += weight * std::expm1(here * (std::pow(kept, t) - 1));
    }
    all.push_back(here + std::log1p(mean));
  }
  return all;
}

void check_strategy(const strategy& s, const std::vector<std::string>& states,
                    const std::vector<std::vector<bool>>& moves, int draws) {
  check_shares(s, s.enrols_newcomers, "enrols_newcomers", states);
  check_shares(s, s.enrols_stock, "enrols_stock", states);
  if (!share(s.uptake)) {
    refuse(s, "an uptake of " + shown(s.uptake), "it is a share between 0 and 1",
           "Give 0.6 for 60 %");
  }
  if (!(s.enrols_from >= 0) || !std::isfinite(s.enrols_from) ||
      !(s.enrols_until >= s.enrols_from)) {
    refuse(s, "enrolment from " + shown(s.enrols_from) + " until " + shown(s.enrols_until),
           "it begins at the base date or later and ends no earlier than it begins",
           "Count years from the base date");
  }
  if (!s.uptakes.empty() && s.uptakes.size() != static_cast<std::size_t>(draws)) {
    refuse(s, "an uptake for each of " + std::to_string(s.uptakes.size()) + " draws",
           "there are " + std::to_string(draws), "Give one for each, or one for all");
  }
  for (const auto* list : {&s.uptakes, &s.room}) {
    for (const double x : *list) {
      if (share(x)) continue;
      refuse(s, "a share of " + shown(x) + " of those offered",
             "uptake and room are shares between 0 and 1", "Give 0.6 for 60 %");
    }
  }
  for (const auto* list : {&s.waits, &s.boosters}) {
    for (const double x : *list) {
      if (x >= 0 && x <= longest) continue;
      refuse(s, "a wait or a booster at " + shown(x) + " years",
             "it is not before the start, and within " + shown(longest) + " years",
             "Time is counted in years: a month is 1/12");
    }
  }
  const bool limited = !s.room.empty() || !s.waits.empty();
  if (limited && ((!s.enrols_newcomers.empty() && s.enrols_newcomers[0] > 0) ||
                  (!s.enrols_stock.empty() && s.enrols_stock[0] > 0))) {
    refuse(s, "limited places offered to those in 'none'",
           "newcomers wait for a place once they have come",
           "Offer it in the levels, or microsimulate it with Places");
  }
  check_shares(s, s.boosted, "boosted", states);
  bool own = false;
  for (const auto& e : s.effects) own = own || e.clock == effect_clock::since_enrolment;
  if (!s.boosters.empty() && (!own || !some(s.boosted))) {
    refuse(s, "boosters", "they set back the clock since enrolment of some who are enrolled",
           own ? "Give `boosted` a share for some state" : "Give effects since enrolment");
  }
  for (const auto& e : s.effects) check_effect(s, e, states, moves, draws);
  if (!s.effects.empty() && !some(s.enrols_stock) && !some(s.enrols_newcomers)) {
    refuse(s, "effects, but no share of anybody is enrolled", "effects act on the enrolled alone",
           "Say in enrols whom it enrols, or give an uptake of 0 to a strategy that does nothing");
  }
}

}  // namespace kohort
