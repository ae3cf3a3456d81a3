#include <algorithm>

#include <kohort/model/probability_batch.hpp>

namespace kohort {

namespace detail {

namespace {

using any_stride = Eigen::Stride<Eigen::Dynamic, Eigen::Dynamic>;

/// One after another through the plain body, for any number of states.
void exponentials_one_by_one(const stacked_layout& layout, const double* Q, const double* t,
                             double* P, std::size_t count) {
  const int n = layout.states;
  const any_stride strides(layout.column_stride, layout.row_stride);
  for (std::size_t k = 0; k < count; ++k) {
    const auto at = k * static_cast<std::size_t>(n) * static_cast<std::size_t>(n);
    const auto from = Eigen::Map<const Eigen::MatrixXd, 0, any_stride>(Q + at, n, n, strides);
    Eigen::Map<Eigen::MatrixXd, 0, any_stride>(P + at, n, n, strides) =
        transition_probability(intensity_matrix<>::from_rates(from), t[k]).matrix();
  }
}

}  // namespace

void exponentials(const stacked_layout& layout, const double* Q, const double* t, double* P,
                  int threads, const progress& report, instruction_set) {
  constexpr std::size_t block_size = 1024;  // fixed: the blocks must not depend on the threads
  const auto entries =
      static_cast<std::size_t>(layout.states) * static_cast<std::size_t>(layout.states);
  for_each_block((layout.count + block_size - 1) / block_size, threads,
                 [&](std::size_t block) {
                   const std::size_t first = block * block_size;
                   const std::size_t count = std::min(block_size, layout.count - first);
                   exponentials_one_by_one(layout, Q + first * entries, t + first,
                                           P + first * entries, count);
                 },
                 report);
}

}  // namespace detail

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
