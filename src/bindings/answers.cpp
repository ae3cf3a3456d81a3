#include <kohort/estimation/answers.hpp>
#include <kohort/model/first_passage.hpp>
#include <kohort/model/length_of_stay.hpp>
#include <kohort/model/sojourn_time.hpp>

#include "casters.hpp"

namespace {

using kohort::quantity;
using matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using change = std::pair<double, std::vector<double>>;
using person = std::pair<bool, std::vector<change>>;

quantity quantity_named(const std::string& name) {
  constexpr std::pair<const char*, quantity> names[] = {
      {"transition_probability", quantity::transition_probability},
      {"stay", quantity::stay},
      {"visits", quantity::visits},
      {"passage_probability", quantity::passage_probability},
      {"passage_time", quantity::passage_time},
      {"sojourn", quantity::sojourn},
      {"next_state", quantity::next_state},
      {"rate_ratio", quantity::rate_ratio}};
  for (const auto& [word, what] : names) {
    if (name == word) return what;
  }
  kohort::reject("E-SETTING", "ask", "there is no quantity '" + name + "'",
                 "it must be one that can be asked for", "Use the methods of FittedModel");
}

py::dict as_dict(const kohort::answer& found) {
  py::dict result;
  result["estimate"] = matrix(found.estimate);
  result["lower"] = matrix(found.lower);
  result["upper"] = matrix(found.upper);
  result["error"] = matrix(found.error);
  result["gradient"] = matrix(found.gradient);
  return result;
}

}  // namespace

void bind_answers(py::module_& m) {
  m.def(
      "ask",
      [](const kohort::intensity_model& im, const Eigen::VectorXd& coefficients,
         const Eigen::MatrixXd& covariance, const std::string& what, double years, double since,
         double last_age, double discount, const std::vector<int>& targets,
         const Eigen::MatrixXd& rewards, const Eigen::MatrixXd& starts,
         const std::vector<person>& persons, const std::vector<double>& weights,
         const Eigen::MatrixXd& draws, double level, int threads, const py::object& report) {
        if (coefficients.size() < kohort::layout(im).size()) {
          kohort::reject("E-MODEL", "coefficients",
                         std::to_string(coefficients.size()) + " were given",
                         "the model has " + std::to_string(kohort::layout(im).size()),
                         "Give them in the order of coefficient_names");
        }
        kohort::fitted_model fitted{.intensities = im};
        fitted.coefficients = coefficients;
        fitted.covariance = covariance;
        const kohort::question asked{
            quantity_named(what), {years, since, last_age}, discount, targets, rewards, starts};
        std::vector<kohort::course> courses;
        for (const auto& [hold, changes] : persons) {
          kohort::course one{{}, hold};
          for (const auto& [at, x] : changes) one.changes.push_back({at, x});
          courses.push_back(std::move(one));
        }
        const kohort::interval_options options{level, draws, threads,
                                               kohort::bindings::polling(report)};
        const auto found = [&] {
          const py::gil_scoped_release free;
          return kohort::ask(fitted, asked, courses, weights, options);
        }();
        return as_dict(found);
      },
      "model"_a, "coefficients"_a, "covariance"_a, "what"_a, py::kw_only(), "years"_a, "since"_a,
      "last_age"_a, "discount"_a, "targets"_a, "rewards"_a, "starts"_a, "persons"_a, "weights"_a,
      "draws"_a, "level"_a, "threads"_a = 0, "progress"_a = py::none());

  m.def(
      "delta_interval",
      [](double estimate, double error, const std::string& on, double level) {
        const auto found = kohort::delta_interval(estimate, error,
                                                  on == "logit"       ? kohort::scale::logit
                                                  : on == "logarithm" ? kohort::scale::logarithm
                                                                      : kohort::scale::plain,
                                                  level);
        return std::make_pair(found.lower, found.upper);
      },
      "estimate"_a, "error"_a, "scale"_a, "level"_a);

  m.def(
      "length_of_stay",
      [](const Eigen::MatrixXd& Q, double t, double force) {
        return matrix(kohort::length_of_stay(kohort::intensity_matrix<>(Q), t, force));
      },
      "Q"_a, "t"_a, "force"_a);
  m.def(
      "expected_visits",
      [](const Eigen::MatrixXd& Q, double t) {
        return matrix(kohort::expected_visits(kohort::intensity_matrix<>(Q), t));
      },
      "Q"_a, "t"_a);
  m.def(
      "first_passage_probability",
      [](const Eigen::MatrixXd& Q, const std::vector<int>& targets, double t) {
        return Eigen::VectorXd(kohort::first_passage_probability(kohort::intensity_matrix<>(Q),
                                                                 std::span<const int>(targets), t));
      },
      "Q"_a, "targets"_a, "t"_a);
  m.def(
      "first_passage_ever",
      [](const Eigen::MatrixXd& Q, const std::vector<int>& targets) {
        const auto found = kohort::first_passage_ever(kohort::intensity_matrix<>(Q),
                                                      std::span<const int>(targets));
        return std::make_pair(Eigen::VectorXd(found.ever), Eigen::VectorXd(found.mean));
      },
      "Q"_a, "targets"_a);
  m.def(
      "sojourn_time",
      [](const Eigen::MatrixXd& Q) {
        return Eigen::VectorXd(kohort::sojourn_time(kohort::intensity_matrix<>(Q)));
      },
      "Q"_a);
  m.def(
      "next_state",
      [](const Eigen::MatrixXd& Q) {
        return matrix(kohort::next_state(kohort::intensity_matrix<>(Q)));
      },
      "Q"_a);
}
