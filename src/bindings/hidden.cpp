#include <kohort/estimation/hidden_paths.hpp>
#include <kohort/model/misclassification.hpp>
#include <kohort/model/phases.hpp>

#include "casters.hpp"

namespace {

using kohort::intensity_model;
using matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using errors = std::vector<std::pair<int, int>>;

kohort::first_phase first_phase_of(const std::string& name) {
  if (name == "entry") return kohort::first_phase::entry;
  if (name == "left out") return kohort::first_phase::unknown;
  return kohort::first_phase::stationary;
}

kohort::intensity_matrix<> at(const Eigen::MatrixXd& Q) {
  return kohort::intensity_matrix<>::from_rates(Q);
}

}  // namespace

void bind_hidden(py::module_& m) {
  m.def(
      "with_phases",
      [](const kohort::model& seen, const std::vector<int>& phases) {
        auto phased = kohort::with_phases(seen, phases);
        return py::make_tuple(phased.fine, phased.map.seen_of);
      },
      "model"_a, "phases"_a,
      "The model with its phases as states, and as which state each is seen.");

  m.def(
      "hidden_model",
      [](intensity_model im, const std::vector<std::string>& seen, const std::vector<int>& seen_of,
         const std::string& first, const std::string& clock, bool misread, const errors& pairs,
         const intensity_model& reading, const std::vector<std::vector<bool>>& reading_uses,
         const std::string& start, const std::vector<double>& probabilities, bool move_or_stay) {
        if (!seen_of.empty()) im.phases = {seen, seen_of, first_phase_of(first), clock};
        if (misread) {
          kohort::misclassification made;
          for (const auto& [truth, read] : pairs) made.errors.push_back({truth, read});
          made.terms = reading.terms;
          made.uses = reading_uses;
          made.start = start == "seen"    ? kohort::hidden_start::seen
                       : start == "given" ? kohort::hidden_start::given
                                          : kohort::hidden_start::estimated;
          made.probabilities = probabilities;
          if (move_or_stay) made.throughout = kohort::known_throughout::move_or_stay;
          im.misread = std::move(made);
        }
        kohort::layout(im);  // refuses what makes no sense
        return im;
      },
      "model"_a, "seen"_a, "seen_of"_a, "first"_a, "clock"_a, "misread"_a, "errors"_a,
      "reading_terms"_a, "reading_uses"_a, "start"_a, "probabilities"_a, "move_or_stay"_a);

  m.def("observable_model", &kohort::observable_model, "model"_a);

  m.def(
      "reading_probability",
      [](const intensity_model& im, const std::vector<double>& coefficients,
         const std::vector<double>& x) {
        return matrix(kohort::reading_probability(im, coefficients, x));
      },
      "model"_a, "coefficients"_a, "x"_a);
  m.def(
      "start_probability",
      [](const intensity_model& im, const std::vector<double>& coefficients) {
        return kohort::start_probability(im, coefficients);
      },
      "model"_a, "coefficients"_a);

  m.def(
      "smoothed_states",
      [](const kohort::observations& seen, const intensity_model& im,
         const Eigen::VectorXd& coefficients, int threads, const py::object& report) {
        const auto poll = kohort::bindings::polling(report);
        const py::gil_scoped_release free;
        return matrix(kohort::smoothed_states(seen, im, coefficients, threads, poll));
      },
      "observations"_a, "model"_a, "coefficients"_a, "threads"_a = 0, "progress"_a = py::none());
  m.def(
      "likeliest_states",
      [](const kohort::observations& seen, const intensity_model& im,
         const Eigen::VectorXd& coefficients, int threads, const py::object& report) {
        const auto poll = kohort::bindings::polling(report);
        const auto states = [&] {
          const py::gil_scoped_release free;
          return kohort::likeliest_states(seen, im, coefficients, threads, poll);
        }();
        return py::array_t<int>(static_cast<py::ssize_t>(states.size()), states.data());
      },
      "observations"_a, "model"_a, "coefficients"_a, "threads"_a = 0, "progress"_a = py::none());

  m.def(
      "stationary_phases",
      [](const intensity_model& im, const Eigen::MatrixXd& Q, int seen) {
        return Eigen::VectorXd(kohort::stationary_phases(at(Q), im.phases, seen).transpose());
      },
      "model"_a, "Q"_a, "seen"_a);
  m.def(
      "seen_transition_probability",
      [](const intensity_model& im, const Eigen::MatrixXd& Q, double t, const std::string& first) {
        return matrix(
            kohort::seen_transition_probability(at(Q), im.phases, t, first_phase_of(first)));
      },
      "model"_a, "Q"_a, "t"_a, "first"_a);
  m.def(
      "stay_survival",
      [](const intensity_model& im, const Eigen::MatrixXd& Q, int seen,
         const std::vector<double>& times, const std::string& first) {
        std::vector<double> still;
        for (const double t : times)
          still.push_back(kohort::stay_survival(at(Q), im.phases, seen, t, first_phase_of(first)));
        return still;
      },
      "model"_a, "Q"_a, "seen"_a, "times"_a, "first"_a);
  m.def(
      "mean_stay",
      [](const intensity_model& im, const Eigen::MatrixXd& Q, int seen, const std::string& first) {
        return kohort::mean_stay(at(Q), im.phases, seen, first_phase_of(first));
      },
      "model"_a, "Q"_a, "seen"_a, "first"_a);
  m.def(
      "stay_quantile",
      [](const intensity_model& im, const Eigen::MatrixXd& Q, int seen, double p,
         const std::string& first) {
        return kohort::stay_quantile(at(Q), im.phases, seen, p, first_phase_of(first));
      },
      "model"_a, "Q"_a, "seen"_a, "p"_a, "first"_a);
  m.def(
      "two_phases_from_quantiles",
      [](const std::array<double, 3>& shares, const std::array<double, 3>& times) {
        const auto law = kohort::two_phases_from_quantiles(shares, times);
        return py::make_tuple(law.on, law.exits[0], law.exits[1]);
      },
      "shares"_a, "times"_a, "From phase 1 to phase 2, and out of each of them.");
}
