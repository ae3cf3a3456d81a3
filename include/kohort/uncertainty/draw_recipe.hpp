#pragma once

#include <cstdint>
#include <vector>

#include <Eigen/Core>

#include <kohort/population/entries.hpp>
#include <kohort/projection/open_cohort.hpp>

namespace kohort {

/// Rates by sex and age as they follow from standard normals z and uniforms u:
///
///     ln rate = base + slopes z,   + ln(ln u / ln 0.05) for transitions estimated as 0.
///
/// All that a fit needs to be projected anywhere: numbers, no persons.
struct rate_recipe {
  int ages = 0, transitions = 0;
  Eigen::VectorXd base;      // 2 x ages [x bands] x transitions
  Eigen::MatrixXd slopes;    // one row for each, one column for each normal
  std::vector<int> bounded;  // transitions with a uniform each, in their order
  int bands = 1;             // of time since entry
};

/// Incidence and entry mix likewise: ln incidence, log-odds and trends are each base + slopes z.
struct entry_recipe {
  int ages = 0, levels = 0;
  double incidence_damping = 1, mix_damping = 1;
  Eigen::VectorXd log_incidence, log_odds, incidence_trend, mix_trend;  // as in `entry_rates`
  Eigen::MatrixXd log_incidence_slopes, log_odds_slopes, incidence_trend_slopes, mix_trend_slopes;
  int of_incidence = 0;  // the first normals, drawn apart from the others
};

/// Everything random in the rates of a projection.
struct draw_recipe {
  rate_recipe rates;
  entry_recipe entries;
  /// The last so many normals of both serve rates and entries alike (a calibration's).
  int shared = 0;
  /// Whether those whose support has ended, if there is such a state, come back as the draw's
  /// newcomers come in; see `kohort::returns_as_new`.
  bool returns_as_new = false;
  /// Where levels have phases: the place, among the model's levels, of the first phase of each
  /// level that is entered. Empty: there are none.
  std::vector<int> first_phases = {};
};

/// The random numbers of some draws, one row each.
struct draw_numbers {
  Eigen::MatrixXd rate_normals, rate_uniforms, entry_normals;
};

/// Those that `draws` and `rates_of` would take for draws first, ..., first + n - 1 of a seed.
draw_numbers numbers_of(const draw_recipe& recipe, int first, int n, std::uint64_t seed);

/// The same from the columns of one table of uniforms in (0, 1), n x `dimensions(recipe)`: rates'
/// normals, rates' uniforms, entries' normals, shared ones last.
draw_numbers numbers_from(const draw_recipe& recipe, const Eigen::MatrixXd& uniforms);
int dimensions(const draw_recipe& recipe);

/// Rates (draws x 2 x ages [x bands] x transitions, per year) and entries of these draws, each draw
/// depending on its own row alone.
/// @throws invalid_input  `E-SHAPE`
std::vector<double> rates_from(const rate_recipe& recipe, const Eigen::MatrixXd& normals,
                               const Eigen::MatrixXd& uniforms);
entry_rates entries_from(const entry_recipe& recipe, const Eigen::MatrixXd& normals);

/// Puts both into what is projected, entries at the first phases, returns as the recipe has them.
/// @throws invalid_input  `E-SHAPE`; as `returns_as_new`
void draw_into(open_cohort_inputs& inputs, const draw_recipe& recipe, const draw_numbers& numbers);

}  // namespace kohort
