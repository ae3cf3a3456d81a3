#include <kohort/estimation/detail/sighted.hpp>  // first, so the header must stand on its own

#include <array>
#include <cmath>

#include <kohort/estimation/hidden_paths.hpp>
#include <kohort/model/phases.hpp>
#include <kohort/simulation/histories.hpp>

#include "catch.hpp"
#include "mixed_rows.hpp"

using Catch::Matchers::WithinAbs;
using namespace kohort_tests;
using enum kohort::observation_kind;

namespace {

const kohort::model stays({"in", "out", "dead"},
                          {{"in", "out"}, {"in", "dead"}, {"out", "in"}, {"out", "dead"}}, "dead");

kohort::intensity_model hidden_stays(bool phases, bool misread) {
  kohort::intensity_model im{stays};
  if (phases) {
    const auto phased = kohort::with_phases(stays, std::array{2, 1, 1});
    im = {phased.fine};
    im.phases = phased.map;
  }
  if (misread) {
    im.misread = kohort::misclassification{.errors = {{0, 1}, {1, 0}},
                                           .start = kohort::hidden_start::given,
                                           .probabilities = {.6, .4, 0}};
  }
  return im;
}

Eigen::VectorXd coefficients_of(const kohort::intensity_model& im) {
  std::vector<double> b = im.phases.empty() ? std::vector<double>{.5, .15, .3, .2}
                                            : std::vector<double>{.5, .15, .4, .1, .3, .2, .7};
  for (auto& rate : b) rate = std::log(rate);
  if (im.misread) b.insert(b.end(), {std::log(.1), std::log(.25)});
  return Eigen::Map<const Eigen::VectorXd>(b.data(), static_cast<Eigen::Index>(b.size()));
}

}  // namespace

TEST_CASE("the last row of a history is known as well before as after", "[estimation]") {
  // Smoothed and filtered weights are the same where nothing comes later.
  const bool phases = GENERATE(true, false), misread = GENERATE(true, false);
  const auto im = hidden_stays(phases, misread);
  const auto b = coefficients_of(im);
  const std::vector<mixed_row> endings{{2, {0}},
                                       {2, {1}},
                                       {2, {0, 1}},
                                       {2, {0}, exact_stay},
                                       {2, {0, 1}, exact_stay},
                                       {2, {0}, exact_transition},
                                       {2, {2}, window_death, 1.4}};
  for (const auto& end : endings) {
    for (const int middle : {0, 1}) {
      if (misread && end.kind == exact_transition) continue;
      if (end.kind != panel && end.states == std::vector{0} && middle == 1) continue;
      kohort::observations raw;
      add_person(raw, stays, {{0, {0}}, {.7, {1, 0}}, {1.1, {middle}}, end});
      raw.start = kohort::first_state::uniform;
      const auto data = kohort::validate(kohort::observable_model(im), raw);
      kohort::detail::sighted rows(im, std::span(b.data(), static_cast<std::size_t>(b.size())),
                                   data, "x");
      auto weights = rows.first(0);
      for (std::size_t i = 1; i < data.rows(); ++i) weights = rows.next(i, weights);
      CHECK_THAT(weights.sum(), WithinAbs(1, 1e-13));
      CHECK_THAT(rows.said(3, weights).sum(), WithinAbs(1, 1e-13));
      if (!im.hidden()) continue;  // smoothing knows hidden states only
      const auto smoothed = kohort::smoothed_states(data, im, b);
      CAPTURE(phases, misread, end.states, static_cast<int>(end.kind), middle);
      for (Eigen::Index s = 0; s < weights.size(); ++s)
        CHECK_THAT(weights[s], WithinAbs(smoothed(3, s), 1e-12));
    }
  }
}

TEST_CASE("what is said within a set has the probabilities of what would have been read",
          "[estimation]") {
  const auto im = hidden_stays(false, true);
  const auto b = coefficients_of(im);
  kohort::observations raw;
  add_person(raw, stays, {{0, {0}}, {1, {0, 1}}});
  const auto data = kohort::validate(kohort::observable_model(im), raw);
  kohort::detail::sighted rows(im, std::span(b.data(), static_cast<std::size_t>(b.size())), data,
                               "x");
  const auto first = rows.first(0);
  // Read as in: truly in and read right, or truly out and wrong.
  const double in = .6 / 1.1, out = .4 * .25 / 1.25;
  CHECK_THAT(first[0], WithinAbs(in / (in + out), 1e-13));
  const auto expected = rows.readings(first * rows.over(0, 0, 1), 1);
  const auto said = rows.said(1, rows.next(1, first));
  CHECK_THAT(said[0], WithinAbs(expected[0] / (expected[0] + expected[1]), 1e-13));
  CHECK(said[2] == 0);
}

TEST_CASE("evidence times weights is the probability of the row", "[estimation]") {
  const auto im = hidden_stays(true, true);
  const auto b = coefficients_of(im);
  for (const auto& end : std::vector<mixed_row>{
           {2, {1}}, {2, {2}, exact_death}, {2, {2}, window_death, 1.4}, {2, {0, 1}, exact_stay}}) {
    kohort::observations raw;
    add_person(raw, stays, {{0, {0}}, {1, {0}}, end});
    const auto data = kohort::validate(kohort::observable_model(im), raw);
    kohort::detail::sighted rows(im, std::span(b.data(), static_cast<std::size_t>(b.size())), data,
                                 "x");
    const auto given = rows.next(1, rows.first(0));
    const double whole = given * rows.evidence(2, 0);
    CAPTURE(static_cast<int>(end.kind));
    for (const double t : {.2, .5, .7})
      CHECK_THAT((rows.until(2, given, t) * rows.evidence(2, t)).value(), WithinAbs(whole, 1e-13));
  }
}
