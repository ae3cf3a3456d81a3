#include <algorithm>
#include <bit>
#include <optional>

#include <kohort/likelihood/detail/hidden_states.hpp>
#include <kohort/likelihood/detail/moving_runs.hpp>

namespace kohort::detail {

namespace {

bool holds(std::uint64_t states, state s) { return (states >> s & 1) != 0; }

}  // namespace

hidden_states::hidden_states(const likelihood_input& in, double h)
    : in_(in),
      h_(h),
      moving_(in.tables.hidden.clocks > 0 ? std::make_shared<const moving_setting>(
                                                in.intensities, in.tables, in.coefficients)
                                          : nullptr),
      runs_(in.tables.hidden),
      where_(misclassification_coefficients(in.intensities)),
      moves_(in.intensities.structure),
      seen_n_(seen_count(in.intensities)),
      chains_(static_cast<std::size_t>(seen_n_)) {
  const std::span coefficients(in.coefficients.data(),
                               static_cast<std::size_t>(in.coefficients.size()));
  first_ = start_probability(in.intensities, coefficients);
  if (in.intensities.misread) {
    const auto& errors = in.intensities.misread->errors;
    std::vector<double> odds(errors.size());
    for (std::size_t p = 0; p < runs_.reading_pattern_count(); ++p) {
      rates_at(where_.errors, coefficients.subspan(static_cast<std::size_t>(where_.first)),
               runs_.reading_pattern(p), odds);
      readings_.push_back(reading_matrix(in.intensities, odds));
    }
  }
  const auto& moves = in.intensities.structure.transitions();
  for (state f = 0; f < moves_.states; ++f) {
    const state v = seen_as(in.intensities, f);
    auto& chain = chains_[static_cast<std::size_t>(v)];
    chain.phases.push_back(f);
    chain.exits.emplace_back();
    chain.onward.push_back(-1);
    for (std::size_t k = 0; k < moves.size(); ++k) {
      if (moves[k].from != f) continue;
      chain.exits.back().push_back(static_cast<int>(k));
      if (seen_as(in.intensities, moves[k].to) == v) chain.onward.back() = static_cast<int>(k);
    }
  }
}

void hidden_states::emission(const sighting& what, std::span<double> column) const {
  for (std::size_t f = 0; f < column.size(); ++f) {
    const state v = seen_as(in_.intensities, static_cast<state>(f));
    if (what.is_reading()) {
      const auto& E = readings_[static_cast<std::size_t>(what.pattern)];
      column[f] = 0;
      for (state o = 0; o < seen_n_; ++o) {
        if (holds(what.states, o)) column[f] += E(v, o);
      }
    } else {
      const bool named =
          what.what == sighting::kind::known || what.what == sighting::kind::move_or_stay;
      column[f] = !named || holds(what.states, v) ? 1 : 0;
    }
  }
}

std::vector<double> hidden_states::shares(const phase_chain& chain, const run_start& begin) const {
  std::vector<double> share(chain.phases.size(), 0.0);
  if (chain.phases.size() == 1 || begin.entering || begin.pattern < 0) {
    share[0] = 1;
    return share;
  }
  const double* const rates = in_.rates.data() + static_cast<std::size_t>(begin.pattern) * in_.K;
  double arriving = 1, sum = 0;
  for (std::size_t i = 0; i < share.size(); ++i) {
    double out = 0;
    for (const int k : chain.exits[i]) out += rates[k];
    share[i] = arriving / out;
    sum += share[i];
    if (chain.onward[i] >= 0) arriving *= rates[chain.onward[i]] / out;
  }
  for (auto& value : share) value /= sum;
  return share;
}

double hidden_states::prior(const run_start& begin, std::size_t seen) const {
  if (begin.drawn) return first_[seen];
  const auto states = begin.seen.what == sighting::kind::known ? begin.seen.states : 1;
  return 1.0 / std::popcount(states);
}

void hidden_states::start(const run_start& begin, std::span<double> row) const {
  emission(begin.seen, row);
  for (std::size_t v = 0; v < chains_.size(); ++v) {
    const auto share = shares(chains_[v], begin);
    for (std::size_t i = 0; i < share.size(); ++i)
      row[static_cast<std::size_t>(chains_[v].phases[i])] *= share[i] * prior(begin, v);
  }
}

void hidden_states::add_moving(std::size_t step, run_steps& steps, moving_steps& trace) const {
  const auto pattern = static_cast<std::size_t>(runs_.patterns[step]);
  const double* const clocks =
      runs_.step_clocks.data() + step * static_cast<std::size_t>(runs_.clocks);
  const auto& what = runs_.seen[static_cast<std::size_t>(runs_.sightings[step])];
  trace.add(pattern, clocks, 0, runs_.elapsed[step], h_, false, steps);
  if (runs_.elapsed[step] > 0 && !what.is_dated()) return;
  trace.add_moment(pattern, clocks, runs_.elapsed[step], steps);
}

void hidden_states::describe(std::size_t run, run_steps& steps, std::vector<std::size_t>* ends,
                             moving_steps* trace) const {
  std::optional<moving_steps> own;
  if (moving_ && !trace) trace = &own.emplace(*moving_);
  if (moving_) trace->clear();
  if (ends) ends->clear();
  start(runs_.start[static_cast<std::size_t>(runs_.starts[run])], steps.start);
  const auto end = static_cast<std::size_t>(runs_.first_steps[run + 1]);
  for (auto j = static_cast<std::size_t>(runs_.first_steps[run]); j < end; ++j) {
    const auto& what = runs_.seen[static_cast<std::size_t>(runs_.sightings[j])];
    const auto first = static_cast<std::size_t>(steps.size());
    if (moving_) {
      add_moving(j, steps, *trace);
    } else {
      steps.add(runs_.elapsed[j], std::span(in_.rates).subspan(
                                      static_cast<std::size_t>(runs_.patterns[j]) * in_.K, in_.K));
    }
    const auto last = static_cast<std::size_t>(steps.size()) - 1;
    if (ends) ends->push_back(last);
    if (what.is_reading() || what.what == sighting::kind::known ||
        what.what == sighting::kind::move_or_stay)
      emission(what, steps.seen());
    const state held = runs_.held[j];
    const auto shown = [&](int fine) { return seen_as(in_.intensities, fine); };
    if (held != -1) {
      const auto kept = steps.kept();
      for (std::size_t k = 0; k < in_.K; ++k) {
        const state from = shown(moves_.from[k]);
        const bool among = held == hidden_runs::whichever || from == held;
        kept[k] = among && shown(moves_.to[k]) == from ? 1 : 0;
      }
    }
    for (auto s = first; s < last && !steps.all_kept.empty(); ++s)  // as in the last sub-step
      std::copy_n(steps.all_kept.begin() + static_cast<std::ptrdiff_t>(last * in_.K), in_.K,
                  steps.all_kept.begin() + static_cast<std::ptrdiff_t>(s * in_.K));
    if (what.what == sighting::kind::move_or_stay) {
      std::ranges::fill(steps.jumps(), run_steps::move_or_stay);
    } else if (what.is_dated()) {
      const auto jumps = steps.jumps();
      for (std::size_t k = 0; k < in_.K; ++k) {
        jumps[k] =
            holds(what.states, shown(moves_.to[k])) && shown(moves_.from[k]) != shown(moves_.to[k])
                ? 1
                : 0;
      }
    }
  }
}

void hidden_states::add_reading_slopes(const sighting& what, std::span<const double> by_state,
                                       double weight, Eigen::Ref<Eigen::VectorXd> gradient) const {
  const auto& E = readings_[static_cast<std::size_t>(what.pattern)];
  const auto& errors = in_.intensities.misread->errors;
  const auto x = runs_.reading_pattern(static_cast<std::size_t>(what.pattern));
  for (std::size_t e = 0; e < errors.size(); ++e) {
    const auto [truth, read] = errors[e];
    double slope = 0, seen = 0;
    for (const state f : chains_[static_cast<std::size_t>(truth)].phases)
      slope += by_state[static_cast<std::size_t>(f)];
    if (slope == 0) continue;
    for (state o = 0; o < seen_n_; ++o) {
      if (holds(what.states, o)) seen += E(truth, o);
    }
    slope *= weight * E(truth, read) * ((holds(what.states, read) ? 1 : 0) - seen);
    auto place = static_cast<Eigen::Index>(where_.first + where_.errors.starts[e]);
    gradient[place] += slope;
    for (const int c : where_.errors.columns[e])
      gradient[++place] += slope * x[static_cast<std::size_t>(c)];
  }
}

}  // namespace kohort::detail
