#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include <kohort/model/probability_batch.hpp>

#include "lanes/matrix_kernel.hpp"

namespace kohort {

namespace detail {

namespace {

constexpr std::size_t block_size = 1024;  // fixed: blocks must not depend on the threads

using any_stride = Eigen::Stride<Eigen::Dynamic, Eigen::Dynamic>;

/// One after another through the plain body, for any number of states.
void one_by_one(const stacked_layout& layout, const double* Q, const double* t, double* P,
                std::size_t count) {
  const int n = layout.states;
  const any_stride strides(layout.column_stride, layout.row_stride);
  for (std::size_t k = 0; k < count; ++k) {
    const auto at = k * static_cast<std::size_t>(n) * static_cast<std::size_t>(n);
    const auto from = Eigen::Map<const Eigen::MatrixXd, 0, any_stride>(Q + at, n, n, strides);
    Eigen::Map<Eigen::MatrixXd, 0, any_stride>(P + at, n, n, strides) =
        transition_probability(intensity_matrix<>::from_rates(from), t[k]).matrix();
  }
}

/// max_r sum_s q_rs of one matrix; N and the kind of layout are known when compiling.
template <int N, bool ByRow>
double largest_exit_rate(const double* Q) {
  double largest = 0;
  for (int r = 0; r < N; ++r) {
    double exit = 0;
    for (int s = 0; s < N; ++s) {
      if (s != r) exit += Q[ByRow ? r * N + s : r + s * N];
    }
    largest = std::max(largest, exit);
  }
  return largest;
}

struct scaled_block {
  std::array<double, block_size> steps;
  std::array<int, block_size> squarings;
};

template <int N, bool ByRow>
void scale_all(const double* Q, const double* t, std::size_t count, scaled_block& block) {
  for (std::size_t k = 0; k < count; ++k) {
    const auto one = scale(largest_exit_rate<N, ByRow>(Q + k * N * N), t[k]);
    block.steps[k] = one.step;
    block.squarings[k] = one.squarings;
  }
}

template <bool ByRow>
auto scaler(int states) {
  constexpr std::array table{&scale_all<2, ByRow>, &scale_all<3, ByRow>, &scale_all<4, ByRow>,
                             &scale_all<5, ByRow>, &scale_all<6, ByRow>, &scale_all<7, ByRow>,
                             &scale_all<8, ByRow>};
  static_assert(table.size() == largest_lane_matrix - 1);
  return table[static_cast<std::size_t>(states - 2)];
}

auto kernel(instruction_set with) {
  switch (with) {
#if defined(KOHORT_HAS_X86_KERNELS)
    case instruction_set::avx512:
      return &avx512::matrix_exponentials;
    case instruction_set::avx2:
      return &avx2::matrix_exponentials;
#endif
    default:
      return &baseline::matrix_exponentials;
  }
}

/// Matrices that need the same number of squarings stand in the same vectors.
void in_lanes(const stacked_layout& layout, const double* Q, const double* t, double* P,
              std::size_t count, instruction_set with) {
  scaled_block block;
  const bool by_row = layout.column_stride == 1;
  (by_row ? scaler<true>(layout.states) : scaler<false>(layout.states))(Q, t, count, block);
  const auto& [steps, squarings] = block;
  const int most = *std::max_element(squarings.begin(), squarings.begin() + count);
  std::vector<std::size_t> ends(static_cast<std::size_t>(most) + 2, 0);  // of each group in `order`
  for (std::size_t k = 0; k < count; ++k) ++ends[static_cast<std::size_t>(squarings[k]) + 1];
  for (std::size_t s = 1; s < ends.size(); ++s) ends[s] += ends[s - 1];
  std::array<std::size_t, block_size> order;
  for (std::size_t k = 0; k < count; ++k) order[ends[static_cast<std::size_t>(squarings[k])]++] = k;
  std::size_t first = 0;
  for (int s = 0; s <= most; ++s) {
    const std::size_t end = ends[static_cast<std::size_t>(s)];
    if (end == first) continue;
    kernel(with)({layout.states, s, layout.row_stride, layout.column_stride, Q, steps.data(), P,
                  order.data() + first, end - first});
    first = end;
  }
}

}  // namespace

void exponentials(const stacked_layout& layout, const double* Q, const double* t, double* P,
                  int threads, const progress& report, instruction_set with) {
  const auto entries =
      static_cast<std::size_t>(layout.states) * static_cast<std::size_t>(layout.states);
  const bool small = layout.states >= 2 && layout.states <= largest_lane_matrix;
  for_each_block((layout.count + block_size - 1) / block_size, threads,
                 [&](std::size_t block) {
                   const std::size_t first = block * block_size;
                   const std::size_t count = std::min(block_size, layout.count - first);
                   const double* from = Q + first * entries;
                   double* to = P + first * entries;
                   if (small) {
                     in_lanes(layout, from, t + first, to, count, with);
                   } else {
                     one_by_one(layout, from, t + first, to, count);
                   }
                 },
                 report);
}

}  // namespace detail

namespace {

/// Whether `intensity_matrix` will take these, without making one. A no sends them there, to be
/// refused in its words.
bool plainly_intensities(int n, const double* Q) {
  for (int r = 0; r < n; ++r, Q += n) {
    double sum = 0, largest = 0;
    bool negative = !(Q[r] <= 0);
    for (int s = 0; s < n; ++s) {
      sum += Q[s];
      largest = std::max(largest, std::abs(Q[s]));
      negative |= s != r && !(Q[s] >= 0);
    }
    if (negative || !(std::abs(sum) <= 1e-12 * largest) || !(largest <= 1e300)) return false;
  }
  return true;
}

}  // namespace

void transition_probabilities(int states, std::span<const double> Q, std::span<const double> t,
                              std::span<double> P, int threads, const progress& report) {
  using row_major = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  const auto entries = static_cast<std::size_t>(states) * static_cast<std::size_t>(states);
  if (states < 1 || Q.size() != t.size() * entries || P.size() != Q.size()) {
    reject("E-SHAPE", "transition_probabilities",
           std::to_string(Q.size()) + " intensities, " + std::to_string(t.size()) +
               " times and room for " + std::to_string(P.size()) +
               " probabilities were given for " + std::to_string(states) + " states",
           "m matrices need m n n intensities, m times and m n n probabilities",
           "Give arrays of these lengths");
  }
  for (const double time : t) detail::check_time("transition_probabilities", time);
  for (std::size_t k = 0; k < t.size(); ++k) {
    if (plainly_intensities(states, Q.data() + k * entries)) continue;
    const Eigen::Map<const row_major> one(Q.data() + k * entries, states, states);
    try {
      (void)intensity_matrix<>(one);
    } catch (const invalid_input& error) {
      throw invalid_input(error.code(), "matrix " + std::to_string(k) + ": " + error.what());
    }
  }
  detail::exponentials({states, t.size(), states, 1}, Q.data(), t.data(), P.data(), threads,
                       report);
}

}  // namespace kohort
