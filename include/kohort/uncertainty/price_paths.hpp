#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <Eigen/Core>

namespace kohort {

/// A part of a cost with a price of its own: wages, say, or everything else.
struct price_component {
  std::string name;
  double growth = 0;  // expected, a year: 0.01 for 1 %, beyond the prices that the costs are in
  double sd = 0;      // of the yearly change of its logarithm
};

/// Prices whose logarithms are random walks with drift,
///
///     ln p_c(h) = h ln(1 + growth_c) - h sd_c^2 / 2 + sd_c W_c(h),    p_c(0) = 1,
///
/// with correlated yearly steps. The mean of p_c(h) is (1 + growth_c)^h.
struct price_model {
  std::vector<price_component> components;
  Eigen::MatrixXd correlation;  // of the yearly steps; empty: independent
};

/// One path of each component for each draw.
///
/// @param first, n  draws first, ..., first + n - 1; draw k depends on (seed, k) alone
/// @return          n x (years + 1) x components, over the base year's price
/// @throws invalid_input  `E-PRICE`: a growth of -100 % or less, a negative sd, a correlation that
///                        is none
std::vector<double> price_paths(const price_model& prices, int years, int first, int n,
                                std::uint64_t seed);

}  // namespace kohort
