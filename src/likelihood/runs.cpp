#include <algorithm>
#include <cmath>

#include <kohort/likelihood/detail/run_evaluation.hpp>
#include <kohort/likelihood/detail/runs_in_blocks.hpp>
#include <kohort/likelihood/detail/table_kinds.hpp>

namespace kohort::detail {

namespace {

constexpr std::size_t blocks_at_once = 64;

/// Writes a run of the table into steps.
void describe(const likelihood_input& in, std::size_t run, run_steps& steps) {
  const auto& table = in.tables.runs;
  std::copy_n(table.start_weights.begin() +
                  static_cast<std::ptrdiff_t>(static_cast<std::size_t>(table.starts[run]) * in.n),
              in.n, steps.start.begin());
  const auto& moves = in.intensities.structure.transitions();
  for (auto row = table.first_rows[run]; row < table.first_rows[run + 1]; ++row) {
    const auto at = static_cast<std::size_t>(row);
    const auto kind = table.kinds[at];
    const auto set = table.sets[at];
    const bool still =
        kind == observation_kind::exact_stay || kind == observation_kind::exact_transition;
    for (auto piece = table.first_pieces[at]; piece < table.first_pieces[at + 1]; ++piece) {
      const auto pattern =
          static_cast<std::size_t>(table.patterns[static_cast<std::size_t>(piece)]);
      steps.add(table.elapsed[static_cast<std::size_t>(piece)],
                std::span(in.rates).subspan(pattern * in.K, in.K));
      if (still) std::ranges::fill(steps.kept(), 0.0);
    }
    const auto seen = steps.seen();
    for (std::size_t s = 0; s < in.n; ++s) seen[s] = (set >> s) & 1 ? 1.0 : 0.0;
    if (kind == observation_kind::exact_transition || kind == observation_kind::exact_death) {
      const auto jumps = steps.jumps();
      for (std::size_t k = 0; k < in.K; ++k) jumps[k] = (set >> moves[k].to) & 1 ? 1.0 : 0.0;
    }
  }
}

/// Evaluates the table block by block, on all threads; `take(run, outcome, result)` writes to the
/// block's own result, and `add(result)` is called for each block in order.
template <class Result, class Take, class Add>
void for_each_run(const likelihood_input& in, bool slopes, const Take& take, const Add& add) {
  const wiring moves(in.intensities.structure);
  const auto work = [&](std::size_t first, std::size_t last, Result& result) {
    evaluate_runs(
        moves, first, last, [&](std::size_t run, run_steps& steps) { describe(in, run, steps); },
        slopes, [&](std::size_t run, const run_outcome& outcome) { take(run, outcome, result); });
  };
  runs_in_blocks<Result>(in.tables.runs.size(), blocks_at_once, in.threads, in.report, work, add);
}

std::pair<std::size_t, std::size_t> pieces_of(const run_table& table, std::size_t run) {
  const auto piece = [&](std::size_t r) {
    return static_cast<std::size_t>(
        table.first_pieces[static_cast<std::size_t>(table.first_rows[r])]);
  };
  return {piece(run), piece(run + 1)};
}

}  // namespace

void add_runs(const likelihood_input& in, likelihood_sum& sum) {
  const auto& table = in.tables.runs;
  if (table.size() == 0 || table.clocks > 0) return;
  struct part {
    double value = 0;
    std::vector<std::int32_t> patterns{};
    std::vector<double> slopes{};  // per piece x transitions, weighted
  };
  for_each_run<part>(
      in, sum.sloped,
      [&](std::size_t run, const run_outcome& outcome, part& block) {
        const double weight = table.weights[run];
        if (weight == 0) return;
        block.value += weight * outcome.log_value;
        if (!sum.sloped) return;
        const auto [first, last] = pieces_of(table, run);
        block.patterns.insert(block.patterns.end(),
                              table.patterns.begin() + static_cast<std::ptrdiff_t>(first),
                              table.patterns.begin() + static_cast<std::ptrdiff_t>(last));
        for (const double slope : outcome.rate_slopes) block.slopes.push_back(weight * slope);
      },
      [&](const part& block) {
        sum.value += block.value;
        for (std::size_t i = 0; i < block.patterns.size(); ++i) {
          double* const to = sum.slopes.data() + static_cast<std::size_t>(block.patterns[i]) * in.K;
          for (std::size_t k = 0; k < in.K; ++k) to[k] += block.slopes[i * in.K + k];
        }
      });
}

void add_run_information(const likelihood_input& in, Eigen::MatrixXd& information) {
  const auto& table = in.tables.runs;
  if (table.size() == 0 || table.clocks > 0) return;
  struct part {
    Eigen::MatrixXd scores{};  // coefficients x runs of the block, times sqrt(weight)
    Eigen::Index filled = 0;
  };
  for_each_run<part>(
      in, true,
      [&](std::size_t run, const run_outcome& outcome, part& block) {
        if (block.filled == 0) block.scores.setZero(in.where.size(), runs_a_block);
        auto score = block.scores.col(block.filled++);
        add_score(in, table.patterns.data() + pieces_of(table, run).first, outcome.rate_slopes,
                  score);
        score *= std::sqrt(table.weights[run]);
      },
      [&](const part& block) {
        const auto scores = block.scores.leftCols(block.filled);
        information.noalias() += scores * scores.transpose();
      });
}

void add_run_scores(const likelihood_input& in, const subject_parts& parts, subject_sums& out) {
  const auto& table = in.tables.runs;
  if (table.size() == 0 || table.clocks > 0) return;
  Eigen::VectorXd values(static_cast<Eigen::Index>(table.size()));
  Eigen::MatrixXd scores = Eigen::MatrixXd::Zero(in.where.size(), values.size());
  struct part {};
  for_each_run<part>(
      in, true,
      [&](std::size_t run, const run_outcome& outcome,
          part&) {  // each writes to a place of its own
        values[static_cast<Eigen::Index>(run)] = outcome.log_value;
        add_score(in, table.patterns.data() + pieces_of(table, run).first, outcome.rate_slopes,
                  scores.col(static_cast<Eigen::Index>(run)));
      },
      [](const part&) {});
  for (const auto& one : parts.runs) {
    out.log_likelihoods[one.subject] += values[one.run];
    out.scores.row(one.subject) += scores.col(one.run).transpose();
  }
}

}  // namespace kohort::detail
