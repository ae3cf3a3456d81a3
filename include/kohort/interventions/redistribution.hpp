#pragma once

#include <vector>

#include <kohort/model/embedding.hpp>
#include <kohort/model/probability_matrix.hpp>
#include <kohort/model/state_space.hpp>

namespace kohort {

/// What pays for a larger probability in a chain of discrete time, or takes up a smaller one.
enum class redistribution_rule {
  from_stay,     ///< the probability of staying alone
  proportional,  ///< all others, in proportion
  living,        ///< all others but death, in proportion
};

/// A multiplier on one probability of a discrete chain.
struct chain_effect {
  state from = 0, to = 0;
  double multiplier = 1;
};

/// A yearly (or monthly) table with some of its probabilities multiplied. Its rows must sum to 1
/// again, and there is no natural way: the rule is the user's choice and changes the result. In
/// continuous time multiply intensities instead, see `ratios_for_probabilities`.
///
/// Effects on one row are taken together: P_rs = k P_rs for each, and what they add or take away
/// goes by the rule to or from the rest of the row.
///
/// @param death  the state that `living` keeps; -1 if there is none
/// @throws invalid_input  `E-EFFECT-RANGE`: a probability would leave [0, 1]; with the largest
///                        multiplier; `E-EFFECT`: no such states, the same twice, or no rule
///                        applies
probability_matrix<> redistributed(const probability_matrix<>& P,
                                   const std::vector<chain_effect>& effects,
                                   redistribution_rule rule, state death = -1);

}  // namespace kohort
