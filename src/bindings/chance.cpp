#include <kohort/uncertainty/chance_moments.hpp>

#include "arrays.hpp"
#include "casters.hpp"

void bind_chance(py::module_& m) {
  using kohort::bindings::flat;
  using kohort::bindings::numbers;
  using kohort::bindings::row_major;
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
        return kohort::bindings::array(
            found, {expected.shape(0), expected.shape(1), expected.shape(2), expected.shape(2)});
      },
      "model"_a, "stock"_a, "rates"_a, "expected"_a, "dispersion"_a,
      "Exact covariance of what `with_chance` draws, for each draw and 31 December.");
}
