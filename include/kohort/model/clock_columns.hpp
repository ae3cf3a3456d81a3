#pragma once

#include <span>
#include <string>
#include <vector>

#include <kohort/model/clock_spline.hpp>
#include <kohort/model/intensity_model.hpp>

namespace kohort {

/// The design columns that move all the time: which they are, and their values along the clocks.
///
/// A clock is a column that a `gompertz`, `weibull` or `spline` term names; several terms may read
/// one clock.
class clock_columns {
 public:
  explicit clock_columns(const intensity_model& intensities);

  [[nodiscard]] int clocks() const { return static_cast<int>(names_.size()); }
  [[nodiscard]] int columns() const { return static_cast<int>(design_.size()); }
  [[nodiscard]] bool none() const { return design_.empty(); }

  [[nodiscard]] const std::vector<std::string>& clock_names() const { return names_; }
  /// Per moving column: its place among all design columns, its clock, and its kind.
  [[nodiscard]] const std::vector<int>& design() const { return design_; }
  [[nodiscard]] const std::vector<int>& clock_of() const { return clock_of_; }
  [[nodiscard]] const std::vector<covariate_path>& kinds() const { return kinds_; }
  /// Per moving column: where a Gompertz effect is zero, in years.
  [[nodiscard]] const std::vector<double>& origins() const { return origins_; }
  /// Clocks that a Weibull term reads: rates may be infinite at their start.
  [[nodiscard]] const std::vector<int>& from_zero() const { return from_zero_; }

  /// The moving columns where the clocks stand `after` years beyond these values.
  void at(const double* clocks, double after, double* out) const;

  /// gamma: transitions x columns, each moving column's coefficient, 0 where a transition lacks it.
  [[nodiscard]] std::vector<double> coefficients(const coefficient_layout& where,
                                                 std::span<const double> all) const;
  /// Where those stand among all coefficients; -1 where a transition lacks the column.
  [[nodiscard]] std::vector<int> places(const coefficient_layout& where) const;

 private:
  struct reader {
    covariate_path path;
    int clock;
    double origin;
    int spline;  // index, or -1
    int columns;
  };
  std::vector<std::string> names_;
  std::vector<reader> readers_;
  std::vector<clock_spline> splines_;
  std::vector<int> design_, clock_of_, from_zero_;
  std::vector<covariate_path> kinds_;
  std::vector<double> origins_;
};

}  // namespace kohort
