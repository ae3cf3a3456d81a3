#pragma once

namespace kohort {

/// Which build of the vector kernels runs. Results agree to 1e-12 between them and are the same
/// bytes for any number of threads within one.
enum class instruction_set { baseline, avx2, avx512 };

/// The widest one that this processor has.
instruction_set best_instruction_set();

}  // namespace kohort
