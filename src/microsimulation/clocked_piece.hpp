#pragma once

#include <vector>

#include <Eigen/Core>

#include <kohort/projection/entry_clock.hpp>

namespace kohort::detail {

/// A cohort between two times of a year, its intensities by band of time since entry.
struct clocked_piece {
  const entry_clock& clock;
  const std::vector<Eigen::MatrixXd>& moves;   // bands: between living states, diagonal 0
  const std::vector<Eigen::VectorXd>& ratios;  // bands: of mortality, over that of `none`
  double from = 0, to = 0;                     // years into the year
  bool turned = false;                         // what the clock does at `from` has been done
  double growth = 0;                           // net migration, per person and year
};

/// The intensities of a piece, as `clocked_piece` takes them, by band.
struct piece_rates {
  std::vector<Eigen::MatrixXd> moves;
  std::vector<Eigen::VectorXd> ratios;
  double mu = 0;
};

/// Those who are alive at its end, by cell of the clock and state, if those without support die at
/// the rate mu.
///
/// @param people  cells x states, `none` in the first cell alone
Eigen::RowVectorXd live(const clocked_piece& piece, Eigen::RowVectorXd people, double mu);

/// The other way round: what a person of each place at the beginning may expect of `later`, which
/// says what each place is worth at the end.
///
/// @param later  cells x states rows, any number of columns
Eigen::MatrixXd look_back(const clocked_piece& piece, Eigen::MatrixXd later, double mu);

/// The mortality of those without support at which everybody's deaths are those of the rate m;
/// moves `people` on.
double close_by_clock(const clocked_piece& piece, double m, Eigen::RowVectorXd& people);

}  // namespace kohort::detail
