#pragma once

#include <cstdint>
#include <vector>

#include <kohort/microsimulation/lives.hpp>

namespace kohort {

/// Who comes in from outside, at what rate: independent Poisson processes, one a row.
struct life_entries {
  std::vector<state> states;                ///< in which they come in: the entry mix
  std::vector<std::int32_t> patterns = {};  ///< empty: 0
  std::vector<std::int32_t> ages = {};      ///< completed age then; empty: no ages
  int years = 1;              ///< calendar years that the rates differ by; the last holds on
  std::vector<double> rates;  ///< rows x years, persons a year
};

/// The persons that come in before the horizon, in one replicate: in each row and year a Poisson
/// number, at times that are uniform in the year, with birthdays uniform in the year of age. A pure
/// function of (seed, replicate).
///
/// @throws invalid_input  `E-SHAPE`: columns that differ in length; `E-NUM`: a rate that cannot be
life_starts draw_entries(const life_entries& entries, double horizon, std::uint64_t seed,
                         std::uint32_t replicate);

}  // namespace kohort
