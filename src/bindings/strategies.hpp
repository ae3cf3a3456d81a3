#pragma once

#include <string>
#include <tuple>
#include <vector>

#include <kohort/projection/strategy.hpp>

#include "casters.hpp"

namespace kohort::bindings {

// As `kohort.strategy_setting` lowers them: (from, to, first age, last age, sex, since enrolment,
// starts, log ratios, step, draws) and (name, effects, uptake, newcomers, stock, from, until,
// uptakes by draw, room, waits, boosters, boosted).
using effect_given =
    std::tuple<int, int, int, int, int, bool, double, std::vector<double>, double, int>;
using strategy_given =
    std::tuple<std::string, std::vector<effect_given>, double, std::vector<double>,
               std::vector<double>, double, double, std::vector<double>, std::vector<double>,
               std::vector<double>, std::vector<double>, std::vector<double>>;

inline strategy strategy_of(const strategy_given& given) {
  const auto& [name, effects, uptake, newcomers, stock, from, until, uptakes, room, waits, boosters,
               boosted] = given;
  strategy s;
  s.name = name;
  for (const auto& [origin, to, first, last, sex, own, starts, ratios, step, draws] : effects) {
    s.effects.push_back({origin, to, first, last, sex,
                         own ? effect_clock::since_enrolment : effect_clock::calendar, starts,
                         ratios, step, draws});
  }
  s.uptake = uptake;
  s.enrols_newcomers = newcomers;
  s.enrols_stock = stock;
  s.enrols_from = from;
  s.enrols_until = until;
  s.uptakes = uptakes;
  s.room = room;
  s.waits = waits;
  s.boosters = boosters;
  s.boosted = boosted;
  return s;
}

inline std::vector<strategy> strategies_of(const std::vector<strategy_given>& given) {
  std::vector<strategy> all;
  for (const auto& one : given) all.push_back(strategy_of(one));
  return all;
}

}  // namespace kohort::bindings
