#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <string>

#include <Eigen/Core>

#include <kohort/model/detail/lifetime.hpp>
#include <kohort/model/intensity_matrix.hpp>
#include <kohort/model/probability_matrix.hpp>
#include <kohort/support/error.hpp>

namespace kohort {

/// The same intensities, with nobody leaving these states.
///
/// @throws invalid_input  `E-STATE-UNKNOWN`: no states, or a number that is none
template <int N>
[[nodiscard]] intensity_matrix<N> stopped_at(const intensity_matrix<N>& Q,
                                             std::span<const state> targets) {
  auto rates = Q.matrix();
  if (targets.empty()) {
    reject("E-STATE-UNKNOWN", "first_passage", "no states were given", "at least one is needed",
           "Name the states whose first entry is meant");
  }
  for (const state s : targets) {
    if (s < 0 || s >= Q.size()) {
      reject("E-STATE-UNKNOWN", "first_passage", "there is no state " + std::to_string(s),
             "states are numbered from 0 to " + std::to_string(Q.size() - 1), "Mend that number");
    }
    rates.row(s).setZero();
  }
  return intensity_matrix<N>::from_rates(rates);
}

/// The first time in any of some states, by where one starts.
template <int N = Eigen::Dynamic>
struct first_passage {
  using column = Eigen::Matrix<double, N, 1>;
  column ever;  ///< probability that it happens at all; 1 in the states themselves
  column mean;  ///< mean years until then, given that it happens; infinite where it cannot
};

/// The probability of having been in one of the states by time t: these are made absorbing, and P
/// says who is there.
///
/// @param Q        n x n, per year
/// @param targets  states, each from 0
/// @param t        years, finite and >= 0
/// @return         one for each state at the start
template <int N>
[[nodiscard]] Eigen::Matrix<double, N, 1> first_passage_probability(const intensity_matrix<N>& Q,
                                                                    std::span<const state> targets,
                                                                    double t) {
  const auto P = transition_probability(stopped_at(Q, targets), t);
  Eigen::Matrix<double, N, 1> by = Eigen::Matrix<double, N, 1>::Zero(Q.size());
  for (int s = 0; s < Q.size(); ++s) {
    if (std::find(targets.begin(), targets.end(), s) != targets.end()) by += P.col(s);
  }
  return by;
}

/// Whether the states are ever entered, and after how long if they are. With U the whole-life stay
/// when the states are made absorbing, and q_C the rates into them,
///
///     ever = U q_C,    mean = U ever / ever
///
/// Nothing is subtracted, so improbable passages keep their relative accuracy.
template <int N>
[[nodiscard]] first_passage<N> first_passage_ever(const intensity_matrix<N>& Q,
                                                  std::span<const state> targets) {
  using column = typename first_passage<N>::column;
  const int n = Q.size();
  const auto stopped = stopped_at(Q, targets);
  const auto life = detail::whole_life(stopped, 0);
  const auto left = [&](int r) { return !life.closed[static_cast<std::size_t>(r)]; };
  first_passage<N> found{column::Zero(n), column::Zero(n)};
  for (const state s : targets) found.ever[s] = 1;
  for (int r = 0; r < n; ++r) {
    if (!left(r)) continue;
    for (int j = 0; j < n; ++j) {
      if (!left(j)) continue;
      for (int s = 0; s < n; ++s) {
        if (std::find(targets.begin(), targets.end(), s) != targets.end())
          found.ever[r] += life.stay(r, j) * stopped(j, s);
      }
    }
  }
  for (int r = 0; r < n; ++r) {
    if (found.ever[r] == 0) {
      found.mean[r] = std::numeric_limits<double>::infinity();
    } else if (left(r)) {
      for (int j = 0; j < n; ++j) {
        if (left(j)) found.mean[r] += life.stay(r, j) * found.ever[j];
      }
      found.mean[r] /= found.ever[r];
    }
  }
  return found;
}

}  // namespace kohort
