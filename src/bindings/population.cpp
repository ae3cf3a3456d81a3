#include <cmath>
#include <tuple>
#include <utility>
#include <vector>

#include <kohort/population/entries.hpp>
#include <kohort/population/forecast.hpp>
#include <kohort/population/graduation.hpp>
#include <kohort/population/life_table.hpp>
#include <kohort/population/migration.hpp>
#include <kohort/population/shares.hpp>

#include "arrays.hpp"
#include "casters.hpp"

using kohort::bindings::array;

void bind_population(py::module_& m) {
  using kohort::bindings::flat;
  using kohort::bindings::numbers;

  py::class_<kohort::notice>(m, "Notice")
      .def_readonly("code", &kohort::notice::code)
      .def_readonly("message", &kohort::notice::message)
      .def_readonly("amount", &kohort::notice::amount);

  m.def(
      "checked_shares",
      [](const Eigen::VectorXd& given, const std::string& where, bool normalise) {
        const auto checked = kohort::checked_shares(given, where, normalise);
        return py::make_tuple(checked.values, checked.factor);
      },
      "shares"_a, "where"_a, "normalise"_a);

  m.def("mortality_from_risks", &kohort::mortality_from_risks, "first_age"_a, "risks"_a,
        "open_age"_a);
  m.def(
      "share_staying",
      [](const flat& persons, const flat& mortality, const flat& moving_out) {
        const py::ssize_t years = persons.shape(0) - 1, ages = persons.shape(2);
        const auto net =
            kohort::net_migration({0, static_cast<int>(ages), 0, static_cast<int>(years),
                                   numbers(persons), numbers(mortality)});
        return array(kohort::share_staying(net, static_cast<int>(years), numbers(moving_out)),
                     {years, 2, ages});
      },
      "persons"_a, "mortality"_a, "moving_out"_a,
      "Of each cohort, who does not move away within a year: (years, 2, ages).");
  m.def("graduate", &kohort::graduate, "totals"_a, "group_starts"_a, "indicator"_a);

  m.def(
      "forecast_from_groups",
      [](std::vector<int> starts, std::vector<int> years, const Eigen::MatrixXd& men,
         const Eigen::MatrixXd& women, int first_age, double time, const Eigen::VectorXd& risks_men,
         const Eigen::VectorXd& risks_women, std::vector<double> middles,
         const Eigen::MatrixXd& rates_men, const Eigen::MatrixXd& rates_women,
         const Eigen::MatrixXd& base, int base_year, int ahead, int open_age) {
        const std::array<kohort::group_mortality, 2> rates{
            {{starts, middles, rates_men}, {starts, middles, rates_women}}};
        const auto made = kohort::forecast_from_groups({starts, std::move(years), {men, women}},
                                                       {first_age, time, {risks_men, risks_women}},
                                                       rates, base, base_year, ahead, open_age);
        return py::make_tuple(array(made.persons, {made.years + 1, 2, made.ages}),
                              array(made.mortality, {made.years + 1, 2, made.ages}));
      },
      "group_starts"_a, "years"_a, "men"_a, "women"_a, "table_first_age"_a, "table_time"_a,
      "risks_men"_a, "risks_women"_a, "period_middles"_a, "rates_men"_a, "rates_women"_a, "base"_a,
      "base_year"_a, "ahead"_a, "open_age"_a);

  py::class_<kohort::entry_rates>(m, "EntryRates")
      .def_readonly("draws", &kohort::entry_rates::draws)
      .def_readonly("ages", &kohort::entry_rates::ages)
      .def_readonly("levels", &kohort::entry_rates::levels)
      .def(
          "table",
          [](const kohort::entry_rates& self, int draw, int h) {
            std::vector<double> all(static_cast<std::size_t>(2 * self.ages * self.levels));
            for (int sex = 0; sex < 2; ++sex) {
              for (int a = 0; a < self.ages; ++a) {
                self.rates(draw, sex, a, h, true, true,
                           &all[static_cast<std::size_t>((sex * self.ages + a) * self.levels)]);
              }
            }
            return array(all, {2, self.ages, self.levels});
          },
          "draw"_a, "h"_a, "Rates per person-year without support: (2, ages, levels).");

  m.def(
      "entry_table",
      [](const Eigen::MatrixXd& incidence, const flat& mix, int levels) {
        return kohort::entry_table(incidence, numbers(mix), levels);
      },
      "incidence"_a, "mix"_a, "levels"_a);

  py::class_<kohort::entry_model>(m, "EntryModel")
      .def_readonly("incidence_names", &kohort::entry_model::incidence_names)
      .def_readonly("mix_names", &kohort::entry_model::mix_names)
      .def_readonly("incidence", &kohort::entry_model::incidence)
      .def_readonly("mix", &kohort::entry_model::mix)
      .def_readonly("incidence_covariance", &kohort::entry_model::incidence_covariance)
      .def_readonly("mix_covariance", &kohort::entry_model::mix_covariance)
      .def_readonly("dispersion", &kohort::entry_model::dispersion)
      .def_readonly("reference_year", &kohort::entry_model::reference_year)
      .def_readonly("events", &kohort::entry_model::events)
      .def_readonly("exposure", &kohort::entry_model::exposure)
      .def_readonly("notices", &kohort::entry_model::notices)
      .def_readonly("age_weight", &kohort::entry_model::age_weight)
      .def_readonly("sex_weight", &kohort::entry_model::sex_weight)
      .def_property_readonly(
          "check",
          [](const kohort::entry_model& self) {
            std::vector<std::tuple<bool, int, int, double, double, double>> groups;
            for (const auto& g : self.check) {
              groups.emplace_back(g.men, g.first_age, g.last_age, g.seen, g.expected, g.deviations);
            }
            return groups;
          })
      .def(
          "log_incidence",
          [](const kohort::entry_model& self, const std::vector<int>& ages) {
            const auto n = static_cast<Eigen::Index>(ages.size());
            Eigen::MatrixXd estimates(2, n), errors(2, n);
            for (Eigen::Index sex = 0; sex < 2; ++sex) {
              for (Eigen::Index a = 0; a < n; ++a) {
                const auto x =
                    kohort::incidence_terms(self, ages[static_cast<std::size_t>(a)], sex == 0);
                estimates(sex, a) = x.dot(self.incidence);
                errors(sex, a) = std::sqrt(x.dot(self.incidence_covariance * x));
              }
            }
            return std::pair(estimates, errors);
          },
          "ages"_a, "In the reference year, with standard errors: two arrays (2, ages).")
      .def("rates", &kohort::rates_of, "first_age"_a, "ages"_a, "draws"_a, "seed"_a,
           py::call_guard<py::gil_scoped_release>());

  m.def(
      "fit_entries",
      [](int first_year, int years, int first_age, int ages, int levels, const flat& entries,
         const flat& year_ends, const flat& supported, bool trend, bool mix_trend, double damping,
         double mix_damping) {
        const auto counts =
            kohort::count_entries(first_year, years, first_age, ages, levels, numbers(entries),
                                  numbers(year_ends), numbers(supported));
        const py::gil_scoped_release release;
        return kohort::fit_entries(counts, {.trend = trend,
                                            .mix_trend = mix_trend,
                                            .damping = damping,
                                            .mix_damping = mix_damping});
      },
      "first_year"_a, "years"_a, "first_age"_a, "ages"_a, "levels"_a, "entries"_a, "year_ends"_a,
      "supported"_a, "trend"_a, "mix_trend"_a, "damping"_a, "mix_damping"_a);
}
