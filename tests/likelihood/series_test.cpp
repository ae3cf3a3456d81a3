#include <kohort/likelihood/detail/series.hpp>  // first, so the header must stand on its own

#include <cmath>

#include <boost/math/special_functions/gamma.hpp>

#include "catch.hpp"

TEST_CASE("each degree serves up to where its tail has the size that was allowed", "[likelihood]") {
  // sum_{l > m} theta^l / l! = e^theta P(m + 1, theta), P the regularised incomplete gamma function
  for (const auto& [limits, allowed] :
       {std::pair{&kohort::detail::degree_limits(), 0x1p-53},
        std::pair{&kohort::detail::quick_degree_limits(), 0x1p-36}}) {
    REQUIRE(limits->size() > 100);
    CHECK((*limits)[limits->size() - 2] >= kohort::detail::largest_theta / 1.02);
    CHECK(std::isinf(limits->back()));
    for (std::size_t m = 1; m + 1 < limits->size(); m += m < 30 ? 1 : 23) {
      const double theta = (*limits)[m];
      CAPTURE(m, theta, allowed);
      CHECK(theta > (*limits)[m - 1]);
      CHECK_THAT(std::exp(theta) * boost::math::gamma_p(static_cast<double>(m) + 1, theta),
                 Catch::Matchers::WithinRel(allowed, 1e-9));
    }
  }
  // Those of `model-estimation`, section 1, as published there to four digits.
  CHECK_THAT(kohort::detail::degree_limits()[8], Catch::Matchers::WithinAbs(.0699, 5e-5));
  CHECK_THAT(kohort::detail::degree_limits()[16], Catch::Matchers::WithinAbs(.8246, 5e-5));
  CHECK_THAT(kohort::detail::degree_limits()[28], Catch::Matchers::WithinAbs(3.275, 5e-4));
}
