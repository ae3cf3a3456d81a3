#pragma once

#include <Eigen/Core>

namespace kohort::detail {

/// Defined in the library for the alignment that it was compiled with, and for no other.
///
/// Matrices cross the boundary between the library and its user, and Eigen frees them in a way that
/// depends on `EIGEN_MAX_ALIGN_BYTES`. If linking fails for want of `eigen_alignment<32>::agrees`,
/// the user's files were compiled for wider vectors (-mavx, -march=native) than the library:
/// compile both alike, or the user's with -DEIGEN_MAX_ALIGN_BYTES=16.
template <int Bytes>
struct eigen_alignment {
  static const bool agrees;
};

template <>
const bool eigen_alignment<EIGEN_MAX_ALIGN_BYTES>::agrees;

namespace {
#if defined(__GNUC__)
[[gnu::used]]  // kept though nothing reads it: the linker must look for it
#endif
const bool* const library_and_user_align_alike = &eigen_alignment<EIGEN_MAX_ALIGN_BYTES>::agrees;
}  // namespace

}  // namespace kohort::detail
