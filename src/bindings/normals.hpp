#pragma once

#include <kohort/support/random.hpp>

#include "arrays.hpp"

namespace kohort::bindings {

/// (rows, columns) standard normals: a row is a replicate, a column an index of the stream.
inline row_major normals(const random_stream& random, int rows, int columns) {
  return row_major::NullaryExpr(rows, columns, [&](Eigen::Index k, Eigen::Index c) {
    return random.normal(static_cast<std::uint32_t>(k), 0, static_cast<std::uint32_t>(c));
  });
}

}  // namespace kohort::bindings
