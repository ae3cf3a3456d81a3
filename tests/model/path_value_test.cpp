#include <kohort/model/path_value.hpp>

#include "catch.hpp"
#include "model/published_models.hpp"
#include "model/random_generators.hpp"

#include <cmath>
#include <limits>

#include <kohort/model/length_of_stay.hpp>
#include <kohort/model/probability_matrix.hpp>

using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;
using kohort::intensity_path;
using kohort::path_rewards;

namespace {

constexpr double for_ever = std::numeric_limits<double>::infinity();

/// Four states, the last absorbing, a few pieces of random rates.
intensity_path random_path(int seed, std::vector<double> elapsed, double largest) {
  kohort_tests::dice roll(static_cast<std::uint64_t>(seed));
  intensity_path path{4, {{0, 1}, {1, 0}, {1, 2}, {2, 1}, {0, 3}, {1, 3}, {2, 3}}, elapsed, {}};
  for (std::size_t i = 0; i < elapsed.size() * path.moves.size(); ++i)
    path.rates.push_back(roll.log_uniform(0.02, largest));
  return path;
}

kohort::intensity_matrix<> matrix_of(const intensity_path& path, std::size_t piece) {
  Eigen::MatrixXd rates = Eigen::MatrixXd::Zero(path.states, path.states);
  for (std::size_t k = 0; k < path.moves.size(); ++k)
    rates(path.moves[k].from, path.moves[k].to) = path.rates_of(piece)[k];
  return kohort::intensity_matrix<>::from_rates(rates);
}

path_rewards random_rewards(int seed, double force) {
  kohort_tests::dice roll(static_cast<std::uint64_t>(1000 + seed));
  const auto filled = [&](Eigen::Index rows) {
    Eigen::MatrixXd table(rows, 2);
    for (auto& x : table.reshaped()) x = roll.uniform(0, 2);
    return table;
  };
  path_rewards rewards{filled(4), filled(4), filled(7), force};
  rewards.running.row(3).setZero();
  return rewards;
}

}  // namespace

TEST_CASE("a path is its pieces, one after another", "[model]") {
  const auto seed = GENERATE(range(0, 8));
  const auto largest = GENERATE(1.0, 40.0);  // beyond 32 / 1.5 by matrices
  CAPTURE(seed, largest);
  const auto path = random_path(seed, {1.5, 0.4, 2}, largest);
  Eigen::MatrixXd P = Eigen::MatrixXd::Identity(4, 4), stay = Eigen::MatrixXd::Zero(4, 4);
  for (std::size_t p = 0; p < 3; ++p) {
    const auto over = kohort::occupancy_over(matrix_of(path, p), path.elapsed[p]);
    stay += P * over.stay;
    P = P * over.P;
  }
  const Eigen::MatrixXd none = Eigen::MatrixXd::Zero(4, 4), each = Eigen::MatrixXd::Identity(4, 4);
  const auto ends = kohort::path_value(path, {each, none});
  const auto years = kohort::path_value(path, {none, each});
  for (int r = 0; r < 4; ++r) {
    for (int s = 0; s < 4; ++s) {
      CHECK_THAT(ends(r, s), WithinRel(P(r, s), 1e-13));
      CHECK_THAT(years(r, s), WithinRel(stay(r, s), 1e-13));
    }
  }
}

TEST_CASE("an open end is a life", "[model][W17]") {
  const auto Q = kohort_tests::five_levels();
  intensity_path path{5, {}, {10.0, for_ever}, {}};
  for (int r = 0; r < 5; ++r) {
    for (int s = 0; s < 5; ++s) {
      if (r != s && Q(r, s) > 0) path.moves.push_back({r, s});
    }
  }
  for (int piece = 0; piece < 2; ++piece) {
    for (const auto& [a, b] : path.moves) path.rates.push_back(Q(a, b));
  }
  const Eigen::MatrixXd none = Eigen::MatrixXd::Zero(5, 5), each = Eigen::MatrixXd::Identity(5, 5);
  const auto life = kohort::length_of_stay(Q, for_ever), ten = kohort::length_of_stay(Q, 10);
  const auto found = kohort::path_value(path, {none, each});
  for (int r = 0; r < 4; ++r) {
    for (int j = 0; j < 4; ++j) CHECK_THAT(found(r, j), WithinRel(life(r, j), 1e-13));
    CHECK(found(r, 4) == for_ever);
  }
  CHECK(found(4, 0) == 0);
  // Everybody dies in the end, and dies once.
  const auto gone = kohort::path_value(path, {each, none});
  CHECK_THAT(gone(0, 4), WithinRel(1.0, 1e-14));
  CHECK(gone(0, 0) == 0);
  path.counted = {1, 0};
  CHECK_THAT(kohort::path_value(path, {none, each})(0, 2), WithinRel(ten(0, 2), 1e-13));
}

TEST_CASE("slopes along every rate are those of differences", "[model]") {
  const auto seed = GENERATE(range(0, 4));
  const auto force = GENERATE(0.0, 0.04);
  const auto last = GENERATE(1.0, for_ever);
  const auto largest = GENERATE(1.0, 60.0);
  CAPTURE(seed, force, last, largest);
  auto path = random_path(seed, {0.7, 1.2, last}, largest);
  path.counted = {0.0, 1.0, 1.0};
  const auto rewards = random_rewards(seed, force);
  const Eigen::MatrixXd starts = (Eigen::MatrixXd(2, 4) << 1, 0, 0, 0, .2, .3, .4, .1).finished();
  const auto found = kohort::path_value_gradient(path, rewards, starts);
  const Eigen::MatrixXd plain = starts * kohort::path_value(path, rewards);
  for (int s = 0; s < 2; ++s) {
    for (int m = 0; m < 2; ++m) CHECK_THAT(found.value(s, m), WithinRel(plain(s, m), 1e-13));
  }
  for (std::size_t i = 0; i < path.rates.size(); ++i) {
    const double rate = path.rates[i], h = 1e-3 * rate;
    const auto at = [&](double change) -> Eigen::MatrixXd {
      auto other = path;
      other.rates[i] += change;
      return starts * kohort::path_value(other, rewards);
    };
    const Eigen::MatrixXd slope = (8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h);
    for (std::size_t c = 0; c < 4; ++c)
      CHECK_THAT(found.by[c][i] * rate,
                 WithinAbs(slope(static_cast<int>(c / 2), static_cast<int>(c % 2)) * rate,
                           1e-10 * plain.maxCoeff()));
  }
}

TEST_CASE("only the last piece may be endless", "[model]") {
  const auto path = random_path(1, {for_ever, 1}, 1);
  CHECK_THROWS_AS(kohort::path_value(path, random_rewards(1, 0)), kohort::invalid_input);
}
