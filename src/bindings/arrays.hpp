#pragma once

#include <algorithm>
#include <vector>

#include <Eigen/Core>

#include "casters.hpp"

namespace kohort::bindings {

using flat = py::array_t<double, py::array::c_style | py::array::forcecast>;
using row_major = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

/// The numbers of a NumPy array, row-major.
inline std::vector<double> numbers(const flat& values) {
  return {values.data(), values.data() + values.size()};
}

/// A C++ array, row-major, as a NumPy array of this shape.
inline py::array_t<double> array(const std::vector<double>& values,
                                 const std::vector<py::ssize_t>& shape) {
  py::array_t<double> copy(shape);
  std::copy(values.begin(), values.end(), copy.mutable_data());
  return copy;
}

}  // namespace kohort::bindings
