#include <algorithm>
#include <cmath>

#include <kohort/likelihood/detail/hidden_states.hpp>
#include <kohort/likelihood/detail/moving_hidden.hpp>
#include <kohort/likelihood/detail/moving_runs.hpp>
#include <kohort/likelihood/detail/runs_in_blocks.hpp>

namespace kohort::detail {

namespace {

constexpr std::size_t blocks_at_once = 64;

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
  const auto evaluate = [&](std::size_t first, std::size_t last, int parts, auto&& take) {
    std::vector<hidden_trace> traces(last - first, {{}, moving_steps(*hidden.moving(), parts)});
    evaluate_runs(
        hidden.moves(), first, last,
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
  const auto work = [&](std::size_t first, std::size_t last, moving_sum& sum) {
    std::vector<double> values(runs_a_block, 0.0), seen_slopes;
    if (sloped) sum.gradient = Eigen::VectorXd::Zero(in.where.size());
    evaluate(
        first, last, 1,
        [&](std::size_t i, std::size_t run, const run_outcome& outcome, const hidden_trace& trace) {
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
    evaluate(first, last, 2,
             [&](std::size_t i, std::size_t run, const run_outcome& outcome, const hidden_trace&) {
               sum.error += table.weights[run] * std::abs(values[i] - outcome.log_value);
             });
  };
  runs_in_blocks<moving_sum>(runs, blocks_at_once, in.threads, in.report, work,
                             [&](const moving_sum& part) { total.add(part); });
  return total;
}

}  // namespace kohort::detail
