#pragma once

#include <utility>

#include <kohort/projection/open_cohort.hpp>

#include "casters.hpp"

namespace kohort::bindings {

/// How an open cohort is run, Ctrl-C and the user's own `progress` being polled.
inline open_cohort_options open_cohort_run(bool scale, double floor, int enrolments_a_year,
                                           int threads, py::object report = py::none()) {
  open_cohort_options options;
  options.closure = scale ? closure_policy::scale : closure_policy::strict;
  options.floor = floor;
  options.enrolments_a_year = enrolments_a_year;
  options.threads = threads;
  options.report = polling(std::move(report));
  return options;
}

}  // namespace kohort::bindings
