#include <kohort/projection/open_cohort.hpp>

#include <algorithm>
#include <cmath>

#include "catch.hpp"
#include "projection/small_municipality.hpp"
#include "projection/teams.hpp"

using constructed::effect;
using constructed::fading;
using constructed::largest_difference;
using constructed::of_run;
using constructed::since;
using constructed::team;
using constructed::with;

TEST_CASE("each draw has its own uptake", "[projection]") {
  auto in = constructed::municipality(21, 3, 3);
  const auto options = constructed::by_single_age();
  const auto effects = GENERATE(std::vector{since(fading(1, 2, 0.5))},
                                std::vector{effect(1, 2, 0.5), effect(2, 3, 0.7, 1)});
  const bool whole = GENERATE(false, true);  // those in `none` are asked as well
  auto drawn = team(effects, 0.5);
  if (whole) drawn.enrols_newcomers = drawn.enrols_stock = std::vector<double>(5, 0.8);
  const double uptakes[] = {0.2, 0.9, 0.55};
  drawn.uptakes = {uptakes, uptakes + 3};
  for (int draw = 0; draw < 3; ++draw) {
    auto plain = drawn;
    plain.uptakes.clear();
    plain.uptake = uptakes[draw];
    const auto out = with(in, {drawn, plain}, options, draw);
    CHECK(largest_difference(of_run(out.persons, 1, 3), of_run(out.persons, 2, 3)) < 1e-13);
    CHECK(largest_difference(of_run(out.enrolled, 1, 3), of_run(out.enrolled, 2, 3)) < 1e-13);
    CHECK(largest_difference(of_run(out.moved, 1, 3), of_run(out.moved, 0, 3)) > 1e-3);
  }
}

TEST_CASE("limited places: a share that gets one, and a wait for it", "[projection]") {
  auto in = constructed::municipality(22, 1, 4);
  const auto options = constructed::by_single_age();
  const auto helped = since(fading(1, 2, 0.4));
  // As many as there is room for are as many as accept.
  auto roomy = team({helped}, 0.25);
  roomy.enrols_stock.clear();
  auto half = roomy, fewer = roomy;
  half.room = {0.5};
  fewer.uptake = 0.3;
  // Who waits is helped later, where it is offered in every state; nobody is lost or lingers.
  auto late = roomy, delayed = roomy;
  late.enrols_newcomers = delayed.enrols_newcomers = {0, 1, 1, 1, 1};
  late.waits = {0.375};
  delayed.effects[0].starts = 0.375;
  // No room in the first year, all of it after.
  auto closed = roomy, second = roomy;
  closed.room.assign(12, 0.0);
  closed.room.push_back(1.0);
  second.enrols_from = 1;
  const auto out = with(in, {half, fewer, late, delayed, closed, second}, options);
  const auto same = [&](int a, int b, double within) {
    CHECK(largest_difference(of_run(out.persons, a, 7), of_run(out.persons, b, 7)) < within);
    CHECK(largest_difference(of_run(out.moved, a, 7), of_run(out.moved, b, 7)) < within);
  };
  same(1, 2, 1e-13);
  CHECK(largest_difference(of_run(out.enrolled, 1, 7), of_run(out.enrolled, 2, 7)) < 1e-13);
  same(3, 4, 1e-12);
  same(5, 6, 1e-12);
  // Those who wait are counted when they start, and some have left by then.
  double started = 0, joined = 0, years = 0;
  for (const double n : of_run(out.enrolled, 3, 7)) started += n;
  for (const double n : of_run(out.enrolled, 4, 7)) joined += n;
  for (const double n : of_run(out.enrolled, 5, 7)) years += n;
  CHECK(started < joined * 0.97);
  CHECK(started > joined * 0.8);
  CHECK(years < joined);
  // Effects on the calendar alone, the same for everybody: room is a share of the uptake.
  auto calendar = team({effect(1, 2, 0.5)}, 0);
  calendar.enrols_stock.clear();
  auto part = calendar, small = calendar;
  part.room = {0.5};
  small.uptake = 0.3;
  // Put together by parts of the year, or as they come: the nearer the more parts there are.
  double off[2];
  for (const int finer : {0, 1}) {
    auto by_parts = options;
    by_parts.enrolments_a_year = finer ? 48 : 12;
    const auto alike = with(in, {part, small}, by_parts);
    off[finer] = largest_difference(of_run(alike.persons, 1, 3), of_run(alike.persons, 2, 3));
    CHECK(largest_difference(of_run(alike.persons, 1, 3), of_run(alike.persons, 0, 3)) >
          5 * off[finer]);
  }
  CHECK(off[1] < off[0] / 3);
}

TEST_CASE("a booster begins the effect anew for those in some states", "[projection]") {
  auto in = constructed::municipality(23, 1, 4);
  const auto options = constructed::by_single_age();
  auto pulse = since(effect(1, 2, 1, 0, 0.25));
  pulse.log_ratio = {-0.9, -0.5, -0.2};
  auto stock = team({pulse});
  stock.enrols_newcomers.clear();
  // For all of the stock, a booster after a year and a quarter is the same series once more.
  auto boosted = stock, series = stock;
  boosted.boosters = {1.25};
  boosted.boosted = {1, 1, 1, 1, 1};
  series.effects[0].log_ratio = {-0.9, -0.5, -0.2, 0, 0, -0.9, -0.5, -0.2};
  // A booster may come before the effect is over.
  auto early = stock, cut = stock;
  early.boosters = {0.5};
  early.boosted = boosted.boosted;
  cut.effects[0].log_ratio = {-0.9, -0.5, -0.9, -0.5, -0.2};
  // Of some states, or of a share: parts add up.
  auto first = boosted, others = boosted, third = boosted;
  first.boosted = {0, 1, 0, 0, 0};
  others.boosted = {1, 0, 1, 1, 1};
  third.boosted.assign(5, 1.0 / 3);
  const auto out = with(in, {stock, boosted, series, early, cut, first, others, third}, options);
  const auto people = [&](int run) { return of_run(out.persons, run, 9); };
  CHECK(largest_difference(people(2), people(3)) < 1e-12);
  CHECK(largest_difference(people(4), people(5)) < 1e-12);
  const auto none = people(1), all = people(2), one = people(6), rest = people(7), part = people(8);
  double worst = 0, shared = 0, most = 0;
  for (std::size_t i = 0; i < none.size(); ++i) {
    worst = std::max(worst, std::abs(one[i] + rest[i] - none[i] - all[i]));
    shared = std::max(shared, std::abs(part[i] - none[i] - (all[i] - none[i]) / 3));
    most = std::max(most, std::abs(all[i] - none[i]));
  }
  CHECK(worst < 1e-11);
  CHECK(shared < 1e-11);
  CHECK(most > 0.01);
  // Newcomers who came before it are boosted as well; and nobody twice enrolled.
  auto newcomers = team({pulse});
  auto again = newcomers;
  again.boosters = {1.0, 2.5};
  again.boosted = {0, 1, 1, 1, 0};
  const auto two = with(in, {newcomers, again}, options);
  CHECK(of_run(two.enrolled, 1, 3) == of_run(two.enrolled, 2, 3));
  double helped = 0;
  const auto with_it = of_run(two.moved, 2, 3), without = of_run(two.moved, 1, 3);
  for (std::size_t k = 0; k < two.moves.size(); ++k) {
    if (two.moves[k].from != 1 || two.moves[k].to != 2) continue;
    for (std::size_t y = 1; y < 4; ++y) {
      helped += without[y * two.moves.size() + k] - with_it[y * two.moves.size() + k];
    }
  }
  CHECK(helped > 0.1);
}
