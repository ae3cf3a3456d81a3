#pragma once

#include <string>
#include <utility>
#include <vector>

namespace kohort {

/// What a constraint asks of its sum.
enum class relation { equal, at_least, at_most };

/// A linear condition on coefficients, which are log rates and log hazard ratios:
///
///     sum_i factor_i theta_i   =, >= or <=   value
///
/// Coefficients go by their names ("light -> dead" for the intercept, "light -> dead: male" for an
/// effect; see `coefficient_names`).
struct constraint {
  std::vector<std::pair<std::string, double>> terms;
  relation is = relation::equal;
  double value = 0;
};

/// theta_a = theta_b: two rates are equal where all covariates are 0, or two effects.
constraint equal(std::string a, std::string b);

/// theta = value, on its own logarithmic scale.
constraint fixed(std::string name, double value);

constraint at_least(std::string name, double value);
constraint at_most(std::string name, double value);

/// As a user would write it: "'light -> dead: male' - 2 'moderate -> dead: male' = 0".
std::string words(const constraint& one);

}  // namespace kohort
