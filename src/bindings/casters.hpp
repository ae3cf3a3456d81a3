#pragma once

// The one place where pybind11 comes in: different type casters in different files would break the
// one-definition rule.
#include <pybind11/eigen.h>
#include <pybind11/functional.h>
#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <memory>

#include <kohort/support/error.hpp>
#include <kohort/support/parallel.hpp>

namespace py = pybind11;
using py::literals::operator""_a;

namespace kohort::bindings {

/// What a long call polls while the interpreter lock is released: Ctrl-C first, then the user's own
/// `progress(done, total)`, if any. Both may throw, which ends the call.
inline progress polling(py::object report) {
  // Shared, so that the library may copy it without holding the interpreter lock.
  return [report = std::make_shared<py::object>(std::move(report))](std::size_t done,
                                                                    std::size_t total) {
    const py::gil_scoped_acquire hold;
    if (PyErr_CheckSignals() != 0) throw py::error_already_set();
    if (!report->is_none()) (*report)(done, total);
    return true;
  };
}

}  // namespace kohort::bindings

void bind_model(py::module_& m);
void bind_data(py::module_& m);
void bind_estimation(py::module_& m);
void bind_inference(py::module_& m);
void bind_hidden(py::module_& m);
void bind_simulation(py::module_& m);
void bind_answers(py::module_& m);
void bind_checks(py::module_& m);
void bind_population(py::module_& m);
void bind_projection(py::module_& m);
void bind_economics(py::module_& m);
void bind_backtest(py::module_& m);
void bind_tables(py::module_& m);
