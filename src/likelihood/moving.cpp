#include <algorithm>
#include <cmath>
#include <limits>

#include <kohort/likelihood/detail/clock_integrals.hpp>
#include <kohort/likelihood/detail/moving.hpp>
#include <kohort/likelihood/detail/run_evaluation.hpp>
#include <kohort/likelihood/detail/series.hpp>
#include <kohort/likelihood/detail/table_kinds.hpp>
#include <kohort/likelihood/moving.hpp>
#include <kohort/support/instruction_set.hpp>

#include "lanes/node_kernel.hpp"
#include "lanes/run_kernel.hpp"

namespace kohort {

namespace detail {

namespace {

constexpr double never = -std::numeric_limits<double>::infinity();
constexpr double difference = 1e-5;  // of a log rate
constexpr double largest_vector_theta = 40;

struct kernels {
  run_kernel run;
  node_kernel rates;
  node_adjoint back;
  int width;
};

kernels best_kernels() {
#ifdef KOHORT_HAS_X86_KERNELS
  switch (best_instruction_set()) {
    case instruction_set::avx512:
      return {avx512::run, avx512::node_rates, avx512::node_back, 8};
    case instruction_set::avx2:
      return {avx2::run, avx2::node_rates, avx2::node_back, 4};
    case instruction_set::baseline:
      break;
  }
  return {baseline::run, baseline::node_rates, baseline::node_back, 2};
#elif defined(_MSC_VER)
  return {baseline::run, baseline::node_rates, baseline::node_back, 1};
#else
  return {baseline::run, baseline::node_rates, baseline::node_back, 2};
#endif
}

/// What all blocks share: the model, taken apart.
struct setting {
  const transition_tables& tables;
  const std::vector<transition>& moves;
  clock_columns moving;
  coefficient_layout where;
  wiring ways;
  std::size_t n, K, C;
  std::vector<double> gamma;      // K x C
  std::vector<int> gamma_places;  // K x C, among the coefficients, or -1
  std::vector<double> eta;        // patterns x K: log rates without the moving columns
  struct effect {
    int place, column;
  };
  std::vector<std::vector<effect>> effects;  // per transition: those that do not move
  std::vector<double> steepest;              // C: largest |gamma|
  int most_ways = 1;                         // out of one state

  setting(const intensity_model& intensities, const transition_tables& tables_,
          const Eigen::VectorXd& coefficients)
      : tables(tables_),
        moves(intensities.structure.transitions()),
        moving(intensities),
        where(layout(intensities)),
        ways(intensities.structure),
        n(static_cast<std::size_t>(intensities.structure.size())),
        K(moves.size()),
        C(static_cast<std::size_t>(moving.columns())) {
    const std::span all(coefficients.data(), static_cast<std::size_t>(coefficients.size()));
    gamma = moving.coefficients(where, all);
    gamma_places = moving.places(where);
    std::vector<char> moves_column(static_cast<std::size_t>(where.design_columns), 0);
    for (const int column : moving.design()) moves_column[static_cast<std::size_t>(column)] = 1;
    for (std::size_t k = 0; k < K; ++k) {
      std::vector<effect> mine;
      int place = where.starts[k];
      for (const int column : where.columns[k]) {
        ++place;
        if (!moves_column[static_cast<std::size_t>(column)]) mine.push_back({place, column});
      }
      effects.push_back(std::move(mine));
    }
    eta.resize(tables.pattern_count() * K);
    for (std::size_t p = 0; p < tables.pattern_count(); ++p) {
      const auto x = tables.pattern(p);
      for (std::size_t k = 0; k < K; ++k) {
        double sum = coefficients[where.starts[k]];
        for (const auto& one : effects[k]) {
          if (coefficients[one.place] != 0)
            sum += coefficients[one.place] * x[static_cast<std::size_t>(one.column)];
        }
        eta[p * K + k] = sum;
      }
    }
    steepest.assign(C, 0.0);
    for (std::size_t i = 0; i < gamma.size(); ++i)
      steepest[i % C] = std::max(steepest[i % C], std::abs(gamma[i]));
    std::vector<int> out(n, 0);
    for (const auto& move : moves)
      most_ways = std::max(most_ways, ++out[static_cast<std::size_t>(move.from)]);
  }

  [[nodiscard]] bool uses(std::size_t k, std::size_t c) const {
    return gamma_places[k * C + c] >= 0;
  }

  /// Whether a rate changes too much between two rows of moving columns to be mixed.
  [[nodiscard]] bool too_steep(const double* one, const double* other) const {
    double most = 0;
    for (std::size_t c = 0; c < C; ++c) most += steepest[c] * std::abs(one[c] - other[c]);
    if (most <= widest_change) return false;
    for (std::size_t k = 0; k < K; ++k) {
      double change = 0;
      for (std::size_t c = 0; c < C; ++c) change += gamma[k * C + c] * (one[c] - other[c]);
      if (std::abs(change) > widest_change) return true;
    }
    return false;
  }
};

/// A matrix by (piece, transition) and (transition, moving column), then by coefficient.
class expansion {
 public:
  explicit expansion(const setting& at) : at_(at) {}

  [[nodiscard]] std::size_t size(std::size_t pieces) const {
    return pieces * at_.K + at_.K * at_.C;
  }

  /// Adds a slope by those to the one by coefficient.
  void add(const std::int32_t* patterns, std::size_t pieces, const double* slopes,
           Eigen::VectorXd& gradient) const {
    for (std::size_t j = 0; j < pieces; ++j) {
      const auto x = at_.tables.pattern(static_cast<std::size_t>(patterns[j]));
      for (std::size_t k = 0; k < at_.K; ++k) {
        const double slope = slopes[j * at_.K + k];
        gradient[at_.where.starts[k]] += slope;
        for (const auto& one : at_.effects[k])
          gradient[one.place] += slope * x[static_cast<std::size_t>(one.column)];
      }
    }
    const double* const by_gamma = slopes + pieces * at_.K;
    for (std::size_t i = 0; i < at_.gamma_places.size(); ++i) {
      if (at_.gamma_places[i] >= 0) gradient[at_.gamma_places[i]] += by_gamma[i];
    }
  }

  /// Adds a symmetric matrix by those to the one by coefficient.
  void add(const std::int32_t* patterns, std::size_t pieces, const std::vector<double>& matrix,
           Eigen::MatrixXd& information) {
    const auto D = size(pieces);
    parts_.resize(D);
    for (std::size_t d = 0; d < D; ++d) {
      auto& part = parts_[d];
      part.clear();
      if (d >= pieces * at_.K) {
        const int place = at_.gamma_places[d - pieces * at_.K];
        if (place >= 0) part.push_back({place, 1.0});
        continue;
      }
      const auto x = at_.tables.pattern(static_cast<std::size_t>(patterns[d / at_.K]));
      const auto k = d % at_.K;
      part.push_back({at_.where.starts[k], 1.0});
      for (const auto& one : at_.effects[k])
        part.push_back({one.place, x[static_cast<std::size_t>(one.column)]});
    }
    for (std::size_t a = 0; a < D; ++a) {
      for (std::size_t b = 0; b < D; ++b) {
        const double value = matrix[a * D + b];
        if (value == 0) continue;
        for (const auto& [row, x] : parts_[a]) {
          for (const auto& [column, y] : parts_[b]) information(row, column) += value * x * y;
        }
      }
    }
  }

 private:
  const setting& at_;
  std::vector<std::vector<std::pair<int, double>>> parts_;
};

/// Cells side by side, one a lane: what does not depend on the coefficients, then the passes.
class lane_group {
 public:
  lane_group(const setting& at, const kernels& with)
      : at_(at), with_(with), W_(static_cast<std::size_t>(with.width)) {}

  /// @param cells  of one table, panel or exact_death
  /// @param which  at most `width` of them
  void prepare(const moving_cells& cells, const std::int32_t* which, std::size_t count, double h) {
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
        cut_into_substeps(at_.moving, clocks(l), begin, length, h, cuts_[l]);
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

  /// Log likelihood of each lane, at eta and gamma moved by `by` along direction d (none: size()).
  void run(bool slopes, std::size_t d, double by) {
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
    batch.degree_limits = degree_limits().data();
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
    const auto& limits = degree_limits();
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

  [[nodiscard]] double log_value(std::size_t l) const { return log_values_[l]; }
  /// dlog L by (piece, transition), then by (transition, moving column).
  [[nodiscard]] double slope(std::size_t l, std::size_t d) const { return slopes_[d * W_ + l]; }
  [[nodiscard]] std::size_t directions() const { return J_ * at_.K + at_.K * at_.C; }
  [[nodiscard]] double largest_x(std::size_t c) const { return largest_x_[c]; }

 private:
  [[nodiscard]] std::size_t cell(std::size_t l) const {
    return static_cast<std::size_t>(which_[l]);
  }
  [[nodiscard]] double elapsed(std::size_t l, std::size_t j) const {
    return cells_->elapsed[cell(l) * J_ + j];
  }
  [[nodiscard]] const double* clocks(std::size_t l) const {
    return cells_->starts.data() + cell(l) * static_cast<std::size_t>(cells_->clocks);
  }
  [[nodiscard]] const double* eta(std::size_t l, std::size_t j) const {
    return at_.eta.data() + static_cast<std::size_t>(cells_->patterns[cell(l) * J_ + j]) * at_.K;
  }
  double* last_seen(std::size_t l) {
    return seen_.data() + (2 * cuts_[l].size() - 1) * at_.n * W_ + l;
  }

  /// q_.D at the moment of death, where it is seen.
  void see_deaths(std::size_t d, double by, const std::vector<double>& gamma) {
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

  /// Lanes that the vector kernel cannot do; their rates there are made harmless.
  double find_slow(bool* slow) {
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

  /// One lane by the primitive that also knows logarithms.
  void slowly(std::size_t l, bool slopes, bool rates_kept) {
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

  void back(const node_batch& nodes) {
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

  const setting& at_;
  const kernels& with_;
  std::size_t W_;
  const moving_cells* cells_ = nullptr;
  const std::int32_t* which_ = nullptr;
  std::size_t count_ = 0, J_ = 1, steps_ = 0;
  bool death_ = false, eta_steps_ = false;
  std::vector<substep> cuts_[8];
  std::vector<int> pieces_[8];  // per sub-step: its piece
  double lengths_[8], log_values_[8];
  std::vector<double> x_, elapsed_, seen_, start_, at_end_, eta_, moved_eta_, moved_gamma_;
  std::vector<double> nodes_, rates_, slow_rates_, scales_, rate_slopes_, seen_slopes_;
  std::vector<double> start_slopes_, scratch_, eta_slopes_, gamma_slopes_, slopes_, row_;
  std::vector<double> largest_x_;
};

/// An interval known throughout: log L = -sum_k int q_k + log q_to at its end, by (piece,
/// transition) and (transition, moving column).
class known_throughout {
 public:
  explicit known_throughout(const setting& at) : at_(at), end_(at.C), node_(at.C) {}

  std::vector<double> slopes, curvature;  // D and D x D

  double evaluate(const moving_cells& cells, std::size_t i, double h, moving_wish wish) {
    const auto K = at_.K, C = at_.C;
    const auto J = static_cast<std::size_t>(cells.pieces);
    const auto D = J * K + K * C;
    slopes.assign(wish == moving_wish::gradient ? D : 0, 0.0);
    curvature.assign(wish == moving_wish::curvature ? D * D : 0, 0.0);
    const double* const clocks = cells.starts.data() + i * static_cast<std::size_t>(cells.clocks);
    double begin = 0, log_value = 0;
    for (std::size_t j = 0; j < J; ++j) {
      const double length = cells.elapsed[i * J + j];
      const double* const eta =
          at_.eta.data() + static_cast<std::size_t>(cells.patterns[i * J + j]) * K;
      for (std::size_t k = 0; k < K; ++k) {
        if (at_.moves[k].from != cells.from[i] || length == 0) continue;
        integrate(k, eta[k], clocks, begin, length, h);
        log_value -= moments_[0];
        record(j * K + k, J * K + k * C, D, wish);
      }
      begin += length;
    }
    if (cells.to[i] == cells.from[i]) return log_value;
    at_.moving.at(clocks, begin, end_.data());
    const double* const eta =
        at_.eta.data() + static_cast<std::size_t>(cells.patterns[i * J + J - 1]) * K;
    for (std::size_t k = 0; k < K; ++k) {
      if (at_.moves[k].from != cells.from[i] || at_.moves[k].to != cells.to[i]) continue;
      log_value += eta[k];
      for (std::size_t c = 0; c < C; ++c) {
        const double gamma = at_.gamma[k * C + c];
        if (gamma != 0) log_value += gamma * end_[c];
      }
      if (wish == moving_wish::gradient) {
        slopes[(J - 1) * K + k] += 1;
        for (std::size_t c = 0; c < C; ++c) slopes[J * K + k * C + c] += end_[c];
      }
    }
    return log_value;
  }

 private:
  /// int q, int q x_c and int q x_c x_d over a piece.
  void integrate(std::size_t k, double eta, const double* clocks, double begin, double length,
                 double h) {
    const auto C = at_.C;
    moments_.assign(1 + C + C * C, 0.0);
    int only = -1, used = 0;
    for (std::size_t c = 0; c < C; ++c) {
      if (!at_.uses(k, c)) continue;
      only = static_cast<int>(c);
      ++used;
    }
    const double factor = std::exp(eta);
    if (used == 0) {
      moments_[0] = factor * length;
      return;
    }
    const auto c = static_cast<std::size_t>(only);
    const auto kind = at_.moving.kinds()[c];
    if (used == 1 && kind != covariate_path::spline) {
      const double z = clocks[at_.moving.clock_of()[c]] + begin;
      const double gamma = at_.gamma[k * C + c];
      const auto F = kind == covariate_path::gompertz
                         ? exponential_integral(gamma, z - at_.moving.origins()[c],
                                                z - at_.moving.origins()[c] + length)
                         : exponential_integral(gamma + 1, std::log(z), std::log(z + length));
      moments_[0] = factor * F.value;
      moments_[1 + c] = factor * F.first;
      moments_[1 + C + c * C + c] = factor * F.second;
      return;
    }
    // Gauss-Legendre, four nodes.
    constexpr double places[4] = {0.06943184420297371, 0.33000947820757187, 0.66999052179242813,
                                  0.93056815579702629};
    constexpr double shares[4] = {0.17392742256872693, 0.32607257743127307, 0.32607257743127307,
                                  0.17392742256872693};
    cuts_.clear();
    cut_into_substeps(at_.moving, clocks, begin, length, h, cuts_);
    for (const auto& [after, part] : cuts_) {
      for (int g = 0; g < 4; ++g) {
        at_.moving.at(clocks, after + places[g] * part, node_.data());
        double log_rate = 0;
        for (std::size_t a = 0; a < C; ++a) {
          if (at_.gamma[k * C + a] != 0) log_rate += at_.gamma[k * C + a] * node_[a];
        }
        const double mass = factor * std::exp(log_rate) * shares[g] * part;
        moments_[0] += mass;
        for (std::size_t a = 0; a < C; ++a) {
          if (!at_.uses(k, a)) continue;
          moments_[1 + a] += mass * node_[a];
          for (std::size_t b = 0; b < C; ++b) {
            if (at_.uses(k, b)) moments_[1 + C + a * C + b] += mass * node_[a] * node_[b];
          }
        }
      }
    }
  }

  void record(std::size_t eta, std::size_t gamma, std::size_t D, moving_wish wish) {
    const auto C = at_.C;
    if (wish == moving_wish::gradient) {
      slopes[eta] -= moments_[0];
      for (std::size_t c = 0; c < C; ++c) slopes[gamma + c] -= moments_[1 + c];
    } else if (wish == moving_wish::curvature) {
      curvature[eta * D + eta] += moments_[0];
      for (std::size_t c = 0; c < C; ++c) {
        curvature[eta * D + gamma + c] += moments_[1 + c];
        curvature[(gamma + c) * D + eta] += moments_[1 + c];
        for (std::size_t d = 0; d < C; ++d)
          curvature[(gamma + c) * D + gamma + d] += moments_[1 + C + c * C + d];
      }
    }
  }

  const setting& at_;
  std::vector<double> end_, node_, moments_;
  std::vector<substep> cuts_;
};

/// What one block of cells adds up to.
void evaluate_block(const setting& at, const kernels& with, const moving_cells& cells,
                    const std::vector<std::int32_t>& chosen, std::size_t first, std::size_t last,
                    double h, moving_wish wish, moving_sum& sum) {
  const auto J = static_cast<std::size_t>(cells.pieces);
  const auto K = at.K, C = at.C;
  expansion expand(at);
  const auto D = expand.size(J);
  if (wish == moving_wish::gradient) sum.gradient = Eigen::VectorXd::Zero(at.where.size());
  if (wish == moving_wish::curvature)
    sum.curvature = Eigen::MatrixXd::Zero(at.where.size(), at.where.size());

  // Cells of equal patterns in a row are expanded together.
  std::vector<double> together(wish == moving_wish::curvature  ? D * D
                               : wish == moving_wish::gradient ? D
                                                               : 0,
                               0.0);
  const std::int32_t* patterns = nullptr;
  const auto flush = [&] {
    if (!patterns) return;
    if (wish == moving_wish::curvature) {
      expand.add(patterns, J, together, sum.curvature);
    } else {
      expand.add(patterns, J, together.data(), sum.gradient);
    }
    std::fill(together.begin(), together.end(), 0.0);
  };
  const auto belongs = [&](std::size_t i) {
    if (together.empty()) return;
    const std::int32_t* const mine = cells.patterns.data() + i * J;
    if (patterns && std::equal(mine, mine + J, patterns)) return;
    flush();
    patterns = mine;
  };

  if (cells.kind == observation_kind::exact_transition) {
    known_throughout known(at);
    for (std::size_t place = first; place < last; ++place) {
      const auto i = static_cast<std::size_t>(chosen[place]);
      belongs(i);
      const double value = known.evaluate(cells, i, h, wish), weight = cells.weights[i];
      sum.value += weight * value;
      if (wish == moving_wish::error)
        sum.error += weight * std::abs(value - known.evaluate(cells, i, h / 2, wish));
      for (std::size_t d = 0; d < known.slopes.size(); ++d) together[d] += weight * known.slopes[d];
      for (std::size_t d = 0; d < known.curvature.size(); ++d)
        together[d] += weight * known.curvature[d];
    }
    flush();
    return;
  }

  const auto width = static_cast<std::size_t>(with.width);
  lane_group group(at, with);
  std::vector<double> above;
  for (std::size_t place = first; place < last; place += width) {
    const auto count = std::min(width, last - place);
    const std::int32_t* const which = chosen.data() + place;
    const auto weight = [&](std::size_t l) {
      return cells.weights[static_cast<std::size_t>(which[l])];
    };
    group.prepare(cells, which, count, h);
    if (wish == moving_wish::curvature) {
      std::vector<double> lanes(count * D * D);
      for (std::size_t d = 0; d < D; ++d) {
        if (d >= J * K && at.gamma_places[d - J * K] < 0) continue;
        const double by = d < J * K ? difference : difference / group.largest_x((d - J * K) % C);
        group.run(true, d, by);
        above.assign(count * D, 0.0);
        for (std::size_t l = 0; l < count; ++l) {
          for (std::size_t e = 0; e < D; ++e) above[l * D + e] = group.slope(l, e);
        }
        group.run(true, d, -by);
        for (std::size_t l = 0; l < count; ++l) {
          for (std::size_t e = 0; e < D; ++e)
            lanes[(l * D + e) * D + d] = -(above[l * D + e] - group.slope(l, e)) / (2 * by);
        }
      }
      for (std::size_t l = 0; l < count; ++l) {
        belongs(static_cast<std::size_t>(which[l]));
        const double* const mine = lanes.data() + l * D * D;
        for (std::size_t e = 0; e < D * D; ++e) together[e] += weight(l) * mine[e];
      }
      continue;
    }
    group.run(wish == moving_wish::gradient, D, 0);
    double values[8];
    for (std::size_t l = 0; l < count; ++l) {
      values[l] = group.log_value(l);
      sum.value += weight(l) * values[l];
      if (wish != moving_wish::gradient) continue;
      belongs(static_cast<std::size_t>(which[l]));
      for (std::size_t d = 0; d < D; ++d) together[d] += weight(l) * group.slope(l, d);
    }
    if (wish == moving_wish::error) {
      group.prepare(cells, which, count, h / 2);
      group.run(false, D, 0);
      for (std::size_t l = 0; l < count; ++l)
        sum.error += weight(l) * std::abs(values[l] - group.log_value(l));
    }
  }
  flush();
}

}  // namespace

moving_sum evaluate_moving(const intensity_model& intensities, const transition_tables& tables,
                           const Eigen::VectorXd& coefficients, double h, moving_wish wish,
                           int every, int threads, const progress& report) {
  moving_sum total;
  const auto p = static_cast<Eigen::Index>(coefficients.size());
  if (wish == moving_wish::gradient) total.gradient = Eigen::VectorXd::Zero(p);
  if (wish == moving_wish::curvature) total.curvature = Eigen::MatrixXd::Zero(p, p);
  if (tables.moving.empty()) return total;
  const setting at(intensities, tables, coefficients);
  const auto with = best_kernels();
  for (const auto& cells : tables.moving) {
    std::vector<std::int32_t> some;
    for (std::size_t i = 0; every > 1 && i < cells.size(); i += static_cast<std::size_t>(every))
      some.push_back(cells.order[i]);
    const auto& chosen = every > 1 ? some : cells.order;
    std::size_t size = std::max<std::size_t>(256, chosen.size() / 512 + 1);
    if (wish == moving_wish::curvature) size = std::max<std::size_t>(64, chosen.size() / 2048 + 1);
    size = (size + 7) / 8 * 8;
    const std::size_t blocks = (chosen.size() + size - 1) / size;
    std::vector<moving_sum> parts(blocks);
    const auto work = [&](std::size_t block) {
      const auto first = block * size;
      evaluate_block(at, with, cells, chosen, first, std::min(first + size, chosen.size()), h, wish,
                     parts[block]);
    };
    for_each_block(blocks, blocks < 4 ? 1 : threads, work, report);
    for (const auto& part : parts) {
      total.value += part.value;
      total.error += part.error;
      if (wish == moving_wish::gradient) total.gradient.head(at.where.size()) += part.gradient;
      if (wish == moving_wish::curvature)
        total.curvature.topLeftCorner(at.where.size(), at.where.size()) += part.curvature;
    }
  }
  return total;
}

void add_moving(const likelihood_input& in, likelihood_sum& sum) {
  const auto& tables = in.tables;
  const auto wish = sum.sloped ? moving_wish::gradient : moving_wish::value;
  const auto found = evaluate_moving(in.intensities, tables, in.coefficients, tables.step, wish, 1,
                                     in.threads, in.report);
  sum.value += found.value;
  if (sum.sloped && !tables.moving.empty()) sum.gradient += found.gradient;
}

void add_moving_curvature(const likelihood_input& in, Eigen::MatrixXd& information) {
  const auto& tables = in.tables;
  if (tables.moving.empty()) return;
  std::size_t cells = 0;
  for (const auto& table : tables.moving) cells += table.size();
  // The error goes with the fourth power of the step: six times as long is still far finer than
  // any standard error needs, and where there are many intervals it saves most of the time.
  const double h = cells < 20000 ? tables.step : std::min(1.0, 6 * tables.step);
  information += evaluate_moving(in.intensities, tables, in.coefficients, h, moving_wish::curvature,
                                 1, in.threads, in.report)
                     .curvature;
}

}  // namespace detail

double substep_error(const intensity_model& intensities, const transition_tables& tables,
                     const Eigen::VectorXd& coefficients, int every, int threads,
                     const progress& report) {
  if (tables.moving.empty()) return 0;
  const auto sum = detail::evaluate_moving(intensities, tables, coefficients, tables.step,
                                           detail::moving_wish::error, every, threads, report);
  return sum.error * every * 16.0 / 15.0;
}

double choose_step(const intensity_model& intensities, const transition_tables& tables,
                   const Eigen::VectorXd& coefficients, double error, int threads,
                   const progress& report) {
  double h = 1;
  if (tables.moving.empty()) return h;
  std::size_t cells = 0;
  for (const auto& table : tables.moving) cells += table.size();
  const int every = cells < 20000 ? 1 : 100;
  for (int attempt = 0; attempt < 12; ++attempt) {
    const double found = detail::evaluate_moving(intensities, tables, coefficients, h,
                                                 detail::moving_wish::error, every, threads, report)
                             .error *
                         every * 16.0 / 15.0;
    if (!(found > error)) return h;
    h *= std::clamp(0.95 * std::pow(error / found, 0.25), 0.05, 0.9);
  }
  return h;
}

}  // namespace kohort
