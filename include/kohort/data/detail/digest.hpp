#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace kohort::detail {

/// 64 bits that texts of the same content share, and others hardly ever: MurmurHash64A (public
/// domain, A. Appleby). The same on every machine that stores the low byte first.
inline std::uint64_t digest(std::string_view text, std::uint64_t seed = 0) {
  constexpr std::uint64_t m = 0xc6a4a7935bd1e995u;
  constexpr int r = 47;
  std::uint64_t h = seed ^ (text.size() * m);
  const auto mix = [&](std::uint64_t k) {
    k *= m;
    k ^= k >> r;
    h = (h ^ (k * m)) * m;
  };
  while (text.size() >= 8) {
    std::uint64_t k = 0;
    std::memcpy(&k, text.data(), 8);
    mix(k);
    text.remove_prefix(8);
  }
  if (!text.empty()) {
    std::uint64_t k = 0;
    std::memcpy(&k, text.data(), text.size());
    h = (h ^ k) * m;
  }
  h ^= h >> r;
  h *= m;
  return h ^ (h >> r);
}

}  // namespace kohort::detail
