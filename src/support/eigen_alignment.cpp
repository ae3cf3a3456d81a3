#include <kohort/support/detail/eigen_alignment.hpp>

namespace kohort::detail {

template <>
const bool eigen_alignment<EIGEN_MAX_ALIGN_BYTES>::agrees = true;

}  // namespace kohort::detail
