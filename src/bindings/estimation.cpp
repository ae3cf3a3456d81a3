#include <kohort/data/clock_range.hpp>
#include <kohort/data/transitions.hpp>
#include <kohort/estimation/coefficient_draws.hpp>
#include <kohort/estimation/fit.hpp>
#include <kohort/estimation/fitted_model.hpp>
#include <kohort/estimation/initial_values.hpp>
#include <kohort/likelihood/log_likelihood.hpp>
#include <kohort/likelihood/moving.hpp>
#include <kohort/model/moving_probability.hpp>

#include "casters.hpp"

namespace {

using kohort::fitted_model;
using kohort::intensity_model;
using kohort::observations;

using plain_term = std::tuple<std::string, std::string, std::vector<double>, double, int, double>;
using matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

intensity_model assemble(const kohort::model& structure, const std::vector<plain_term>& terms,
                         std::vector<std::vector<bool>> uses) {
  intensity_model im{structure, {}, std::move(uses)};
  for (const auto& [column, path, cuts, origin, segments, smoothing] : terms) {
    kohort::term one{column, kohort::covariate_path::held, cuts, origin, segments, smoothing};
    if (path == "bands") {
      one.path = kohort::covariate_path::bands;
    } else if (path == "yearly") {
      one.path = kohort::covariate_path::yearly;
    } else if (path == "gompertz") {
      one.path = kohort::covariate_path::gompertz;
    } else if (path == "weibull") {
      one.path = kohort::covariate_path::weibull;
    } else if (path == "spline") {
      one.path = kohort::covariate_path::spline;
    }
    im.terms.push_back(std::move(one));
  }
  kohort::layout(im);  // refuses what makes no sense
  return im;
}

void check_size(const intensity_model& im, Eigen::Index given) {
  const auto needed = kohort::layout(im).size();
  if (given == needed) return;
  kohort::reject("E-MODEL", "coefficients", std::to_string(given) + " were given",
                 "the model has " + std::to_string(needed),
                 "Give them in the order of coefficient_names");
}

const char* verdict_name(kohort::search_verdict verdict) {
  switch (verdict) {
    case kohort::search_verdict::converged:
      return "converged";
    case kohort::search_verdict::iteration_limit:
      return "iteration limit";
    case kohort::search_verdict::no_progress:
      return "no progress";
    case kohort::search_verdict::blocked:
      return "no progress";
    case kohort::search_verdict::stopped:
      return "stopped";
  }
  return "";
}

py::dict as_dict(const fitted_model& fitted) {
  py::dict result;
  result["coefficient_names"] = py::tuple(py::cast(fitted.names));
  result["coefficients"] = fitted.coefficients;
  result["covariance"] = matrix(fitted.covariance);
  result["has_error"] = py::cast(fitted.has_error);
  result["log_likelihood"] = fitted.log_likelihood;
  result["verdict"] = verdict_name(fitted.convergence.verdict);
  result["iterations"] = fitted.convergence.iterations;
  result["evaluations"] = fitted.convergence.evaluations;
  result["gap"] = fitted.convergence.gap;
  result["diverging"] = fitted.convergence.diverging;
  py::list bounds;
  for (const auto& bound : fitted.bounds)
    bounds.append(py::make_tuple(bound.transition, bound.upper, bound.rate));
  result["bounds"] = py::tuple(bounds);
  py::list curves;
  for (const auto& one : fitted.curves)
    curves.append(
        py::make_tuple(one.transition, one.term, one.smoothing, one.chosen, one.effective));
  result["curves"] = py::tuple(curves);
  result["log_prior"] = fitted.log_prior;
  result["active"] = py::tuple(py::cast(fitted.active));
  py::list starts;
  for (const auto& one : fitted.starts)
    starts.append(py::make_tuple(one.log_likelihood, one.coefficients, verdict_name(one.verdict)));
  result["starts"] = py::tuple(starts);
  result["diagnostics"] = py::tuple(py::cast(fitted.diagnostics));
  result["subjects"] = fitted.subjects;
  result["single_subjects"] = fitted.single_subjects;
  result["intervals"] = fitted.intervals;
  result["cells"] = fitted.cells;
  result["person_years"] = fitted.person_years;
  result["substep"] = fitted.substep;
  result["substep_error"] = fitted.substep_error;
  return result;
}

using plain_constraint =
    std::tuple<std::vector<std::pair<std::string, double>>, std::string, double>;
using plain_prior = std::tuple<std::string, std::string, double, double>;
using plain_penalty = std::tuple<std::vector<std::string>, matrix, Eigen::VectorXd>;

kohort::constraint as_constraint(const plain_constraint& given) {
  const auto& [terms, relation, value] = given;
  return {terms,
          relation == ">="   ? kohort::relation::at_least
          : relation == "<=" ? kohort::relation::at_most
                             : kohort::relation::equal,
          value};
}

fitted_model estimate(const intensity_model& im, const Eigen::VectorXd& coefficients,
                      const Eigen::MatrixXd& covariance, const std::vector<bool>& has_error,
                      bool diverging = false,
                      const std::vector<std::tuple<int, bool, double>>& bounds = {}) {
  check_size(im, coefficients.size());
  fitted_model fitted{.intensities = im};
  fitted.coefficients = coefficients;
  fitted.covariance = covariance;
  fitted.has_error = has_error;
  fitted.convergence.diverging = diverging;
  for (const auto& [transition, upper, rate] : bounds)
    fitted.bounds.push_back({transition, upper, rate});
  return fitted;
}

}  // namespace

void bind_estimation(py::module_& m) {
  py::class_<intensity_model>(m, "IntensityModel")
      .def(py::init(&assemble), "model"_a, "terms"_a, "uses"_a)
      .def_property_readonly("coefficient_names", [](const intensity_model& self) {
        return py::tuple(py::cast(kohort::coefficient_names(self)));
      });

  m.def(
      "fit",
      [](const observations& seen, const intensity_model& im,
         const std::vector<plain_constraint>& constraints, const std::vector<plain_prior>& priors,
         const std::vector<plain_penalty>& penalties, int starts, std::uint64_t seed,
         int iterations, int threads, const py::object& report) {
        kohort::fit_settings settings{iterations, threads, kohort::bindings::polling(report)};
        for (const auto& one : constraints) settings.constraints.push_back(as_constraint(one));
        for (const auto& [name, kind, first, second] : priors) {
          settings.priors.push_back(kind == "gamma" ? kohort::gamma_prior(name, first, second)
                                                    : kohort::normal_prior(name, first, second));
        }
        for (const auto& [names, precision, centre] : penalties)
          settings.penalties.push_back({names, precision, centre});
        settings.starts = starts;
        settings.seed = seed;
        const auto fitted = [&] {
          const py::gil_scoped_release free;
          return kohort::fit(seen, im, settings);
        }();
        return as_dict(fitted);
      },
      "observations"_a, "model"_a, py::kw_only(), "constraints"_a = std::vector<plain_constraint>{},
      "priors"_a = std::vector<plain_prior>{}, "penalties"_a = std::vector<plain_penalty>{},
      "starts"_a = 1, "seed"_a = 1, "iterations"_a = 200, "threads"_a = 0,
      "progress"_a = py::none());

  m.def(
      "constraint_words",
      [](const std::vector<std::pair<std::string, double>>& terms, const std::string& relation,
         double value) { return kohort::words(as_constraint({terms, relation, value})); },
      "terms"_a, "relation"_a, "value"_a);

  m.def(
      "log_likelihood",
      [](const observations& seen, const intensity_model& im, const Eigen::VectorXd& coefficients,
         int threads, const py::object& report) {
        check_size(im, coefficients.size());
        for (const double value : coefficients) {
          if (std::isnan(value))
            kohort::reject("E-MODEL", "coefficients", "one is not a number",
                           "they are log rates and log hazard ratios", "Mend that one");
        }
        const auto poll = kohort::bindings::polling(report);
        const py::gil_scoped_release free;
        auto tables = kohort::aggregate(seen, im, poll);
        tables.step = kohort::choose_step(im, tables, coefficients, 2e-5, threads, poll);
        return kohort::log_likelihood(im, tables, coefficients, threads, poll);
      },
      "observations"_a, "model"_a, "coefficients"_a, py::kw_only(), "threads"_a = 0,
      "progress"_a = py::none());

  m.def(
      "observed_range",
      [](const observations& seen, const std::string& clock) {
        const auto range = kohort::observed_range(seen, clock);
        return py::make_tuple(range.lowest, range.highest);
      },
      "observations"_a, "clock"_a,
      "Least and largest value of a clock while somebody was followed.");

  m.def(
      "clock_probability",
      [](const intensity_model& im, const Eigen::VectorXd& coefficients,
         const std::vector<double>& x, double t, double accuracy) {
        check_size(im, coefficients.size());
        const py::gil_scoped_release free;
        return matrix(
            kohort::transition_probability(
                im, std::span(coefficients.data(), static_cast<std::size_t>(coefficients.size())),
                x, t, accuracy)
                .matrix());
      },
      "model"_a, "coefficients"_a, "x"_a, "t"_a, py::kw_only(), "accuracy"_a = 1e-10,
      "P over t years while the clocks run on from these values.");

  m.def(
      "crude_rates",
      [](const observations& seen, const kohort::model& structure) {
        const py::gil_scoped_release free;
        return Eigen::VectorXd(
            kohort::crude_rates(structure, kohort::aggregate(seen, intensity_model{structure})));
      },
      "observations"_a, "model"_a);

  m.def(
      "rates",
      [](const intensity_model& im, const matrix& coefficients, const matrix& x) {
        check_size(im, coefficients.cols());
        if (x.cols() != static_cast<Eigen::Index>(im.terms.size())) {
          kohort::reject(
              "E-MODEL", "intensities", std::to_string(x.cols()) + " covariates were given",
              "the model has " + std::to_string(im.terms.size()), "Give one value for each term");
        }
        const auto where = kohort::layout(im);
        const auto K = static_cast<py::ssize_t>(where.columns.size());
        py::array_t<double> rates(std::vector<py::ssize_t>{coefficients.rows(), x.rows(), K});
        double* const out = rates.mutable_data();
        const py::gil_scoped_release free;
        for (Eigen::Index p = 0; p < x.rows(); ++p) {
          const auto row = kohort::design_row(
              im, std::span(x.data() + p * x.cols(), static_cast<std::size_t>(x.cols())));
          for (Eigen::Index d = 0; d < coefficients.rows(); ++d) {
            kohort::rates_at(where,
                             std::span(coefficients.data() + d * coefficients.cols(),
                                       static_cast<std::size_t>(coefficients.cols())),
                             row,
                             std::span(out + (d * x.rows() + p) * K, static_cast<std::size_t>(K)));
          }
        }
        return rates;
      },
      "model"_a, "coefficients"_a, "x"_a);

  m.def(
      "draws",
      [](const intensity_model& im, const Eigen::VectorXd& coefficients,
         const Eigen::MatrixXd& covariance, const std::vector<bool>& has_error, bool diverging,
         const std::vector<std::tuple<int, bool, double>>& bounds, int n, std::uint64_t seed,
         const std::vector<plain_constraint>& constraints) {
        auto fitted = estimate(im, coefficients, covariance, has_error, diverging, bounds);
        fitted.names = kohort::coefficient_names(im);
        for (const auto& one : constraints) fitted.constraints.push_back(as_constraint(one));
        return matrix(kohort::draws(fitted, n, seed));
      },
      "model"_a, "coefficients"_a, "covariance"_a, "has_error"_a, "diverging"_a, "bounds"_a, "n"_a,
      "seed"_a, "constraints"_a = std::vector<plain_constraint>{});

  m.def(
      "draws_from",
      [](const intensity_model& im, const Eigen::VectorXd& coefficients,
         const Eigen::MatrixXd& covariance, const std::vector<bool>& has_error, bool diverging,
         const std::vector<std::tuple<int, bool, double>>& bounds, const Eigen::MatrixXd& normals,
         const Eigen::MatrixXd& uniforms) {
        return matrix(
            kohort::draws_from(estimate(im, coefficients, covariance, has_error, diverging, bounds),
                               {normals, uniforms}));
      },
      "model"_a, "coefficients"_a, "covariance"_a, "has_error"_a, "diverging"_a, "bounds"_a,
      "normals"_a, "uniforms"_a, "Coefficients from given random numbers.");

  m.def(
      "wald_intervals",
      [](const intensity_model& im, const Eigen::VectorXd& coefficients,
         const Eigen::MatrixXd& covariance, const std::vector<bool>& has_error, double level) {
        matrix limits(coefficients.size(), 3);
        Eigen::Index i = 0;
        for (const auto& one :
             kohort::wald_intervals(estimate(im, coefficients, covariance, has_error), level))
          limits.row(i++) << one.error, one.lower, one.upper;
        return limits;
      },
      "model"_a, "coefficients"_a, "covariance"_a, "has_error"_a, "level"_a,
      "Standard error, lower and upper limit of every coefficient; error 0 where there is none.");
}
