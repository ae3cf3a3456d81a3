#include <kohort/support/instruction_set.hpp>

namespace kohort {

instruction_set best_instruction_set() {
#if defined(KOHORT_HAS_X86_KERNELS)
  __builtin_cpu_init();
  // All that -march=skylake-avx512 and -march=haswell let the compiler use in the kernels.
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
      __builtin_cpu_supports("avx512cd")) {
    return instruction_set::avx512;
  }
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
      __builtin_cpu_supports("bmi2")) {
    return instruction_set::avx2;
  }
#endif
  return instruction_set::baseline;
}

}  // namespace kohort
