#include <kohort/likelihood/log_likelihood.hpp>

#include <kohort/support/random.hpp>

#include "catch.hpp"
#include "histories.hpp"

using namespace kohort_tests;

TEST_CASE("M02: the gradient at a thousand random points, nearly equal rates among them",
          "[likelihood]") {
  // Along one random direction at each point; every coordinate stands in it.
  const auto panel = observation_kind::panel, exact = observation_kind::exact_transition,
             death = observation_kind::exact_death;
  const kohort::intensity_model im{five_levels(), {{"x"}}};
  const auto tables = kohort::aggregate(persons(im.structure, {{.5, 0, 1, 7, panel, .3},
                                                               {.5, 1, 1, 9, panel, 1},
                                                               {2, 0, 3, 4, panel, 0},
                                                               {.01, 2, 3, 1, panel, -1},
                                                               {7, 3, 2, 2, panel, .5},
                                                               {1, 0, 4, 3, death, .2},
                                                               {.3, 2, 4, 2, death, -.4},
                                                               {.8, 1, 2, 5, exact, 0},
                                                               {1.2, 3, 3, 6, exact, 1}}),
                                        im);
  const auto p = static_cast<Eigen::Index>(kohort::layout(im).size());
  const kohort::random_stream random(2, kohort::purpose::parameters);
  double worst = 0;
  for (std::uint32_t point = 0; point < 1000; ++point) {
    Eigen::VectorXd b(p), direction(p);
    const double gap = point % 4 == 0 ? std::pow(10., -12 + static_cast<int>(point / 4 % 11)) : 1.2;
    for (Eigen::Index i = 0; i < p; ++i) {
      const auto at = static_cast<std::uint32_t>(i);
      b[i] = (i % 2 == 0 ? -.7 : 0) + gap * random.normal(point, 0, at);
      direction[i] = random.normal(point, 1, at);
    }
    const auto l = kohort::log_likelihood_gradient(im, tables, b, 1);
    const auto value = [&](double step) {
      return kohort::log_likelihood(im, tables, b + step * direction, 1);
    };
    const double h = 2e-3;
    const double slope = (45 * (value(h) - value(-h)) - 9 * (value(2 * h) - value(-2 * h)) +
                          (value(3 * h) - value(-3 * h))) /
                         (60 * h);
    const double size = l.gradient.cwiseProduct(direction).cwiseAbs().sum();
    worst = std::max(worst, std::abs(l.gradient.dot(direction) - slope) / size);
  }
  CHECK(worst < 1e-7);
}
