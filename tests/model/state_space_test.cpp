#include <kohort/model/state_space.hpp>  // first, so the header must stand on its own

#include <kohort/support/error.hpp>

#include "catch.hpp"

namespace {
auto Contains(const std::string& part) { return kohort_tests::contains(part); }
}  // namespace

TEST_CASE("a model knows its moves by name and by number", "[model]") {
  const kohort::model m({"well", "ill", "dead"}, {{"well", "ill"}, {"ill", "dead"}}, "dead");
  CHECK(m.size() == 3);
  CHECK(m.find("ill") == 1);
  CHECK(m.label(1) == "ill -> dead");
  CHECK(m.index(0, 1) == 0);
  CHECK(m.index(0, 2) == -1);
  CHECK(m.absorbing(2));
  CHECK_FALSE(m.absorbing(1));
  CHECK(m.death() == 2);
}

TEST_CASE("a model that cannot be is refused with its own names", "[model]") {
  using moves = std::vector<std::pair<std::string, std::string>>;
  const auto refusal = [](std::vector<std::string> states, const moves& transitions,
                          std::string_view death = "") {
    try {
      kohort::model(std::move(states), transitions, death);
      return std::string("accepted");
    } catch (const kohort::invalid_input& error) {
      return std::string(error.what());
    }
  };
  CHECK_THAT(refusal({"well"}, {}), Contains("1 states"));
  CHECK_THAT(refusal({"well", "well"}, {{"well", "well"}}), Contains("'well' stands twice"));
  CHECK_THAT(refusal({"well", "ill"}, {{"well", "sick"}}),
             Contains("'sick'") && Contains("well, ill"));
  CHECK_THAT(refusal({"well", "ill"}, {{"well", "well"}}), Contains("another state"));
  CHECK_THAT(refusal({"well", "ill"}, {{"well", "ill"}, {"well", "ill"}}),
             Contains("stands twice"));
  CHECK_THAT(refusal({"a", "b"}, {{"a", "b"}, {"b", "a"}}, "b"), Contains("has a way out"));
}

TEST_CASE("the preset has one step down, any step up, and death from everywhere", "[model]") {
  const auto m = kohort::dependency_model();
  CHECK(m.size() == 5);
  CHECK(m.transitions().size() == 6 + 3 + 4);
  CHECK(m.index(m.find("light"), m.find("total")) >= 0);
  CHECK(m.index(m.find("total"), m.find("light")) == -1);
  CHECK(m.absorbing(m.find("dead")));
  const auto longer = kohort::dependency_model(true);
  CHECK(longer.size() == 6);
  CHECK(longer.index(longer.find("ended"), longer.find("high")) >= 0);
}
