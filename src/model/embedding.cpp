#include <algorithm>
#include <array>
#include <cmath>

#include <Eigen/Eigenvalues>
#include <Eigen/LU>

#include <kohort/model/detail/exponential.hpp>
#include <kohort/model/embedding.hpp>

namespace kohort {

namespace {

using square = Eigen::MatrixXd;

void need_time(const char* where, double t) {
  if (t > 0 && std::isfinite(t)) return;
  reject("E-TIME", where, "the time is " + shown(t), "it must be positive and finite",
         "Give the years that the probabilities are over");
}

square identity(Eigen::Index n) { return square::Identity(n, n); }

/// Zero but for rounding, for the eigenvalues of a matrix of probabilities.
constexpr double tiny = 1e-12;

struct spectrum {
  Eigen::VectorXcd values;
  [[nodiscard]] bool real(Eigen::Index i) const {
    return std::abs(values[i].imag()) <= 1e-9 * std::max(1.0, std::abs(values[i]));
  }
};

spectrum eigenvalues(const square& A) {
  return {Eigen::EigenSolver<square>(A, false).eigenvalues()};
}

/// A logarithm that is real and a limit of polynomials in A exists and is alone.
bool has_principal_logarithm(const spectrum& of) {
  for (Eigen::Index i = 0; i < of.values.size(); ++i) {
    if (of.real(i) && of.values[i].real() <= tiny) return false;
  }
  return true;
}

/// Real, positive and no two alike: then no other real logarithm exists.
bool only_one_logarithm(const spectrum& of) {
  for (Eigen::Index i = 0; i < of.values.size(); ++i) {
    if (!of.real(i) || of.values[i].real() <= tiny) return false;
    for (Eigen::Index j = 0; j < i; ++j) {
      if (std::abs(of.values[i] - of.values[j]) <= 1e-9) return false;
    }
  }
  return true;
}

/// How far entries of the logarithm may be off, to first order, if those of P are by `rounding`
/// each.
square rounding_of_logarithm(const square& P, const square& log, double rounding) {
  square off = square::Zero(P.rows(), P.cols());
  if (!(rounding > 0)) return off;
  const double step = std::min(1e-6, rounding);
  for (Eigen::Index i = 0; i < P.rows(); ++i) {
    for (Eigen::Index j = 0; j < P.cols(); ++j) {
      square moved = P;
      moved(i, j) += step;
      const square there = matrix_logarithm(moved);
      if (there.size() > 0) off += (there - log).cwiseAbs() * (rounding / step);
    }
  }
  return off;
}

}  // namespace

square matrix_logarithm(const square& A) {
  const auto n = A.rows();
  if (n == 0 || A.cols() != n || !A.allFinite() || !has_principal_logarithm(eigenvalues(A)))
    return {};
  square X = A;
  int roots = 0;
  const auto off = [&] { return (X - identity(n)).cwiseAbs().rowwise().sum().maxCoeff(); };
  for (; off() > 0.25; ++roots) {
    if (roots == 60) return {};
    square M = X;  // Denman & Beavers: M -> I, X -> its square root
    for (int step = 0; step < 60; ++step) {
      const square inverse = M.inverse();
      X = (0.5 * X * (identity(n) + inverse)).eval();
      M = (0.5 * (identity(n) + 0.5 * (M + inverse))).eval();
      if (!X.allFinite()) return {};
      if ((M - identity(n)).cwiseAbs().maxCoeff() < 4e-16 * static_cast<double>(n)) break;
    }
  }
  // Gauss-Legendre on [0, 1] with 8 points: exact for log(I + X) to the order 16.
  constexpr std::array<double, 4> node{0.1834346424956498, 0.5255324099163290, 0.7966664774136267,
                                       0.9602898564975363};
  constexpr std::array<double, 4> weight{0.3626837833783620, 0.3137066458778873, 0.2223810344533745,
                                         0.1012285362903763};
  const square Y = X - identity(n);
  square sum = square::Zero(n, n);
  for (std::size_t i = 0; i < node.size(); ++i) {
    for (const double x : {(1 - node[i]) / 2, (1 + node[i]) / 2}) {
      sum += weight[i] / 2 * (identity(n) + x * Y).partialPivLu().solve(Y);
    }
  }
  return std::ldexp(1.0, roots) * sum;
}

embedding embeddability(const probability_matrix<>& probabilities, double t, double rounding) {
  need_time("embeddability", t);
  const square& P = probabilities.matrix();
  const auto n = P.rows();
  embedding found;
  const auto fault = [&](not_embeddable why, double value, Eigen::Index from = -1,
                         Eigen::Index to = -1) {
    found.faults.push_back({why, static_cast<state>(from), static_cast<state>(to), value});
  };
  const double determinant = P.determinant(), diagonal = P.diagonal().prod();
  const double slack = rounding * static_cast<double>(n * n);
  if (n == 2 && P(0, 0) + P(1, 1) <= 1 + tiny) {
    fault(not_embeddable::two_states, P(0, 0) + P(1, 1));
  }
  if (determinant <= tiny) {
    fault(not_embeddable::determinant, determinant);
  } else if (determinant > diagonal + slack + tiny) {
    fault(not_embeddable::diagonal, determinant - diagonal);
  }
  for (Eigen::Index r = 0; r < n; ++r) {
    for (Eigen::Index s = 0; s < n; ++s) {
      if (P(r, s) > 0) continue;
      for (Eigen::Index k = 0; k < n; ++k) {
        if (P(r, k) * P(k, s) <= rounding) continue;  // what is so small would be printed as 0
        fault(not_embeddable::way_round, 0, r, s);
        break;
      }
    }
  }
  const auto of = eigenvalues(P);
  std::vector<double> odd;  // real ones that are not positive, of odd multiplicity or 0
  for (Eigen::Index i = 0; i < n; ++i) {
    if (!of.real(i) || of.values[i].real() > tiny) continue;
    const double value = of.values[i].real();
    int alike = 0;
    for (Eigen::Index j = 0; j < n; ++j) {
      alike += of.real(j) && std::abs(of.values[j].real() - value) <= 1e-7 ? 1 : 0;
    }
    const bool new_one = std::none_of(odd.begin(), odd.end(),
                                      [&](double seen) { return std::abs(seen - value) <= 1e-7; });
    if (new_one && (std::abs(value) <= tiny || alike % 2 == 1)) odd.push_back(value);
  }
  for (const double value : odd) fault(not_embeddable::eigenvalue, value);
  found.decided = !found.faults.empty() || only_one_logarithm(of);
  if (!has_principal_logarithm(of)) {
    if (found.faults.empty()) fault(not_embeddable::eigenvalue, of.values.real().minCoeff());
    return found;
  }
  const square log = matrix_logarithm(P);
  if (log.size() == 0) return found;
  found.logarithm = log / t;
  const square off = rounding_of_logarithm(P, log, rounding) / t;
  for (Eigen::Index r = 0; r < n; ++r) {
    for (Eigen::Index s = 0; s < n; ++s) {
      if (r == s || found.logarithm(r, s) >= -1e-9 - off(r, s)) continue;
      fault(not_embeddable::negative_rate, found.logarithm(r, s), r, s);
    }
  }
  if (found.faults.empty()) found.decided = true;
  return found;
}

quasi_generator quasi_optimisation(const probability_matrix<>& P, double t) {
  need_time("quasi_optimisation", t);
  square Q = matrix_logarithm(P.matrix());
  if (Q.size() == 0) {
    reject("D-EMBED", "quasi_optimisation", "the matrix has no principal logarithm",
           "it is the logarithm that is mended",
           "Fit intensities to the counts by likelihood instead");
  }
  Q /= t;
  const auto n = Q.rows();
  for (Eigen::Index r = 0; r < n; ++r) {
    std::vector<char> fixed(static_cast<std::size_t>(n), 0);
    for (bool again = true; again;) {
      again = false;
      double sum = 0;
      int free = 0;
      for (Eigen::Index s = 0; s < n; ++s) {
        if (fixed[static_cast<std::size_t>(s)]) continue;
        sum += Q(r, s);
        ++free;
      }
      for (Eigen::Index s = 0; s < n; ++s) {
        auto& held = fixed[static_cast<std::size_t>(s)];
        if (held) continue;
        Q(r, s) -= sum / free;
        if (s == r || Q(r, s) >= 0) continue;
        Q(r, s) = 0;
        held = 1;
        again = true;
      }
    }
  }
  auto intensities = intensity_matrix<>::from_rates(Q);
  const double residual = (transition_probability(intensities, t).matrix() - P.matrix()).norm();
  return {std::move(intensities), residual};
}

}  // namespace kohort
