#include <kohort/data/level_rule.hpp>  // first, so the header must stand on its own

#include <kohort/data/csv.hpp>
#include <kohort/support/error.hpp>

#include "catch.hpp"

using namespace kohort;

TEST_CASE("each type of support has the level of the source's table", "[data]") {
  const auto rule = support_type_rule();
  const auto level = [&](std::string_view code) {
    const auto k = level_of_code(rule, code);
    if (!k) return std::string("unknown");
    return *k == level_rule::left_out ? std::string("left out")
                                      : rule.levels[static_cast<std::size_t>(*k)];
  };
  for (const auto* code : {"safety_alarm", "food_distribution", "cleaning", "laundry", "bed_making",
                           "Trygghetslarm", "matdistribution", "STÄD", "tvätt", "bäddning"}) {
    CAPTURE(code);
    CHECK(level(code) == "light");
  }
  for (const auto* code :
       {"bathing", "social_visit", "safety_phone_contact", "escort_outdoors",
        "safety_visit_day_or_night", "dusch/bad", "Dusch", "social tillsyn/samvaro",
        "trygghetssamtal", "tillsyn dag/natt", "ledsagning"}) {
    CAPTURE(code);
    CHECK(level(code) == "moderate");
  }
  for (const auto* code : {"dressing", "transferring", "practical_meal_help", "feeding",
                           "på-/avklädning", "förflyttning", "måltidshjälp", "matning"}) {
    CAPTURE(code);
    CHECK(level(code) == "high");
  }
  for (const auto* code : {"special_housing_short_stay", "special_housing_long_stay",
                           "korttidsboende", "Särskilt boende"}) {
    CAPTURE(code);
    CHECK(level(code) == "total");
  }
  for (const auto* code : {"informal_carer_support", "daily_living_support_psychiatric",
                           "day_centre", "anhörigstöd", "boendestöd", "dagverksamhet"}) {
    CAPTURE(code);
    CHECK(level(code) == "left out");
  }
  CHECK(level("medel") == "unknown");
  CHECK(level("") == "unknown");
  CHECK(rule.most_demanding);
}

TEST_CASE("hours give a level from each threshold on", "[data]") {
  const auto rule = hours_rule();
  CHECK(level_of_hours(rule, 0) == 0);
  CHECK(level_of_hours(rule, 6.99) == 0);
  CHECK(level_of_hours(rule, 7) == 1);
  CHECK(level_of_hours(rule, 22.9) == 1);
  CHECK(level_of_hours(rule, 23) == 2);
  CHECK(level_of_hours(rule, 120) == 3);
  CHECK(level_of_hours(rule, 744) == 3);
  const auto two = hours_rule({50}, {"little", "much"});
  CHECK(level_of_hours(two, 49) == 0);
  CHECK(level_of_hours(two, 50) == 1);
}

TEST_CASE("levels are known by our words, the papers' and the Swedish ones", "[data]") {
  const auto rule = named_levels();
  for (const auto& words : std::vector<std::vector<std::string>>{
           {"light", "moderate", "high", "total"},
           {"mild", "moderate", "severe", "total"},
           {"lätt", "måttligt", "mycket", "helt"},
           {"Lätt beroende", "MÅTTLIGT beroende", "mycket beroende", "helt beroende"}}) {
    for (int k = 0; k < 4; ++k) {
      CHECK(level_of_code(rule, words[static_cast<std::size_t>(k)]) == k);
    }
  }
  CHECK_FALSE(level_of_code(rule, "medel"));
  CHECK_FALSE(level_of_code(named_levels({"a", "b"}), "mild"));
}

TEST_CASE("a code of the user's means what the user says", "[data]") {
  const auto rule =
      with_codes(named_levels(), {{"medel", "moderate"}, {"X", ""}, {"mild", "high"}});
  CHECK(level_of_code(rule, "Medel") == 1);
  CHECK(level_of_code(rule, "x") == level_rule::left_out);
  CHECK(level_of_code(rule, "mild") == 2);
  CHECK(rule != named_levels());
  CHECK(rule.name != named_levels().name);
}

TEST_CASE("rules that cannot be are refused", "[data]") {
  const auto refusal = [](auto&& make) {
    try {
      (void)make();
      return std::string("accepted");
    } catch (const invalid_input& error) {
      return std::string(error.what());
    }
  };
  using kohort_tests::contains;
  CHECK_THAT(refusal([] { return hours_rule({7, 23}); }), contains("2 thresholds for 4 levels"));
  CHECK_THAT(refusal([] { return hours_rule({7, 7, 9}); }), contains("must increase"));
  CHECK_THAT(refusal([] { return hours_rule({0, 7, 9}); }), contains("must increase"));
  CHECK_THAT(refusal([] { return hours_rule({7, 9, 777}); }), contains("744"));
  CHECK_THAT(refusal([] { return named_levels({"a", "a"}); }), contains("'a' stands twice"));
  CHECK_THAT(refusal([] { return named_levels({}); }), contains("at least one"));
  CHECK_THAT(refusal([] { return with_codes(named_levels(), {{"m", "medium"}}); }),
             contains("light, moderate, high, total"));
  CHECK_THAT(refusal([] { return with_codes(hours_rule(), {{"m", "light"}}); }),
             contains("reads numbers"));
}

TEST_CASE("a rule of one's own reads what it says and nothing else", "[data]") {
  using kohort_tests::contains;
  const auto refusal = [](const auto& call) {
    try {
      (void)call();
    } catch (const invalid_input& error) {
      CHECK(error.code() == "E-LEVEL-RULE");
      return std::string(error.what());
    }
    return std::string("accepted");
  };
  const auto built_in = support_type_rule();
  CHECK(built_in.short_stays.contains(header_key("Korttidsboende")));
  CHECK_FALSE(built_in.short_stays.contains(header_key("säbo")));
  const std::vector<std::string> levels{"some", "much"};
  const auto own = declared_rule("ours", level_source::support, levels,
                                 {{"Städ", "some"}, {"Korttid", "much"}, {"Anhörigstöd", ""}}, {},
                                 true, {"KORTTID"});
  CHECK(own.name == "ours");
  CHECK(level_of_code(own, "städ") == 0);
  CHECK(level_of_code(own, "korttid") == 1);
  CHECK(level_of_code(own, "anhorigstod") == level_rule::left_out);
  CHECK_FALSE(level_of_code(own, "some"));
  CHECK(own.most_demanding);
  CHECK(own.short_stays == std::set<std::string>{header_key("korttid")});
  const auto named =
      declared_rule("n", level_source::level, levels, {{"litet", "some"}}, {}, false, {});
  CHECK(level_of_code(named, "Much") == 1);
  CHECK(level_of_code(named, "LITET") == 0);
  const auto hours = declared_rule("h", level_source::hours, levels, {}, {50}, false, {});
  CHECK(level_of_hours(hours, 50) == 1);

  using codes = std::vector<std::pair<std::string, std::string>>;
  const auto declared = [&](level_source source, const codes& with, std::vector<double> from,
                            const std::vector<std::string>& short_stays) {
    return [=] { return declared_rule("x", source, levels, with, from, false, short_stays); };
  };
  CHECK_THAT(refusal(declared(level_source::support, {}, {}, {})), contains("no codes"));
  CHECK_THAT(refusal(declared(level_source::support, {{"a", "some"}}, {5}, {})),
             contains("reads no hours"));
  CHECK_THAT(refusal(declared(level_source::support, {{"a", "some"}}, {}, {"b"})),
             contains("short stay"));
  CHECK_THAT(refusal(declared(level_source::hours, {{"a", "some"}}, {5}, {})),
             contains("reads numbers"));
}
