#pragma once

#include <vector>

#include <kohort/estimation/detail/scaled_search.hpp>

namespace kohort::detail {

/// Maximises within limits rows theta >= values, by an active set: a limit that a step meets
/// becomes an equality, and is given up again when the slope at the maximum points away from it
/// (Karush-Kuhn-Tucker).
///
/// @see Nocedal & Wright (2006), Numerical Optimization, ch. 16
class active_set {
 public:
  explicit active_set(const search_problem& problem, std::vector<std::size_t> active = {})
      : problem_(problem), active_(std::move(active)) {}

  /// Limits that hold with equality.
  [[nodiscard]] const std::vector<std::size_t>& active() const { return active_; }
  /// Gives up those in which a coefficient stands.
  void release(Eigen::Index coefficient);
  /// What is left to vary beside them.
  [[nodiscard]] free_coefficients beside(const free_coefficients& left) const;

  /// Coefficients within all limits, near these.
  ///
  /// @throws invalid_input  `E-CONSTRAINT` if there are none
  Eigen::VectorXd start(const Eigen::VectorXd& near);

  /// As `scaled_search::run`, over some or all of the free coefficients.
  maximum run(Eigen::VectorXd& theta, const free_coefficients& left, int iterations,
              const std::function<bool(const Eigen::VectorXd&, int)>& keep_going = {});

 private:
  /// The active limit that the slope leaves; none: the number of limits.
  [[nodiscard]] std::size_t given_up(const Eigen::VectorXd& theta,
                                     const free_coefficients& left) const;

  const search_problem& problem_;
  std::vector<std::size_t> active_;
};

}  // namespace kohort::detail
