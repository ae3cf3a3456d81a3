#include <kohort/model/probability_batch.hpp>  // first, so the header must stand on its own

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <string>
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

TEST_CASE("a batch gives what its members give one by one", "[model]") {
  const int n = GENERATE(1, 2, 3, 4, 5, 6, 7, 8, 9, 12);
  const auto b = random_batch<Eigen::Dynamic>(n, 300, 100 + static_cast<std::uint64_t>(n));
  const auto P = exponentials(b);
  double worst = 0;
  for (std::size_t k = 0; k < b.Q.size(); ++k) {
    const auto alone = transition_probability(b.Q[k], b.t[k]);
    for (int r = 0; r < n; ++r) {
      for (int s = 0; s < n; ++s) {
        REQUIRE((P[k](r, s) == 0) == (alone(r, s) == 0));
        if (alone(r, s) < 1e-290) continue;
        worst = std::max(worst, std::abs(P[k](r, s) / alone(r, s) - 1));
      }
      if (b.Q[k].row(r).isZero(0)) {
        REQUIRE(P[k].row(r) == Eigen::RowVectorXd::Unit(n, r));
      }
    }
    if (b.t[k] == 0) REQUIRE(P[k].matrix() == Eigen::MatrixXd::Identity(n, n));
  }
  CHECK(worst < 1e-12);
}

TEST_CASE("a matrix in a batch knows nothing of the others", "[model]") {
  const int n = GENERATE(2, 5, 8);
  const auto b = random_batch<Eigen::Dynamic>(n, 200, 7);
  const auto P = exponentials(b);
  for (std::size_t k = 0; k < b.Q.size(); ++k) {
    const batch<Eigen::Dynamic> one{{b.Q[k]}, {b.t[k]}};
    REQUIRE(same_bytes(exponentials(one), {P[k]}));
  }
}

TEST_CASE("every instruction set of this machine gives the same to 1e-12", "[model]") {
  using kohort::instruction_set;
  constexpr std::size_t n = 5, count = 500;
  const auto b = random_batch<5>(5, count, 11);
  std::vector<double> Q;
  for (const auto& one : b.Q) Q.insert(Q.end(), one.matrix().data(), one.matrix().data() + n * n);
  const auto with = [&](instruction_set set) {
    std::vector<double> P(Q.size());
    kohort::detail::exponentials({5, count, 1, 5}, Q.data(), b.t.data(), P.data(), 1, {}, set);
    return P;
  };
  const auto baseline = with(instruction_set::baseline);
  for (const auto set : {instruction_set::avx2, instruction_set::avx512}) {
    if (set > kohort::best_instruction_set()) continue;
    CAPTURE(static_cast<int>(set));
    const auto wide = with(set);
    double worst = 0;
    for (std::size_t i = 0; i < wide.size(); ++i) {
      REQUIRE((wide[i] == 0) == (baseline[i] == 0));
      if (baseline[i] > 1e-290) worst = std::max(worst, std::abs(wide[i] / baseline[i] - 1));
    }
    CHECK(worst < 1e-12);
  }
}

TEST_CASE("matrices of fixed size, of dynamic size and plain arrays are one computation",
          "[model]") {
  const auto fixed = random_batch<5>(5, 100, 13);
  batch<Eigen::Dynamic> dynamic;
  std::vector<double> rows;
  for (std::size_t k = 0; k < fixed.Q.size(); ++k) {
    dynamic.Q.emplace_back(fixed.Q[k].matrix());
    dynamic.t.push_back(fixed.t[k]);
    for (int r = 0; r < 5; ++r) {
      for (int s = 0; s < 5; ++s) rows.push_back(fixed.Q[k](r, s));
    }
  }
  const auto a = exponentials(fixed), b = exponentials(fixed, 2);
  const auto c = exponentials(dynamic);
  std::vector<double> plain(rows.size());
  transition_probabilities(5, rows, fixed.t, plain);
  CHECK(same_bytes(a, b));
  for (std::size_t k = 0; k < a.size(); ++k) {
    REQUIRE(a[k].matrix() == c[k].matrix());
    for (int r = 0; r < 5; ++r) {
      for (int s = 0; s < 5; ++s) {
        REQUIRE(plain[k * 25 + static_cast<std::size_t>(r * 5 + s)] == a[k](r, s));
      }
    }
  }
}

TEST_CASE("a batch that does not fit together is refused before any work", "[model]") {
  auto b = random_batch<Eigen::Dynamic>(3, 2, 1);
  const auto code = [](const auto& call) {
    try {
      call();
      return std::string("accepted");
    } catch (const kohort::invalid_input& error) {
      return error.code() + ": " + error.what();
    }
  };
  const auto typed = [&] { (void)exponentials(b); };
  CHECK(code(typed) == "accepted");
  b.t[1] = -1;
  CHECK_THAT(code(typed), kohort_tests::contains("E-TIME") && kohort_tests::contains("is -1"));
  b.t.push_back(1);
  CHECK_THAT(code(typed),
             kohort_tests::contains("E-SHAPE") && kohort_tests::contains("2 matrices, 3 times"));
  b = random_batch<Eigen::Dynamic>(3, 1, 1);
  b.Q.push_back(random_batch<Eigen::Dynamic>(4, 1, 1).Q[0]);
  b.t.push_back(1);
  CHECK_THAT(code(typed), kohort_tests::contains("matrix 0 has 3 states and matrix 1 has 4"));

  std::vector<double> Q{-1, 1, 0, 0, -1, 2, 0, 0}, t{1, 1}, P(8, 7.0);
  const auto plain = [&] { transition_probabilities(2, Q, t, P); };
  CHECK_THAT(code(plain),
             kohort_tests::contains("E-INTENSITY") &&
                 kohort_tests::contains("matrix 1: intensity_matrix: row 0 sums to 1,"));
  Q[5] = 1;
  t[0] = std::numeric_limits<double>::infinity();
  CHECK_THAT(code(plain), kohort_tests::contains("E-TIME"));
  t.pop_back();
  CHECK_THAT(code(plain), kohort_tests::contains("E-SHAPE"));
  CHECK(P == std::vector<double>(8, 7.0));
  CHECK(transition_probabilities<4>({}, {}).empty());
}

TEST_CASE("a batch stops when asked to", "[model]") {
  const auto b = random_batch<5>(5, 5000, 3);
  const auto stop = [](std::size_t, std::size_t) { return false; };
  CHECK_THROWS_AS(transition_probabilities<5>(b.Q, b.t, 1, stop), kohort::interrupted);
  CHECK_THROWS_AS(transition_probabilities<5>(b.Q, b.t, 2, stop), kohort::interrupted);
}
