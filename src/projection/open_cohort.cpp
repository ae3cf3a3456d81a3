#include <algorithm>
#include <map>
#include <string>
#include <tuple>

#include <kohort/projection/open_cohort.hpp>
#include <kohort/support/error.hpp>

#include "cohort_block.hpp"
#include "fixed_part.hpp"
#include "runs.hpp"

namespace kohort {

namespace {

using detail::at;
using detail::fixed_part;

void check_runs(const fixed_part& f, const std::vector<projection_run>& runs) {
  const auto number = [](const std::string& what, int seen, int first, std::size_t there) {
    if (seen >= first && seen < static_cast<int>(there)) return;
    reject("E-SHAPE", "project", "a run uses " + what + " " + std::to_string(seen),
           "there are " + std::to_string(there),
           first < 0 ? "Number them from 0; -1 is usual care or the forecast itself"
                     : "Number them from 0");
  };
  for (const auto& run : runs) {
    number("draw", run.draw, 0, at(f.draws));
    number("strategy", run.strategy, -1, f.in.strategies.size());
    number("population path", run.path, -1, at(f.paths));
  }
}

/// Runs that differ in strategy alone have one usual care.
std::vector<detail::shared_run> share_runs(const std::vector<projection_run>& runs) {
  std::vector<detail::shared_run> shared;
  std::map<std::tuple<int, bool, bool, bool, int>, std::size_t> seen;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const auto& run = runs[i];
    const auto [place, fresh] = seen.try_emplace(
        {run.draw, run.incidence_trend, run.mix_trend, run.settled_start, run.path}, shared.size());
    if (fresh) shared.push_back({run, {}});
    shared[place->second].runs.push_back(static_cast<int>(i));
  }
  return shared;
}

open_cohort_results in_common(const fixed_part& f) {
  open_cohort_results out;
  out.states = f.map.names;
  out.moves = f.map.moves;
  out.years = f.T;
  out.periods = f.T * f.options.periods_a_year;
  const auto& groups = f.options.group_of_age;
  out.groups = 1 + *std::max_element(groups.begin(), groups.end());
  for (int cell = 0; cell < 2 * f.A; ++cell) {
    for (int s = 0; s < f.S; ++s) out.prevalence.push_back(f.seen_prevalence(cell, s));
  }
  out.notices = f.notices;
  return out;
}

/// Runs everything and adds to `out`, whose tables are of these runs.
///
/// @param kept   usual care of other calls as well, from block `first` on; null: of no other
/// @return       number of blocks
std::size_t run_all(const fixed_part& f, const std::vector<projection_run>& runs,
                    const progress& report, open_cohort_results& out,
                    std::vector<detail::usual_care>* kept, std::size_t first) {
  const std::size_t cells = at(f.S) * 2 * at(out.groups), n = runs.size();
  out.runs = static_cast<int>(n);
  out.persons.assign(n * at(out.periods + 1) * cells, 0.0);
  out.person_years.assign(n * at(out.periods) * cells, 0.0);
  out.moved.assign(n * at(out.periods) * f.map.moves.size(), 0.0);
  out.died.assign(n * at(out.periods) * at(f.S), 0.0);
  out.migrated = out.reached = out.enrolled = out.died;

  const auto shared = share_runs(runs);
  const std::size_t lanes = at(detail::lanes_in_block(f));
  const std::size_t blocks = (shared.size() + lanes - 1) / lanes;
  if (f.C > 1) kept = nullptr;  // the pieces of usual care depend on when strategies enrol
  if (kept && kept->size() < first + blocks) {
    detail::usual_care to_be;
    to_be.kept = true;
    kept->resize(first + blocks, to_be);
  }
  std::vector<double> cells_scaled(blocks), runs_scaled(blocks), least(blocks, 1.0);
  for_each_block(
      blocks, f.options.threads,
      [&](std::size_t b) {
        detail::usual_care own;
        auto& usual = kept ? (*kept)[first + b] : own;
        detail::cohort_block(f, runs, shared, static_cast<int>(b * lanes), usual, out).run();
        cells_scaled[b] = usual.scaled_cells;
        runs_scaled[b] = usual.scaled_runs;
        least[b] = usual.least_scale;
      },
      report);
  for (std::size_t b = 0; b < blocks; ++b) {
    out.scaled_cells += cells_scaled[b];
    out.scaled_runs += runs_scaled[b];
    out.least_scale = std::min(out.least_scale, least[b]);
  }
  return blocks;
}

bool same_usual_care(projection_run a, projection_run b) {
  return a.draw == b.draw && a.incidence_trend == b.incidence_trend && a.mix_trend == b.mix_trend &&
         a.settled_start == b.settled_start && a.path == b.path;
}

}  // namespace

void refuse_entry_clock(const open_cohort_inputs& inputs, const std::string& where) {
  if (inputs.entry_cuts.empty()) return;
  reject("E-ENTRY-CLOCK", where,
         "intensities have " + std::to_string(inputs.entry_cuts.size() + 1) +
             " bands of time since entry",
         "time since entry is followed by `project` alone",
         "Use `project`, or intensities without it");
}

namespace detail {

open_cohort_results project_runs(const open_cohort_inputs& inputs,
                                 const std::vector<projection_run>& runs,
                                 const open_cohort_options& options,
                                 std::vector<usual_care>* kept) {
  const auto f = prepare(inputs, options);
  check_runs(f, runs);
  check_closure(f, runs);
  auto out = in_common(f);
  run_all(f, runs, options.report, out, kept, 0);
  return out;
}

open_cohort_results project_runs_in_parts(
    const open_cohort_inputs& inputs, const std::vector<projection_run>& runs,
    const open_cohort_options& options, int runs_at_once,
    const std::function<void(int first, const open_cohort_results& part)>& take,
    std::vector<usual_care>* kept) {
  const auto f = prepare(inputs, options);
  check_runs(f, runs);
  check_closure(f, runs);
  auto all = in_common(f);
  all.runs = static_cast<int>(runs.size());
  std::size_t first = 0, blocks = 0;
  while (first < runs.size()) {
    std::size_t end = std::min(runs.size(), first + at(std::max(1, runs_at_once)));
    while (end < runs.size() && same_usual_care(runs[end - 1], runs[end])) ++end;
    const std::vector<projection_run> some(runs.begin() + static_cast<std::ptrdiff_t>(first),
                                           runs.begin() + static_cast<std::ptrdiff_t>(end));
    auto part = in_common(f);
    const std::size_t before = first, these = some.size();
    const progress report =
        !options.report ? progress() : progress([&](std::size_t done, std::size_t of) {
          const double share = of == 0 ? 1.0 : static_cast<double>(done) / static_cast<double>(of);
          return options.report(
              before + static_cast<std::size_t>(share * static_cast<double>(these)), runs.size());
        });
    blocks += run_all(f, some, report, part, kept, blocks);
    all.scaled_cells += part.scaled_cells;
    all.scaled_runs += part.scaled_runs;
    all.least_scale = std::min(all.least_scale, part.least_scale);
    take(static_cast<int>(first), part);
    first = end;
  }
  return all;
}

}  // namespace detail

open_cohort_results project_open_cohort(const open_cohort_inputs& inputs,
                                        const std::vector<projection_run>& runs,
                                        const open_cohort_options& options) {
  return detail::project_runs(inputs, runs, options, nullptr);
}

open_cohort_results project_open_cohort_in_parts(
    const open_cohort_inputs& inputs, const std::vector<projection_run>& runs,
    const open_cohort_options& options, int runs_at_once,
    const std::function<void(int first, const open_cohort_results& part)>& take) {
  return detail::project_runs_in_parts(inputs, runs, options, runs_at_once, take, nullptr);
}

}  // namespace kohort
