#include "casters.hpp"

#include <kohort/support/instruction_set.hpp>
#include <kohort/version.hpp>

void bind_chance(py::module_& m);
void bind_draw_summary(py::module_& m);
void bind_draws(py::module_& m);
void bind_identity(py::module_& m);
void bind_microsimulation(py::module_& m);

PYBIND11_MODULE(_core, m, py::mod_gil_not_used()) {
  m.doc() = "The C++ core of kohort. Use the names in `kohort` instead.";
  m.attr("__version__") = kohort::version;
  constexpr const char* sets[] = {"baseline", "avx2", "avx512"};  // as in the enumeration
  m.attr("instruction_set") = sets[static_cast<int>(kohort::best_instruction_set())];

  static py::exception<kohort::invalid_input> invalid(m, "InvalidInput", PyExc_ValueError);
  py::register_exception_translator([](std::exception_ptr thrown) {
    try {
      if (thrown) std::rethrow_exception(thrown);
    } catch (const kohort::invalid_input& error) {
      py::object refusal = py::reinterpret_borrow<py::object>(invalid)(error.what());
      refusal.attr("code") = error.code();
      PyErr_SetObject(invalid.ptr(), refusal.ptr());
    } catch (const kohort::interrupted&) {
      PyErr_SetNone(PyExc_KeyboardInterrupt);
    }
  });

  bind_model(m);
  bind_data(m);
  bind_identity(m);
  bind_estimation(m);
  bind_inference(m);
  bind_hidden(m);
  bind_simulation(m);
  bind_answers(m);
  bind_checks(m);
  bind_population(m);
  bind_projection(m);
  bind_economics(m);
  bind_backtest(m);
  bind_interventions(m);
  bind_strategies(m);
  bind_tables(m);
  bind_value(m);
  bind_money(m);
  bind_uncertainty(m);
  bind_chance(m);
  bind_draw_summary(m);
  bind_draws(m);
  bind_calibration(m);
  bind_microsimulation(m);
}
