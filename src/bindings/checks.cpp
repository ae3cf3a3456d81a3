#include <kohort/estimation/aalen_johansen.hpp>
#include <kohort/estimation/markov.hpp>
#include <kohort/estimation/pearson.hpp>
#include <kohort/estimation/prevalence.hpp>
#include <kohort/estimation/subject_scores.hpp>

#include "casters.hpp"

namespace {

using kohort::intensity_model;
using kohort::observations;
using matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

std::span<const double> view(const std::vector<double>& values) { return {values}; }

}  // namespace

void bind_checks(py::module_& m) {
  m.def("select", &kohort::select, "observations"_a, "subjects"_a,
        "The observations of some subjects, by their numbers.");

  m.def(
      "prevalence",
      [](const intensity_model& im, const std::vector<double>& coefficients,
         const observations& seen, const std::vector<double>& times,
         const std::vector<double>& planned_ends, double window, bool bridge, int threads,
         const py::object& report) {
        const auto poll = kohort::bindings::polling(report);
        kohort::prevalence found;
        {
          const py::gil_scoped_release free;
          found =
              kohort::observed_and_expected(im, view(coefficients), seen, view(times),
                                            view(planned_ends), {window, bridge, threads, poll});
        }
        return py::make_tuple(found.times, found.persons, matrix(found.observed), found.unknown,
                              matrix(found.expected), found.shared);
      },
      "model"_a, "coefficients"_a, "observations"_a, "times"_a, "planned_ends"_a, py::kw_only(),
      "window"_a, "bridge"_a, "threads"_a = 0, "progress"_a = py::none(),
      "times, persons, observed, unknown, expected, shared.");

  m.def(
      "pearson",
      [](const intensity_model& im, const Eigen::VectorXd& coefficients, const observations& seen,
         const std::vector<double>& planned_ends, std::tuple<int, int, int> groups, double smallest,
         int replicates, bool refit, std::uint64_t seed, int threads, const py::object& report) {
        const auto poll = kohort::bindings::polling(report);
        kohort::pearson_test found;
        {
          const py::gil_scoped_release free;
          found =
              kohort::test_pearson(im, coefficients, seen, view(planned_ends),
                                   {std::get<0>(groups), std::get<1>(groups), std::get<2>(groups),
                                    smallest, replicates, refit, seed, threads, poll});
        }
        py::list cells;
        for (const auto& cell : found.cells) {
          cells.append(py::make_tuple(cell.time_group, cell.length_group, cell.rate_group,
                                      cell.from, py::tuple(py::cast(cell.to)), cell.observed,
                                      cell.expected));
        }
        py::dict result;
        result["statistic"] = found.statistic;
        result["p_value"] = found.p_value;
        result["replicated"] = found.replicated;
        result["failures"] = found.failures;
        result["time_cuts"] = found.time_cuts;
        result["length_cuts"] = found.length_cuts;
        result["rate_cuts"] = found.rate_cuts;
        result["cells"] = cells;
        result["intervals"] = found.intervals;
        result["imputed"] = found.imputed;
        return result;
      },
      "model"_a, "coefficients"_a, "observations"_a, "planned_ends"_a, py::kw_only(), "groups"_a,
      "smallest"_a, "replicates"_a, "refit"_a, "seed"_a, "threads"_a = 0,
      "progress"_a = py::none());

  m.def(
      "aalen_johansen",
      [](const observations& seen, const kohort::model& structure, double since,
         const std::string& clock, const py::object& report) {
        const auto poll = kohort::bindings::polling(report);
        kohort::aalen_johansen_estimate found;
        {
          const py::gil_scoped_release free;
          found = kohort::aalen_johansen(seen, structure, {since, clock, poll});
        }
        const auto T = static_cast<py::ssize_t>(found.times.size());
        const py::ssize_t n = structure.size();
        py::array_t<double> P({T, n, n}), C({T, n, n, n});
        auto p = P.mutable_unchecked<3>();
        auto c = C.mutable_unchecked<4>();
        for (py::ssize_t t = 0; t < T; ++t) {
          for (py::ssize_t r = 0; r < n; ++r) {
            for (py::ssize_t s = 0; s < n; ++s) {
              p(t, r, s) = found.probabilities[static_cast<std::size_t>(t)](r, s);
              for (py::ssize_t u = 0; u < n; ++u) {
                c(t, r, s, u) =
                    found.covariances[static_cast<std::size_t>(t)][static_cast<std::size_t>(r)](s,
                                                                                                u);
              }
            }
          }
        }
        return py::make_tuple(found.times, matrix(found.at_risk), P, C);
      },
      "observations"_a, "model"_a, py::kw_only(), "since"_a = 0.0, "clock"_a = "",
      "progress"_a = py::none(), "times, at risk, probabilities (times, from, to), covariances.");

  m.def(
      "markov_test",
      [](const intensity_model& im, const Eigen::VectorXd& coefficients, const observations& seen,
         bool moved, bool changes, const std::vector<int>& ever, const std::vector<bool>& on,
         int threads, const py::object& report) {
        const auto poll = kohort::bindings::polling(report);
        kohort::markov_test found;
        {
          const py::gil_scoped_release free;
          found = kohort::test_markov(im, coefficients, seen,
                                      {moved, changes, ever, on, threads, poll});
        }
        py::dict result;
        result["statistic"] = found.statistic;
        result["degrees"] = found.degrees;
        result["p_value"] = found.p_value;
        std::vector<std::tuple<std::string, double, double>> effects;
        for (const auto& one : found.effects)
          effects.emplace_back(one.name, one.estimate, one.error);
        result["effects"] = effects;
        result["intervals"] = found.intervals;
        result["left_out"] = found.left_out;
        return result;
      },
      "model"_a, "coefficients"_a, "observations"_a, py::kw_only(), "moved"_a, "changes"_a,
      "ever"_a, "on"_a, "threads"_a = 0, "progress"_a = py::none());
}
