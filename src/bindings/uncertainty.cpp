#include <kohort/estimation/coefficient_draws.hpp>
#include <kohort/population/entry_draws.hpp>
#include <kohort/support/random.hpp>
#include <kohort/uncertainty/chance_moments.hpp>
#include <kohort/uncertainty/chance_of_draws.hpp>
#include <kohort/uncertainty/draw_recipe.hpp>
#include <kohort/uncertainty/draw_summary.hpp>
#include <kohort/uncertainty/outcome_draws.hpp>
#include <kohort/uncertainty/pick_freeze.hpp>
#include <kohort/uncertainty/population_error.hpp>
#include <kohort/uncertainty/price_paths.hpp>

#include <cmath>
#include <limits>
#include <memory>

#include "arrays.hpp"
#include "casters.hpp"
#include "normals.hpp"
#include "strategies.hpp"

namespace {

using flat = py::array_t<double, py::array::c_style | py::array::forcecast>;
using whole = py::array_t<std::int64_t, py::array::c_style | py::array::forcecast>;
using row_major = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using kohort::bindings::array;

std::vector<double> numbers(const flat& values) {
  return {values.data(), values.data() + values.size()};
}

kohort::population_error error_model(double sigma, double power, double age_scale,
                                     double between_sexes) {
  return {sigma, power, age_scale, between_sexes};
}

py::dict as_dict(const kohort::variance_table& table) {
  py::dict d;
  d["variance"] = table.variance;
  d["variance_error"] = table.variance_error;
  d["mean"] = table.mean;
  py::list parts;
  for (const auto& p : table.parts) {
    parts.append(py::make_tuple(p.name, p.alone, p.alone_error, p.first_order, p.first_order_error,
                                p.shapley, p.shapley_error));
  }
  d["parts"] = parts;
  return d;
}

/// Everything a summary holds, as arrays: what a worker sends and a checkpoint keeps.
py::dict state_of(const kohort::draw_summary& summary) {
  const auto m = static_cast<py::ssize_t>(summary.counts.size());
  whole bins(std::vector<py::ssize_t>{m, 5});  // first, bins, below, above, draws
  flat moments(std::vector<py::ssize_t>{m, 2});
  std::vector<std::int64_t> counts;
  for (py::ssize_t c = 0; c < m; ++c) {
    const auto& h = summary.counts[static_cast<std::size_t>(c)];
    const auto& of = summary.moments[static_cast<std::size_t>(c)];
    const std::int64_t row[5] = {h.first, static_cast<std::int64_t>(h.counts.size()), h.below,
                                 h.above, of.n};
    std::copy(row, row + 5, bins.mutable_data() + 5 * c);
    moments.mutable_at(c, 0) = of.mean;
    moments.mutable_at(c, 1) = of.squares;
    counts.insert(counts.end(), h.counts.begin(), h.counts.end());
  }
  whole all(static_cast<py::ssize_t>(counts.size()));
  std::copy(counts.begin(), counts.end(), all.mutable_data());
  py::dict d;
  d["bins"] = bins;
  d["moments"] = moments;
  d["counts"] = all;
  return d;
}

kohort::draw_summary summary_from(const whole& bins, const flat& moments, const whole& counts,
                                  const kohort::bin_rule& rule) {
  kohort::draw_summary summary;
  summary.rule = rule;
  const py::ssize_t m = bins.size() / 5;
  const std::int64_t* next = counts.data();
  std::int64_t left = counts.size();
  for (py::ssize_t c = 0; c < m; ++c) {
    const std::int64_t* row = bins.data() + 5 * c;
    if (row[1] < 0 || row[1] > left || moments.size() != 2 * m) {
      kohort::reject("E-SHAPE", "summary", "the counts do not fill the bins that are named",
                     "each quantity has as many counts as bins", "Make the summary anew");
    }
    summary.counts.push_back({row[0], {next, next + row[1]}, row[2], row[3]});
    next += row[1];
    left -= row[1];
    summary.moments.push_back({row[4], moments.data()[2 * c], moments.data()[2 * c + 1]});
  }
  return summary;
}

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

void bind_chance(py::module_& m) {
  const auto of = [](const Eigen::MatrixXd& Q) { return kohort::intensity_matrix<>(Q); };
  m.def(
      "closed_counts",
      [of](const Eigen::MatrixXd& Q, const Eigen::VectorXd& persons, double t) {
        const auto found = kohort::closed_counts(of(Q), persons, t);
        return std::pair(found.mean, row_major(found.covariance));
      },
      "intensities"_a, "persons"_a, "t"_a);
  m.def(
      "closed_counts_between",
      [of](const Eigen::MatrixXd& Q, const Eigen::VectorXd& persons, double t1, double t2) {
        return row_major(kohort::closed_counts_between(of(Q), persons, t1, t2));
      },
      "intensities"_a, "persons"_a, "t1"_a, "t2"_a);
  m.def(
      "inflow_counts",
      [of](const Eigen::MatrixXd& Q, const Eigen::VectorXd& inflow, double t) {
        const auto found = kohort::inflow_counts(of(Q), inflow, t);
        return std::pair(found.mean, row_major(found.covariance));
      },
      "intensities"_a, "inflow"_a, "t"_a);
  m.def(
      "inflow_counts_between",
      [of](const Eigen::MatrixXd& Q, const Eigen::VectorXd& inflow, double t1, double t2) {
        return row_major(kohort::inflow_counts_between(of(Q), inflow, t1, t2));
      },
      "intensities"_a, "inflow"_a, "t1"_a, "t2"_a);
  m.def(
      "person_cost",
      [](const std::vector<std::pair<Eigen::MatrixXd, double>>& pieces, const Eigen::VectorXd& cost,
         double force) {
        std::vector<kohort::cost_piece> along;
        for (const auto& [Q, years] : pieces) {
          along.push_back({kohort::intensity_matrix<>(Q), years});
        }
        const auto found = kohort::person_cost(along, cost, force);
        return std::pair(found.mean, found.second);
      },
      "pieces"_a, "cost"_a, "force"_a);
  m.def(
      "arrivals_cost_variance",
      [of](const Eigen::MatrixXd& Q, const Eigen::VectorXd& cost, double years, double force) {
        return kohort::arrivals_cost_variance(of(Q), cost, years, force);
      },
      "intensities"_a, "cost"_a, "years"_a, "force"_a);
  m.def(
      "chance_covariance",
      [](const kohort::model& structure, const flat& stock, const flat& rates, const flat& expected,
         double dispersion) {
        const kohort::chance_inputs inputs{structure,
                                           static_cast<int>(stock.shape(1)),
                                           static_cast<int>(expected.shape(1)) - 1,
                                           static_cast<int>(expected.shape(0)),
                                           dispersion,
                                           numbers(stock),
                                           numbers(rates),
                                           numbers(expected)};
        std::vector<double> found;
        {
          const py::gil_scoped_release release;
          found = kohort::chance_covariance(inputs);
        }
        return array(found,
                     {expected.shape(0), expected.shape(1), expected.shape(2), expected.shape(2)});
      },
      "model"_a, "stock"_a, "rates"_a, "expected"_a, "dispersion"_a,
      "Exact covariance of what `with_chance` draws, for each draw and 31 December.");
}

void bind_draws(py::module_& m) {
  m.def(
      "entry_rates_from",
      [](const kohort::entry_model& model, int first_age, int ages,
         const Eigen::MatrixXd& normals) {
        return kohort::rates_from(model, first_age, ages, normals);
      },
      "model"_a, "first_age"_a, "ages"_a, "normals"_a);
}

}  // namespace

void bind_uncertainty(py::module_& m) {
  bind_chance(m);

  m.def(
      "population_paths",
      [](double sigma, double power, double age_scale, double between_sexes, int years, int ages,
         int first, int n, std::uint64_t seed) {
        return array(kohort::population_paths(error_model(sigma, power, age_scale, between_sexes),
                                              years, ages, first, n, seed),
                     {n, years + 1, 2, ages});
      },
      "sigma"_a, "power"_a, "age_scale"_a, "between_sexes"_a, "years"_a, "ages"_a, "first"_a, "n"_a,
      "seed"_a);
  m.def(
      "population_error_variance",
      [](double sigma, double power, double age_scale, double between_sexes, const flat& expected,
         double h) {
        return kohort::population_error_variance(
            error_model(sigma, power, age_scale, between_sexes),
            {expected.data(), static_cast<std::size_t>(expected.size())}, h);
      },
      "sigma"_a, "power"_a, "age_scale"_a, "between_sexes"_a, "expected"_a, "h"_a);
  m.def(
      "price_paths",
      [](const std::vector<std::tuple<std::string, double, double>>& components,
         const Eigen::MatrixXd& correlation, int years, int first, int n, std::uint64_t seed) {
        kohort::price_model prices{{}, correlation};
        for (const auto& [name, growth, sd] : components) {
          prices.components.push_back({name, growth, sd});
        }
        return array(kohort::price_paths(prices, years, first, n, seed),
                     {n, years + 1, static_cast<py::ssize_t>(components.size())});
      },
      "components"_a, "correlation"_a, "years"_a, "first"_a, "n"_a, "seed"_a);

  m.def(
      "variant_uniforms",
      [](int first, int n, std::uint64_t seed) {
        const kohort::random_stream random(seed, kohort::purpose::variants);
        std::vector<double> found;
        for (int k = 0; k < n; ++k) {
          found.push_back(random.uniform(static_cast<std::uint32_t>(first + k), 0, 0));
        }
        return array(found, {n});
      },
      "first"_a, "n"_a, "seed"_a);

  m.def(
      "variance_by_group",
      [](const std::vector<std::string>& groups, const flat& y, const Eigen::MatrixXd& frozen,
         double chance, double chance_error) {
        return as_dict(kohort::variance_by_group(
            groups, {y.data(), static_cast<std::size_t>(y.size())}, frozen, chance, chance_error));
      },
      "groups"_a, "y"_a, "frozen"_a, "chance"_a, "chance_error"_a);
  m.def(
      "closed_variance_by_group",
      [](const std::vector<std::string>& groups, const Eigen::VectorXd& closed, double chance) {
        return as_dict(kohort::variance_by_group(groups, closed, chance));
      },
      "groups"_a, "closed_variances"_a, "chance"_a);

  py::class_<kohort::bin_rule>(m, "BinRule")
      .def(py::init([](bool logarithmic, double error, double low, double high) {
             const kohort::bin_rule rule{logarithmic, error, low, high};
             kohort::check(rule);
             return rule;
           }),
           "logarithmic"_a, "error"_a, "low"_a, "high"_a);
  m.def(
      "summarise",
      [](const flat& values, const kohort::bin_rule& rule) {
        kohort::draw_summary found;
        {
          const py::gil_scoped_release release;
          found = kohort::summarise({values.data(), static_cast<std::size_t>(values.size())},
                                    static_cast<std::size_t>(values.shape(1)), rule);
        }
        return state_of(found);
      },
      "values"_a, "rule"_a, "Counts and moments of the columns of (draws, quantities), as arrays.");
  py::class_<kohort::draw_summary>(m, "DrawSummary")
      .def(py::init(&summary_from), "bins"_a, "moments"_a, "counts"_a, "rule"_a)
      .def(
          "join",
          [](kohort::draw_summary& self, const whole& bins, const flat& moments,
             const whole& counts) {
            kohort::join(self, summary_from(bins, moments, counts, self.rule));
          },
          "bins"_a, "moments"_a, "counts"_a)
      .def(
          "limits",
          [](const kohort::draw_summary& self, double probability, double level) {
            const auto n = self.moments.empty() ? 0 : self.moments.front().n;
            const auto at = kohort::limits_of_quantile(n, probability, level);
            return std::pair(at.lower, at.upper);
          },
          "probability"_a, "level"_a)
      .def("state", &state_of)
      .def(
          "quantiles",
          [](const kohort::draw_summary& self, const std::vector<double>& at) {
            py::array_t<double> found(std::vector<py::ssize_t>{
                static_cast<py::ssize_t>(at.size()), static_cast<py::ssize_t>(self.counts.size())});
            for (std::size_t p = 0; p < at.size(); ++p) {
              for (std::size_t c = 0; c < self.counts.size(); ++c) {
                const auto one = kohort::quantile(self.counts[c], at[p], self.rule);
                found.mutable_at(p, c) =
                    one.known ? one.value : std::numeric_limits<double>::quiet_NaN();
              }
            }
            return found;
          },
          "probabilities"_a, "NaN where a quantile lies beyond the bins.");

  bind_draws(m);

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
        const int ages = made_from.rates.ages;
        const int years = static_cast<int>(persons.size()) / (2 * ages) - 1;
        kohort::open_cohort_inputs inputs{
            structure,
            ended,
            {first_age, ages, base_year, years, numbers(persons), numbers(mortality)},
            numbers(stock),
            {},
            {},
            kohort::bindings::strategies_of(strategies),
            {},
            entry_cuts};
        kohort::open_cohort_options options;
        options.closure = scale ? kohort::closure_policy::scale : kohort::closure_policy::strict;
        options.floor = floor;
        options.enrolments_a_year = enrolments_a_year;
        options.threads = threads;
        const auto poll =
            std::make_shared<const kohort::progress>(kohort::bindings::polling(std::move(report)));
        options.report = [poll](std::size_t done, std::size_t total) {
          return (*poll)(done, total);
        };
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
         const std::vector<int>& seen_of, int threads) {
        const int ages = made_from.rates.ages;
        const int years = static_cast<int>(persons.size()) / (2 * ages) - 1;
        const kohort::open_cohort_inputs inputs{
            structure,
            ended,
            {first_age, ages, base_year, years, numbers(persons), numbers(mortality)},
            numbers(stock),
            {},
            {},
            {},
            {},
            entry_cuts};
        kohort::open_cohort_options options;
        options.closure = scale ? kohort::closure_policy::scale : kohort::closure_policy::strict;
        options.floor = floor;
        options.enrolments_a_year = enrolments_a_year;
        options.threads = threads;
        const auto poll =
            std::make_shared<const kohort::progress>(kohort::bindings::polling(py::none()));
        options.report = [poll](std::size_t done, std::size_t total) {
          return (*poll)(done, total);
        };
        kohort::chance_of_draws found;
        {
          const py::gil_scoped_release release;
          found = kohort::chance_of(inputs, made_from, random, cost, index, dispersion, options,
                                    seen_of);
        }
        const py::ssize_t n = found.draws, L = found.living;
        py::dict d;
        d["persons"] = array(found.persons, {n, years + 1, L, L});
        d["cost"] = array(found.cost, {n, years});
        return d;
      },
      "model"_a, "ended"_a, "first_age"_a, "base_year"_a, "persons"_a, "mortality"_a, "stock"_a,
      "recipe"_a, "numbers"_a, "cost"_a, "price_index"_a, "dispersion"_a, "scale"_a, "floor"_a,
      "entry_cuts"_a, "enrolments_a_year"_a, "seen_of"_a, "threads"_a);
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
