#pragma once

#include <algorithm>
#include <vector>

#include "casters.hpp"

namespace kohort::bindings {

/// A C++ array, row-major, as a NumPy array of this shape.
inline py::array_t<double> array(const std::vector<double>& values,
                                 const std::vector<py::ssize_t>& shape) {
  py::array_t<double> copy(shape);
  std::copy(values.begin(), values.end(), copy.mutable_data());
  return copy;
}

}  // namespace kohort::bindings
