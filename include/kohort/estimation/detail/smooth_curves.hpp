#pragma once

#include <vector>

#include <Eigen/Core>

#include <kohort/estimation/fitted_model.hpp>
#include <kohort/estimation/prior.hpp>

namespace kohort::detail {

/// The penalised splines of a model, one for each transition that uses such a term, and the weights
/// of their penalties: given, or found by Fellner and Schall's iteration, whose fixed point is the
/// maximum of the restricted likelihood as Laplace approximates it:
///
///     kappa <- (m - kappa tr V) / u'u
///
/// with u the m bends of a curve (`clock_spline`) and V their covariance at the maximum under
/// kappa.
///
/// @see  Wood & Fasiolo (2017), Biometrics 73:1071-1081
class smooth_curves {
 public:
  /// @param given  penalties of the user: a curve with one of these on its bends has no other
  smooth_curves(const intensity_model& intensities, const std::vector<quadratic_penalty>& given);

  [[nodiscard]] bool any_chosen() const;

  /// The given penalties, and those of the curves.
  [[nodiscard]] std::vector<quadratic_penalty> penalties(
      std::vector<quadratic_penalty> given) const;

  /// A step of the iteration for the weights that are to be found.
  ///
  /// @return  the largest change of a logarithm of a weight
  double choose(const fitted_model& fitted);

  /// As they stand in a fit with these weights.
  [[nodiscard]] std::vector<smooth_curve> of(const fitted_model& fitted) const;

 private:
  struct curve {
    int transition, term;
    Eigen::Index first;  // of its bends among the coefficients
    Eigen::Index bends;
    double smoothing;
    bool chosen;
    std::vector<std::string> names;  // of the bends
  };
  [[nodiscard]] static bool known(const curve& one, const fitted_model& fitted);
  std::vector<curve> curves_;
};

}  // namespace kohort::detail
