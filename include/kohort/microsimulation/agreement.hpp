#pragma once

#include <vector>

#include <Eigen/Core>

namespace kohort {

/// Expected numbers of persons by date and state, and their exact covariance, where everybody moves
/// independently of everybody else. Cell (date j, state s) is entry j states + s.
///
/// - n persons from state r: the mean is n p_s(t), the covariance
///   Cov(N_s(t), N_s'(u)) = n p_s(t) [P_ss'(t, u) - p_s'(u)], t <= u;
/// - Poisson arrivals: the mean is m_s(t), the covariance m_s(t) P_ss'(t, u).
///
/// @see  Kingman (1993), Poisson Processes, on thinning; counts of a closed group are multinomial
struct occupancy_moments {
  int dates = 0, states = 0;
  Eigen::VectorXd mean;
  Eigen::MatrixXd covariance;

  occupancy_moments(int dates_, int states_)
      : dates(dates_),
        states(states_),
        mean(Eigen::VectorXd::Zero(dates_ * states_)),
        covariance(Eigen::MatrixXd::Zero(dates_ * states_, dates_ * states_)) {}

  /// One way that a person may go: the chance of each state at the first date (with the chance of
  /// going this way in it), and dates - 1 matrices: P from each date to the next. Rows may sum to
  /// less than 1 where some leave for states that are not counted.
  struct course {
    Eigen::RowVectorXd start;
    std::vector<Eigen::MatrixXd> between;
  };

  /// Adds n persons, each of whom goes one of these ways.
  void add_persons(double n, const std::vector<course>& courses);
  /// The same with one way.
  void add_persons(double n, const Eigen::RowVectorXd& start,
                   const std::vector<Eigen::MatrixXd>& between) {
    add_persons(n, {course{start, between}});
  }

  /// Adds, at one date alone, persons who have come by Poisson processes, and their covariance with
  /// what becomes of them at later dates.
  ///
  /// @param expected  states: their mean number at that date
  /// @param between   P from that date to the next, and so on to the last date
  void add_arrivals(int date, const Eigen::RowVectorXd& expected,
                    const std::vector<Eigen::MatrixXd>& between);
};

/// Numbers as simulated beside numbers as expected.
struct agreement {
  std::vector<double> z;  ///< per cell: (seen - mean) / standard error; 0 where nothing varies
  double largest = 0;     ///< of |z|; infinity where a number that cannot vary is another
  double chi_square = 0;  ///< of all cells together, through the exact covariance
  int degrees = 0;        ///< of freedom: the rank of that covariance
  double p_value = 1;     ///< chance of a chi-square this large or larger
};

/// @param seen        mean over the replicates, per cell of `expected`
/// @param replicates  over how many the mean was taken: its covariance is that of one divided by it
/// @throws invalid_input  `E-SHAPE`, `E-SETTING`
agreement compare(const occupancy_moments& expected, const std::vector<double>& seen,
                  int replicates);

}  // namespace kohort
