#include <algorithm>
#include <cmath>

#include <kohort/model/misclassification.hpp>
#include <kohort/simulation/detail/plan_check.hpp>
#include <kohort/support/error.hpp>
#include <kohort/support/random.hpp>

namespace kohort {

namespace {

constexpr std::uint32_t first_state_index = 0xFFFFFFFFU;  // beyond any number of moves

}  // namespace

void detail::check_plan(const intensity_model& intensities, std::span<const double> coefficients,
                        const visit_plan& plan) {
  const auto refuse = [](const char* code, const std::string& seen, const std::string& needed,
                         const std::string& remedy) {
    reject(code, "simulate", seen, needed, remedy);
  };
  const auto visits = plan.times.size();
  if (plan.first_visits.size() != plan.persons() + 1 || plan.first_visits.front() != 0 ||
      plan.first_visits.back() != static_cast<std::int64_t>(visits) ||
      (!plan.kinds.empty() && plan.kinds.size() != visits) ||
      plan.covariates.size() != visits * plan.covariate_names.size() ||
      (!plan.subjects.empty() && plan.subjects.size() != plan.persons()) ||
      (!plan.told_within.empty() && plan.told_within.size() != visits)) {
    refuse("E-MODEL", "the columns of the plan differ in length",
           "each has one value a person, or one a visit", "Mend the plan");
  }
  if (coefficients.size() != static_cast<std::size_t>(layout(intensities).size())) {
    refuse("E-MODEL", std::to_string(coefficients.size()) + " coefficients were given",
           "the model has " + std::to_string(layout(intensities).size()),
           "Give them in the order of coefficient_names");
  }
  for (const double value : coefficients) {
    if (std::isnan(value) || value > 700) {
      refuse("E-MODEL", "a coefficient is " + shown(value), "rates must be finite",
             "Mend the coefficients");
    }
  }
  const bool misread = intensities.misread.has_value();
  const bool drawn = misread && intensities.misread->start != hidden_start::seen;
  const int states = seen_count(intensities);
  for (const auto& set : plan.sets) {
    if (!set.empty() && std::ranges::all_of(set, [&](state s) { return s >= 0 && s < states; }))
      continue;
    refuse("E-MODEL", "a set of states that are not told apart is empty or has unknown states",
           "the model has " + std::to_string(states) + " states", "Number the states from 0");
  }
  for (std::size_t p = 0; p < plan.persons(); ++p) {
    const auto first = plan.first_visits[p], end = plan.first_visits[p + 1];
    const auto who = "person " + std::to_string(p);
    if (first >= end)
      refuse("E-MODEL", who + " has no visit", "the first one is the start", "Plan a visit");
    if (plan.starts[p] == drawn_start && !drawn) {
      refuse("E-START", who + " starts in a state that is to be drawn",
             "only a model whose levels may be misread from the first row on has probabilities of "
             "first states",
             "Say where persons start, or draw it from shares");
    }
    if (plan.starts[p] < drawn_start || plan.starts[p] >= states) {
      refuse("E-MODEL", who + " starts in state " + std::to_string(plan.starts[p]),
             "the model has " + std::to_string(states) + " states", "Number the states from 0");
    }
    for (auto v = first; v < end; ++v) {
      const auto at = static_cast<std::size_t>(v);
      if (!std::isfinite(plan.times[at]) || (v > first && plan.times[at] <= plan.times[at - 1])) {
        refuse("E-TIME", who + " has visits out of order",
               "each visit is after the one before it, at a finite time", "Sort the times");
      }
      if (!plan.kinds.empty() && v > first && plan.kinds[at] != observation_kind::panel &&
          plan.kinds[at] != observation_kind::exact_transition) {
        refuse("E-MODEL", who + " has a visit that is neither panel nor exact_transition",
               "these are the ways to look at the time between two visits", "Use one of them");
      }
      const bool watched =
          !plan.kinds.empty() && v > first && plan.kinds[at] == observation_kind::exact_transition;
      if (watched && misread) {
        refuse("E-MODEL", who + " is to be watched between two visits",
               "with levels that may be misread nobody knows the state all the time",
               "Plan visits (panel)");
      }
      if (!plan.told_within.empty() &&
          (plan.told_within[at] < -1 ||
           plan.told_within[at] >= static_cast<std::int32_t>(plan.sets.size()) ||
           (watched && plan.told_within[at] >= 0))) {
        refuse("E-MODEL",
               who + " has a visit told within set " + std::to_string(plan.told_within[at]),
               "it is -1 or one of the " + std::to_string(plan.sets.size()) +
                   " sets, and -1 where the state is known throughout",
               "Mend the plan");
      }
      for (std::size_t c = 0; c < plan.covariate_names.size(); ++c) {
        if (v + 1 < end && !std::isfinite(plan.covariates[at * plan.covariate_names.size() + c])) {
          refuse("E-COVARIATE", who + " lacks a value of " + plan.covariate_names[c],
                 "it acts until the next visit", "Fill it in");
        }
      }
    }
  }
}

visit_plan same_visits(std::vector<state> starts, std::span<const double> times,
                       std::vector<std::string> names, std::span<const double> covariates,
                       const std::vector<bool>& clocks) {
  const auto width = names.size();
  if (covariates.size() != starts.size() * width || clocks.size() != width) {
    reject("E-MODEL", "same_visits", std::to_string(covariates.size()) + " covariate values",
           std::to_string(starts.size()) + " persons have " + std::to_string(width) + " each",
           "Give one value for each person and name, and say which are clocks");
  }
  visit_plan plan;
  plan.starts = std::move(starts);
  plan.covariate_names = std::move(names);
  plan.times.reserve(plan.persons() * times.size());
  plan.covariates.reserve(plan.persons() * times.size() * width);
  for (std::size_t p = 0; p < plan.persons(); ++p) {
    for (const double time : times) {
      plan.times.push_back(time);
      for (std::size_t c = 0; c < width; ++c)
        plan.covariates.push_back(covariates[p * width + c] +
                                  (clocks[c] ? time - times.front() : 0.0));
    }
    plan.first_visits.push_back(static_cast<std::int64_t>(plan.times.size()));
  }
  return plan;
}

std::vector<state> draw_states(std::span<const double> shares, std::size_t persons,
                               std::uint64_t seed) {
  double sum = 0;
  for (const double share : shares) sum += share >= 0 ? share : NAN;
  if (!(std::abs(sum - 1) <= 1e-9)) {
    reject("E-SHARES", "draw_states", "the shares sum to " + shown(sum),
           "they must be 0 or more and sum to 1", "Divide them by their sum if that is meant");
  }
  const random_stream random(seed, purpose::histories);
  std::vector<state> states(persons);
  for (std::size_t p = 0; p < persons; ++p) {
    double left = random.uniform(0, static_cast<std::uint32_t>(p), first_state_index);
    std::size_t chosen = 0;
    for (std::size_t s = 0; s < shares.size(); ++s) {
      if (shares[s] == 0) continue;
      chosen = s;
      left -= shares[s];
      if (left < 0) break;
    }
    states[p] = static_cast<state>(chosen);
  }
  return states;
}

}  // namespace kohort
