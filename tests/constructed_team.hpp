#pragma once

#include <kohort/interventions/programme.hpp>

namespace kohort_tests {

/// The constructed team whose figures can be told by hand: it saves 12 000 kronor a person and
/// month during enrolment, costs 300 000 a month and 2 000 a person, and breaks even at 30.
inline kohort::programme constructed() {
  kohort::programme p;
  p.fixed_cost = 300'000;
  p.variable_cost = 2'000;
  p.otherwise_helped = 0.8;
  p.double_work = 0.25;
  p.hours = 40;
  p.hour_cost = 500;
  return p;
}

}  // namespace kohort_tests
