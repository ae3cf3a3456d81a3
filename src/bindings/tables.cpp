#include <tuple>

#include <kohort/estimation/from_tables.hpp>
#include <kohort/model/embedding.hpp>

#include "casters.hpp"

namespace {

using matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

constexpr const char* reasons[] = {"determinant", "diagonal",   "way_round",
                                   "eigenvalue",  "two_states", "negative_rate"};

}  // namespace

void bind_tables(py::module_& m) {
  using kohort::table_row;
  py::class_<table_row>(m, "TableRow")
      .def(py::init([](std::vector<double> start, std::vector<std::vector<int>> ends,
                       std::vector<double> counts, bool among, double years,
                       std::vector<double> covariates, double rounding, int table,
                       std::string name) {
             return table_row{std::move(start),
                              std::move(ends),
                              std::move(counts),
                              among,
                              years,
                              std::move(covariates),
                              rounding,
                              table,
                              std::move(name)};
           }),
           "start"_a, "ends"_a, "counts"_a, "among"_a, "years"_a, "covariates"_a, "rounding"_a,
           "table"_a, "name"_a);

  m.def(
      "with_tables",
      [](const kohort::observations& seen, std::vector<table_row> rows) {
        auto both = seen;
        both.tables = std::move(rows);
        return both;
      },
      "observations"_a, "rows"_a);
  m.def(
      "only_tables",
      [](std::vector<table_row> rows, std::vector<std::string> covariate_names) {
        kohort::observations seen;
        seen.covariate_names = std::move(covariate_names);
        seen.tables = std::move(rows);
        return seen;
      },
      "rows"_a, "covariate_names"_a);

  m.def(
      "compare_with_tables",
      [](const kohort::observations& seen, const kohort::intensity_model& im,
         const Eigen::VectorXd& coefficients) {
        std::vector<std::tuple<std::string, double, int, bool>> found;
        for (const auto& fit : kohort::compare_with_tables(seen, im, coefficients)) {
          found.emplace_back(fit.name, fit.ratio, fit.cells,
                             !fit.whole || fit.embedded.embeddable());
        }
        return found;
      },
      "observations"_a, "model"_a, "coefficients"_a,
      "Of each table: name, likelihood ratio, free shares, whether it has intensities.");

  m.def(
      "embeddability",
      [](const Eigen::MatrixXd& P, double years, double rounding) {
        const auto found = kohort::embeddability(kohort::probability_matrix<>(P), years, rounding);
        std::vector<std::tuple<std::string, int, int, double>> faults;
        for (const auto& fault : found.faults) {
          faults.emplace_back(reasons[static_cast<int>(fault.why)], fault.from, fault.to,
                              fault.value);
        }
        return py::make_tuple(faults, matrix(found.logarithm), found.decided);
      },
      "P"_a, "years"_a, "rounding"_a);
  m.def(
      "quasi_optimisation",
      [](const Eigen::MatrixXd& P, double years) {
        const auto made = kohort::quasi_optimisation(kohort::probability_matrix<>(P), years);
        return py::make_tuple(matrix(made.intensities.matrix()), made.residual);
      },
      "P"_a, "years"_a);
  m.def(
      "maximise_expectation",
      [](const kohort::model& structure, const std::vector<table_row>& rows,
         const Eigen::MatrixXd& start, int steps, double tolerance) {
        const auto em = kohort::maximise_expectation(
            structure, rows, kohort::intensity_matrix<>(start), steps, tolerance);
        return py::make_tuple(matrix(em.intensities.matrix()), em.log_likelihoods, em.converged);
      },
      "model"_a, "rows"_a, "start"_a, "steps"_a, "tolerance"_a);
}
