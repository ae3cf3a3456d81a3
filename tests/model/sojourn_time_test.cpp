#include <kohort/model/sojourn_time.hpp>

#include "catch.hpp"
#include "model/published_models.hpp"

#include <limits>

using Catch::Matchers::WithinRel;

TEST_CASE("one stay and what follows it", "[model]") {
  const auto Q = kohort_tests::five_levels();
  const auto years = kohort::sojourn_time(Q);
  CHECK_THAT(years[0], WithinRel(1 / .39, 1e-15));
  CHECK(years[4] == std::numeric_limits<double>::infinity());
  const auto next = kohort::next_state(Q);
  CHECK_THAT(next(0, 1), WithinRel(.35 / .39, 1e-15));
  CHECK_THAT(next(2, 4), WithinRel(.16 / .53, 1e-15));
  CHECK(next(0, 0) == 0);
  CHECK(next(4, 4) == 1);
  for (int r = 0; r < 5; ++r) CHECK_THAT(next.row(r).sum(), WithinRel(1.0, 1e-15));
}
