#pragma once

#include <cstddef>
#include <limits>
#include <vector>

#include <Eigen/Core>

#include <kohort/model/intensity_matrix.hpp>

namespace kohort::detail {

/// Which states can be reached from which, each from itself too.
template <int N>
std::vector<std::vector<bool>> reachability(const intensity_matrix<N>& Q) {
  const auto n = static_cast<std::size_t>(Q.size());
  std::vector<std::vector<bool>> reach(n, std::vector<bool>(n, false));
  for (std::size_t r = 0; r < n; ++r) {
    for (std::size_t s = 0; s < n; ++s)
      reach[r][s] = r == s || Q(static_cast<int>(r), static_cast<int>(s)) > 0;
  }
  for (std::size_t k = 0; k < n; ++k) {
    for (std::size_t r = 0; r < n; ++r) {
      for (std::size_t s = 0; s < n; ++s) {
        if (reach[r][k] && reach[k][s]) reach[r][s] = true;
      }
    }
  }
  return reach;
}

/// States of a class that is never left: whatever can be reached leads back.
inline std::vector<bool> closed_states(const std::vector<std::vector<bool>>& reach) {
  std::vector<bool> closed(reach.size(), true);
  for (std::size_t r = 0; r < reach.size(); ++r) {
    for (std::size_t s = 0; s < reach.size(); ++s) {
      if (reach[r][s] && !reach[s][r]) closed[r] = false;
    }
  }
  return closed;
}

/// (diag(e + sum_j a_ij) - a)^-1 for rates a >= 0 between states and rates e >= 0 out of them, by
/// an elimination that only adds, multiplies and divides positive numbers.
///
/// @see Grassmann, Taksar & Heyman (1985), Oper Res 33:1107-1116; Alfa, Xue & Ye (2002), Math Comp
///      71:217-236, for the entrywise accuracy
inline Eigen::MatrixXd inverse_without_subtraction(Eigen::MatrixXd a, Eigen::VectorXd e) {
  const Eigen::Index m = a.rows();
  Eigen::MatrixXd x = Eigen::MatrixXd::Identity(m, m);
  Eigen::VectorXd pivots(m);
  for (Eigen::Index k = 0; k < m; ++k) {
    pivots[k] = e[k];
    for (Eigen::Index j = k + 1; j < m; ++j) pivots[k] += a(k, j);
    for (Eigen::Index i = k + 1; i < m; ++i) {
      const double f = a(i, k) / pivots[k];
      if (f == 0) continue;
      for (Eigen::Index j = k + 1; j < m; ++j) {
        if (j != i) a(i, j) += f * a(k, j);
      }
      e[i] += f * e[k];
      x.row(i) += f * x.row(k);
    }
  }
  for (Eigen::Index k = m; k-- > 0;) {
    for (Eigen::Index j = k + 1; j < m; ++j) x.row(k) += a(k, j) * x.row(j);
    x.row(k) /= pivots[k];
  }
  return x;
}

/// Expected (discounted) years in each state for ever.
template <int N>
struct whole_life_stay {
  Eigen::Matrix<double, N, N> stay;  ///< infinite where a class that is never left can be reached
  std::vector<bool> closed;          ///< states of such a class
};

template <int N>
whole_life_stay<N> whole_life(const intensity_matrix<N>& Q, double force) {
  const int n = Q.size();
  const auto reach = reachability(Q);
  whole_life_stay<N> found{Eigen::Matrix<double, N, N>::Zero(n, n), closed_states(reach)};
  std::vector<int> left;  // states that are left for good; all of them if time is discounted
  for (int r = 0; r < n; ++r) {
    if (force > 0 || !found.closed[static_cast<std::size_t>(r)]) left.push_back(r);
  }
  const auto m = static_cast<Eigen::Index>(left.size());
  Eigen::MatrixXd a = Eigen::MatrixXd::Zero(m, m);
  Eigen::VectorXd e = Eigen::VectorXd::Constant(m, force);
  const auto state_of = [&](Eigen::Index i) { return left[static_cast<std::size_t>(i)]; };
  for (Eigen::Index i = 0; i < m; ++i) {
    for (Eigen::Index j = 0; j < m; ++j) {
      if (i != j) a(i, j) = Q(state_of(i), state_of(j));
    }
    for (int s = 0; s < n; ++s) {
      if (force == 0 && found.closed[static_cast<std::size_t>(s)]) e[i] += Q(state_of(i), s);
    }
  }
  const auto U = inverse_without_subtraction(std::move(a), std::move(e));
  for (Eigen::Index i = 0; i < m; ++i) {
    for (Eigen::Index j = 0; j < m; ++j) found.stay(state_of(i), state_of(j)) = U(i, j);
  }
  for (int s = 0; s < n && force == 0; ++s) {
    if (!found.closed[static_cast<std::size_t>(s)]) continue;
    for (int r = 0; r < n; ++r) {
      if (reach[static_cast<std::size_t>(r)][static_cast<std::size_t>(s)])
        found.stay(r, s) = std::numeric_limits<double>::infinity();
    }
  }
  return found;
}

}  // namespace kohort::detail
