#include <kohort/estimation/bootstrap.hpp>
#include <kohort/estimation/bootstrap_ratio.hpp>
#include <kohort/estimation/comparison.hpp>
#include <kohort/estimation/fitted_model.hpp>
#include <kohort/estimation/profile.hpp>
#include <kohort/estimation/sandwich.hpp>
#include <kohort/estimation/subject_scores.hpp>

#include "casters.hpp"

void bind_posterior(py::module_& m);

namespace {

using kohort::fitted_model;
using kohort::intensity_model;
using kohort::observations;
using matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

using plain_prior = std::tuple<std::string, std::string, double, double>;
using plain_penalty = std::tuple<std::vector<std::string>, matrix, Eigen::VectorXd>;
using plain_constraint =
    std::tuple<std::vector<std::pair<std::string, double>>, std::string, double>;

fitted_model make_estimate(const intensity_model& im, const Eigen::VectorXd& coefficients,
                           const Eigen::MatrixXd& covariance, const std::vector<bool>& has_error,
                           double log_likelihood,
                           const std::vector<std::tuple<int, bool, double>>& bounds,
                           const std::vector<kohort::finding>& diagnostics, std::int64_t subjects,
                           std::int64_t intervals, double person_years, double substep,
                           double log_prior, const std::vector<plain_prior>& priors,
                           const std::vector<plain_penalty>& penalties,
                           const std::vector<plain_constraint>& constraints) {
  fitted_model fitted{.intensities = im};
  fitted.names = kohort::coefficient_names(im);
  fitted.coefficients = coefficients;
  fitted.covariance = covariance;
  fitted.has_error = has_error;
  fitted.log_likelihood = log_likelihood;
  for (const auto& [transition, upper, rate] : bounds)
    fitted.bounds.push_back({transition, upper, rate});
  fitted.diagnostics = diagnostics;
  fitted.subjects = subjects;
  fitted.intervals = intervals;
  fitted.person_years = person_years;
  fitted.substep = substep;
  fitted.log_prior = log_prior;
  for (const auto& [name, kind, first, second] : priors) {
    fitted.priors.push_back(kind == "gamma" ? kohort::gamma_prior(name, first, second)
                                            : kohort::normal_prior(name, first, second));
  }
  for (const auto& [names, precision, centre] : penalties)
    fitted.penalties.push_back({names, precision, centre});
  for (const auto& [terms, relation, value] : constraints) {
    const auto is = relation == ">="   ? kohort::relation::at_least
                    : relation == "<=" ? kohort::relation::at_most
                                       : kohort::relation::equal;
    fitted.constraints.push_back({terms, is, value});
  }
  return fitted;
}

const char* name_of(kohort::profile_end::kind kind) {
  switch (kind) {
    case kohort::profile_end::kind::found:
      return "found";
    case kohort::profile_end::kind::none:
      return "none";
    case kohort::profile_end::kind::bound:
      return "bound";
    case kohort::profile_end::kind::limit:
      return "limit";
    case kohort::profile_end::kind::not_free:
      return "not free";
  }
  return "";
}

}  // namespace

void bind_inference(py::module_& m) {
  py::class_<fitted_model>(m, "Estimate")
      .def(py::init(&make_estimate), "model"_a, "coefficients"_a, "covariance"_a, "has_error"_a,
           "log_likelihood"_a, "bounds"_a, "diagnostics"_a, "subjects"_a, "intervals"_a,
           "person_years"_a, "substep"_a, "log_prior"_a, "priors"_a, "penalties"_a, "constraints"_a)
      .def_property_readonly("parameters", &kohort::estimated_parameters)
      .def_property_readonly("aic", &kohort::aic)
      .def("bic", &kohort::bic, "n"_a);

  m.def(
      "profile",
      [](const fitted_model& fitted, const observations& seen,
         const std::vector<Eigen::Index>& coefficients, double level, int threads,
         const py::object& report) {
        const auto poll = kohort::bindings::polling(report);
        const auto found = [&] {
          const py::gil_scoped_release free;
          return kohort::profile(fitted, seen, coefficients, {level, threads, poll});
        }();
        py::list result;
        for (const auto& one : found) {
          std::vector<std::pair<double, double>> points;
          for (const auto& point : one.points) points.emplace_back(point.value, point.drop);
          result.append(py::make_tuple(one.coefficient, one.lower.value, name_of(one.lower.what),
                                       one.upper.value, name_of(one.upper.what), points,
                                       one.higher));
        }
        return result;
      },
      "estimate"_a, "observations"_a, "coefficients"_a, "level"_a, py::kw_only(), "threads"_a = 0,
      "progress"_a = py::none());

  m.def(
      "subject_scores",
      [](const fitted_model& fitted, const observations& seen, int threads,
         const py::object& report) {
        const auto poll = kohort::bindings::polling(report);
        const auto each = [&] {
          const py::gil_scoped_release free;
          return kohort::subject_scores(fitted.intensities, seen, fitted.coefficients, threads,
                                        poll);
        }();
        return py::make_tuple(each.log_likelihoods, matrix(each.scores));
      },
      "estimate"_a, "observations"_a, py::kw_only(), "threads"_a = 0, "progress"_a = py::none());

  m.def(
      "sandwich",
      [](const fitted_model& fitted, const matrix& scores,
         const std::vector<std::int32_t>& clusters) {
        const auto robust = kohort::sandwich(fitted, scores, clusters);
        return py::make_tuple(matrix(robust.covariance), robust.clusters,
                              py::tuple(py::cast(robust.diagnostics)));
      },
      "estimate"_a, "scores"_a, "clusters"_a);

  m.def(
      "influence",
      [](const fitted_model& fitted, const matrix& scores) {
        return matrix(kohort::influence(fitted, scores));
      },
      "estimate"_a, "scores"_a);

  m.def(
      "bootstrap",
      [](const fitted_model& fitted, const observations& seen, int replicates, std::uint64_t seed,
         const std::vector<std::int32_t>& clusters, int threads, const py::object& report) {
        const auto poll = kohort::bindings::polling(report);
        const auto found = [&] {
          const py::gil_scoped_release free;
          return kohort::bootstrap(fitted, seen, {replicates, seed, clusters, threads, poll});
        }();
        return py::make_tuple(matrix(found.coefficients), found.failures);
      },
      "estimate"_a, "observations"_a, "replicates"_a, "seed"_a, "clusters"_a, py::kw_only(),
      "threads"_a = 0, "progress"_a = py::none());

  m.def(
      "parametric_bootstrap",
      [](const fitted_model& fitted, const observations& seen,
         const std::vector<double>& planned_ends, int replicates, std::uint64_t seed, int threads,
         const py::object& report) {
        const auto poll = kohort::bindings::polling(report);
        const auto found = [&] {
          const py::gil_scoped_release free;
          return kohort::parametric_bootstrap(fitted, seen, planned_ends,
                                              {replicates, seed, {}, threads, poll});
        }();
        return py::make_tuple(matrix(found.coefficients), found.failures);
      },
      "estimate"_a, "observations"_a, "planned_ends"_a, "replicates"_a, "seed"_a, py::kw_only(),
      "threads"_a = 0, "progress"_a = py::none());

  m.def(
      "bootstrap_likelihood_ratio",
      [](const fitted_model& smaller, const fitted_model& larger, const observations& seen,
         const std::vector<double>& planned_ends, int replicates, std::uint64_t seed, int threads,
         const py::object& report) {
        const auto poll = kohort::bindings::polling(report);
        const auto test = [&] {
          const py::gil_scoped_release free;
          return kohort::bootstrap_likelihood_ratio(smaller, larger, seen, planned_ends,
                                                    {replicates, seed, {}, threads, poll});
        }();
        return py::make_tuple(test.statistic, test.replicated, test.p_value, test.failures);
      },
      "smaller"_a, "larger"_a, "observations"_a, "planned_ends"_a, "replicates"_a, "seed"_a,
      py::kw_only(), "threads"_a = 0, "progress"_a = py::none());

  m.def(
      "bootstrap_intervals",
      [](const matrix& replicates, const Eigen::VectorXd& estimates, double level) {
        matrix limits(replicates.cols(), 7);
        for (Eigen::Index j = 0; j < replicates.cols(); ++j) {
          const Eigen::VectorXd column = replicates.col(j);
          const auto one = kohort::interval_of({column.begin(), column.end()}, estimates[j], level);
          limits.row(j) << one.percentile_lower, one.percentile_upper, one.basic_lower,
              one.basic_upper, one.error, one.lower_error, one.upper_error;
        }
        return limits;
      },
      "replicates"_a, "estimates"_a, "level"_a,
      "Percentile and basic limits, standard deviation and Monte Carlo errors, one row each.");

  m.def(
      "bootstrap_covariance",
      [](const matrix& replicates) { return matrix(kohort::covariance_of(replicates)); },
      "replicates"_a);

  m.def("pick_rows", &kohort::pick_rows, "n"_a, "count"_a, "seed"_a);

  m.def(
      "likelihood_ratio",
      [](const fitted_model& smaller, const fitted_model& larger) {
        const auto test = kohort::likelihood_ratio(smaller, larger);
        return py::make_tuple(test.statistic, test.degrees, test.p_value, test.boundary);
      },
      "smaller"_a, "larger"_a);

  m.def(
      "cross_validate",
      [](const fitted_model& fitted, const observations& seen, int folds, std::uint64_t seed,
         const std::vector<std::int32_t>& clusters, int threads, const py::object& report) {
        const auto poll = kohort::bindings::polling(report);
        const auto held = [&] {
          const py::gil_scoped_release free;
          return kohort::cross_validate(fitted, seen, {folds, seed, clusters, threads, poll});
        }();
        return py::make_tuple(held.log_likelihoods, held.folds, held.total, held.error,
                              held.impossible, held.failures);
      },
      "estimate"_a, "observations"_a, "folds"_a, "seed"_a, "clusters"_a, py::kw_only(),
      "threads"_a = 0, "progress"_a = py::none());

  bind_posterior(m);
}
