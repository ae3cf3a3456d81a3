#include <memory>

#include <kohort/projection/accounting.hpp>
#include <kohort/projection/decomposition.hpp>
#include <kohort/projection/projection.hpp>

#include "casters.hpp"
#include "results.hpp"

namespace {

using kohort::bindings::array;
using flat = py::array_t<double, py::array::c_style | py::array::forcecast>;
using row_major = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

std::vector<double> numbers(const flat& values) {
  return {values.data(), values.data() + values.size()};
}

py::dict as_dict(const kohort::projection& p) {
  const py::ssize_t T = p.years, S = static_cast<py::ssize_t>(p.states.size()), G = p.groups,
                    D = p.draws, L = static_cast<py::ssize_t>(p.levels.size()),
                    M = static_cast<py::ssize_t>(p.moves.size());
  py::dict d;
  d["states"] = p.states;
  d["levels"] = p.levels;
  std::vector<std::pair<int, int>> moves;
  for (const auto& move : p.moves) moves.emplace_back(move.from, move.to);
  d["moves"] = moves;
  d["persons"] = array(p.persons, {T + 1, S, 2, G});
  d["person_years"] = array(p.person_years, {T, S, 2, G});
  d["new_users"] = array(p.new_users, {T, L});
  d["deaths"] = array(p.deaths, {T, S});
  d["migration"] = array(p.migration, {T, S});
  d["reached"] = array(p.reached, {T, S});
  d["moved"] = array(p.moved, {T, M});
  const char* conventions[4] = {"start", "end", "trapezoid", "continuous"};
  py::dict cost;
  for (std::size_t c = 0; c < 4; ++c) cost[conventions[c]] = array(p.cost[c], {T, S});
  d["costs"] = cost;
  d["draws_persons"] = array(p.draws_persons, {D, T + 1, S});
  d["draws_users"] = array(p.draws_users, {D, T + 1, 2, G});
  d["draws_person_years"] = array(p.draws_person_years, {D, T, S});
  d["draws_new_users"] = array(p.draws_new_users, {D, T, L});
  d["draws_cost"] = array(p.draws_cost, {D, T});
  d["share_persons"] = array(p.share_persons, {T + 1, S, 2, G});
  d["share_cost"] = array(p.share_cost, {T, S});
  const char* forecasts[2] = {"flow", "constant_share"};
  for (std::size_t f = 0; f < 2; ++f) {
    d[(std::string("growth_users_") + forecasts[f]).c_str()] = array(p.growth_users[f], {T + 1, 4});
    d[(std::string("growth_cost_") + forecasts[f]).c_str()] = array(p.growth_cost[f], {T + 1, 4});
  }
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

  m.def(
      "project",
      [](const kohort::model& structure, const std::string& ended, int first_age, int base_year,
         const flat& persons, const flat& mortality, const flat& stock, const flat& point_rates,
         const kohort::entry_rates& point_entries, const flat& draw_rates,
         const kohort::entry_rates& draw_entries, const Eigen::VectorXd& cost,
         const std::vector<double>& price_index, int fitted_from, int fitted_to,
         const std::vector<int>& groups, bool scale, double floor, int threads, py::object report) {
        const int ages = static_cast<int>(groups.size());
        const int years = ages > 0 ? static_cast<int>(persons.size()) / (2 * ages) - 1 : 0;
        kohort::projection_inputs inputs{
            {structure,
             ended,
             {first_age, ages, base_year, years, numbers(persons), numbers(mortality)},
             numbers(stock),
             numbers(point_rates),
             point_entries},
            numbers(draw_rates),
            draw_entries,
            cost,
            price_index,
            fitted_from,
            fitted_to};
        kohort::open_cohort_options options;
        options.closure = scale ? kohort::closure_policy::scale : kohort::closure_policy::strict;
        options.floor = floor;
        options.group_of_age = groups;
        options.threads = threads;
        // Copied while the interpreter lock is released: only the pointer is.
        const auto poll =
            std::make_shared<const kohort::progress>(kohort::bindings::polling(std::move(report)));
        options.report = [poll](std::size_t done, std::size_t total) {
          return (*poll)(done, total);
        };
        kohort::projection made;
        {
          const py::gil_scoped_release release;
          made = kohort::project(inputs, options);
        }
        return as_dict(made);
      },
      "model"_a, "ended"_a, "first_age"_a, "base_year"_a, "persons"_a, "mortality"_a, "stock"_a,
      "point_rates"_a, "point_entries"_a, "draw_rates"_a, "draw_entries"_a, "cost"_a,
      "price_index"_a, "fitted_from"_a, "fitted_to"_a, "groups"_a, "scale"_a, "floor"_a,
      "threads"_a, "progress"_a);
}
