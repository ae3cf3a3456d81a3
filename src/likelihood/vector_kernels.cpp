#include "likelihood/vector_kernels.hpp"

namespace kohort::detail {

vector_kernels kernels_for([[maybe_unused]] instruction_set with) {
#if defined(KOHORT_HAS_X86_KERNELS)
  if (with == instruction_set::avx512)
    return {avx512::rows, avx512::run, avx512::node_rates, avx512::node_back, 8};
  if (with == instruction_set::avx2)
    return {avx2::rows, avx2::run, avx2::node_rates, avx2::node_back, 4};
#endif
#if defined(_MSC_VER)
  constexpr int width = 1;
#else
  constexpr int width = 2;
#endif
  return {baseline::rows, baseline::run, baseline::node_rates, baseline::node_back, width};
}

}  // namespace kohort::detail
