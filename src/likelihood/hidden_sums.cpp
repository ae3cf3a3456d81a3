#include <algorithm>
#include <cmath>

#include <kohort/likelihood/detail/hidden_states.hpp>
#include <kohort/likelihood/detail/runs_in_blocks.hpp>

namespace kohort::detail {

namespace {

constexpr std::size_t blocks_at_once = 512;

/// What the runs of a block add up to.
struct block_sum {
  double value = 0;
  std::vector<std::int32_t> patterns;  // that occur in it, ascending
  std::vector<double> slopes;          // those x transitions
  Eigen::VectorXd gradient;
  Eigen::MatrixXd information;  // lower triangle
};

}  // namespace

void add_hidden(const likelihood_input& in, likelihood_sum& sum) {
  const auto& runs = in.tables.hidden;
  if (runs.size() == 0 || runs.clocks > 0) return;
  const hidden_states hidden(in);
  const auto work = [&](std::size_t first, std::size_t last, block_sum& block) {
    if (sum.sloped) {
      const auto from = runs.patterns.begin() + runs.first_steps[first];
      block.patterns.assign(from, runs.patterns.begin() + runs.first_steps[last]);
      for (std::size_t r = first; r < last; ++r) {
        const auto p = runs.start[static_cast<std::size_t>(runs.starts[r])].pattern;
        if (p >= 0) block.patterns.push_back(p);
      }
      std::sort(block.patterns.begin(), block.patterns.end());
      block.patterns.erase(std::unique(block.patterns.begin(), block.patterns.end()),
                           block.patterns.end());
      block.slopes.assign(block.patterns.size() * in.K, 0.0);
      block.gradient.setZero(in.where.size());
    }
    const auto place = [&](std::int32_t pattern) {
      const auto at = std::lower_bound(block.patterns.begin(), block.patterns.end(), pattern);
      return block.slopes.data() + static_cast<std::size_t>(at - block.patterns.begin()) * in.K;
    };
    const auto take = [&](std::size_t r, const run_outcome& outcome) {
      const double weight = runs.weights[r];
      block.value += weight * outcome.log_value;
      if (!sum.sloped) return;
      const auto begin = static_cast<std::size_t>(runs.first_steps[r]);
      for (std::size_t j = begin; j < static_cast<std::size_t>(runs.first_steps[r + 1]); ++j) {
        double* const to = place(runs.patterns[j]);
        for (std::size_t k = 0; k < in.K; ++k)
          to[k] += weight * outcome.rate_slopes[(j - begin) * in.K + k];
      }
      hidden.add_slopes(r, outcome, weight, block.gradient,
                        [&](std::size_t pattern, int k, double slope) {
                          place(static_cast<std::int32_t>(pattern))[k] += slope;
                        });
    };
    evaluate_runs(
        hidden.moves(), first, last,
        [&](std::size_t r, run_steps& steps) { hidden.describe(r, steps); }, sum.sloped, take);
  };
  runs_in_blocks<block_sum>(
      runs.size(), blocks_at_once, in.threads, in.report, work, [&](const block_sum& block) {
        sum.value += block.value;
        if (!sum.sloped) return;
        sum.gradient += block.gradient;
        for (std::size_t i = 0; i < block.slopes.size(); ++i) {
          sum.slopes[static_cast<std::size_t>(block.patterns[i / in.K]) * in.K + i % in.K] +=
              block.slopes[i];
        }
      });
}

void add_hidden_information(const likelihood_input& in, Eigen::MatrixXd& information) {
  const auto& runs = in.tables.hidden;
  if (runs.size() == 0 || runs.clocks > 0) return;
  const hidden_states hidden(in);
  const auto work = [&](std::size_t first, std::size_t last, block_sum& block) {
    block.information.setZero(in.where.size(), in.where.size());
    Eigen::VectorXd score(in.where.size());
    const auto add = [&](std::size_t pattern, int k, double slope) {
      const auto x = in.tables.pattern(pattern);
      const auto transition = static_cast<std::size_t>(k);
      const double by_log = slope * in.rates[pattern * in.K + transition];
      auto place = static_cast<Eigen::Index>(in.start(transition));
      score[place] += by_log;
      for (const int c : in.where.columns[transition])
        score[++place] += by_log * x[static_cast<std::size_t>(c)];
    };
    const auto take = [&](std::size_t r, const run_outcome& outcome) {
      if (!std::isfinite(outcome.log_value)) return;
      score.setZero();
      const auto begin = static_cast<std::size_t>(runs.first_steps[r]);
      for (std::size_t j = begin; j < static_cast<std::size_t>(runs.first_steps[r + 1]); ++j) {
        for (std::size_t k = 0; k < in.K; ++k)
          add(static_cast<std::size_t>(runs.patterns[j]), static_cast<int>(k),
              outcome.rate_slopes[(j - begin) * in.K + k]);
      }
      hidden.add_slopes(r, outcome, 1, score, add);
      block.information.selfadjointView<Eigen::Lower>().rankUpdate(score, runs.weights[r]);
    };
    evaluate_runs(
        hidden.moves(), first, last,
        [&](std::size_t r, run_steps& steps) { hidden.describe(r, steps); }, true, take);
  };
  runs_in_blocks<block_sum>(runs.size(), blocks_at_once, in.threads, in.report, work,
                            [&](const block_sum& block) {
                              information += block.information.selfadjointView<Eigen::Lower>();
                            });
}

}  // namespace kohort::detail
