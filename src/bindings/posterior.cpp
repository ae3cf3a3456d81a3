#include <limits>
#include <memory>

#include <kohort/data/transitions.hpp>
#include <kohort/estimation/detail/refit.hpp>
#include <kohort/estimation/posterior.hpp>
#include <kohort/estimation/random_effects.hpp>
#include <kohort/estimation/subject_scores.hpp>

#include "casters.hpp"

void bind_posterior(py::module_& m);

namespace {

using kohort::fitted_model;
using kohort::observations;
using matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

/// A density with what it stands on.
struct posterior {
  fitted_model fitted;
  kohort::transition_tables tables;
  kohort::posterior_density density;

  posterior(fitted_model estimate, const observations& seen)
      : fitted(std::move(estimate)),
        tables(kohort::detail::tables_for(fitted, seen, {})),
        density(fitted, tables) {}
};

py::dict as_dict(const kohort::posterior_sample& sample) {
  py::dict result;
  result["coefficients"] = matrix(sample.coefficients);
  result["method"] = sample.method;
  result["pareto_k"] = sample.pareto_k;
  result["acceptance"] = sample.acceptance;
  std::vector<double> r_hat, bulk, tail;
  for (const auto& one : sample.summaries) {
    r_hat.push_back(one.r_hat);
    bulk.push_back(one.bulk_ess);
    tail.push_back(one.tail_ess);
  }
  result["r_hat"] = r_hat;
  result["bulk_ess"] = bulk;
  result["tail_ess"] = tail;
  result["diagnostics"] = py::tuple(py::cast(sample.diagnostics));
  return result;
}

/// The tables of each cluster of subjects.
std::vector<kohort::transition_tables> tables_of(const observations& seen,
                                                 const fitted_model& start,
                                                 const std::vector<std::int32_t>& clusters,
                                                 const kohort::progress& poll) {
  std::vector<std::vector<std::int32_t>> members;
  for (std::size_t s = 0; s < clusters.size(); ++s) {
    const auto c = static_cast<std::size_t>(clusters[s]);
    if (members.size() <= c) members.resize(c + 1);
    members[c].push_back(static_cast<std::int32_t>(s));
  }
  std::vector<kohort::transition_tables> tables;
  for (const auto& some : members)
    tables.push_back(kohort::detail::tables_for(start, kohort::select(seen, some), poll));
  return tables;
}

py::dict as_dict(const kohort::pooled_model& pooled) {
  py::dict result;
  const auto& common = pooled.common;
  result["coefficients"] = common.coefficients;
  result["covariance"] = matrix(common.covariance);
  result["has_error"] = py::cast(common.has_error);
  result["log_likelihood"] = common.log_likelihood;
  result["log_prior"] = common.log_prior;
  result["active"] = py::tuple(py::cast(common.active));
  result["iterations"] = common.convergence.iterations;
  result["evaluations"] = common.convergence.evaluations;
  result["gap"] = common.convergence.gap;
  result["converged"] = common.convergence.verdict == kohort::search_verdict::converged;
  result["stopped"] = common.convergence.verdict == kohort::search_verdict::iteration_limit;
  result["diagnostics"] = py::tuple(py::cast(common.diagnostics));
  result["effects"] = pooled.effects;
  result["sd"] = pooled.sd;
  result["sd_error"] = pooled.sd_error;
  result["quadrature_gap"] = pooled.quadrature_gap;
  py::list modes, variances, follows;
  for (const auto& one : pooled.municipalities) {
    modes.append(one.mode);
    variances.append(matrix(one.variance));
    follows.append(matrix(one.follows));
  }
  result["modes"] = modes;
  result["variances"] = variances;
  result["follows"] = follows;
  return result;
}

}  // namespace

void bind_posterior(py::module_& m) {
  py::class_<posterior>(m, "Posterior")
      .def(py::init<fitted_model, const observations&>(), "estimate"_a, "observations"_a)
      .def_property_readonly("dimension",
                             [](const posterior& self) { return self.density.dimension(); })
      .def_property_readonly("size",
                             [](const posterior& self) { return self.fitted.coefficients.size(); })
      .def(
          "coefficients",
          [](const posterior& self, const Eigen::VectorXd& u) {
            return self.density.coefficients(u);
          },
          "u"_a)
      .def(
          "slope",
          [](const posterior& self, const Eigen::VectorXd& u) {
            const auto here = [&] {
              const py::gil_scoped_release free;
              try {
                return self.density.slope(u);
              } catch (const kohort::invalid_input&) {  // rates beyond any number
                return kohort::maximise_problem::slope{-std::numeric_limits<double>::infinity(),
                                                       Eigen::VectorXd::Zero(u.size())};
              }
            }();
            return py::make_tuple(here.value, here.gradient);
          },
          "u"_a)
      .def(
          "sample",
          [](const posterior& self, int draws, int chains, std::uint64_t seed, int threads,
             const py::object& report) {
            const auto poll = kohort::bindings::polling(report);
            const auto sample = [&] {
              const py::gil_scoped_release free;
              return kohort::sample_posterior(self.density, self.fitted,
                                              {draws, chains, seed, threads, poll});
            }();
            return as_dict(sample);
          },
          "draws"_a, "chains"_a, "seed"_a, py::kw_only(), "threads"_a = 0,
          "progress"_a = py::none())
      .def(
          "judge",
          [](const posterior& self, const matrix& coefficients, int chains,
             const std::string& method, int divergences) {
            return as_dict(kohort::judge(self.fitted, coefficients, chains, method, divergences));
          },
          "coefficients"_a, "chains"_a, "method"_a, "divergences"_a);

  m.def(
      "fit_pooled",
      [](const fitted_model& start, const observations& seen,
         const std::vector<std::int32_t>& clusters, const std::vector<int>& effects, int iterations,
         int threads, const py::object& report) {
        const auto poll = kohort::bindings::polling(report);
        const auto pooled = [&] {
          const py::gil_scoped_release free;
          return kohort::fit_pooled(tables_of(seen, start, clusters, poll), start,
                                    {effects, iterations, threads, poll});
        }();
        return as_dict(pooled);
      },
      "start"_a, "observations"_a, "clusters"_a, "effects"_a, py::kw_only(), "iterations"_a = 100,
      "threads"_a = 0, "progress"_a = py::none());

  m.def(
      "municipality_draws",
      [](const fitted_model& common, const std::vector<int>& effects, const Eigen::VectorXd& mode,
         const matrix& variance, const matrix& follows, int n, std::uint64_t seed) {
        return matrix(
            kohort::municipality_draws(common, effects, {mode, variance, follows}, n, seed));
      },
      "common"_a, "effects"_a, "mode"_a, "variance"_a, "follows"_a, "n"_a, "seed"_a);

  m.def("spread_p_value", &kohort::spread_p_value, "with_effect"_a, "without_effect"_a);
}
