#include <kohort/model/intensity_matrix.hpp>
#include <kohort/model/log_probability.hpp>
#include <kohort/model/probability_batch.hpp>
#include <kohort/model/probability_matrix.hpp>
#include <kohort/model/state_space.hpp>

#include "arrays.hpp"
#include "casters.hpp"

namespace {

using kohort::bindings::row_major;

using stacked = kohort::bindings::flat;

py::list named_transitions(const kohort::model& m) {
  py::list pairs;
  for (const auto& move : m.transitions()) {
    pairs.append(py::make_tuple(m.name(move.from), m.name(move.to)));
  }
  return pairs;
}

}  // namespace

void bind_model(py::module_& m) {
  py::class_<kohort::model>(m, "Model", "The structure of a multi-state model: kohort::model.")
      .def(py::init([](std::vector<std::string> states,
                       const std::vector<std::pair<std::string, std::string>>& transitions,
                       const std::optional<std::string>& death) {
             return kohort::model(std::move(states), transitions, death.value_or(""));
           }),
           "states"_a, "transitions"_a, "death"_a = py::none())
      .def_property_readonly("states", &kohort::model::states)
      .def_property_readonly("transitions", &named_transitions)
      .def_property_readonly("moves",
                             [](const kohort::model& self) {
                               std::vector<std::pair<int, int>> pairs;
                               for (const auto& move : self.transitions()) {
                                 pairs.emplace_back(move.from, move.to);
                               }
                               return pairs;
                             })
      .def_property_readonly("death", &kohort::model::death)
      .def("absorbing", &kohort::model::absorbing, "state"_a)
      .def("find", &kohort::model::find, "name"_a)
      .def("label", &kohort::model::label, "k"_a);

  m.def("reject", &kohort::reject, "code"_a, "where"_a, "seen"_a, "needed"_a, "remedy"_a,
        "Raises InvalidInput, worded as everywhere: Python's own refusals go through here.");

  m.def("dependency_model", &kohort::dependency_model, "with_ended"_a = false);

  m.def(
      "intensities",
      [](const kohort::model& structure, const std::vector<double>& rates) {
        return row_major(kohort::intensity_matrix<>::from_rates(structure, rates).matrix());
      },
      "model"_a, "rates"_a);

  m.def(
      "transition_probability",
      [](const Eigen::MatrixXd& Q, double t) {
        return row_major(kohort::transition_probability(kohort::intensity_matrix<>(Q), t).matrix());
      },
      "Q"_a, "t"_a, py::call_guard<py::gil_scoped_release>());

  m.def(
      "log_transition_probability",
      [](const Eigen::MatrixXd& Q, double t) {
        return row_major(kohort::log_transition_probability(kohort::intensity_matrix<>(Q), t));
      },
      "Q"_a, "t"_a, py::call_guard<py::gil_scoped_release>());

  m.def(
      "transition_probabilities",
      [](const stacked& Q, const stacked& t, int threads, const py::object& report) {
        const auto states = static_cast<int>(Q.shape(1));
        stacked P({Q.shape(0), Q.shape(1), Q.shape(2)});
        const std::span from(Q.data(), static_cast<std::size_t>(Q.size()));
        const std::span times(t.data(), static_cast<std::size_t>(t.size()));
        const std::span to(P.mutable_data(), static_cast<std::size_t>(P.size()));
        const auto poll = kohort::bindings::polling(report);
        {
          const py::gil_scoped_release free;
          kohort::transition_probabilities(states, from, times, to, threads, poll);
        }
        return P;
      },
      "Q"_a, "t"_a, "threads"_a = 0, "progress"_a = py::none());

  m.def(
      "is_stiff",
      [](const Eigen::MatrixXd& Q, double t) {
        return kohort::is_stiff(kohort::intensity_matrix<>(Q), t);
      },
      "Q"_a, "t"_a);
}
