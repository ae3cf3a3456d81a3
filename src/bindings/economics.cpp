#include <kohort/economics/costs.hpp>

#include "casters.hpp"

void bind_economics(py::module_& m) {
  py::class_<kohort::costs>(m, "Costs")
      .def(py::init<std::vector<std::pair<std::string, double>>, int, bool>(), "by_level"_a,
           "price_year"_a, "saving"_a)
      .def_property_readonly("by_level", &kohort::costs::by_level)
      .def_property_readonly("price_year", &kohort::costs::price_year)
      .def("per_state", &kohort::costs::per_state, "states"_a, "free"_a);

  m.def(
      "round_to_ore",
      [](const std::vector<double>& amounts) { return kohort::round_to_ore(amounts); },
      "amounts"_a);
  m.def(
      "entry_cost",
      [](const Eigen::VectorXd& mix, const Eigen::VectorXd& cost) {
        return kohort::entry_cost({mix, 1}, cost);
      },
      "mix"_a, "cost"_a);
}
