#pragma once

#include <cstddef>
#include <cstring>
#include <span>
#include <unordered_map>
#include <vector>

#include <Eigen/Core>

#include <kohort/model/intensity_model.hpp>

namespace kohort::detail {

/// Transition probabilities over an interval whose covariates are given at its start: held ones
/// stay, clocks run on. What was asked before is remembered. One for each thread.
class path_probability {
 public:
  path_probability(const intensity_model& intensities, std::span<const double> coefficients);

  /// @param values   one per term at the start of the interval; clocks in years
  /// @param elapsed  years, >= 0
  /// @return         n x n; the reference holds until the next call
  const Eigen::MatrixXd& over(std::span<const double> values, double elapsed);

  /// Rates per year, one per transition, at the end of that interval.
  std::vector<double> rates_at_end(std::span<const double> values, double elapsed) const;

 private:
  struct hash {
    std::size_t operator()(const std::vector<double>& key) const {
      std::uint64_t mixed = 0x9E3779B97F4A7C15U;
      for (const double value : key) {
        std::uint64_t bits;
        std::memcpy(&bits, &value, sizeof bits);
        mixed = (mixed ^ bits) * 0xFF51AFD7ED558CCDU;
        mixed ^= mixed >> 32;
      }
      return mixed;
    }
  };

  const intensity_model& intensities_;
  std::span<const double> coefficients_;
  coefficient_layout where_;
  bool moving_;  // some clock runs inside the intervals
  std::unordered_map<std::vector<double>, Eigen::MatrixXd, hash> known_;
  std::vector<double> key_, rates_;
};

/// Where the terms' columns stand among these covariate names.
/// @throws invalid_input  `E-COLUMN`: a term's column is not there
std::vector<std::size_t> places_of_terms(const intensity_model& intensities,
                                         std::span<const std::string> names, const char* where);

}  // namespace kohort::detail
