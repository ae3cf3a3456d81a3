#include <algorithm>
#include <cmath>

#include <kohort/likelihood/detail/moving_runs.hpp>
#include <kohort/likelihood/detail/runs_in_blocks.hpp>

namespace kohort::detail {

namespace {

constexpr std::size_t blocks_at_once = 64;

/// Writes a run of the table into steps.
void describe(const moving_setting& at, std::size_t run, double h, moving_steps& moving,
              run_steps& steps) {
  const auto& table = at.tables.runs;
  const auto clocks = static_cast<std::size_t>(table.clocks);
  moving.clear();
  std::copy_n(table.start_weights.begin() +
                  static_cast<std::ptrdiff_t>(static_cast<std::size_t>(table.starts[run]) * at.n),
              at.n, steps.start.begin());
  for (auto row = table.first_rows[run]; row < table.first_rows[run + 1]; ++row) {
    const auto here = static_cast<std::size_t>(row);
    const auto kind = table.kinds[here];
    const auto set = table.sets[here];
    const double* const now = table.row_clocks.data() + here * clocks;
    const bool dated = kind == observation_kind::exact_transition,
               still = dated || kind == observation_kind::exact_stay;
    double begin = 0;
    std::size_t pattern = 0;
    for (auto piece = table.first_pieces[here]; piece < table.first_pieces[here + 1]; ++piece) {
      const auto j = static_cast<std::size_t>(piece);
      pattern = static_cast<std::size_t>(table.patterns[j]);
      moving.add(pattern, now, begin, table.elapsed[j], h, still, steps);
      begin += table.elapsed[j];
    }
    if (dated || kind == observation_kind::exact_death) {
      moving.add_moment(pattern, now, begin, steps);
      const auto jumps = steps.jumps();
      for (std::size_t k = 0; k < at.K; ++k) jumps[k] = (set >> at.moves[k].to) & 1 ? 1.0 : 0.0;
    }
    const auto seen = steps.seen();
    for (std::size_t s = 0; s < at.n; ++s) seen[s] = (set >> s) & 1 ? 1.0 : 0.0;
  }
}

}  // namespace

void moving_steps::clear() {
  nodes_.clear();
  x_.clear();
  rates_.clear();
}

void moving_steps::rates(std::size_t pattern, const double* x, std::vector<double>& out) const {
  out.resize(at_.K);
  for (std::size_t k = 0; k < at_.K; ++k) {
    double log_rate = at_.eta[pattern * at_.K + k];
    for (std::size_t c = 0; c < at_.C; ++c) {
      const double gamma = at_.gamma[k * at_.C + c];
      if (gamma != 0) log_rate += gamma * x[c];
    }
    out[k] = std::exp(log_rate);
  }
}

void moving_steps::keep(std::size_t step, std::size_t pattern, double here, double next,
                        const std::vector<double>& x, const std::vector<double>& rates) {
  nodes_.push_back({step, pattern, here, next});
  x_.insert(x_.end(), x.begin(), x.end());
  rates_.insert(rates_.end(), rates.begin(), rates.end());
}

void moving_steps::add(std::size_t pattern, const double* clocks, double begin, double length,
                       double h, bool still, run_steps& steps) {
  early_x_.resize(at_.C);
  late_x_.resize(at_.C);
  mixed_.resize(at_.K);
  cuts_.clear();
  if (length > 0) cut_into_substeps(at_.moving, clocks, begin, length, h, cuts_, parts_);
  for (const auto& [after, part] : cuts_) {
    at_.moving.at(clocks, after + early_node * part, early_x_.data());
    at_.moving.at(clocks, after + late_node * part, late_x_.data());
    if (at_.too_steep(early_x_.data(), late_x_.data())) {
      at_.moving.at(clocks, after + part / 2, early_x_.data());
      late_x_ = early_x_;
    }
    rates(pattern, early_x_.data(), early_);
    rates(pattern, late_x_.data(), late_);
    const auto step = static_cast<std::size_t>(steps.size());
    keep(step, pattern, first_share, second_share, early_x_, early_);
    keep(step, pattern, second_share, first_share, late_x_, late_);
    for (const auto& [one, other] :
         {std::pair{first_share, second_share}, std::pair{second_share, first_share}}) {
      for (std::size_t k = 0; k < at_.K; ++k) mixed_[k] = one * early_[k] + other * late_[k];
      steps.add(part, mixed_);
      if (still) std::ranges::fill(steps.kept(), 0.0);
    }
  }
}

void moving_steps::add_moment(std::size_t pattern, const double* clocks, double after,
                              run_steps& steps) {
  early_x_.resize(at_.C);
  at_.moving.at(clocks, after, early_x_.data());
  rates(pattern, early_x_.data(), early_);
  keep(static_cast<std::size_t>(steps.size()), pattern, 1, 0, early_x_, early_);
  steps.add(0, early_);
}

void moving_steps::add_slopes(std::span<const double> rate_slopes, double weight,
                              Eigen::Ref<Eigen::VectorXd> gradient) const {
  const auto K = at_.K, C = at_.C;
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    const auto& [step, pattern, here, next] = nodes_[i];
    const auto x = at_.tables.pattern(pattern);
    const double* const columns = x_.data() + i * C;
    for (std::size_t k = 0; k < K; ++k) {
      const double rate = rates_[i * K + k];
      if (!(rate > 0)) continue;
      double slope = here * rate_slopes[step * K + k];
      if (next != 0) slope += next * rate_slopes[(step + 1) * K + k];
      slope *= weight * rate;
      gradient[at_.where.starts[k]] += slope;
      for (const auto& one : at_.effects[k])
        gradient[one.place] += slope * x[static_cast<std::size_t>(one.column)];
      for (std::size_t c = 0; c < C; ++c) {
        const int place = at_.gamma_places[k * C + c];
        if (place >= 0) gradient[place] += slope * columns[c];
      }
    }
  }
}

moving_sum evaluate_moving_runs(const moving_setting& at, double h, moving_wish wish, int every,
                                int threads, const progress& report) {
  const auto& table = at.tables.runs;
  const auto step = static_cast<std::size_t>(every);
  const auto runs = (table.size() + step - 1) / step;
  moving_sum total;
  if (wish == moving_wish::gradient) total.gradient = Eigen::VectorXd::Zero(at.where.size());
  const auto evaluate = [&](std::size_t first, std::size_t last, int parts, auto&& take) {
    std::vector<moving_steps> moving(last - first, moving_steps(at, parts));
    evaluate_runs(
        at.ways, first, last,
        [&](std::size_t run, run_steps& steps) {
          describe(at, run * step, h, moving[run - first], steps);
        },
        wish == moving_wish::gradient,
        [&](std::size_t run, const run_outcome& outcome) {
          take(run - first, table.weights[run * step], outcome, moving[run - first]);
        });
  };
  const auto work = [&](std::size_t first, std::size_t last, moving_sum& sum) {
    std::vector<double> values(runs_a_block, 0.0);
    if (wish == moving_wish::gradient) sum.gradient = Eigen::VectorXd::Zero(at.where.size());
    evaluate(
        first, last, 1,
        [&](std::size_t i, double weight, const run_outcome& outcome, const moving_steps& moving) {
          if (weight == 0) return;
          values[i] = outcome.log_value;
          sum.value += weight * outcome.log_value;
          if (wish == moving_wish::gradient)
            moving.add_slopes(outcome.rate_slopes, weight, sum.gradient);
        });
    if (wish != moving_wish::error) return;
    evaluate(first, last, 2,
             [&](std::size_t i, double weight, const run_outcome& outcome, const moving_steps&) {
               if (weight > 0) sum.error += weight * std::abs(values[i] - outcome.log_value);
             });
  };
  runs_in_blocks<moving_sum>(runs, blocks_at_once, threads, report, work,
                             [&](const moving_sum& part) { total.add(part); });
  return total;
}

}  // namespace kohort::detail
