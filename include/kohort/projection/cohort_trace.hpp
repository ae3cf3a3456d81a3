#pragma once

#include <string>

#include <Eigen/Core>

#include <kohort/model/intensity_matrix.hpp>
#include <kohort/population/shares.hpp>
#include <kohort/projection/occupancy_integrals.hpp>
#include <kohort/support/error.hpp>

namespace kohort {

/// How often a cohort is looked at.
struct trace_options {
  int cycles = 1;
  double cycle_length = 1;  // years
  double persons = 1;       // size of the cohort; the trace is in persons
};

namespace detail {

inline Eigen::RowVectorXd cohort_start(const Eigen::VectorXd& start, int states, double persons,
                                       const std::string& where) {
  if (start.size() != states) {
    reject("E-SHAPE", where, "start has " + std::to_string(start.size()) + " entries",
           "the matrix has " + std::to_string(states) + " states", "Give one share for each state");
  }
  if (!(persons >= 0) || !std::isfinite(persons)) {
    reject("E-NUM", where, "the cohort has " + shown(persons) + " persons",
           "a number of persons is finite and not negative", "Mend it");
  }
  return persons * checked_shares(start, where).values.transpose();
}

}  // namespace detail

/// Where a closed cohort is at the end of each cycle:
///
///     x_0 = persons start,    x_(k+1) = x_k P(cycle_length)
///
/// The occupancy does not depend on how time is cut: twelve months make the year.
///
/// @param Q        n x n, per year
/// @param start    n shares that sum to 1
/// @param options  cycles >= 0, their length in years > 0, and the size of the cohort
/// @return         (cycles + 1) x n, in persons, the first row being the start
/// @throws invalid_input  `E-INIT-SUM`: the shares do not sum to 1; `E-GRID`: no such cycles
template <int N>
[[nodiscard]] Eigen::MatrixXd cohort_trace(const intensity_matrix<N>& Q,
                                           const Eigen::VectorXd& start,
                                           const trace_options& options) {
  if (options.cycles < 0 || !(options.cycle_length > 0) || !std::isfinite(options.cycle_length)) {
    reject("E-GRID", "cohort_trace",
           std::to_string(options.cycles) + " cycles of " + shown(options.cycle_length) + " years",
           "there must be a whole number of cycles of positive length",
           "Give cycles >= 0 and cycle_length > 0, in years");
  }
  Eigen::MatrixXd trace(options.cycles + 1, Q.size());
  trace.row(0) = detail::cohort_start(start, Q.size(), options.persons, "cohort_trace");
  const auto P = integrate_occupancy(Q, options.cycle_length).P;
  for (int k = 0; k < options.cycles; ++k) trace.row(k + 1) = trace.row(k) * P;
  return trace;
}

}  // namespace kohort
