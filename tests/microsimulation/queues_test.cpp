#include <kohort/microsimulation/queues.hpp>  // first, so the header must stand on its own

#include <cmath>
#include <string>

#include <kohort/support/error.hpp>

#include "catch.hpp"

using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;

TEST_CASE("the queue for five places is Erlang's", "[microsimulation]") {
  const auto five = kohort::erlang_c(5, 4.0 / 3, 3);  // load 4, stays of 3 months: example 19
  CHECK_THAT(five.waits, WithinAbs(.5541125541126, 1e-13));
  CHECK_THAT(five.queue, WithinAbs(2.216450216450, 1e-12));
  CHECK_THAT(five.wait, WithinAbs(1.662337662338, 1e-12));
  CHECK(five.occupied == 4);
  const auto one = kohort::erlang_c(1, .5, 1);  // M/M/1: the load squared over 1 - load
  CHECK_THAT(one.queue, WithinAbs(.5, 1e-15));
  CHECK_THAT(one.waits, WithinAbs(.5, 1e-15));
}

TEST_CASE("an overloaded team keeps a queue because people give up", "[microsimulation]") {
  const auto team = kohort::queue_with_abandonment(45, 20, 3, .25);  // example 19
  CHECK_THAT(team.queue, WithinAbs(20.03368157781, 1e-10));
  CHECK_THAT(team.occupied, WithinAbs(44.97473881664, 1e-10));
  CHECK_THAT(team.occupied / 3 + .25 * team.queue, WithinRel(20.0, 1e-13));  // in = out
  CHECK_THAT(team.gives_up, WithinRel(1 - team.occupied / 60, 1e-12));
}

TEST_CASE("patience without end is Erlang's queue, and none at all is his loss",
          "[microsimulation]") {
  for (const double load : {.5, 4.0, 4.9}) {
    CAPTURE(load);
    const auto waits = kohort::erlang_c(5, load, 1);
    const auto nearly = kohort::queue_with_abandonment(5, load, 1, 1e-11);
    CHECK_THAT(nearly.queue, WithinRel(waits.queue, 1e-6));
    double blocked = 1;
    for (int k = 1; k <= 5; ++k) blocked = load * blocked / (k + load * blocked);
    const auto hasty = kohort::queue_with_abandonment(5, load, 1, 1e12);
    CHECK_THAT(hasty.occupied, WithinRel(load * (1 - blocked), 1e-9));
  }
  // With theta = 1 / L the places do not matter: everybody leaves at the same rate, M/M/infinity.
  const auto same = kohort::queue_with_abandonment(7, 10, 2, .5);
  CHECK_THAT(same.queue + same.occupied, WithinRel(20.0, 1e-13));
}

TEST_CASE("a queue without a steady state is refused", "[microsimulation]") {
  try {
    (void)kohort::erlang_c(4, 2, 2);
    FAIL("accepted");
  } catch (const kohort::invalid_input& error) {
    CHECK(error.code() == "E-QUEUE");
    CHECK(std::string(error.what()).find("the load is 4 persons for 4 places") !=
          std::string::npos);
  }
  CHECK_THROWS_AS(kohort::queue_with_abandonment(0, 1, 1, 1), kohort::invalid_input);
  CHECK_THROWS_AS(kohort::queue_with_abandonment(1, 1, NAN, 1), kohort::invalid_input);
}
