#pragma once

// A slow second implementation of P(t) = exp(tQ) in multiprecision: plain series, plain squarings,
// no row division, the diagonal formed exactly from the rates. 34 digits by default, of which the
// squarings of the longest times in these tests cost ten.

#include <cmath>
#include <vector>

#include <Eigen/Core>

#include <boost/multiprecision/cpp_bin_float.hpp>

#include <kohort/model/intensity_matrix.hpp>

namespace kohort_tests {

using quad = boost::multiprecision::number<boost::multiprecision::cpp_bin_float_quad::backend_type,
                                           boost::multiprecision::et_off>;
using fifty = boost::multiprecision::number<boost::multiprecision::cpp_bin_float_50::backend_type,
                                            boost::multiprecision::et_off>;

template <typename Real>
struct slow_matrix {
  int n;
  std::vector<Real> entries = std::vector<Real>(static_cast<std::size_t>(n * n), Real(0));
  Real& operator()(int r, int s) { return entries[static_cast<std::size_t>(r * n + s)]; }
  const Real& operator()(int r, int s) const {
    return entries[static_cast<std::size_t>(r * n + s)];
  }
};

template <typename Real>
slow_matrix<Real> operator*(const slow_matrix<Real>& A, const slow_matrix<Real>& B) {
  slow_matrix<Real> C{A.n};
  for (int r = 0; r < A.n; ++r) {
    for (int k = 0; k < A.n; ++k) {
      const Real a = A(r, k);
      if (a == 0) continue;
      for (int s = 0; s < A.n; ++s) {
        if (B(k, s) != 0) C(r, s) += a * B(k, s);
      }
    }
  }
  return C;
}

template <typename Real>
slow_matrix<Real> slow_exponential(int n, const std::vector<Real>& rates, const Real& t) {
  slow_matrix<Real> A{n};
  Real lambda = 0;
  for (int r = 0; r < n; ++r) {
    Real exit = 0;
    for (int s = 0; s < n; ++s) {
      if (r != s) exit += A(r, s) = rates[static_cast<std::size_t>(r * n + s)];
    }
    A(r, r) = -exit;
    if (exit > lambda) lambda = exit;
  }
  Real h = t;
  int squarings = 0;
  for (; h * lambda > 1; ++squarings) h /= 2;
  for (int r = 0; r < n; ++r) A(r, r) += lambda;
  for (auto& entry : A.entries) entry *= h;

  slow_matrix<Real> term{n}, sum{n};
  for (int r = 0; r < n; ++r) term(r, r) = sum(r, r) = 1;
  const int degree = std::numeric_limits<Real>::digits10 + n;
  for (int k = 1; k <= degree; ++k) {
    term = term * A;
    for (std::size_t i = 0; i < sum.entries.size(); ++i) {
      term.entries[i] /= k;
      sum.entries[i] += term.entries[i];
    }
  }
  const Real factor = exp(Real(-lambda * h));
  for (auto& entry : sum.entries) entry *= factor;
  for (; squarings > 0; --squarings) sum = sum * sum;
  return sum;
}

template <typename Real = quad, int N>
slow_matrix<Real> slow_exponential(const kohort::intensity_matrix<N>& Q, double t) {
  std::vector<Real> rates;
  for (int r = 0; r < Q.size(); ++r) {
    for (int s = 0; s < Q.size(); ++s) rates.emplace_back(r == s ? 0.0 : Q(r, s));
  }
  return slow_exponential<Real>(Q.size(), rates, Real(t));
}

/// The largest relative error in any entry of P; entries below 1e-290, which doubles hold with
/// fewer digits, must then be tiny in both. An entry that is exactly 0 must be exactly 0 in both.
template <typename Real, typename Matrix>
double worst_relative_error(const Matrix& P, const slow_matrix<Real>& truth) {
  double worst = 0;
  for (int r = 0; r < truth.n; ++r) {
    for (int s = 0; s < truth.n; ++s) {
      const double found = P(r, s);
      if (truth(r, s) == 0 || truth(r, s) < 1e-290) {
        const bool right = truth(r, s) == 0 ? found == 0 : found >= 0 && found < 1.1e-290;
        worst = right ? worst : HUGE_VAL;
        continue;
      }
      const double error = abs(Real(Real(found) / truth(r, s) - 1)).template convert_to<double>();
      worst = !(error <= worst) ? error : worst;
    }
  }
  return worst;
}

}  // namespace kohort_tests
