#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <Eigen/Core>

namespace kohort {

/// 1 + phi + ... + phi^(h-1): how many years of trend are left of h years when each year's is phi
/// times that of the year before. For h <= 0 the trend is not damped: h.
double damped_years(double phi, int h);

/// Who comes to need support, for any number of draws side by side:
///
///     incidence(a, s, y) = exp(log_incidence(a, s) + trend w(y))
///     mix_j(a, s, y)     = softmax_j(log_odds_j(a, s) + mix_trend_j w(y))
///
/// the first per person-year without support, where w(y) = damped_years(phi, y - reference year).
/// -infinity stands for 0.
struct entry_rates {
  int draws = 0;
  int ages = 0;
  int levels = 0;
  std::vector<double> log_incidence;    // draws x 2 (men, women) x ages
  std::vector<double> log_odds;         // draws x 2 x ages x levels
  std::vector<double> incidence_trend;  // draws, per year
  std::vector<double> mix_trend;        // draws x levels, per year
  double incidence_damping = 1;         // phi
  double mix_damping = 1;

  /// Rates per person-year of coming in at each level, h years after the reference year.
  ///
  /// @param with_incidence_trend, with_mix_trend  off: as in the reference year
  void rates(int draw, int sex, int age, int h, bool with_incidence_trend, bool with_mix_trend,
             double* out) const;
};

/// Entry rates from a table, without trend or uncertainty.
///
/// @param incidence  2 x ages, per person-year without support, not negative
/// @param mix        2 x ages x levels, shares; each set sums to 1 (`E-INIT-SUM`)
/// @throws invalid_input  `E-NUM`, `E-INIT-SUM`
entry_rates entry_table(const Eigen::MatrixXd& incidence, const std::vector<double>& mix,
                        int levels);

/// First entries as counted, and the person-years they came from.
struct entry_counts {
  int first_year = 0;
  int years = 0;
  int first_age = 65;
  int ages = 0;  // the last one open
  int levels = 0;
  std::vector<double> entries;     // years x 2 x ages x levels
  std::vector<double> exposure;    // years x 2 x ages: person-years without support
  std::vector<double> population;  // years x 2 x ages: person-years of everyone
};

/// Sets first entries against the person-years they came from:
///
///     exposure = population (mean of two year-ends) - person-years of those who have, or have had,
///                support
///
/// An age and sex of a year where less than nothing is left and nobody came in counts as nobody at
/// risk; where somebody came in, it is joined with the age below until something is left.
///
/// @param entries    years x 2 x ages x levels
/// @param year_ends  (years + 1) x 2 x ages: population on each 31 December, the one before first
/// @param supported  years x 2 x ages: person-years at any level or after it
/// @throws invalid_input  `E-NUM`: tables that do not have one shape
entry_counts count_entries(int first_year, int years, int first_age, int ages, int levels,
                           std::vector<double> entries, const std::vector<double>& year_ends,
                           const std::vector<double>& supported);

/// What enters the models of incidence and entry mix.
struct entry_options {
  bool trend = false;     // calendar trend of incidence
  bool mix_trend = true;  // drift of the entry mix
  double damping = 0.9;   // phi of the incidence trend; 1 = undamped
  double mix_damping = 0.9;
  double origin_age = 80;  // age at which the age terms are 0
  // Weights of the two roughness penalties of incidence: negative, chosen from the data; infinity,
  // a straight line.
  double age_weight = -1;
  double sex_weight = -1;
  double entries_for_bends = 100;  // with fewer entries, straight lines
};

/// Something a reader of the result should know. W counts, I informs, D diagnoses.
struct notice {
  std::string code;
  std::string message;
  double amount = 0;  // how much or how many it is about
};

/// First entries of one sex and age group, all years together, as counted and as fitted.
struct entry_check {
  bool men = false;
  int first_age = 0;
  int last_age = 0;  // 0: open
  double seen = 0;
  double expected = 0;
  /// (seen - expected) / sqrt(expected x dispersion), the dispersion at least 1; 0 if none expected
  double deviations = 0;
};

/// Incidence and entry mix as fitted, with their uncertainty.
///
///     ln incidence     = b0 + b1 z + b2 male + b3 male z [+ g (y - y_last)]
///                        + u . B(a) + (male - 1/2) v . B(a),                   z = (a - 80)/10
///     ln mix_j / mix_1 = alpha_j + beta_j z + gamma_j male [+ d_j (y - y_last)],   j = 2 .. levels
///
/// with a the completed age and y_last the last year of the data, which is the reference year of
/// the trends. The first is a penalised Poisson regression on person-years without support, the
/// second a multinomial logit; both are fitted by Newton's method on their concave likelihoods.
///
/// Together, b0 + b1 z + u . B(a) is a cubic spline with knots every five years: u holds the second
/// differences of its B-spline coefficients ("bends", each named after the age it lies at), and
/// (b2, b3, v) let the sexes differ by a spline of their own. A straight difference alone missed
/// men above 90 by four standard deviations in the example municipality. The penalty is
///
///     -1/2 (age_weight u.u + sex_weight v.v)
///
/// Straight lines, sex and year are not penalised, so fitted entries equal the observed in total
/// and by sex. The weights maximise the restricted likelihood (REML, by Laplace's approximation,
/// with Poisson variance): penalised log-likelihood + 1/2 ln det penalty - 1/2 ln det(X'WX +
/// penalty), each over a grid of its logarithm and then by Brent's method, in turns; infinity, a
/// straight line, is among the choices. With fewer than `entries_for_bends` entries, or less than
/// ten years of ages, it is the only one.
///
/// Outside the ages [youngest, oldest] incidence is constant: the oldest is the last age that has
/// ten person-years without support at it or above, and all above count as of that age.
///
/// The covariance of the first is (X'WX + penalty)^-1, multiplied by Pearson's dispersion (over
/// cells in which at least five entries are expected, less the effective number of coefficients)
/// where that is above 1.
///
/// @see  Eilers & Marx (1996), Statistical Science 11:89; Wood (2011), JRSS B 73:3
struct entry_model {
  std::vector<std::string> incidence_names, mix_names;
  Eigen::VectorXd incidence, mix;
  Eigen::MatrixXd incidence_covariance, mix_covariance;
  double dispersion = 1;
  double log_likelihood = 0;             // Poisson, without the factorials and the penalty
  double restricted_log_likelihood = 0;  // what the weights maximise
  double age_weight = 0;                 // infinity: a straight line
  double sex_weight = 0;
  double effective_coefficients = 0;  // of incidence: trace of (X'WX + penalty)^-1 X'WX
  int youngest = 0, oldest = 0;       // completed ages between which incidence follows age
  int reference_year = 0;
  int levels = 0;
  double events = 0;    // first entries counted
  double exposure = 0;  // person-years without support
  entry_options options;
  std::vector<entry_check> check;  // men, then women, by five-year group up to 95+
  std::vector<notice> notices;
};

/// The terms of ln incidence at an age: its scalar product with `model.incidence` is ln incidence.
///
/// @param age    completed
/// @param since  years after the reference year, not damped
Eigen::VectorXd incidence_terms(const entry_model& model, int age, bool male, int since = 0);

/// Fits incidence and entry mix.
///
/// @throws invalid_input  `E-EXPOSURE`: entries without person-years, or negative ones; `E-NUM`:
///                        shapes or counts that cannot be; `E-ENTRIES`: fewer than 10 entries;
///                        `D-SEPARATION`: a level at which nobody came in; `D-NONIDENT`
/// @return                among its notices `W-INCIDENCE-FIT` for each sex and age group with at
///                        least five expected entries that misses by more than 3 deviations
/// @see                   McCullagh & Nelder (1989), Generalized Linear Models
entry_model fit_entries(const entry_counts& counts, const entry_options& options = {});

/// Evaluates a fitted model at single ages.
///
/// @param draws  0: the point estimate alone (one draw); otherwise draws from the coefficients'
///               normal distributions, draw k depending on (seed, k) alone
entry_rates rates_of(const entry_model& model, int first_age, int ages, int draws = 0,
                     std::uint64_t seed = 1);

}  // namespace kohort
