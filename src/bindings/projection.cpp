#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <kohort/projection/accounting.hpp>
#include <kohort/projection/decomposition.hpp>
#include <kohort/projection/phased.hpp>
#include <kohort/projection/prepared_projection.hpp>
#include <kohort/projection/projection.hpp>

#include "arrays.hpp"
#include "casters.hpp"
#include "open_cohort.hpp"
#include "strategies.hpp"

namespace {

using kohort::bindings::array;
using kohort::bindings::flat;
using kohort::bindings::numbers;
using kohort::bindings::row_major;
using kohort::bindings::strategies_of;
using kohort::bindings::strategy_given;

struct projection_task {
  kohort::projection_inputs inputs;
  kohort::open_cohort_options options;
};

/// Copied while the interpreter lock is released: only the pointer is.
kohort::progress reporting(py::object report) {
  const auto poll =
      std::make_shared<const kohort::progress>(kohort::bindings::polling(std::move(report)));
  return [poll](std::size_t done, std::size_t total) { return (*poll)(done, total); };
}

/// What one course of a projection gives.
py::dict as_dict(const kohort::projection& p, const kohort::projected_course& c) {
  const py::ssize_t T = p.years, S = static_cast<py::ssize_t>(p.states.size()), G = p.groups,
                    D = p.draws, L = static_cast<py::ssize_t>(p.levels.size()),
                    M = static_cast<py::ssize_t>(p.moves.size()), N = p.periods;
  py::dict d;
  d["name"] = c.name;
  d["persons"] = array(c.persons, {T + 1, S, 2, G});
  d["person_years"] = array(c.person_years, {T, S, 2, G});
  d["new_users"] = array(c.new_users, {T, L});
  d["deaths"] = array(c.deaths, {T, S});
  d["migration"] = array(c.migration, {T, S});
  d["reached"] = array(c.reached, {T, S});
  d["moved"] = array(c.moved, {T, M});
  d["enrolled"] = array(c.enrolled, {T, S});
  const char* conventions[4] = {"start", "end", "trapezoid", "continuous"};
  py::dict cost;
  for (std::size_t k = 0; k < 4; ++k) cost[conventions[k]] = array(c.cost[k], {T, S});
  d["costs"] = cost;
  d["growth_users"] = array(c.growth_users, {T + 1, 4});
  d["growth_cost"] = array(c.growth_cost, {T + 1, 4});
  d["draws_persons_by_sex"] = array(c.draws_persons, {D, T + 1, S, 2});
  d["draws_users"] = array(c.draws_users, {D, T + 1, 2, G});
  d["draws_person_years_by_sex"] = array(c.draws_person_years, {D, T, S, 2});
  d["draws_new_users"] = array(c.draws_new_users, {D, T, L});
  d["draws_moved"] = array(c.draws_moved, {D, T, M});
  d["draws_deaths"] = array(c.draws_deaths, {D, T, S});
  d["draws_enrolled"] = array(c.draws_enrolled, {D, T, S});
  d["draws_cost"] = array(c.draws_cost, {D, T});
  if (N > 0) {
    d["period_persons"] = array(c.period_persons, {N + 1, S, 2, G});
    d["period_person_years"] = array(c.period_person_years, {N, S, 2, G});
    d["period_moved"] = array(c.period_moved, {N, M});
    d["period_deaths"] = array(c.period_deaths, {N, S});
    d["period_enrolled"] = array(c.period_enrolled, {N, S});
    d["draws_period_persons"] = array(c.draws_period_persons, {D, N + 1, S});
    d["draws_period_person_years"] = array(c.draws_period_person_years, {D, N, S});
  }
  return d;
}

py::dict as_dict(const kohort::projection& p) {
  const py::ssize_t T = p.years, S = static_cast<py::ssize_t>(p.states.size()), G = p.groups;
  py::dict d = as_dict(p, p.usual);
  d["states"] = p.states;
  d["levels"] = p.levels;
  std::vector<std::pair<int, int>> moves;
  for (const auto& move : p.moves) moves.emplace_back(move.from, move.to);
  d["moves"] = moves;
  py::list strategies;
  for (const auto& course : p.strategies) strategies.append(as_dict(p, course));
  d["strategies"] = strategies;
  d["share_persons"] = array(p.share_persons, {T + 1, S, 2, G});
  d["share_cost"] = array(p.share_cost, {T, S});
  d["share_growth_users"] = array(p.share_growth_users, {T + 1, 4});
  d["share_growth_cost"] = array(p.share_growth_cost, {T + 1, 4});
  d["healthy_persons"] = array(p.healthy_persons, {T + 1, S, 2, G});
  d["healthy_cost"] = array(p.healthy_cost, {T, S});
  d["difference_users"] = array(p.difference_users, {T + 1, 4});
  d["difference_cost"] = array(p.difference_cost, {T + 1, 4});
  d["scaled_cells"] = p.scaled_cells;
  d["scaled_runs"] = p.scaled_runs;
  d["least_scale"] = p.least_scale;
  d["extrapolated"] = p.extrapolated;
  d["notices"] = p.notices;
  return d;
}

}  // namespace

void bind_projection(py::module_& m) {
  m.def(
      "cohort_trace",
      [](const Eigen::MatrixXd& Q, const Eigen::VectorXd& start, int cycles, double cycle_length,
         double persons) {
        return row_major(kohort::cohort_trace(
            kohort::intensity_matrix<>(Q), start,
            {.cycles = cycles, .cycle_length = cycle_length, .persons = persons}));
      },
      "intensities"_a, "start"_a, "cycles"_a, "cycle_length"_a, "persons"_a,
      py::call_guard<py::gil_scoped_release>());

  m.def(
      "cohort_cost",
      [](const Eigen::MatrixXd& Q, const Eigen::VectorXd& start, const Eigen::VectorXd& cost,
         double years, double discount, const std::string& accounting, double cycle_length,
         double persons) {
        return kohort::cohort_cost(kohort::intensity_matrix<>(Q), start, cost,
                                   {.years = years,
                                    .discount = discount,
                                    .convention = kohort::accounting_named(accounting),
                                    .cycle_length = cycle_length,
                                    .persons = persons});
      },
      "intensities"_a, "start"_a, "cost"_a, "years"_a, "discount"_a, "accounting"_a,
      "cycle_length"_a, "persons"_a, py::call_guard<py::gil_scoped_release>());

  m.def(
      "column_quantiles",
      [](const flat& draws, const std::vector<double>& probabilities) {
        const std::size_t rows = static_cast<std::size_t>(draws.ndim() > 0 ? draws.shape(0) : 0);
        const std::size_t columns = rows > 0 ? static_cast<std::size_t>(draws.size()) / rows : 0;
        std::vector<py::ssize_t> shape{static_cast<py::ssize_t>(probabilities.size())};
        for (py::ssize_t i = 1; i < draws.ndim(); ++i) shape.push_back(draws.shape(i));
        return array(
            kohort::column_quantiles({draws.data(), static_cast<std::size_t>(draws.size())},
                                     columns, probabilities),
            shape);
      },
      "draws"_a, "probabilities"_a, "Quantiles over the first axis.");

  py::class_<kohort::prepared_projection>(m, "PreparedProjection", "Its usual care is known.")
      .def(
          "project",
          [](const kohort::prepared_projection& prepared,
             const std::vector<strategy_given>& strategies,
             const std::vector<strategy_given>& draw_strategies) {
            kohort::projection made;
            {
              const py::gil_scoped_release release;
              made = prepared.project(strategies_of(strategies), strategies_of(draw_strategies));
            }
            return as_dict(made);
          },
          "strategies"_a, "draw_strategies"_a);

  py::class_<projection_task>(m, "ProjectionTask", "All that a projection takes but strategies.")
      .def(py::init([](const kohort::model& structure, const std::string& ended, int first_age,
                       int base_year, const flat& persons, const flat& mortality, const flat& stock,
                       const flat& point_rates, const kohort::entry_rates& point_entries,
                       const flat& draw_rates, const kohort::entry_rates& draw_entries,
                       const Eigen::VectorXd& cost, const std::vector<double>& price_index,
                       int fitted_from, int fitted_to, const std::vector<int>& groups, bool scale,
                       double floor, const flat& draw_paths, double healthy_share,
                       int periods_a_year, int enrolments_a_year,
                       const std::vector<double>& entry_cuts, int threads) {
             const int ages = static_cast<int>(groups.size());
             const int years = ages > 0 ? static_cast<int>(persons.size()) / (2 * ages) - 1 : 0;
             projection_task task{
                 {{structure,
                   ended,
                   {first_age, ages, base_year, years, numbers(persons), numbers(mortality)},
                   numbers(stock),
                   numbers(point_rates),
                   point_entries,
                   {},
                   {},
                   entry_cuts},
                  numbers(draw_rates),
                  draw_entries,
                  cost,
                  price_index,
                  fitted_from,
                  fitted_to,
                  {},
                  numbers(draw_paths),
                  healthy_share},
                 {}};
             task.options =
                 kohort::bindings::open_cohort_run(scale, floor, enrolments_a_year, threads);
             task.options.group_of_age = groups;
             task.options.periods_a_year = periods_a_year;
             return task;
           }),
           "model"_a, "ended"_a, "first_age"_a, "base_year"_a, "persons"_a, "mortality"_a,
           "stock"_a, "point_rates"_a, "point_entries"_a, "draw_rates"_a, "draw_entries"_a,
           "cost"_a, "price_index"_a, "fitted_from"_a, "fitted_to"_a, "groups"_a, "scale"_a,
           "floor"_a, "draw_paths"_a, "healthy_share"_a, "periods_a_year"_a, "enrolments_a_year"_a,
           "entry_cuts"_a, "threads"_a)
      .def(
          "project",
          [](projection_task& task, const std::vector<strategy_given>& strategies,
             const std::vector<strategy_given>& draw_strategies, py::object report) {
            task.inputs.point.strategies = strategies_of(strategies);
            task.inputs.draw_strategies = strategies_of(draw_strategies);
            task.options.report = reporting(std::move(report));
            kohort::projection made;
            {
              const py::gil_scoped_release release;
              made = kohort::project(task.inputs, task.options);
            }
            return as_dict(made);
          },
          "strategies"_a, "draw_strategies"_a, "progress"_a)
      .def(
          "prepare",
          [](const projection_task& task, py::object report) {
            auto options = task.options;
            options.report = reporting(std::move(report));
            const py::gil_scoped_release release;
            return kohort::prepared_projection(task.inputs, options);
          },
          "progress"_a);

  m.def(
      "entry_parts",
      [](const std::vector<double>& cuts, int parts_a_year) {
        return kohort::entry_clock(cuts, parts_a_year).stock_parts();
      },
      "cuts"_a, "parts_a_year"_a);
  m.def("entries_at_first_phase", &kohort::entries_at_first_phase, "of_levels"_a, "places"_a,
        "levels"_a);
  m.def(
      "split_stock",
      [](const kohort::model& structure, const std::string& ended, int first_age, int base_year,
         const flat& persons, const flat& mortality, const flat& rates,
         const kohort::entry_rates& entries, const std::vector<int>& seen_of, const flat& seen) {
        const int ages = static_cast<int>(mortality.shape(mortality.ndim() - 1));
        const auto split = kohort::split_stock(
            {structure,
             ended,
             {first_age, ages, base_year, 0, numbers(persons), numbers(mortality)},
             {},
             numbers(rates),
             entries},
            seen_of, numbers(seen));
        return py::make_tuple(
            array(split.stock, {2, ages, static_cast<py::ssize_t>(seen_of.size())}), split.split);
      },
      "model"_a, "ended"_a, "first_age"_a, "base_year"_a, "persons"_a, "mortality"_a, "rates"_a,
      "entries"_a, "seen_of"_a, "seen"_a);
  m.def("fading_log_ratios", &kohort::fading_log_ratios, "first"_a, "kept"_a, "steps"_a);
}
