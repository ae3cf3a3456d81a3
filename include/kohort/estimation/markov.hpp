#pragma once

#include <string>
#include <vector>

#include <Eigen/Core>

#include <kohort/data/observations.hpp>
#include <kohort/model/intensity_model.hpp>
#include <kohort/support/parallel.hpp>

namespace kohort {

/// What of the past might act on the rates although the present state is known.
struct markov_settings {
  bool moved = true;    ///< whether the state at the last visit was another than the one before
  bool changes = true;  ///< how many changes of state were seen so far
  std::vector<state> ever = {};  ///< whether each of these was seen before the last visit
  std::vector<bool> on = {};     ///< transitions whose rates it might act on; empty: all
  int threads = 0;
  progress report = {};
};

/// What one step of scoring says of an effect: a log rate ratio.
struct markov_effect {
  std::string name;
  double estimate = 0, error = 0;
};

struct markov_test {
  double statistic = 0;
  int degrees = 0;     ///< of freedom: effects that the data can tell apart
  double p_value = 1;  ///< chi-square
  std::vector<markov_effect> effects;
  std::int64_t intervals = 0, left_out = 0;  ///< the first of each follow-up has no past
};

/// Test of the Markov assumption that holds for panel data: does the past act on the rates when the
/// present state is given?
///
/// z_k is a function of what was seen until the visit at which interval k begins, so adding gamma z
/// to the chosen log rates gives a conditional likelihood, and gamma = 0 is tested by its score,
///
///     T = U_g' (I_gg - I_gb I_bb^-1 I_bg)^-1 U_g,   U_g less I_gb I_bb^-1 U_b,
///
/// chi-square with as many degrees of freedom as effects, without another fit (Neyman's C(alpha):
/// the first interval of each follow-up is left out, so that the estimate is not quite where the
/// score of the rest is 0).
///
/// Where states have phases, may be misread or are told within a set, the past is what was seen: a
/// move is one between rows that share no state, and a state was seen where a row names it alone.
/// Then the first interval stays, its past being 0: the second row cannot be conditioned on in its
/// place. The test asks whether the past acts beyond what phases and readings carry of it.
///
/// Rejection also comes from rates that change with time in a way that the model lacks, from
/// differences between persons, and from states read with error under a model that has none.
///
/// @param coefficients  the maximum-likelihood estimate
/// @throws invalid_input  `E-SETTING`: no effect, or not one flag per transition; `E-EMPTY`: nobody
///                        was seen three times; `E-COLUMN`
/// @see Kalbfleisch & Lawless (1985); Neyman (1959) for C(alpha)
markov_test test_markov(const intensity_model& intensities, const Eigen::VectorXd& coefficients,
                        const observations& seen, const markov_settings& settings = {});

}  // namespace kohort
