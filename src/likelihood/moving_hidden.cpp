#include <algorithm>
#include <cmath>

#include <kohort/likelihood/detail/hidden_states.hpp>
#include <kohort/likelihood/detail/moving_hidden.hpp>
#include <kohort/likelihood/detail/moving_runs.hpp>

namespace kohort::detail {

namespace {

constexpr std::size_t runs_a_block = 64;
constexpr std::size_t blocks_a_wave = 64;

/// What a block of runs is told by: where the steps of the table end, and the way back.
struct hidden_trace {
  std::vector<std::size_t> ends{};
  moving_steps moving;
};

/// What came out by the steps of the table, as `hidden_states::add_slopes` reads it.
void gather(const run_outcome& outcome, const std::vector<std::size_t>& ends, std::size_t n,
            std::vector<double>& seen_slopes) {
  seen_slopes.resize(ends.size() * n);
  for (std::size_t j = 0; j < ends.size(); ++j)
    std::copy_n(outcome.seen_slopes.begin() + static_cast<std::ptrdiff_t>(ends[j] * n), n,
                seen_slopes.begin() + static_cast<std::ptrdiff_t>(j * n));
}

}  // namespace

moving_sum evaluate_moving_hidden(const likelihood_input& in, double h, moving_wish wish,
                                  int every) {
  const auto& table = in.tables.hidden;
  const auto step = static_cast<std::size_t>(every);
  const auto runs = (table.size() + step - 1) / step;
  const bool sloped = wish == moving_wish::gradient;
  const auto slopes_in_pattern = [&](std::size_t pattern, int k, double slope, double* gradient) {
    const auto transition = static_cast<std::size_t>(k);
    const auto x = in.tables.pattern(pattern);
    const double by_log = slope * in.rates[pattern * in.K + transition];
    auto place = in.start(transition);
    gradient[place] += by_log;
    for (const int c : in.where.columns[transition])
      gradient[++place] += by_log * x[static_cast<std::size_t>(c)];
  };
  const hidden_states hidden(in, h);
  const auto evaluate = [&](std::size_t block, int parts, auto&& take) {
    const auto first = block * runs_a_block;
    std::vector<hidden_trace> traces(runs_a_block, {{}, moving_steps(*hidden.moving(), parts)});
    evaluate_runs(
        hidden.moves(), first, std::min(first + runs_a_block, runs),
        [&](std::size_t run, run_steps& steps) {
          auto& trace = traces[run - first];
          hidden.describe(run * step, steps, &trace.ends, &trace.moving);
        },
        sloped,
        [&](std::size_t run, const run_outcome& outcome) {
          take(run - first, run * step, outcome, traces[run - first]);
        });
  };
  moving_sum total;
  if (sloped) total.gradient = Eigen::VectorXd::Zero(in.where.size());
  const auto blocks = (runs + runs_a_block - 1) / runs_a_block;
  std::vector<moving_sum> results;
  for (std::size_t wave = 0; wave < blocks; wave += blocks_a_wave) {
    const auto count = std::min(blocks_a_wave, blocks - wave);
    results.assign(count, moving_sum{});
    const auto work = [&](std::size_t block) {
      auto& sum = results[block];
      std::vector<double> values(runs_a_block, 0.0), seen_slopes;
      if (sloped) sum.gradient = Eigen::VectorXd::Zero(in.where.size());
      evaluate(wave + block, 1,
               [&](std::size_t i, std::size_t run, const run_outcome& outcome,
                   const hidden_trace& trace) {
                 const double weight = table.weights[run];
                 values[i] = outcome.log_value;
                 sum.value += weight * outcome.log_value;
                 if (!sloped) return;
                 trace.moving.add_slopes(outcome.rate_slopes, weight, sum.gradient);
                 gather(outcome, trace.ends, in.n, seen_slopes);
                 auto by_step = outcome;
                 by_step.seen_slopes = seen_slopes;
                 hidden.add_slopes(run, by_step, weight, sum.gradient,
                                   [&](std::size_t pattern, int k, double slope) {
                                     slopes_in_pattern(pattern, k, slope, sum.gradient.data());
                                   });
               });
      if (wish != moving_wish::error) return;
      evaluate(
          wave + block, 2,
          [&](std::size_t i, std::size_t run, const run_outcome& outcome, const hidden_trace&) {
            sum.error += table.weights[run] * std::abs(values[i] - outcome.log_value);
          });
    };
    for_each_block(count, blocks < 8 ? 1 : in.threads, work, in.report);
    for (const auto& one : results) {
      total.value += one.value;
      total.error += one.error;
      if (sloped) total.gradient += one.gradient;
    }
  }
  return total;
}

}  // namespace kohort::detail
