#pragma once

#include <kohort/support/random.hpp>

namespace kohort::detail {

// Streams of their own, so that adding one source of uncertainty leaves every other as it was.
inline constexpr purpose population_paths_purpose{40};
inline constexpr purpose price_paths_purpose{41};
inline constexpr purpose variants_purpose{42};
inline constexpr purpose calibration_purpose{43};
inline constexpr purpose chance_noise_purpose{44};

}  // namespace kohort::detail
