#include <kohort/model/probability_batch.hpp>  // first, so the header must stand on its own

#include <cstring>
#include <vector>

#include "catch.hpp"
#include "random_generators.hpp"

using kohort::intensity_matrix;
using kohort::transition_probabilities;
using kohort::transition_probability;

namespace {

template <int N>
struct batch {
  std::vector<intensity_matrix<N>> Q;
  std::vector<double> t;
};

template <int N>
batch<N> random_batch(int n, std::size_t count, std::uint64_t seed) {
  kohort_tests::dice roll(seed);
  batch<N> made;
  for (std::size_t k = 0; k < count; ++k) {
    made.Q.push_back(
        intensity_matrix<N>::from_rates(kohort_tests::random_rates(roll, n, 1e-8, 1e4)));
    made.t.push_back(k % 17 == 3 ? 0.0 : roll.log_uniform(1e-6, 1e4));
  }
  return made;
}

template <int N>
auto exponentials(const batch<N>& b, int threads = 1) {
  return transition_probabilities<N>(b.Q, b.t, threads);
}

template <int N>
bool same_bytes(const std::vector<kohort::probability_matrix<N>>& a,
                const std::vector<kohort::probability_matrix<N>>& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t k = 0; k < a.size(); ++k) {
    if (std::memcmp(a[k].matrix().data(), b[k].matrix().data(),
                    sizeof(double) * static_cast<std::size_t>(a[k].matrix().size())) != 0) {
      return false;
    }
  }
  return true;
}

}  // namespace

TEST_CASE("any number of threads gives the same bytes", "[model]") {
  const int n = GENERATE(2, 5, 8, 9);
  const auto b = random_batch<Eigen::Dynamic>(n, 2500, 1);
  CHECK(same_bytes(exponentials(b, 1), exponentials(b, 4)));
}
