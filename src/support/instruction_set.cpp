#include <kohort/support/instruction_set.hpp>

namespace kohort {

instruction_set best_instruction_set() {
#if defined(KOHORT_HAS_X86_KERNELS)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq")) {
    return instruction_set::avx512;
  }
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return instruction_set::avx2;
#endif
  return instruction_set::baseline;
}

}  // namespace kohort
