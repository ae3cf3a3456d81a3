#include <algorithm>
#include <cmath>
#include <numeric>

#include <kohort/model/detail/pieces.hpp>
#include <kohort/simulation/histories.hpp>
#include <kohort/support/error.hpp>
#include <kohort/support/random.hpp>

namespace kohort {

namespace {

constexpr std::size_t persons_a_block = 1024;
constexpr std::uint32_t most_moves = 1'000'000;
constexpr std::uint32_t first_state_index = 0xFFFFFFFFU;  // beyond any number of moves

/// What a block of persons was seen to do.
struct rows {
  std::vector<std::int32_t> subjects;
  std::vector<double> times;
  std::vector<state> states;
  std::vector<observation_kind> kinds;
  std::vector<double> earliest;
  std::vector<double> covariates;
};

void check(const intensity_model& intensities, std::span<const double> coefficients,
           const visit_plan& plan) {
  const auto refuse = [](const char* code, const std::string& seen, const std::string& needed,
                         const std::string& remedy) {
    reject(code, "simulate", seen, needed, remedy);
  };
  if (intensities.hidden()) {
    refuse("E-MODEL", "the model has states with phases, or states read with error",
           "histories are simulated from the states themselves", "Simulate a model without them");
  }
  const auto visits = plan.times.size();
  if (plan.first_visits.size() != plan.persons() + 1 || plan.first_visits.front() != 0 ||
      plan.first_visits.back() != static_cast<std::int64_t>(visits) ||
      (!plan.kinds.empty() && plan.kinds.size() != visits) ||
      plan.covariates.size() != visits * plan.covariate_names.size() ||
      (!plan.subjects.empty() && plan.subjects.size() != plan.persons())) {
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
  for (std::size_t p = 0; p < plan.persons(); ++p) {
    const auto first = plan.first_visits[p], end = plan.first_visits[p + 1];
    const auto who = "person " + std::to_string(p);
    if (first >= end)
      refuse("E-MODEL", who + " has no visit", "the first one is the start", "Plan a visit");
    if (plan.starts[p] < 0 || plan.starts[p] >= intensities.structure.size()) {
      refuse("E-MODEL", who + " starts in state " + std::to_string(plan.starts[p]),
             "the model has " + std::to_string(intensities.structure.size()) + " states",
             "Number the states from 0");
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
      for (std::size_t c = 0; c < plan.covariate_names.size(); ++c) {
        if (v + 1 < end && !std::isfinite(plan.covariates[at * plan.covariate_names.size() + c])) {
          refuse("E-COVARIATE", who + " lacks a value of " + plan.covariate_names[c],
                 "it acts until the next visit", "Fill it in");
        }
      }
    }
  }
}

/// Simulates one person after the other; holds what they share and what they need for scratch.
class simulation {
 public:
  simulation(const intensity_model& intensities, std::span<const double> coefficients,
             const visit_plan& plan, const simulation_settings& settings)
      : intensities_(intensities),
        coefficients_(coefficients),
        plan_(plan),
        settings_(settings),
        where_(layout(intensities)),
        random_(settings.seed, purpose::histories),
        rates_(intensities.structure.transitions().size()),
        values_(intensities.terms.size()) {
    for (const auto& term : intensities.terms) {
      const auto& names = plan.covariate_names;
      const auto at = std::find(names.begin(), names.end(), term.column);
      if (at == names.end()) {
        reject("E-COLUMN", "simulate", "the persons have no covariate '" + term.column + "'",
               "the intensities depend on it", "Give a value for each person");
      }
      columns_.push_back(static_cast<std::size_t>(at - names.begin()));
      const bool clock = term.path != covariate_path::held;
      const auto column = columns_.back();
      if (clock && std::find(clocks_.begin(), clocks_.end(), column) == clocks_.end())
        clocks_.push_back(column);  // once, however many terms read it
      moving_ = moving_ || moves_on(term.path);
    }
    const auto& moves = intensities.structure.transitions();
    out_.resize(static_cast<std::size_t>(intensities.structure.size()));
    for (std::size_t k = 0; k < moves.size(); ++k)
      out_[static_cast<std::size_t>(moves[k].from)].push_back(k);
  }

  void person(std::size_t number, rows& seen) {
    number_ = static_cast<std::uint32_t>(number);
    moves_ = 0;
    patience_ = waiting(0);
    at_ = plan_.starts[number];
    subject_ = plan_.subjects.empty() ? static_cast<std::int32_t>(number) : plan_.subjects[number];
    const auto first = static_cast<std::size_t>(plan_.first_visits[number]);
    const auto end = static_cast<std::size_t>(plan_.first_visits[number + 1]);
    add(seen, plan_.times[first], observation_kind::start, first);
    for (std::size_t visit = first + 1; visit < end && !out_[index()].empty(); ++visit)
      until(visit, seen);
  }

 private:
  [[nodiscard]] std::size_t index() const { return static_cast<std::size_t>(at_); }

  /// Exponential with mean 1: what the rate of leaving must cumulate to before the next move.
  [[nodiscard]] double waiting(std::uint32_t move) const {
    return -std::log(random_.uniform(settings_.replicate, number_, 2 * move));
  }

  void add(rows& seen, double time, observation_kind kind, std::size_t visit) const {
    seen.subjects.push_back(subject_);
    seen.times.push_back(time);
    seen.states.push_back(at_);
    seen.kinds.push_back(kind);
    if (settings_.deaths == death_record::month) seen.earliest.push_back(NAN);
    const auto width = plan_.covariate_names.size();
    const auto row = plan_.covariates.begin() + static_cast<std::ptrdiff_t>(visit * width);
    seen.covariates.insert(seen.covariates.end(), row, row + static_cast<std::ptrdiff_t>(width));
  }

  /// From the visit before to this one.
  void until(std::size_t visit, rows& seen) {
    const auto width = plan_.covariate_names.size();
    for (std::size_t c = 0; c < values_.size(); ++c)
      values_[c] = plan_.covariates[(visit - 1) * width + columns_[c]];
    const double begins = plan_.times[visit - 1], ends = plan_.times[visit];
    const double elapsed = (ends - begins) / plan_.units_per_year;
    const bool watched =
        !plan_.kinds.empty() && plan_.kinds[visit] == observation_kind::exact_transition;
    const auto death = intensities_.structure.death();
    bool absorbed = false;
    detail::for_each_piece(
        intensities_, values_, elapsed,
        [&](double from, double to, std::span<const double> within) {
          if (absorbed) return;
          double now = from;
          while (moving_ ? waits_moving(now, to, within) : waits(now, to, within)) {
            move();
            const double time = std::min(begins + now * plan_.units_per_year, ends);
            absorbed = out_[index()].empty();
            if (watched) {
              add(seen, time, observation_kind::exact_transition, visit - 1);
              // Clocks have run on since the visit.
              const auto row = seen.covariates.size() - width;
              for (const auto c : clocks_) seen.covariates[row + c] += now;
            } else if (absorbed) {
              if (death && *death == at_ && settings_.deaths == death_record::exact) {
                add(seen, time, observation_kind::exact_death, visit - 1);
              } else if (death && *death == at_ && settings_.deaths == death_record::month) {
                const double month = plan_.units_per_year / 12;
                const double from_month = std::floor(time / month) * month;
                add(seen, from_month + month, observation_kind::window_death, visit - 1);
                seen.earliest.back() = from_month;
              } else {
                add(seen, ends, observation_kind::panel, visit);
              }
            }
            if (absorbed) return;
          }
        });
    if (!absorbed) {
      add(seen, ends, watched ? observation_kind::exact_transition : observation_kind::panel,
          visit);
    }
  }

  [[nodiscard]] double leaving() const {
    double rate = 0;
    for (const auto k : out_[index()]) rate += rates_[k];
    return rate;
  }

  /// Lets time pass until the next move, which is before `to`, or until then: false.
  bool waits(double& now, double to, std::span<const double> within) {
    find_rates(within);
    const double rate = leaving();
    if (rate == 0) return false;
    if (patience_ > rate * (to - now)) {
      patience_ -= rate * (to - now);
      return false;
    }
    now = std::min(now + patience_ / rate, to);
    return true;
  }

  /// The same where clocks move all the time.
  bool waits_moving(double& now, double to, std::span<const double> within) {
    while (now < to) {
      const double step = std::min(to - now, longest_step(now));
      const double end = step < to - now ? now + step : to;
      const double whole = cumulated(now, end, within);
      if (patience_ > whole) {
        patience_ -= whole;
        now = end;
        continue;
      }
      // Regula falsi in the Illinois form: the cumulated rate is nearly a straight line.
      double low = now, high = end, below = -patience_, above = whole - patience_;
      int side = 0;  // of the end moved last: the other's weight is halved if it stays twice
      for (int i = 0; i < 60 && high - low > 1e-14 * (1 + end); ++i) {
        const double at = above > below ? (low * above - high * below) / (above - below) : high;
        const double value = cumulated(now, at, within) - patience_;
        if (std::abs(value) < 1e-14 * (1 + patience_)) {
          high = at;
          break;
        }
        if (value < 0) {
          low = at;
          below = value;
          if (side < 0) above /= 2;
          side = -1;
        } else {
          high = at;
          above = value;
          if (side > 0) below /= 2;
          side = 1;
        }
      }
      now = high;
      moving_rates(now, within);
      return true;
    }
    return false;
  }

  /// Half a year, less where a clock of a Weibull term stands near 0.
  [[nodiscard]] double longest_step(double now) const {
    double step = 0.5;
    for (std::size_t c = 0; c < values_.size(); ++c) {
      if (intensities_.terms[c].path == covariate_path::weibull)
        step = std::min(step, std::max(values_[c] + now, 0.01));
    }
    return step;
  }

  /// Integral of the rate of leaving, Gauss-Legendre of 8 points; from where a Weibull clock is 0
  /// after the substitution z = u^4, which takes its root out.
  double cumulated(double from, double to, std::span<const double> within) {
    constexpr double nodes[] = {.1834346424956498, .5255324099163290, .7966664774136267,
                                .9602898564975363};
    constexpr double weights[] = {.3626837833783620, .3137066458778873, .2223810344533745,
                                  .1012285362903763};
    bool rooted = false;
    for (std::size_t c = 0; c < values_.size(); ++c) {
      rooted = rooted ||
               (intensities_.terms[c].path == covariate_path::weibull && values_[c] + from < 0.01);
    }
    double sum = 0;
    for (int i = 0; i < 4; ++i) {
      for (const double side : {-1.0, 1.0}) {
        const double u = (1 + side * nodes[i]) / 2;
        const double share = rooted ? u * u * u * u : u;
        moving_rates(from + share * (to - from), within);
        sum += weights[i] * leaving() * (rooted ? 4 * u * u * u : 1.0);
      }
    }
    return sum * (to - from) / 2;
  }

  void moving_rates(double after, std::span<const double> within) {
    last_.assign(within.begin(), within.end());
    for (std::size_t c = 0; c < last_.size(); ++c) {
      if (moves_on(intensities_.terms[c].path)) last_[c] = values_[c] + after;
    }
    rates_at(where_, coefficients_, design_row(intensities_, last_), rates_);
    check_rates();
  }

  void check_rates() const {
    for (const double rate : rates_) {
      if (!std::isfinite(rate)) {
        reject("E-MODEL", "simulate", "a person has a rate of " + shown(rate),
               "rates must be finite", "Mend the coefficients or the covariates");
      }
    }
  }

  void move() {
    const double exit = leaving();
    const auto& moves = intensities_.structure.transitions();
    const auto& ways = out_[index()];
    double left = random_.uniform(settings_.replicate, number_, 2 * moves_ + 1) * exit;
    std::size_t chosen = ways.size();
    for (std::size_t i = 0; i < ways.size(); ++i) {
      if (rates_[ways[i]] == 0) continue;
      chosen = i;  // rounding may leave a crumb behind the last way: then it is the last that is
      left -= rates_[ways[i]];
      if (left < 0) break;
    }
    at_ = moves[ways[chosen]].to;
    patience_ = waiting(++moves_);
    if (moves_ < most_moves) return;
    reject("E-MODEL", "simulate", "a person has moved " + std::to_string(moves_) + " times",
           "rates this high leave no histories to look at", "Measure time in years");
  }

  void find_rates(std::span<const double> within) {
    if (known_ && std::equal(within.begin(), within.end(), last_.begin(), last_.end())) return;
    last_.assign(within.begin(), within.end());
    rates_at(where_, coefficients_, design_row(intensities_, within), rates_);
    check_rates();
    known_ = true;
  }

  const intensity_model& intensities_;
  std::span<const double> coefficients_;
  const visit_plan& plan_;
  const simulation_settings& settings_;
  coefficient_layout where_;
  random_stream random_;
  std::vector<double> rates_, values_, last_;
  bool known_ = false, moving_ = false;
  std::vector<std::size_t> columns_, clocks_;
  std::vector<std::vector<std::size_t>> out_;

  std::uint32_t number_ = 0, moves_ = 0;
  std::int32_t subject_ = 0;
  state at_ = 0;
  double patience_ = 0;  // left of the exponential waiting time
};

template <class Column>
void append(Column& to, const Column& from) {
  to.insert(to.end(), from.begin(), from.end());
}

}  // namespace

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

observations simulate(const intensity_model& intensities, std::span<const double> coefficients,
                      const visit_plan& plan, const simulation_settings& settings) {
  check(intensities, coefficients, plan);
  const simulation prepared(intensities, coefficients, plan, settings);
  const auto blocks = (plan.persons() + persons_a_block - 1) / persons_a_block;
  std::vector<rows> parts(blocks);
  for_each_block(
      blocks, settings.threads,
      [&](std::size_t block) {
        auto worker = prepared;
        const auto end = std::min((block + 1) * persons_a_block, plan.persons());
        for (auto p = block * persons_a_block; p < end; ++p) worker.person(p, parts[block]);
      },
      settings.report);

  observations seen;
  seen.units_per_year = plan.units_per_year;
  seen.covariate_names = plan.covariate_names;
  seen.subject_names = plan.subject_names;
  if (seen.subject_names.empty()) {
    const auto subjects =
        plan.subjects.empty() ? plan.persons() : static_cast<std::size_t>(plan.subjects.back()) + 1;
    seen.subject_names.reserve(subjects);
    for (std::size_t s = 1; s <= subjects; ++s) seen.subject_names.push_back(std::to_string(s));
  }
  std::size_t total = 0;
  for (const auto& part : parts) total += part.times.size();
  seen.subjects.reserve(total);
  seen.times.reserve(total);
  seen.states.reserve(total);
  seen.kinds.reserve(total);
  seen.covariates.reserve(total * plan.covariate_names.size());
  for (auto& part : parts) {
    append(seen.subjects, part.subjects);
    append(seen.times, part.times);
    append(seen.states, part.states);
    append(seen.kinds, part.kinds);
    append(seen.earliest, part.earliest);
    append(seen.covariates, part.covariates);
    part = {};
  }
  seen.source_rows.resize(total);
  std::iota(seen.source_rows.begin(), seen.source_rows.end(), std::int64_t{0});
  return seen;
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
