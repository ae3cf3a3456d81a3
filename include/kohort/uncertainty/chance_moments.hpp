#pragma once

#include <vector>

#include <Eigen/Core>

#include <kohort/model/intensity_matrix.hpp>
#include <kohort/projection/chance.hpp>

namespace kohort {

/// Mean and covariance of the numbers of persons in each state, given all rates. Persons are taken
/// as independent of each other.
struct count_moments {
  Eigen::VectorXd mean;
  Eigen::MatrixXd covariance;
};

/// A closed group, death being one of the states:
///
///     E N = n P(t),   Cov(N_s, N_s') = sum_r n_r P_rs (1[s = s'] - P_rs').
///
/// Each row of the covariance sums to 0, since nobody leaves.
///
/// @param persons  n, at the start
count_moments closed_counts(const intensity_matrix<>& Q, const Eigen::VectorXd& persons, double t);

/// The same group on two dates t1 <= t2, with D = t2 - t1:
///
///     Cov(N_s(t1), N_s'(t2)) = sum_r n_r P_rs(t1) (P_ss'(D) - P_rs'(t2)).
Eigen::MatrixXd closed_counts_between(const intensity_matrix<>& Q, const Eigen::VectorXd& persons,
                                      double t1, double t2);

/// A Poisson inflow into an empty system: independent Poisson numbers with means b J(t).
///
/// @param inflow  persons a year into each state
count_moments inflow_counts(const intensity_matrix<>& Q, const Eigen::VectorXd& inflow, double t);

/// The same inflow on two dates: Cov(N_s(t1), N_s'(t2)) = (b J(t1))_s P_ss'(D).
Eigen::MatrixXd inflow_counts_between(const intensity_matrix<>& Q, const Eigen::VectorXd& inflow,
                                      double t1, double t2);

/// A piece of time along which intensities are constant.
struct cost_piece {
  intensity_matrix<> intensities;
  double years;
};

/// What one person costs over a time, Z = int e^(-force t) c_X(t) dt, by the state at the start.
struct cost_moments {
  Eigen::VectorXd mean;    // E Z
  Eigen::VectorXd second;  // E Z^2, the deviation being sqrt(second - mean^2)
};

/// Along pieces of time, from the blocks of the exponential of
///
///     [[Q - 2 force I, C, 0], [0, Q - force I, C], [0, 0, Q]],   C = diag(cost)
///
/// (E Z^2 is twice its upper right block times 1). No term of its series is negative where no cost
/// is; rows are divided by their known sums after every doubling.
///
/// @param cost   per year in each state
/// @param force  of discount, ln(1 + r) a year
/// @throws invalid_input  `E-SHAPE`, `E-TIME`, `E-NUM`
/// @see          Van Loan (1978), IEEE Trans Automat Contr 23:395-404
cost_moments person_cost(const std::vector<cost_piece>& pieces, const Eigen::VectorXd& cost,
                         double force = 0);
cost_moments person_cost(const intensity_matrix<>& Q, const Eigen::VectorXd& cost, double years,
                         double force = 0);

/// Variance of the cost over [0, years] of persons who arrive by a Poisson process (Campbell):
///
///     b . v,   v = int_0^h e^(-2 force t) E[Z(h - t)^2] dt.
///
/// @return  v, by the state they arrive in, per person and year arriving there
Eigen::VectorXd arrivals_cost_variance(const intensity_matrix<>& Q, const Eigen::VectorXd& cost,
                                       double years, double force = 0);

/// The exact law, given each draw's rates, of what `with_chance` simulates: covariance of the
/// numbers at all levels on each 31 December. Its mean is `inputs.expected`.
///
/// @return  draws x (years + 1) x living states x living states, as they are seen
/// @throws invalid_input  as `with_chance`
std::vector<double> chance_covariance(const chance_inputs& inputs);

}  // namespace kohort
