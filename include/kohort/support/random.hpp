#pragma once

#include <array>
#include <cmath>
#include <cstdint>

#include <boost/math/special_functions/erf.hpp>

namespace kohort {

/// What a stream of random numbers is for. Streams of different purposes never meet, so that adding
/// one kind of draw leaves every other as it was.
///
/// Every purpose of the library stands here, so that no two can have one number.
enum class purpose : std::uint32_t {
  parameters = 1,  // draws of fitted coefficients
  entries = 2,     // draws of incidence and entry mix
  starting_values = 3,
  histories = 4,  // simulated persons
  resampling = 5,
  posterior = 6,
  chance = 12,      // how single persons' lives turn out, given all rates
  programmes = 20,  // draws of what a programme costs and saves
  population_paths = 40,
  price_paths = 41,
  variants = 42,     // which of the user's population variants a draw takes
  calibration = 43,  // coefficients and entries drawn together
  chance_noise = 44,
  lives = 50,  // persons of a microsimulation, month by month: their moves,
  enrolling = 51,
  arriving = 52,
  placing = 53,  // and who asks for a place first
};

/// Philox4x32-10: four random words from a key and a counter, without any state.
///
/// @see Salmon, Moraes, Dror & Shaw (2011), Parallel random numbers: as easy as 1, 2, 3. SC11.
inline std::array<std::uint32_t, 4> philox(std::array<std::uint32_t, 2> key,
                                           std::array<std::uint32_t, 4> counter) {
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t a = std::uint64_t{0xD2511F53U} * counter[0];
    const std::uint64_t b = std::uint64_t{0xCD9E8D57U} * counter[2];
    counter = {
        static_cast<std::uint32_t>(b >> 32) ^ counter[1] ^ key[0], static_cast<std::uint32_t>(b),
        static_cast<std::uint32_t>(a >> 32) ^ counter[3] ^ key[1], static_cast<std::uint32_t>(a)};
    key[0] += 0x9E3779B9U;
    key[1] += 0xBB67AE85U;
  }
  return counter;
}

/// (k + 1/2) 2^-52 from the upper 52 bits of a word: inside (0, 1), never 0 and never 1. With one
/// bit more, k + 1/2 would not fit a double and the largest would round to 1.
inline double inside_unit(std::uint64_t word) {
  return (static_cast<double>(word >> 12) + 0.5) * 0x1p-52;
}

/// A pure function from (seed, purpose, replicate, subject, index) to a uniform number in (0, 1).
///
/// No order of calls and no thread can change what it returns.
class random_stream {
 public:
  random_stream(std::uint64_t seed, purpose why) {
    // The purpose is stirred into the key by one block, so that seeds one apart stay far apart.
    const auto words =
        philox({static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)},
               {static_cast<std::uint32_t>(why), 0, 0, 0});
    key_ = {words[0], words[1]};
  }

  /// Uniform on (0, 1): never 0, never 1.
  [[nodiscard]] double uniform(std::uint32_t replicate, std::uint32_t subject,
                               std::uint32_t index) const {
    const auto words = philox(key_, {replicate, subject, index, 0});
    return inside_unit(std::uint64_t{words[0]} << 32 | words[1]);
  }

  /// Standard normal by inversion: the same on every standard library.
  [[nodiscard]] double normal(std::uint32_t replicate, std::uint32_t subject,
                              std::uint32_t index) const {
    return -std::sqrt(2.0) * boost::math::erfc_inv(2.0 * uniform(replicate, subject, index));
  }

 private:
  std::array<std::uint32_t, 2> key_;
};

}  // namespace kohort
