#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include <kohort/model/detail/pieces.hpp>
#include <kohort/simulation/detail/plan_check.hpp>
#include <kohort/simulation/detail/sights.hpp>
#include <kohort/simulation/histories.hpp>
#include <kohort/support/error.hpp>
#include <kohort/support/random.hpp>

namespace kohort {

namespace {

constexpr std::size_t persons_a_block = 1024;
constexpr std::uint32_t most_moves = 1'000'000;

/// What a block of persons was seen to do.
struct rows {
  std::vector<std::int32_t> subjects;
  std::vector<double> times;
  std::vector<state> states;
  std::vector<observation_kind> kinds;
  std::vector<double> earliest;
  std::vector<double> covariates;
};

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
        sights_(intensities, coefficients, plan, random_, settings.replicate),
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
    const auto since = std::find(plan.covariate_names.begin(), plan.covariate_names.end(),
                                 intensities.phases.clock);
    if (since != plan.covariate_names.end()) {
      const auto column = static_cast<std::size_t>(since - plan.covariate_names.begin());
      if (std::find(clocks_.begin(), clocks_.end(), column) == clocks_.end())
        clocks_.push_back(column);
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
    subject_ = plan_.subjects.empty() ? static_cast<std::int32_t>(number) : plan_.subjects[number];
    const auto first = static_cast<std::size_t>(plan_.first_visits[number]);
    const auto end = static_cast<std::size_t>(plan_.first_visits[number + 1]);
    first_ = first;
    const state begins = sights_.start(number_);
    at_ = sights_.phase(begins, phase_rates(begins, first, end), number_);
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

  /// The rates that tell in which phase somebody stands who is found at the first visit; none
  /// where that is the first phase.
  std::span<const double> phase_rates(state begins, std::size_t first, std::size_t end) {
    if (first + 1 >= end || !sights_.any_phase(begins, first)) return {};
    read_values(first);
    for (std::size_t c = 0; c < values_.size(); ++c) {  // a Weibull clock at 0: just come
      if (intensities_.terms[c].path == covariate_path::weibull && values_[c] == 0) return {};
    }
    bool done = false;
    detail::for_each_piece(intensities_, values_,
                           (plan_.times[first + 1] - plan_.times[first]) / plan_.units_per_year,
                           [&](double, double, std::span<const double> within) {
                             if (std::exchange(done, true)) return;
                             if (moving_) {
                               moving_rates(0, within);
                             } else {
                               find_rates(within);
                             }
                           });
    return rates_;
  }

  /// The terms' columns at a visit.
  void read_values(std::size_t visit) {
    const auto width = plan_.covariate_names.size();
    for (std::size_t c = 0; c < values_.size(); ++c)
      values_[c] = plan_.covariates[visit * width + columns_[c]];
  }

  void add(rows& seen, double time, observation_kind kind, std::size_t visit) {
    seen.subjects.push_back(subject_);
    seen.times.push_back(time);
    const bool looked = kind == observation_kind::start || kind == observation_kind::panel;
    seen.states.push_back(
        looked ? sights_.at(at_, visit, number_, static_cast<std::uint32_t>(visit - first_))
               : sights_.known(at_));
    seen.kinds.push_back(kind);
    if (settings_.deaths == death_record::month) seen.earliest.push_back(NAN);
    const auto width = plan_.covariate_names.size();
    const auto row = plan_.covariates.begin() + static_cast<std::ptrdiff_t>(visit * width);
    seen.covariates.insert(seen.covariates.end(), row, row + static_cast<std::ptrdiff_t>(width));
  }

  /// From the visit before to this one.
  void until(std::size_t visit, rows& seen) {
    const auto width = plan_.covariate_names.size();
    read_values(visit - 1);
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
            const state before = sights_.known(at_);
            move();
            const double time = std::min(begins + now * plan_.units_per_year, ends);
            absorbed = out_[index()].empty();
            if (watched) {
              if (sights_.known(at_) == before) continue;  // from a phase to the next
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
  detail::sights sights_;
  std::vector<double> rates_, values_, last_;
  bool known_ = false, moving_ = false;
  std::vector<std::size_t> columns_, clocks_;
  std::vector<std::vector<std::size_t>> out_;

  std::uint32_t number_ = 0, moves_ = 0;
  std::size_t first_ = 0;  // visit
  std::int32_t subject_ = 0;
  state at_ = 0;
  double patience_ = 0;  // left of the exponential waiting time
};

template <class Column>
void append(Column& to, const Column& from) {
  to.insert(to.end(), from.begin(), from.end());
}

}  // namespace

observations simulate(const intensity_model& intensities, std::span<const double> coefficients,
                      const visit_plan& plan, const simulation_settings& settings) {
  detail::check_plan(intensities, coefficients, plan);
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
  seen.sets = plan.sets;
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

}  // namespace kohort
