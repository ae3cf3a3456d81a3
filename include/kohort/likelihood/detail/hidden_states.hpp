#pragma once

#include <memory>
#include <vector>

#include <Eigen/Core>

#include <kohort/likelihood/detail/run_evaluation.hpp>
#include <kohort/likelihood/detail/table_kinds.hpp>
#include <kohort/model/misclassification.hpp>

namespace kohort::detail {

struct moving_setting;
class moving_steps;

/// What hidden runs are made of at one set of coefficients.
class hidden_states {
 public:
  /// @param h  longest sub-step where a clock moves on, in years
  explicit hidden_states(const likelihood_input& in, double h = 0.125);

  /// Writes a run as the kernel wants it. Where a clock moves on, a step of the table is several.
  ///
  /// @param ends   if not null: where each step of the table ends among those written
  /// @param trace  if not null, and a clock moves on: the way back to the coefficients
  void describe(std::size_t run, run_steps& steps, std::vector<std::size_t>* ends = nullptr,
                moving_steps* trace = nullptr) const;

  /// Where a clock moves on; else null.
  [[nodiscard]] const moving_setting* moving() const { return moving_.get(); }

  /// Adds the slopes of a run in the coefficients of misreadings and first states, times a weight,
  /// and `rate(pattern, k, slope)` for what a start in several phases owes to the rates.
  template <typename Rate>
  void add_slopes(std::size_t run, const run_outcome& outcome, double weight,
                  Eigen::Ref<Eigen::VectorXd> gradient, const Rate& rate) const;

  /// The probability of what was seen in each true state of the model; 1 where nothing was.
  void emission(const sighting& what, std::span<double> column) const;
  /// The weights over true states at the start of a run.
  void start(const run_start& begin, std::span<double> row) const;

  [[nodiscard]] const wiring& moves() const { return moves_; }

 private:
  /// The shares of the phases of a seen state, and of how much a change of log time in each of them
  /// moves them.
  struct phase_chain {
    std::vector<state> phases;
    std::vector<int> onward;              // transitions from each phase to the next
    std::vector<std::vector<int>> exits;  // all transitions from each phase
  };
  [[nodiscard]] std::vector<double> shares(const phase_chain& chain, const run_start& begin) const;

  /// Of a seen state at the start of a run; of several that are possible, each is as likely.
  [[nodiscard]] double prior(const run_start& begin, std::size_t seen) const;

  void add_reading_slopes(const sighting& what, std::span<const double> by_state, double weight,
                          Eigen::Ref<Eigen::VectorXd> gradient) const;

  /// One step of the table as sub-steps, and a moment at its end if a move is dated there.
  void add_moving(std::size_t step, run_steps& steps, moving_steps& trace) const;

  const likelihood_input& in_;
  double h_;
  std::shared_ptr<const moving_setting> moving_;
  const hidden_runs& runs_;
  misclassification_layout where_;
  wiring moves_;
  int seen_n_;
  std::vector<Eigen::MatrixXd> readings_;  // per reading pattern
  std::vector<double> first_;              // of the first state, per seen state; may be empty
  std::vector<phase_chain> chains_;        // per seen state
};

template <typename Rate>
void hidden_states::add_slopes(std::size_t run, const run_outcome& outcome, double weight,
                               Eigen::Ref<Eigen::VectorXd> gradient, const Rate& rate) const {
  const auto n = static_cast<std::size_t>(moves_.states);
  const auto begin = static_cast<std::size_t>(runs_.first_steps[run]);
  const auto end = static_cast<std::size_t>(runs_.first_steps[run + 1]);
  for (std::size_t j = begin; j < end; ++j) {
    const auto& what = runs_.seen[static_cast<std::size_t>(runs_.sightings[j])];
    if (what.is_reading())
      add_reading_slopes(what, outcome.seen_slopes.subspan((j - begin) * n, n), weight, gradient);
  }
  const auto& first = runs_.start[static_cast<std::size_t>(runs_.starts[run])];
  std::vector<double> row(n), emitted(n), slopes(n), by_first(static_cast<std::size_t>(seen_n_));
  emission(first.seen, emitted);
  if (first.seen.what == sighting::kind::reading) {
    // dL/dE = slope x pi x share: the start without its reading.
    auto all = first;
    all.seen = {};
    start(all, row);
    for (std::size_t f = 0; f < n; ++f) slopes[f] = outcome.start_slopes[f] * row[f];
    add_reading_slopes(first.seen, slopes, weight, gradient);
  }
  for (std::size_t v = 0; v < chains_.size(); ++v) {
    const auto& chain = chains_[v];
    const auto share = shares(chain, first);
    const double drawn = prior(first, v);
    double mean = 0;
    for (std::size_t i = 0; i < chain.phases.size(); ++i) {
      const auto f = static_cast<std::size_t>(chain.phases[i]);
      const double slope = outcome.start_slopes[f] * emitted[f];
      by_first[v] += slope * share[i];
      mean += slope * share[i];
    }
    if (chain.phases.size() == 1 || first.entering || first.pattern < 0) continue;
    // share_i = T_i / sum T: with h_i = share_i (slope_i - mean), dl = sum_i h_i dlog T_i, and
    // T_i = prod_{m<i} on_m / prod_{m<=i} (all rates out of m).
    const auto pattern = static_cast<std::size_t>(first.pattern);
    const double* const rates = in_.rates.data() + pattern * in_.K;
    std::vector<double> h;
    for (std::size_t i = 0; i < chain.phases.size(); ++i) {
      const auto f = static_cast<std::size_t>(chain.phases[i]);
      h.push_back(drawn * share[i] * (outcome.start_slopes[f] * emitted[f] - mean));
    }
    double later = 0;  // sum of h over the phases after m
    for (std::size_t m = chain.phases.size(); m-- > 0;) {
      double out = 0;
      for (const int k : chain.exits[m]) out += rates[k];
      for (const int k : chain.exits[m]) rate(pattern, k, -weight * (later + h[m]) / out);
      if (m + 1 < chain.phases.size() && rates[chain.onward[m]] > 0)
        rate(pattern, chain.onward[m], weight * later / rates[chain.onward[m]]);
      later += h[m];
    }
  }
  if (!first.drawn || where_.start_states.empty()) return;
  double mean = 0;
  for (std::size_t v = 0; v < first_.size(); ++v) mean += first_[v] * by_first[v];
  for (std::size_t i = 0; i < where_.start_states.size(); ++i) {
    const auto v = static_cast<std::size_t>(where_.start_states[i]);
    gradient[where_.first_start + static_cast<Eigen::Index>(i)] +=
        weight * first_[v] * (by_first[v] - mean);
  }
}

}  // namespace kohort::detail
