#pragma once

#include <vector>

#include "casters.hpp"

/// Level rules, and texts and workbooks of decisions.
void bind_extracts(py::module_& m);

namespace kohort::bindings {

/// A column from Python, without a Python object for each number.
template <typename T>
using column = py::array_t<T, py::array::c_style | py::array::forcecast>;

template <typename T>
std::vector<T> copied(const column<T>& values) {
  return {values.data(), values.data() + values.size()};
}

/// A read-only array over memory that `owner` keeps alive.
template <class Value>
py::array view(const py::object& owner, const std::vector<Value>& values,
               std::vector<py::ssize_t> shape = {}) {
  if (shape.empty()) shape = {static_cast<py::ssize_t>(values.size())};
  py::array_t<Value> array(shape, values.data(), owner);
  array.attr("setflags")("write"_a = false);
  return array;
}

template <class Value>
py::array own(const std::vector<Value>& values) {
  py::array_t<Value> array(static_cast<py::ssize_t>(values.size()), values.data());
  array.attr("setflags")("write"_a = false);
  return array;
}

}  // namespace kohort::bindings
