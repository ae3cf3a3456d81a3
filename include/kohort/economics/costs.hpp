#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <Eigen/Core>

#include <kohort/population/shares.hpp>

namespace kohort {

/// What a year in each state costs, in money of one price year.
///
/// A state that is not named costs nothing only if it was named so: see `per_state`.
class costs {
 public:
  /// @param by_level    name of a state and its cost per person and year
  /// @param price_year  the year whose money it is; every total carries it
  /// @param saving      a cost below 0 is meant (it is refused otherwise)
  /// @throws invalid_input  `E-COST`: no state, a state twice, a negative cost not said to be a
  ///                        saving, or no price year; `E-NUM`: a cost that is not finite
  costs(std::vector<std::pair<std::string, double>> by_level, int price_year, bool saving = false);

  [[nodiscard]] const std::vector<std::pair<std::string, double>>& by_level() const {
    return by_level_;
  }
  [[nodiscard]] int price_year() const { return price_year_; }

  /// The cost of each of these states, in their order.
  ///
  /// @param states  names
  /// @param free    names among them that cost nothing unless a cost was given
  /// @throws invalid_input  `E-COST-MISSING` naming the state; `E-STATE-UNKNOWN`: a cost for a
  /// state
  ///                        that is not there
  [[nodiscard]] Eigen::VectorXd per_state(const std::vector<std::string>& states,
                                          const std::vector<std::string>& free = {}) const;

 private:
  std::vector<std::pair<std::string, double>> by_level_;
  int price_year_;
};

/// Amounts in whole öre (hundredths) that add up to their rounded total.
///
/// The total is rounded first, half away from zero. Each part is rounded down, and the öre that are
/// left go to the largest remainders, ties by position. So each part moves by less than one öre.
///
/// @param amounts  in kronor
/// @return         in öre, the same number of parts
/// @throws invalid_input  `E-NUM`: an amount that is not finite or has more than 15 digits
/// @see            Balinski & Young (1982), Fair Representation
std::vector<std::int64_t> round_to_ore(std::span<const double> amounts);

/// Cost of the first year if everyone stayed at the level at which they came in:
///
///     sum_j share_j cost_j
///
/// @param mix   shares that sum to 1, see `checked_shares`
/// @param cost  per person and year, one for each share
double entry_cost(const shares& mix, const Eigen::VectorXd& cost);

}  // namespace kohort
