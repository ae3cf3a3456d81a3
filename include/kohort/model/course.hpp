#pragma once

#include <limits>
#include <span>
#include <vector>

#include <kohort/model/intensity_model.hpp>
#include <kohort/model/path_value.hpp>

namespace kohort {

/// From this time on the covariates have these values.
struct covariate_change {
  double at = 0;          ///< years from the start
  std::vector<double> x;  ///< one value per term; a clock runs on from its own
};

/// What becomes of somebody's covariates: the first change is at 0, the others come later.
struct course {
  std::vector<covariate_change> changes;
  bool hold = false;  ///< clocks stand still too
};

/// The stretch of time that is asked about.
struct horizon {
  double years = std::numeric_limits<double>::infinity();  ///< from the start
  double since = 0;                                        ///< rewards count from here on
  double last_age = 125;  ///< where a whole life ends that has a clock `age` without bands
};

/// A course cut where its intensities change.
///
/// A piece on which they stand still is exact. Where a clock moves them continuously a cell of at
/// most `step` years, with intensities Q1 and Q2 at its two Gauss points, becomes two pieces of
/// half its length with
///
///     2 (x1 Q1 + x2 Q2)  and  2 (x2 Q1 + x1 Q2),    x1, x2 = 1/4 +- sqrt(3)/6:
///
/// the commutator-free method of order 4. Applied to P together with its integrals it is the same
/// two pieces, so probabilities, lengths of stay, visits and costs all have errors of order h^4.
///
/// @see Blanes & Moan (2006), Appl Numer Math 56:1519-1537
struct course_grid {
  std::vector<double> elapsed;               ///< per piece; the last may be infinite
  std::vector<double> counted;               ///< per piece: 0 before `since`, then 1
  std::vector<std::vector<double>> designs;  ///< per node: the design columns there
  /// The rate of piece p is first * (rate at node `nodes[p]`) + second * (at the node after it).
  std::vector<int> nodes;
  std::vector<double> first, second;
  bool moving = false;  ///< some piece has continuous clocks
};

/// Whether a term of this kind runs with time.
[[nodiscard]] inline bool runs(const term& covariate) {
  return covariate.path != covariate_path::held;
}

/// @param step  longest cell where a clock moves continuously, years
/// @throws invalid_input  `E-TIME`: changes out of order, a horizon that is negative or ends before
///                        `since`; `E-COLUMN`: not one value for each term, or one not finite
course_grid lay_out(const intensity_model& intensities, const course& person, const horizon& over,
                    double step = 0.25);

/// The intensities along a grid, for one set of coefficients.
///
/// @param stopped  states that nobody leaves, whatever the coefficients say
intensity_path intensities_along(const intensity_model& intensities,
                                 const coefficient_layout& where, const course_grid& grid,
                                 std::span<const double> coefficients,
                                 std::span<const state> stopped = {});

/// From slopes along the rates of pieces to slopes along the coefficients, which are added to
/// `into`.
///
/// @param path_slopes  pieces x moves
void add_coefficient_slopes(const intensity_model& intensities, const coefficient_layout& where,
                            const course_grid& grid, std::span<const double> coefficients,
                            std::span<const state> stopped, std::span<const double> path_slopes,
                            double weight, std::span<double> into);

}  // namespace kohort
