// P = exp(tQ) for a matrix in each lane, by the scheme of `transition_probability`: shift, series,
// row division, squarings with row division. A lane's arithmetic is its own, so a result does not
// depend on what the other lanes hold. Lanes left over compute with h = 0 and are not stored.

#include "matrix_kernel.hpp"

#include "lanes.hpp"

namespace kohort::detail::KOHORT_ISA {

namespace {

template <int N>
struct square {
  lanes at[N][N];
};

/// C = A B. C may be A, but not B.
template <int N>
inline void multiply(const square<N>& A, const square<N>& B, square<N>& C) {
  for (int r = 0; r < N; ++r) {
    lanes row[N];
    for (int s = 0; s < N; ++s) row[s] = A.at[r][0] * B.at[0][s];
    for (int k = 1; k < N; ++k) {
      for (int s = 0; s < N; ++s) row[s] += A.at[r][k] * B.at[k][s];
    }
    for (int s = 0; s < N; ++s) C.at[r][s] = row[s];
  }
}

/// Divides each row by its sum. On the diagonal that is a division and not a product with the
/// reciprocal, so that a row (0, .., x, .., 0) becomes exactly (0, .., 1, .., 0). Once it has, its
/// sum stays exactly 1 and `diagonal::product` will do.
enum class diagonal { quotient, product };

template <diagonal How, int N>
inline void divide_rows(square<N>& P) {
  for (int r = 0; r < N; ++r) {
    lanes sum = P.at[r][0];
    for (int s = 1; s < N; ++s) sum += P.at[r][s];
    const lanes reciprocal = fill(1.0) / sum;
    for (int s = 0; s < N; ++s) {
      P.at[r][s] = How == diagonal::quotient && s == r ? P.at[r][s] / sum : P.at[r][s] * reciprocal;
    }
  }
}

// 1/k!
constexpr double inverse_factorial[] = {
    1.0,
    1.0,
    1.0 / 2,
    1.0 / 6,
    1.0 / 24,
    1.0 / 120,
    1.0 / 720,
    1.0 / 5040,
    1.0 / 40320,
    1.0 / 362880,
    1.0 / 3628800,
    1.0 / 39916800,
    1.0 / 479001600,
    1.0 / 6227020800,
    1.0 / 87178291200,
    1.0 / 1307674368000,
    1.0 / 20922789888000,
    1.0 / 355687428096000,
    1.0 / 6402373705728000,
    1.0 / 121645100408832000,
    1.0 / 2432902008176640000,
    1.0 / 51090942171709440000.0,
    1.0 / 1124000727777607680000.0,
    1.0 / 25852016738884976640000.0,
    1.0 / 620448401733239439360000.0,
    1.0 / 15511210043330985984000000.0,
};

/// sum_{k <= m} A^k / k! with m = 18 + N - 1, where lambda h <= 1: every entry to 2^-53 of itself.
/// Blocks of five powers are joined by Horner's rule in A^5.
template <int N>
inline void series(const square<N>& A, square<N>& sum) {
  constexpr int m = 18 + N - 1, q = 5, top = (m - 1) / q * q;
  square<N> power[q];  // power[i] = A^(i + 1)
  power[0] = A;
  for (int i = 1; i < q; ++i) multiply(power[i - 1], A, power[i]);

  for (int r = 0; r < N; ++r) {
    for (int s = 0; s < N; ++s) {
      lanes block = inverse_factorial[m] * power[m - top - 1].at[r][s];
      for (int k = m - 1; k > top; --k) {
        block += inverse_factorial[k] * power[k - top - 1].at[r][s];
      }
      sum.at[r][s] = r == s ? block + inverse_factorial[top] : block;
    }
  }
  for (int first = top - q; first >= 0; first -= q) {
    multiply(sum, power[q - 1], sum);
    for (int r = 0; r < N; ++r) {
      for (int s = 0; s < N; ++s) {
        lanes block = sum.at[r][s];
        for (int i = q - 1; i >= 1; --i) {
          block += inverse_factorial[first + i] * power[i - 1].at[r][s];
        }
        sum.at[r][s] = r == s ? block + inverse_factorial[first] : block;
      }
    }
  }
}

/// h (Q + lambda I), with the exit rates summed from the off-diagonal ones.
template <int N>
inline void shift(square<N>& A, lanes step) {
  lanes exits[N], lambda = fill(0.0);
  for (int r = 0; r < N; ++r) {
    exits[r] = fill(0.0);
    for (int s = 0; s < N; ++s) {
      if (s != r) exits[r] += A.at[r][s];
    }
    lambda = exits[r] > lambda ? exits[r] : lambda;
  }
  for (int r = 0; r < N; ++r) {
    for (int s = 0; s < N; ++s) {
      A.at[r][s] = (r == s ? lambda - exits[r] : A.at[r][s]) * step;
    }
  }
}

template <int N>
void exponentials(const matrix_job& job) {
  constexpr int entries = N * N;
  for (std::size_t first = 0; first < job.count; first += width) {
    const std::size_t left = job.count - first;
    const int used = left < std::size_t{width} ? static_cast<int>(left) : width;
    double in[entries + 1][width], out[entries][width];
    for (int l = 0; l < width; ++l) {
      const std::size_t k = job.order[first + static_cast<std::size_t>(l < used ? l : 0)];
      const double* from = job.Q + k * entries;
      for (int i = 0; i < entries; ++i) in[i][l] = from[i];
      in[entries][l] = l < used ? job.steps[k] : 0.0;
    }
    square<N> A, P, next;
    for (int r = 0; r < N; ++r) {
      for (int s = 0; s < N; ++s) A.at[r][s] = load(in[r * job.row_stride + s * job.column_stride]);
    }
    shift(A, load(in[entries]));
    series(A, P);
    divide_rows<diagonal::quotient>(P);
    for (int k = 0; k < job.squarings; ++k) {
      multiply(P, P, next);
      divide_rows<diagonal::product>(next);
      P = next;
    }
    for (int r = 0; r < N; ++r) {
      for (int s = 0; s < N; ++s)
        store(out[r * job.row_stride + s * job.column_stride], P.at[r][s]);
    }
    for (int l = 0; l < used; ++l) {
      double* to = job.P + job.order[first + static_cast<std::size_t>(l)] * entries;
      for (int i = 0; i < entries; ++i) to[i] = out[i][l];
    }
  }
}

}  // namespace

void matrix_exponentials(const matrix_job& job) {
  switch (job.states) {
    case 2:
      return exponentials<2>(job);
    case 3:
      return exponentials<3>(job);
    case 4:
      return exponentials<4>(job);
    case 5:
      return exponentials<5>(job);
    case 6:
      return exponentials<6>(job);
    case 7:
      return exponentials<7>(job);
    case 8:
      return exponentials<8>(job);
    default:
      return;  // the caller takes the plain body
  }
}

}  // namespace kohort::detail::KOHORT_ISA
