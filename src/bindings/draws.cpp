#include <kohort/estimation/coefficient_draws.hpp>
#include <kohort/population/entry_draws.hpp>
#include <kohort/uncertainty/chance_of_draws.hpp>
#include <kohort/uncertainty/draw_recipe.hpp>
#include <kohort/uncertainty/outcome_draws.hpp>

#include <memory>
#include <string>
#include <utility>

#include "arrays.hpp"
#include "casters.hpp"
#include "normals.hpp"
#include "open_cohort.hpp"
#include "strategies.hpp"

namespace {

using kohort::bindings::array;
using kohort::bindings::flat;
using kohort::bindings::numbers;
using kohort::bindings::row_major;

kohort::draw_recipe recipe(const py::dict& from) {
  const auto vector = [&](const char* key) { return from[key].cast<Eigen::VectorXd>(); };
  const auto matrix = [&](const char* key) { return from[key].cast<Eigen::MatrixXd>(); };
  kohort::draw_recipe made;
  made.rates = {from["ages"].cast<int>(),
                from["transitions"].cast<int>(),
                vector("log_rates"),
                matrix("log_rates_slopes"),
                from["bounded"].cast<std::vector<int>>(),
                from["bands"].cast<int>()};
  made.entries = {from["ages"].cast<int>(),
                  from["levels"].cast<int>(),
                  from["incidence_damping"].cast<double>(),
                  from["mix_damping"].cast<double>(),
                  vector("log_incidence"),
                  vector("log_odds"),
                  vector("incidence_trend"),
                  vector("mix_trend"),
                  matrix("log_incidence_slopes"),
                  matrix("log_odds_slopes"),
                  matrix("incidence_trend_slopes"),
                  matrix("mix_trend_slopes"),
                  from["of_incidence"].cast<int>()};
  made.shared = from["shared"].cast<int>();
  made.returns_as_new = from["returns_as_new"].cast<bool>();
  made.first_phases = from["first_phases"].cast<std::vector<int>>();
  return made;
}

/// The cohort whose rates and entries are drawn: it has none of its own.
kohort::open_cohort_inputs drawn_cohort(const kohort::model& structure, const std::string& ended,
                                        int first_age, int base_year, const flat& persons,
                                        const flat& mortality, const flat& stock, int ages,
                                        std::vector<kohort::strategy> strategies,
                                        const std::vector<double>& entry_cuts) {
  const int years = static_cast<int>(persons.size()) / (2 * ages) - 1;
  return {structure,
          ended,
          {first_age, ages, base_year, years, numbers(persons), numbers(mortality)},
          numbers(stock),
          {},
          {},
          std::move(strategies),
          {},
          entry_cuts};
}

void bind_entry_rates(py::module_& m) {
  m.def(
      "entry_rates_from",
      [](const kohort::entry_model& model, int first_age, int ages,
         const Eigen::MatrixXd& normals) {
        return kohort::rates_from(model, first_age, ages, normals);
      },
      "model"_a, "first_age"_a, "ages"_a, "normals"_a);
  m.def(
      "entry_tables",
      [](const kohort::entry_rates& e) {
        const py::ssize_t D = e.draws, A = e.ages, L = e.levels;
        py::dict d;
        d["log_incidence"] = array(e.log_incidence, {D, 2 * A});
        d["log_odds"] = array(e.log_odds, {D, 2 * A * L});
        d["incidence_trend"] = array(e.incidence_trend, {D, 1});
        d["mix_trend"] = array(e.mix_trend, {D, L});
        d["incidence_damping"] = e.incidence_damping;
        d["mix_damping"] = e.mix_damping;
        return d;
      },
      "entries"_a);
  m.def(
      "with_log_incidence",
      [](kohort::entry_rates entries, const Eigen::Ref<const row_major>& shift) {
        const auto cells = static_cast<std::size_t>(2 * entries.ages);
        if (shift.cols() != 2 * entries.ages || shift.rows() != entries.draws) {
          kohort::reject("E-SHAPE", "with_log_incidence", "the shifts have another shape",
                         "one for each draw, sex and age is needed", "Give draws x 2 ages");
        }
        for (std::size_t i = 0; i < entries.log_incidence.size(); ++i) {
          entries.log_incidence[i] +=
              shift(static_cast<Eigen::Index>(i / cells), static_cast<Eigen::Index>(i % cells));
        }
        return entries;
      },
      "entries"_a, "shift"_a);
}

void bind_recipe(py::module_& m) {
  py::class_<kohort::draw_numbers>(m, "DrawNumbers")
      .def_property_readonly(
          "draws", [](const kohort::draw_numbers& self) { return self.rate_normals.rows(); })
      .def(
          "picked",
          [](const kohort::draw_numbers& self, const std::vector<int>& rows) {
            const auto picked = [&rows](const Eigen::MatrixXd& all) {
              return Eigen::MatrixXd(all(rows, Eigen::seqN(Eigen::Index{0}, all.cols())));
            };
            return kohort::draw_numbers{picked(self.rate_normals), picked(self.rate_uniforms),
                                        picked(self.entry_normals)};
          },
          "rows"_a)
      .def(
          "with_rate_normals",
          [](kohort::draw_numbers self, const Eigen::MatrixXd& normals) {
            self.rate_normals = normals;
            return self;
          },
          "normals"_a)
      .def(
          "rows",
          [](const kohort::draw_numbers& self, int first, int n) {
            return kohort::draw_numbers{self.rate_normals.middleRows(first, n),
                                        self.rate_uniforms.middleRows(first, n),
                                        self.entry_normals.middleRows(first, n)};
          },
          "first"_a, "n"_a);
  py::class_<kohort::draw_recipe, std::shared_ptr<kohort::draw_recipe>>(m, "DrawRecipe")
      .def(py::init([](const py::dict& from) { return recipe(from); }), "tables"_a)
      .def_property_readonly("dimensions", &kohort::dimensions)
      .def("numbers", &kohort::numbers_of, "first"_a, "n"_a, "seed"_a)
      .def("numbers_from", &kohort::numbers_from, "uniforms"_a)
      .def(
          "rates",
          [](const kohort::draw_recipe& self, const kohort::draw_numbers& z) {
            std::vector<py::ssize_t> shape{z.rate_normals.rows(), 2, self.rates.ages,
                                           self.rates.transitions};
            if (self.rates.bands > 1) shape.insert(shape.end() - 1, self.rates.bands);
            return array(kohort::rates_from(self.rates, z.rate_normals, z.rate_uniforms), shape);
          },
          "numbers"_a)
      .def(
          "entries",
          [](const kohort::draw_recipe& self, const kohort::draw_numbers& z) {
            return kohort::entries_from(self.entries, z.entry_normals);
          },
          "numbers"_a);
}

void bind_runs(py::module_& m) {
  m.def(
      "project_courses",
      [](const kohort::model& structure, const std::string& ended, int first_age, int base_year,
         const flat& persons, const flat& mortality, const flat& stock,
         const kohort::draw_recipe& made_from, const kohort::draw_numbers& random,
         const flat& paths, const Eigen::VectorXd& cost, const std::vector<double>& index,
         const Eigen::MatrixXd& shares, const flat& prices, bool scale, double floor,
         const std::vector<kohort::bindings::strategy_given>& strategies,
         const std::vector<double>& entry_cuts, int enrolments_a_year, int threads,
         py::object report) {
        auto inputs = drawn_cohort(structure, ended, first_age, base_year, persons, mortality,
                                   stock, made_from.rates.ages,
                                   kohort::bindings::strategies_of(strategies), entry_cuts);
        const auto options = kohort::bindings::open_cohort_run(scale, floor, enrolments_a_year,
                                                               threads, std::move(report));
        const auto factors = numbers(paths), levels = numbers(prices);
        std::vector<kohort::outcome_draws> made;
        std::vector<std::vector<double>> money;
        {
          const py::gil_scoped_release release;
          made = kohort::project_courses(std::move(inputs), made_from, random, factors, options);
          for (const auto& one : made) {
            money.push_back(kohort::yearly_cost(one, cost, index, shares, levels));
          }
        }
        py::list courses;
        for (std::size_t c = 0; c < made.size(); ++c) {
          const auto& one = made[c];
          const py::ssize_t R = one.runs, T = one.years,
                            S = static_cast<py::ssize_t>(one.states.size());
          py::dict d;
          d["states"] = one.states;
          d["persons"] = array(one.persons, {R, T + 1, S});
          d["person_years"] = array(one.person_years, {R, T, S});
          d["new_users"] = array(one.new_users, {R, T});
          d["enrolled"] = array(one.enrolled, {R, T, S});
          d["cost"] = array(money[c], {R, T});
          d["scaled_runs"] = one.scaled_runs;
          courses.append(d);
        }
        return courses;
      },
      "model"_a, "ended"_a, "first_age"_a, "base_year"_a, "persons"_a, "mortality"_a, "stock"_a,
      "recipe"_a, "numbers"_a, "paths"_a, "cost"_a, "price_index"_a, "price_shares"_a, "prices"_a,
      "scale"_a, "floor"_a, "strategies"_a, "entry_cuts"_a, "enrolments_a_year"_a, "threads"_a,
      "progress"_a, "Usual care and each strategy, in the same draws.");
  m.def(
      "chance_of_draws",
      [](const kohort::model& structure, const std::string& ended, int first_age, int base_year,
         const flat& persons, const flat& mortality, const flat& stock,
         const kohort::draw_recipe& made_from, const kohort::draw_numbers& random,
         const Eigen::VectorXd& cost, const std::vector<double>& index, double dispersion,
         bool scale, double floor, const std::vector<double>& entry_cuts, int enrolments_a_year,
         const std::vector<int>& seen_of, const flat& moving_out, int threads) {
        const auto inputs = drawn_cohort(structure, ended, first_age, base_year, persons, mortality,
                                         stock, made_from.rates.ages, {}, entry_cuts);
        const auto leaving = numbers(moving_out);
        const auto options =
            kohort::bindings::open_cohort_run(scale, floor, enrolments_a_year, threads);
        kohort::chance_of_draws found;
        {
          const py::gil_scoped_release release;
          found = kohort::chance_of(inputs, made_from, random, cost, index, dispersion, options,
                                    seen_of, leaving);
        }
        const py::ssize_t n = found.draws, L = found.living;
        py::dict d;
        d["persons"] = array(found.persons, {n, inputs.population.years + 1, L, L});
        d["cost"] = array(found.cost, {n, inputs.population.years});
        return d;
      },
      "model"_a, "ended"_a, "first_age"_a, "base_year"_a, "persons"_a, "mortality"_a, "stock"_a,
      "recipe"_a, "numbers"_a, "cost"_a, "price_index"_a, "dispersion"_a, "scale"_a, "floor"_a,
      "entry_cuts"_a, "enrolments_a_year"_a, "seen_of"_a, "moving_out"_a, "threads"_a);
  m.def(
      "chance_normals",
      [](int n, int columns, std::uint64_t seed) {
        return kohort::bindings::normals({seed, kohort::purpose::chance_noise}, n, columns);
      },
      "n"_a, "columns"_a, "seed"_a);
  m.def(
      "yearly_cost",
      [](const flat& person_years, const Eigen::VectorXd& cost, const std::vector<double>& index,
         const Eigen::MatrixXd& shares, const flat& prices) {
        kohort::outcome_draws of;
        of.runs = static_cast<int>(person_years.shape(0));
        of.years = static_cast<int>(person_years.shape(1));
        of.states.resize(static_cast<std::size_t>(person_years.shape(2)));
        of.person_years = numbers(person_years);
        return array(kohort::yearly_cost(of, cost, index, shares, numbers(prices)),
                     {of.runs, of.years});
      },
      "person_years"_a, "cost"_a, "price_index"_a, "price_shares"_a, "prices"_a);
}

}  // namespace

void bind_draws(py::module_& m) {
  bind_entry_rates(m);
  bind_recipe(m);
  bind_runs(m);
}
