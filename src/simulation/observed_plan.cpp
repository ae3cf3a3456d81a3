#include <algorithm>
#include <cmath>
#include <numeric>

#include <kohort/simulation/detail/sights.hpp>
#include <kohort/simulation/observed_plan.hpp>
#include <kohort/support/error.hpp>
#include <kohort/support/random.hpp>

namespace kohort {

namespace {

constexpr std::ptrdiff_t enough = 5;
constexpr std::uint32_t first_index = 0xFFFFFFFBU;  // beyond any number of rows

std::int64_t millionths(double years) { return std::llround(years * 1e6); }

/// Whether all states that a row names are never left.
bool absorbed_at(const observations& seen, const model& structure, std::size_t row) {
  const state s = seen.states[row];
  if (s < structure.size()) return structure.absorbing(s);
  const auto& set = seen.sets[static_cast<std::size_t>(s - structure.size())];
  return std::ranges::all_of(set, [&](state one) { return structure.absorbing(one); });
}

/// Where somebody starts whose first row names several states: drawn with their probabilities.
state drawn_from_set(const observations& seen, const model& structure, std::size_t row,
                     double uniform) {
  const auto n = static_cast<std::size_t>(structure.size());
  const auto& set = seen.sets[static_cast<std::size_t>(seen.states[row]) - n];
  std::vector<double> weights(set.size(), 1.0);
  if (seen.start == first_state::given) {
    const auto subject = static_cast<std::size_t>(seen.subjects[row]);
    const auto at = seen.start_probabilities.size() == n ? 0 : subject * n;
    for (std::size_t i = 0; i < set.size(); ++i)
      weights[i] = seen.start_probabilities[at + static_cast<std::size_t>(set[i])];
  }
  const double sum = std::accumulate(weights.begin(), weights.end(), 0.0);
  return set[detail::drawn_by_weight(weights, sum, uniform)];
}

}  // namespace

visit_gaps::visit_gaps(const observations& seen, const model& structure) {
  double start = 0;
  for (std::size_t i = 0; i < seen.rows(); ++i) {
    if (i == 0 || seen.subjects[i] != seen.subjects[i - 1]) start = seen.times[i];
    if (seen.kinds[i] != observation_kind::panel || absorbed_at(seen, structure, i)) continue;
    sorted_.push_back(seen.elapsed(i));
    const double begins = (seen.times[i - 1] - start) / seen.units_per_year;
    sorted_at_[millionths(begins)].push_back(sorted_.back());
  }
  std::sort(sorted_.begin(), sorted_.end());
  for (auto& [begins, gaps] : sorted_at_) std::sort(gaps.begin(), gaps.end());
}

double visit_gaps::draw(double begins, double least, double uniform) const {
  const auto chosen = [&](const std::vector<double>& from, std::ptrdiff_t needed) {
    const auto longer = std::lower_bound(from.begin(), from.end(), least);
    const auto count = from.end() - longer;
    if (count < needed) return -1.0;
    return *(longer + static_cast<std::ptrdiff_t>(uniform * static_cast<double>(count)));
  };
  if (const auto at = sorted_at_.find(millionths(begins)); at != sorted_at_.end()) {
    if (const double gap = chosen(at->second, enough); gap >= 0) return gap;
  }
  const double gap = chosen(sorted_, 1);
  return gap >= 0 ? gap : least;
}

visit_plan observed_plan(const observations& seen, const model& structure,
                         std::span<const double> planned_ends, const std::vector<bool>& clocks,
                         std::uint64_t seed) {
  if (std::ranges::count(seen.kinds, observation_kind::exact_stay) > 0) {
    reject("E-KIND", "observed_plan", "some persons are known to have made no move",
           "nobody can plan to learn that", "Leave such rows out, or read them as visits");
  }
  const auto width = seen.covariate_names.size();
  if (!planned_ends.empty() && planned_ends.size() != seen.subject_count()) {
    reject("E-PLAN", "observed_plan", std::to_string(planned_ends.size()) + " planned ends",
           "there are " + std::to_string(seen.subject_count()) + " subjects",
           "Give one for each, in the order of their names");
  }
  const visit_gaps gaps(seen, structure);
  const random_stream random(seed, purpose::resampling);
  visit_plan plan;
  plan.units_per_year = seen.units_per_year;
  plan.covariate_names = seen.covariate_names;
  plan.subject_names = seen.subject_names;
  plan.sets = seen.sets;
  const auto n = structure.size();

  std::size_t first = 0;
  double begun = 0;  // the subject's first row
  while (first < seen.rows()) {
    auto end = first + 1;
    while (end < seen.rows() && seen.kinds[end] != observation_kind::start) ++end;
    const auto last = end - 1;
    if (first == 0 || seen.subjects[first] != seen.subjects[first - 1]) begun = seen.times[first];
    const auto subject = static_cast<std::uint32_t>(seen.subjects[first]);
    const bool absorbed = end > first + 1 && absorbed_at(seen, structure, last);
    const bool watched = absorbed && seen.kinds[last] == observation_kind::exact_transition;
    plan.starts.push_back(
        seen.states[first] < n
            ? seen.states[first]
            : drawn_from_set(seen, structure, first, random.uniform(subject, first_index, 0)));
    plan.subjects.push_back(seen.subjects[first]);
    const auto values = [&](std::size_t row) {
      const auto x = seen.row_covariates(row);
      plan.covariates.insert(plan.covariates.end(), x.begin(), x.end());
    };
    // A dated death is no visit, and one found dead at a visit would have been visited then.
    const bool was_visit = !absorbed || seen.kinds[last] == observation_kind::panel;
    for (auto row = first; row < (was_visit ? end : last); ++row) {
      plan.times.push_back(seen.times[row]);
      plan.kinds.push_back(row == first || seen.kinds[row] == observation_kind::exact_transition
                               ? seen.kinds[row]
                               : observation_kind::panel);
      values(row);
      if (seen.sets.empty()) continue;
      plan.told_within.resize(plan.times.size(), -1);
      if (seen.states[row] >= n && plan.kinds.back() != observation_kind::exact_transition)
        plan.told_within.back() = seen.states[row] - n;
    }
    if (absorbed) {
      const auto before = last - 1;  // the last row whose covariates are used
      const auto x = seen.row_covariates(before);
      const auto visit = [&](double time, observation_kind kind) {
        plan.times.push_back(time);
        plan.kinds.push_back(kind);
        const double years = (time - seen.times[before]) / seen.units_per_year;
        for (std::size_t c = 0; c < width; ++c)
          plan.covariates.push_back(x[c] + (!clocks.empty() && clocks[c] ? years : 0.0));
      };
      if (was_visit) {  // its covariates may be missing, the subject being dead
        plan.times.pop_back();
        plan.kinds.pop_back();
        plan.covariates.resize(plan.covariates.size() - width);
        visit(seen.times[last], observation_kind::panel);
      }
      const double planned = planned_ends.empty() ? NAN : planned_ends[subject];
      if (watched) {
        if (std::isnan(planned)) {
          reject("E-PLAN", "observed_plan",
                 "moves are dated, and the planned end of observation is not known",
                 "who died would have been followed until then had they lived",
                 "Say it with planned_end");
        }
        visit(std::max(planned, seen.times[last]), observation_kind::exact_transition);
      } else {
        auto draw = static_cast<std::uint32_t>(first);
        double known = (seen.times[last] - plan.times.back()) / seen.units_per_year;
        bool more = !was_visit || !std::isnan(planned);
        while (more) {
          const double begins = (plan.times.back() - begun) / seen.units_per_year;
          const double gap = gaps.draw(begins, known, random.uniform(subject, draw++, 0));
          const double time = plan.times.back() + gap * seen.units_per_year;
          if (!std::isnan(planned) && (time > planned || gap <= 0 || gaps.empty())) {
            if (known > 0 && planned > plan.times.back() && plan.times.back() < seen.times[last])
              visit(std::max(planned, seen.times[last]), observation_kind::panel);
            break;
          }
          if (time <= plan.times.back()) break;
          visit(std::max(time, seen.times[last]), observation_kind::panel);
          known = 0;
          more = !std::isnan(planned);
        }
      }
    }
    plan.first_visits.push_back(static_cast<std::int64_t>(plan.times.size()));
    first = end;
    if (!seen.sets.empty()) plan.told_within.resize(plan.times.size(), -1);
  }
  return plan;
}

}  // namespace kohort
