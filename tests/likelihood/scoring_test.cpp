#include <kohort/likelihood/detail/scoring.hpp>  // first, so the header must stand on its own

#include <Eigen/Eigenvalues>

#include <kohort/likelihood/log_likelihood.hpp>
#include <kohort/support/random.hpp>

#include "catch.hpp"
#include "histories.hpp"

using namespace kohort_tests;

namespace {

kohort::observations visits_of_many_lengths(const kohort::model& structure) {
  const kohort::random_stream random(3, kohort::purpose::parameters);
  std::vector<counted> rows;
  for (std::uint32_t i = 0; i < 600; ++i) {
    const auto draw = [&](std::uint32_t what) { return random.uniform(i, 0, what); };
    const int from = static_cast<int>(4 * draw(0));
    const double elapsed = .2 + 1.5 * draw(1);
    int to = from + static_cast<int>(3 * draw(2)) - 1;
    to = std::min(std::max(to, 0), 4);
    const auto kind = to == 4 ? observation_kind::exact_death : observation_kind::panel;
    rows.push_back({elapsed, from, to, 1, kind, draw(3) < .5 ? 0.0 : 1.0});
  }
  return persons(structure, rows);
}

}  // namespace

TEST_CASE("the expected information is that of its cells, one at a time or merged",
          "[likelihood]") {
  const auto bands = GENERATE(false, true);
  kohort::intensity_model im{five_levels(), {{"x"}}};
  if (bands) im.terms = {{"x", kohort::covariate_path::bands, {.5}}};  // it moves on, as age does
  const auto tables = kohort::aggregate(visits_of_many_lengths(im.structure), im);
  Eigen::VectorXd b = Eigen::VectorXd::Constant(kohort::layout(im).size(), .2);
  for (int k = 0; k < 10; ++k)
    b[kohort::layout(im).starts[static_cast<std::size_t>(k)]] = std::log(five_levels_rates()[k]);
  const auto exact = kohort::expected_information(im, tables, b);
  const auto same = kohort::detail::cells_for_scoring(im.structure, tables, 0);
  CAPTURE(bands);
  CHECK((kohort::detail::scoring_information(im, tables, same, b, 1, {}) - exact)
            .cwiseAbs()
            .maxCoeff() < 1e-12 * exact.cwiseAbs().maxCoeff());

  const auto merged = kohort::detail::cells_for_scoring(im.structure, tables, .25);
  const auto size = [](const kohort::detail::scoring_cells& all) {
    std::size_t sum = 0;
    double weight = 0;
    for (const auto* kind : {&all.visits, &all.deaths}) {
      for (const auto& cells : *kind) {
        sum += cells.size();
        for (const double one : cells.weights) weight += one;
      }
    }
    return std::pair(sum, weight);
  };
  CHECK(6 * size(merged).first < size(same).first);
  CHECK_THAT(size(merged).second, Catch::Matchers::WithinRel(size(same).second, 1e-12));
  // A step by the one is nearly a step by the other: all eigenvalues of the ratio are close to 1.
  const auto rough = kohort::detail::scoring_information(im, tables, merged, b, 1, {});
  const Eigen::GeneralizedSelfAdjointEigenSolver<Eigen::MatrixXd> ratio(rough, exact);
  CHECK(ratio.eigenvalues().minCoeff() > .6);
  CHECK(ratio.eigenvalues().maxCoeff() < 1.4);
}
