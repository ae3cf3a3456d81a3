#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include <kohort/model/log_probability.hpp>

namespace kohort::detail {

namespace {

constexpr double minus_infinity = -std::numeric_limits<double>::infinity();

using square = Eigen::MatrixXd;  // of logarithms

/// log sum exp, the largest taken out first.
double log_sum(const double* terms, Eigen::Index count) {
  const double largest = *std::max_element(terms, terms + count);
  if (largest == minus_infinity) return minus_infinity;
  double sum = 0;
  for (Eigen::Index k = 0; k < count; ++k) sum += std::exp(terms[k] - largest);
  return largest + std::log(sum);
}

/// log of (exp(A) exp(B)).
square multiply(const square& A, const square& B) {
  const Eigen::Index n = A.rows();
  square C(n, n);
  std::vector<double> terms(static_cast<std::size_t>(n));
  for (Eigen::Index r = 0; r < n; ++r) {
    for (Eigen::Index s = 0; s < n; ++s) {
      for (Eigen::Index k = 0; k < n; ++k) terms[static_cast<std::size_t>(k)] = A(r, k) + B(k, s);
      C(r, s) = log_sum(terms.data(), n);
    }
  }
  return C;
}

/// Subtracts each row's log-sum.
void divide_rows(square& P) {
  for (Eigen::Index r = 0; r < P.rows(); ++r) {
    const Eigen::RowVectorXd row = P.row(r);
    P.row(r).array() -= log_sum(row.data(), row.size());
  }
}

}  // namespace

Eigen::Array<bool, Eigen::Dynamic, Eigen::Dynamic> reachable(const Eigen::MatrixXd& Q) {
  const Eigen::Index n = Q.rows();
  Eigen::Array<bool, Eigen::Dynamic, Eigen::Dynamic> can = Q.array() > 0;
  for (Eigen::Index r = 0; r < n; ++r) can(r, r) = true;
  for (Eigen::Index k = 0; k < n; ++k) {
    for (Eigen::Index r = 0; r < n; ++r) {
      for (Eigen::Index s = 0; s < n; ++s) can(r, s) = can(r, s) || (can(r, k) && can(k, s));
    }
  }
  return can;
}

Eigen::MatrixXd log_exponential(const Eigen::MatrixXd& Q, double t) {
  const Eigen::Index n = Q.rows();
  const double lambda = -Q.diagonal().minCoeff();
  // log h: halved so often that lambda h <= 1, in exponents alone, since h may underflow.
  const double log_theta = std::log(lambda) + std::log(t);
  const int squarings = std::max(0, static_cast<int>(std::ceil(log_theta / std::log(2.0))));
  const double log_step = std::log(t) - squarings * std::log(2.0);

  square A(n, n);
  for (Eigen::Index r = 0; r < n; ++r) {
    for (Eigen::Index s = 0; s < n; ++s) {
      const double rate = r == s ? lambda + Q(r, r) : Q(r, s);
      A(r, s) = rate > 0 ? std::log(rate) + log_step : minus_infinity;
    }
  }
  square identity = square::Constant(n, n, minus_infinity);
  identity.diagonal().setZero();

  square P = identity;  // Horner: I + A (I + A / 2 (I + ...)), the smallest terms first
  for (int k = degree(n); k >= 1; --k) {
    P = multiply(A, P).array() - std::log(static_cast<double>(k));
    for (Eigen::Index r = 0; r < n; ++r) {
      const double both[] = {P(r, r), 0.0};
      P(r, r) = log_sum(both, 2);
    }
  }
  divide_rows(P);
  const auto can = reachable(Q);
  for (int k = 0; k < squarings; ++k) {
    P = multiply(P, P);
    divide_rows(P);
    // A logarithm itself may outgrow a double, at times beyond 1e300 average stays.
    P = can.select(P.array().max(std::numeric_limits<double>::lowest()), P);
  }
  return P;
}

}  // namespace kohort::detail
