#include "likelihood/moving_lanes.hpp"

#include <algorithm>
#include <cmath>

#include <kohort/likelihood/detail/run_evaluation.hpp>

namespace kohort::detail {

namespace {
constexpr double largest_vector_theta = 40;
}  // namespace

void moving_lanes::prepare(const moving_cells& cells, const std::int32_t* which, std::size_t count,
                           double h, int parts) {
  cells_ = &cells;
  which_ = which;
  count_ = count;
  J_ = static_cast<std::size_t>(cells.pieces);
  death_ = cells.kind == observation_kind::exact_death;
  const auto C = at_.C, K = at_.K, n = at_.n;
  steps_ = 0;
  for (std::size_t l = 0; l < count; ++l) {
    cuts_[l].clear();
    pieces_[l].clear();
    double begin = 0;
    for (std::size_t j = 0; j < J_; ++j) {
      const double length = elapsed(l, j);
      cut_into_substeps(at_.moving, clocks(l), begin, length, h, cuts_[l], parts);
      pieces_[l].resize(cuts_[l].size(), static_cast<int>(j));
      begin += length;
    }
    steps_ = std::max(steps_, cuts_[l].size());
  }
  x_.assign(steps_ * 2 * C * W_, 0.0);
  elapsed_.assign(steps_ * 2 * W_, 0.0);
  seen_.assign(steps_ * 2 * n * W_, 1.0);
  start_.assign(n * W_, 0.0);
  std::fill_n(start_.begin(), W_, 1.0);
  std::fill_n(lengths_, W_, 0.0);
  at_end_.assign(C * W_, 0.0);
  largest_x_.assign(C, 1.0);
  std::vector<double>& row = row_;
  row.resize(2 * C);
  for (std::size_t l = 0; l < count; ++l) {
    for (std::size_t s = 0; s < cuts_[l].size(); ++s) {
      const auto& [after, length] = cuts_[l][s];
      at_.moving.at(clocks(l), after + early_node * length, row.data());
      at_.moving.at(clocks(l), after + late_node * length, row.data() + C);
      if (length > 0 && at_.too_steep(row.data(), row.data() + C)) {
        at_.moving.at(clocks(l), after + length / 2, row.data());
        std::copy_n(row.data(), C, row.data() + C);
      }
      if (length == 0) std::fill(row.begin(), row.end(), 0.0);
      for (std::size_t i = 0; i < 2 * C; ++i) {
        x_[(2 * s * C + i) * W_ + l] = row[i];
        largest_x_[i % C] = std::max(largest_x_[i % C], std::abs(row[i]));
      }
      elapsed_[2 * s * W_ + l] = elapsed_[(2 * s + 1) * W_ + l] = length;
    }
    start_[l] = 0;
    start_[static_cast<std::size_t>(cells.from[cell(l)]) * W_ + l] = 1;
    lengths_[l] = static_cast<double>(2 * cuts_[l].size());
    double* const seen = last_seen(l);
    for (std::size_t s = 0; s < n; ++s) seen[s * W_] = 0;
    if (!death_) {
      seen[static_cast<std::size_t>(cells.to[cell(l)]) * W_] = 1;
    } else {
      double years = 0;
      for (std::size_t j = 0; j < J_; ++j) years += elapsed(l, j);
      at_.moving.at(clocks(l), years, row.data());
      for (std::size_t c = 0; c < C; ++c) at_end_[c * W_ + l] = row[c];
    }
  }
  eta_steps_ = J_ > 1;
  eta_.assign((eta_steps_ ? steps_ : 1) * K * W_, 0.0);
  for (std::size_t l = 0; l < count; ++l) {
    for (std::size_t s = 0; s < (eta_steps_ ? cuts_[l].size() : 1); ++s) {
      const double* const from = eta(l, static_cast<std::size_t>(pieces_[l][s]));
      for (std::size_t k = 0; k < K; ++k) eta_[(s * K + k) * W_ + l] = from[k];
    }
  }
  nodes_.resize(steps_ * 2 * K * W_);
  rates_.resize(steps_ * 2 * K * W_);
  scales_.resize((2 * steps_ + 1) * W_);
}

void moving_lanes::run(bool slopes, std::size_t d, double by) {
  const auto C = at_.C, K = at_.K, n = at_.n;
  const auto D = J_ * K + K * C;
  const std::vector<double>* gamma = &at_.gamma;
  const std::vector<double>* etas = &eta_;
  if (d < J_ * K) {
    moved_eta_ = eta_;
    for (std::size_t l = 0; l < count_; ++l) {
      for (std::size_t s = 0; s < (eta_steps_ ? cuts_[l].size() : 1); ++s) {
        if (static_cast<std::size_t>(pieces_[l][s]) == d / K)
          moved_eta_[(s * K + d % K) * W_ + l] += by;
      }
    }
    etas = &moved_eta_;
  } else if (d < D) {
    moved_gamma_ = at_.gamma;
    moved_gamma_[d - J_ * K] += by;
    gamma = &moved_gamma_;
  }
  node_batch nodes{static_cast<int>(K), static_cast<int>(C), static_cast<int>(steps_),
                   etas->data(),        eta_steps_,          gamma->data(),
                   x_.data(),           nodes_.data(),       rates_.data()};
  with_.rates(nodes);
  if (death_) see_deaths(d, by, *gamma);

  run_batch batch{};
  batch.states = static_cast<int>(n);
  batch.transitions = static_cast<int>(K);
  batch.from = at_.ways.from.data();
  batch.to = at_.ways.to.data();
  batch.into_starts = at_.ways.into_starts.data();
  batch.into = at_.ways.into.data();
  batch.out_starts = at_.ways.out_starts.data();
  batch.out = at_.ways.out.data();
  batch.longest_path = static_cast<int>(n) - 1;
  batch.degree_limits = limits_->data();
  batch.inverses = inverses().data();
  batch.steps = static_cast<int>(2 * steps_);
  batch.lengths = lengths_;
  batch.start = start_.data();
  batch.rates = rates_.data();
  batch.elapsed = elapsed_.data();
  batch.seen = seen_.data();
  batch.scales = scales_.data();
  if (slopes) {
    rate_slopes_.resize(2 * steps_ * K * W_);
    seen_slopes_.resize(2 * steps_ * n * W_);
    start_slopes_.resize(n * W_);
    batch.rate_slopes = rate_slopes_.data();
    batch.seen_slopes = seen_slopes_.data();
    batch.start_slopes = start_slopes_.data();
  }
  // A bound on theta for all lanes at once; where it is large, each lane on its own.
  double fastest = 0, longest = 0;
  for (const double rate : rates_) fastest = rate <= fastest ? fastest : rate;  // nan stays
  for (const double length : elapsed_) longest = std::max(longest, length);
  const double bound = at_.most_ways * fastest * longest;
  bool slow[8] = {};
  double theta = bound;
  if (!(bound <= largest_vector_theta)) theta = find_slow(slow);
  const auto& limits = *limits_;
  const auto degree = std::lower_bound(limits.begin(), limits.end(), theta) - limits.begin();
  const auto needed = run_scratch(batch, static_cast<std::size_t>(degree) + n, with_.width);
  if (scratch_.size() < needed) scratch_.resize(needed);
  with_.run(batch, scratch_.data());
  for (std::size_t l = 0; l < count_; ++l) {
    const double scale = scales_[2 * cuts_[l].size() * W_ + l];
    if (!slow[l] && scale > smallest_safe_scale && scale < 1 / smallest_safe_scale) {
      log_values_[l] = std::log(scale);
    } else {
      slowly(l, slopes, slow[l]);
    }
  }
  if (slopes) back(nodes);
}

void moving_lanes::find_middles() {
  middles_.resize(count_ * J_ * at_.C);
  for (std::size_t l = 0; l < count_; ++l) {
    double begin = 0;
    for (std::size_t j = 0; j < J_; ++j) {
      const double length = elapsed(l, j);
      at_.moving.at(clocks(l), begin + length / 2, middles_.data() + (l * J_ + j) * at_.C);
      begin += length;
    }
  }
}

void moving_lanes::see_deaths(std::size_t d, double by, const std::vector<double>& gamma) {
  for (std::size_t l = 0; l < count_; ++l) {
    const double* const log_rates = eta(l, J_ - 1);
    double* const seen = last_seen(l);
    for (std::size_t k = 0; k < at_.K; ++k) {
      if (at_.moves[k].to != cells_->to[cell(l)]) continue;
      double log_rate = log_rates[k] + (d == (J_ - 1) * at_.K + k ? by : 0.0);
      for (std::size_t c = 0; c < at_.C; ++c) {
        const double g = gamma[k * at_.C + c];
        if (g != 0) log_rate += g * at_end_[c * W_ + l];
      }
      seen[static_cast<std::size_t>(at_.moves[k].from) * W_] = std::exp(log_rate);
    }
  }
}

double moving_lanes::find_slow(bool* slow) {
  double most = 0;
  slow_rates_ = rates_;
  for (std::size_t l = 0; l < W_; ++l) {
    double lane = 0;
    bool finite = true;
    for (std::size_t s = 0; s < 2 * steps_; ++s) {
      double largest = 0;
      double exits[most_states] = {};
      for (std::size_t k = 0; k < at_.K; ++k) {
        const double rate = rates_[(s * at_.K + k) * W_ + l];
        finite = finite && std::isfinite(rate);
        auto& exit = exits[at_.moves[k].from];
        exit += rate;
        largest = std::max(largest, exit);
      }
      lane = std::max(lane, largest * elapsed_[s * W_ + l]);
    }
    if (finite && lane <= largest_vector_theta) {
      most = std::max(most, lane);
      continue;
    }
    if (l < count_) slow[l] = true;
    for (std::size_t i = 0; i < 2 * steps_ * at_.K; ++i) rates_[i * W_ + l] = 0;
  }
  return most;
}

void moving_lanes::slowly(std::size_t l, bool slopes, bool rates_kept) {
  const auto& rates = rates_kept ? slow_rates_ : rates_;
  const auto K = at_.K, n = at_.n;
  const auto steps = 2 * cuts_[l].size();
  const auto describe = [&](std::size_t, run_steps& run) {
    run.start[static_cast<std::size_t>(cells_->from[cell(l)])] = 1;
    std::vector<double> here(K);
    for (std::size_t s = 0; s < steps; ++s) {
      for (std::size_t k = 0; k < K; ++k) here[k] = rates[(s * K + k) * W_ + l];
      run.add(elapsed_[s * W_ + l], here);
    }
    for (std::size_t s = 0; s < n; ++s) run.seen()[s] = last_seen(l)[s * W_];
  };
  const auto take = [&](std::size_t, const run_outcome& outcome) {
    log_values_[l] = outcome.log_value;
    if (!slopes) return;
    for (std::size_t i = 0; i < steps * K; ++i) rate_slopes_[i * W_ + l] = outcome.rate_slopes[i];
    for (std::size_t s = 0; s < n; ++s) {
      seen_slopes_[((steps - 1) * n + s) * W_ + l] = outcome.seen_slopes[(steps - 1) * n + s];
    }
    for (std::size_t i = 0; i < steps * K; ++i) rates_[i * W_ + l] = rates[i * W_ + l];
  };
  evaluate_runs(at_.ways, 0, 1, describe, slopes, take, instruction_set::baseline);
}

void moving_lanes::back(const node_batch& nodes) {
  const auto C = at_.C, K = at_.K;
  eta_slopes_.resize((eta_steps_ ? steps_ : 1) * K * W_);
  gamma_slopes_.resize(K * C * W_);
  with_.back(nodes, {rate_slopes_.data(), eta_slopes_.data(), gamma_slopes_.data(), nullptr});
  slopes_.assign(directions() * W_, 0.0);
  for (std::size_t l = 0; l < count_; ++l) {
    for (std::size_t s = 0; s < (eta_steps_ ? cuts_[l].size() : 1); ++s) {
      const auto j = static_cast<std::size_t>(pieces_[l][s]);
      for (std::size_t k = 0; k < K; ++k)
        slopes_[(j * K + k) * W_ + l] += eta_slopes_[(s * K + k) * W_ + l];
    }
    for (std::size_t i = 0; i < K * C; ++i)
      slopes_[(J_ * K + i) * W_ + l] = gamma_slopes_[i * W_ + l];
    if (!death_) continue;
    const double* const seen = last_seen(l);
    const double* const slope = seen_slopes_.data() + (2 * cuts_[l].size() - 1) * at_.n * W_ + l;
    for (std::size_t k = 0; k < K; ++k) {
      if (at_.moves[k].to != cells_->to[cell(l)]) continue;
      const auto from = static_cast<std::size_t>(at_.moves[k].from) * W_;
      const double by_log = seen[from] > 0 ? slope[from] * seen[from] : 0.0;
      slopes_[((J_ - 1) * K + k) * W_ + l] += by_log;
      for (std::size_t c = 0; c < C; ++c)
        slopes_[(J_ * K + k * C + c) * W_ + l] += by_log * at_end_[c * W_ + l];
    }
  }
}

}  // namespace kohort::detail
