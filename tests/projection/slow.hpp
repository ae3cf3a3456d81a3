#pragma once

// The second implementation: slow, in long double, by other formulas. Nothing here is shared with
// the library but the intensity matrix.

#include <random>

#include <Eigen/Core>

#include <kohort/model/intensity_matrix.hpp>

namespace slow {

using real = long double;
using matrix = Eigen::Matrix<real, Eigen::Dynamic, Eigen::Dynamic>;
using row = Eigen::Matrix<real, 1, Eigen::Dynamic>;

/// Any n states, all moves possible; the last one absorbing.
inline kohort::intensity_matrix<> random_intensities(int n, int seed, double largest = 1) {
  std::mt19937 random(static_cast<unsigned>(seed) + 1);
  std::uniform_real_distribution<double> rate(0, largest);
  Eigen::MatrixXd rates(n, n);
  for (int r = 0; r < n; ++r) {
    for (int s = 0; s < n; ++s) rates(r, s) = r == n - 1 ? 0.0 : rate(random) * rate(random);
  }
  return kohort::intensity_matrix<>::from_rates(rates);
}

/// exp(M) of any matrix: plain Taylor series on M / 2^s, squared s times.
inline matrix exponential(matrix m) {
  int squarings = 0;
  while (m.cwiseAbs().rowwise().sum().maxCoeff() > 0.01L) {
    m /= 2;
    ++squarings;
  }
  matrix term = matrix::Identity(m.rows(), m.cols()), sum = term;
  for (int k = 1; k < 14; ++k) {
    term = (term * m / real(k)).eval();
    sum += term;
  }
  for (int k = 0; k < squarings; ++k) sum = (sum * sum).eval();
  return sum;
}

struct integrals_of {
  matrix P, J0, J, K;
};

/// P, J and K as blocks of one exponential (Van Loan):
/// rows (b e^(-force t), e^(-force t) x, cost), x' = xQ + b.
inline integrals_of integrals(const Eigen::MatrixXd& Q, double h, double force) {
  const auto n = Q.rows();
  const matrix I = matrix::Identity(n, n);
  const auto blocks = [&](real delta) {
    matrix m = matrix::Zero(3 * n, 3 * n);
    m.block(0, 0, n, n) = -delta * I;
    m.block(0, n, n, n) = I;
    m.block(n, n, n, n) = Q.cast<real>() - delta * I;
    m.block(n, 2 * n, n, n) = I;
    return exponential(m * real(h));
  };
  const matrix plain = blocks(0), discounted = blocks(real(force));
  return {plain.block(n, n, n, n), plain.block(n, 2 * n, n, n), discounted.block(n, 2 * n, n, n),
          discounted.block(0, 2 * n, n, n)};
}

}  // namespace slow
