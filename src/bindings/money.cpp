// Demand, budgets, price indices, and cohorts in many draws.

#include <kohort/economics/budget.hpp>
#include <kohort/economics/demand.hpp>
#include <kohort/economics/price_index.hpp>
#include <kohort/economics/probabilistic_cohort.hpp>

#include <span>
#include <tuple>

#include "arrays.hpp"
#include "casters.hpp"

namespace {

using kohort::bindings::array;
using kohort::bindings::flat;
using kohort::bindings::row_major;

std::span<const double> view(const flat& values) {
  return {values.data(), static_cast<std::size_t>(values.size())};
}

kohort::budget_year year_of(
    const std::tuple<Eigen::VectorXd, Eigen::MatrixXd, Eigen::VectorXd>& y) {
  return {std::get<0>(y), std::get<1>(y), std::get<2>(y)};
}

}  // namespace

void bind_money(py::module_& m) {
  py::class_<kohort::price_index>(m, "PriceIndex")
      .def(py::init([](std::string name, std::string edition,
                       const std::vector<std::tuple<int, double, bool>>& changes) {
             std::vector<kohort::price_change> made;
             for (const auto& [year, percent, forecast] : changes) {
               made.push_back({year, percent, forecast});
             }
             return kohort::price_index(std::move(name), std::move(edition), std::move(made));
           }),
           "name"_a, "edition"_a, "changes"_a)
      .def_property_readonly("name", &kohort::price_index::name)
      .def_property_readonly("edition", &kohort::price_index::edition)
      .def_property_readonly("changes",
                             [](const kohort::price_index& index) {
                               std::vector<std::tuple<int, double, bool>> made;
                               for (const auto& one : index.changes()) {
                                 made.emplace_back(one.year, one.percent, one.forecast);
                               }
                               return made;
                             })
      .def(
          "convert",
          [](const kohort::price_index& index, int from, int to, int lag) {
            const auto c = index.convert(from, to, lag);
            return py::make_tuple(c.factor, c.from_index_year, c.to_index_year, c.forecast_years);
          },
          "from_year"_a, "to_year"_a, "lag"_a);

  m.def("nominal_rate", &kohort::nominal_rate, "real"_a, "inflation"_a);

  m.def(
      "split_change",
      [](const std::tuple<Eigen::VectorXd, Eigen::MatrixXd, Eigen::VectorXd>& before,
         const std::tuple<Eigen::VectorXd, Eigen::MatrixXd, Eigen::VectorXd>& after,
         const Eigen::VectorXd& wage_share, double wage_growth) {
        const auto parts =
            kohort::split_change(year_of(before), year_of(after), wage_share, wage_growth);
        return std::array<double, 5>{parts.volume, parts.mix, parts.service, parts.wage,
                                     parts.price};
      },
      "before"_a, "after"_a, "wage_share"_a, "wage_growth"_a);

  m.def(
      "split_by_payer",
      [](const Eigen::VectorXd& amounts, const Eigen::VectorXd& fees,
         const Eigen::MatrixXd& shares) {
        return row_major(kohort::split_by_payer(amounts, fees, shares));
      },
      "amounts"_a, "fees"_a, "shares"_a);

  m.def(
      "round_hierarchy",
      [](const flat& amounts, const std::vector<int>& shape) {
        return kohort::round_hierarchy(view(amounts), shape);
      },
      "amounts"_a, "shape"_a);

  m.def(
      "demand",
      [](const Eigen::VectorXd& hours, const Eigen::VectorXd& performed,
         const Eigen::VectorXd& in_homes, const Eigen::VectorXd& heavy,
         const Eigen::VectorXd& heavy_hours, double vacancy_days, double occupancy,
         double hours_per_post, double posts_per_place, const flat& person_years,
         const flat& exits) {
        if (person_years.ndim() != 3 || exits.ndim() != 2) {
          kohort::reject("E-SHAPE", "demand", "arrays of other axes",
                         "person-years are (runs, years, levels) and exits (runs, years)",
                         "Give them so");
        }
        const py::ssize_t R = person_years.shape(0), T = person_years.shape(1);
        const auto d = kohort::demand_of({.hours = hours,
                                          .performed = performed,
                                          .in_homes = in_homes,
                                          .heavy = heavy,
                                          .heavy_hours = heavy_hours,
                                          .vacancy_days = vacancy_days,
                                          .occupancy = occupancy,
                                          .hours_per_post = hours_per_post,
                                          .posts_per_place = posts_per_place},
                                         static_cast<int>(R), static_cast<int>(T),
                                         view(person_years), view(exits));
        py::dict made;
        made["person_years"] = array(d.person_years, {R, T});
        made["granted_hours"] = array(d.granted_hours, {R, T});
        made["performed_hours"] = array(d.performed_hours, {R, T});
        made["heavy_persons"] = array(d.heavy_persons, {R, T});
        made["heavy_hours"] = array(d.heavy_hours, {R, T});
        made["residents"] = array(d.residents, {R, T});
        made["places"] = array(d.places, {R, T});
        made["posts_home"] = array(d.posts_home, {R, T});
        made["posts_homes"] = array(d.posts_homes, {R, T});
        return made;
      },
      "hours"_a, "performed"_a, "in_homes"_a, "heavy"_a, "heavy_hours"_a, "vacancy_days"_a,
      "occupancy"_a, "hours_per_post"_a, "posts_per_place"_a, "person_years"_a, "exits"_a);

  m.def(
      "probabilistic_cohort",
      [](const flat& probabilities, const Eigen::VectorXd& start, const flat& costs,
         const flat& utilities, const std::vector<int>& alive, int cycles,
         const std::string& accounting, double discount, double discount_effects,
         double cycle_length, double counted_at, bool strict, double level, int threads) {
        if (probabilities.ndim() != 4) {
          kohort::reject("E-SHAPE", "probabilistic_cohort",
                         "probabilities of " + std::to_string(probabilities.ndim()) + " axes",
                         "they are (draws, strategies, states, states)", "Add the axis of draws");
        }
        const py::ssize_t D = probabilities.shape(0), S = probabilities.shape(1),
                          n = probabilities.shape(3), K = cycles;
        const kohort::probabilistic_cohort_inputs inputs{static_cast<int>(D),
                                                         static_cast<int>(S),
                                                         static_cast<int>(n),
                                                         cycles,
                                                         view(probabilities),
                                                         start,
                                                         view(costs),
                                                         view(utilities),
                                                         {alive.begin(), alive.end()}};
        const kohort::probabilistic_cohort_options options{
            .accounting = {.convention = kohort::accounting_named(accounting),
                           .discount = discount,
                           .cycle_length = cycle_length,
                           .counted_at = counted_at,
                           .strict = strict},
            .discount_effects = discount_effects,
            .level = level,
            .threads = threads};
        const auto out = [&] {
          const py::gil_scoped_release release;
          return kohort::probabilistic_cohort(inputs, options);
        }();
        py::dict made;
        made["costs"] = array(out.costs, {D, S});
        made["effects"] = array(out.effects, {D, S});
        made["mean"] = array(out.mean, {K + 1, S, n});
        made["low"] = array(out.low, {K + 1, S, n});
        made["high"] = array(out.high, {K + 1, S, n});
        return made;
      },
      "probabilities"_a, "start"_a, "costs"_a, "utilities"_a, "alive"_a, "cycles"_a, "accounting"_a,
      "discount"_a, "discount_effects"_a, "cycle_length"_a, "counted_at"_a, "strict"_a, "level"_a,
      "threads"_a);
}
