#pragma once

#include <kohort/support/instruction_set.hpp>

#include "lanes/node_kernel.hpp"
#include "lanes/row_kernel.hpp"
#include "lanes/run_kernel.hpp"

namespace kohort::detail {

/// What the likelihood has in vectors, as built for one instruction set.
struct vector_kernels {
  row_kernel rows;    // intervals between known states
  run_kernel run;     // runs
  node_kernel rates;  // rates in the nodes of a sub-step
  node_adjoint back;  // and the way back from them
  int width;          // doubles in a vector
};

vector_kernels kernels_for(instruction_set with);

}  // namespace kohort::detail
