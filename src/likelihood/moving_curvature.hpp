#pragma once

#include <vector>

#include "likelihood/moving_lanes.hpp"

namespace kohort::detail {

/// Minus the second derivatives of each lane: differences of its gradient.
///
/// With the moving columns x = m + d, m that of the middle of a piece, those by two moving
/// coefficients are, but for terms in d^2,
///
///     H_gg = sum_j m_j H_jg + sum_j m_j H_gj - sum_ij m_i m_j H_ij
///
/// with g a moving coefficient and i, j the log rates of pieces,
/// so the directions of log rates are enough where d is small. The quick way takes this, and adds
/// what one group in so many lacks, that many times.
class moving_curvature {
 public:
  moving_curvature(const moving_setting& at, bool quick);

  /// @param group   prepared with `count` cells from `place` on among those that are chosen
  /// @param lanes   out: count x D x D
  void find(moving_lanes& group, const moving_cells& cells, const std::vector<std::int32_t>& chosen,
            std::size_t place, std::size_t count, std::vector<double>& lanes);

 private:
  /// Whether no moving column goes far from the middle of a piece, in all cells of a sample's unit.
  [[nodiscard]] bool narrow(const moving_cells& cells, const std::vector<std::int32_t>& chosen,
                            std::size_t place);

  void keep(const moving_lanes& group, std::size_t count, std::size_t D);

  void differentiate(moving_lanes& group, std::size_t count, std::size_t d, double unit,
                     std::vector<double>& lanes);

  /// The columns of the moving coefficients from those of the log rates.
  void short_cut(const moving_lanes& group, std::size_t pieces, std::size_t count,
                 std::vector<double>& lanes) const;

  const moving_setting& at_;
  bool quick_;
  std::vector<double> spread_, before_, guess_, middle_, end_;
};

}  // namespace kohort::detail
