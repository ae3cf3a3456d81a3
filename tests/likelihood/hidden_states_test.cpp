#include <kohort/likelihood/detail/hidden_states.hpp>  // first, so the header must stand on its own

// Rows of every kind in a model with phases, with misreadings and with both, against a slow
// recursion with 50 digits that shares nothing with the library but the formulas.
#include <array>

#include <kohort/data/transitions.hpp>
#include <kohort/likelihood/log_likelihood.hpp>
#include <kohort/model/phases.hpp>

#include "catch.hpp"
#include "mixed_rows.hpp"

using namespace kohort_tests;
using Catch::Matchers::Contains;
using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;
using enum kohort::observation_kind;
using kohort::first_phase;

namespace {

const kohort::model care(
    {"home", "total", "ended", "dead"},
    {{"home", "total"}, {"home", "ended"}, {"home", "dead"}, {"total", "home"}, {"total", "dead"}},
    "dead");

/// Of `care`, phase by phase: home -> total, ended, dead; total 1, 2 -> home; total 1, 2 -> dead;
/// and from total 1 to 2 (the order of moves is that of `with_phases`).
const std::vector<double> phase_rates{.4, .1, .06, .3, .05, .5, .12, .7};
const std::vector<double> plain_rates{.4, .1, .06, .3, .5};

struct hidden_case {
  bool phases, misread;
  first_phase first = first_phase::stationary;
};

kohort::intensity_model model_of(const hidden_case& one) {
  kohort::intensity_model im{care};
  if (one.phases) {
    auto phased = kohort::with_phases(care, std::array{1, 2, 1, 1});
    im = {phased.fine};
    im.phases = phased.map;
    im.phases.first = one.first;
  }
  if (one.misread) {
    im.misread = kohort::misclassification{.errors = {{0, 1}, {1, 0}},
                                           .start = kohort::hidden_start::given,
                                           .probabilities = {.6, .4, 0, 0}};
  }
  return im;
}

const std::array<double, 2> errors{.1, .2};

Eigen::VectorXd coefficients_of(const hidden_case& one) {
  std::vector<double> b = one.phases ? phase_rates : plain_rates;
  for (auto& rate : b) rate = std::log(rate);
  if (one.misread) {
    for (const double p : errors) b.push_back(std::log(p / (1 - p)));
  }
  return Eigen::Map<const Eigen::VectorXd>(b.data(), static_cast<Eigen::Index>(b.size()));
}

/// exp(t Q) from the plain series, only some moves leading anywhere.
std::vector<wide> slow_kept(const kohort::model& m, const std::vector<double>& rates,
                            const std::vector<char>& kept, const std::vector<wide>& start,
                            double t) {
  const auto n = static_cast<std::size_t>(m.size());
  const auto& moves = m.transitions();
  std::vector<wide> exits(n, wide(0));
  for (std::size_t k = 0; k < rates.size(); ++k)
    exits[static_cast<std::size_t>(moves[k].from)] += wide(rates[k]);
  const wide lambda = *std::max_element(exits.begin(), exits.end());
  auto term = start, sum = start;
  for (int k = 1; k < 200; ++k) {
    std::vector<wide> next(n, wide(0));
    for (std::size_t s = 0; s < n; ++s) next[s] = term[s] * (lambda - exits[s]);
    for (std::size_t e = 0; e < rates.size(); ++e) {
      if (kept[e])
        next[static_cast<std::size_t>(moves[e].to)] +=
            term[static_cast<std::size_t>(moves[e].from)] * wide(rates[e]);
    }
    for (std::size_t s = 0; s < n; ++s) sum[s] += term[s] = next[s] * wide(t) / k;
  }
  for (auto& p : sum) p *= exp(-lambda * wide(t));
  return sum;
}

wide slow_hidden(const hidden_case& one, const std::vector<mixed_row>& rows) {
  const auto im = model_of(one);
  const auto& m = im.structure;
  const auto& rates = one.phases ? phase_rates : plain_rates;
  const auto n = static_cast<std::size_t>(m.size());
  const auto shown = [&](std::size_t f) { return kohort::seen_as(im, static_cast<int>(f)); };
  const auto says = [](const mixed_row& row, int s) {
    return std::find(row.states.begin(), row.states.end(), s) != row.states.end();
  };
  const auto E = [&](int truth, int seen) {
    if (!one.misread || truth > 1) return wide(truth == seen ? 1 : 0);
    const wide wrong = wide(errors[static_cast<std::size_t>(truth)]);
    // The odds are doubles; the probability follows from them.
    const wide odds = exp(wide(std::log(errors[static_cast<std::size_t>(truth)] /
                                        (1 - errors[static_cast<std::size_t>(truth)]))));
    (void)wrong;
    return seen > 1 ? wide(0) : truth == seen ? wide(1 / (1 + odds)) : wide(odds / (1 + odds));
  };
  const auto read = [&](std::vector<wide>& weights, const mixed_row& row) {
    for (std::size_t f = 0; f < n; ++f) {
      wide p = 0;
      for (const int s : row.states) p += E(shown(f), s);
      weights[f] *= p;
    }
  };
  const auto keep = [&](std::vector<wide>& weights, const auto& wanted) {
    for (std::size_t f = 0; f < n; ++f) weights[f] *= wanted(f) ? 1 : 0;
  };
  const std::vector<char> all(rates.size(), 1);

  // Shares of the phases: 1/a and on/(a b).
  std::vector<wide> row(n, wide(0));
  const std::array<double, 2> first{.6, .4};
  for (std::size_t f = 0; f < n; ++f) {
    const int s = shown(f);
    if (s > 1) {
      row[f] = one.misread ? 0 : 1;
      continue;
    }
    wide share = 1;
    if (one.phases && s == 1) {
      const wide a = wide(.3) + wide(.5) + wide(.7), b = wide(.05) + wide(.12);
      const wide one_time = 1 / a, two_time = wide(.7) / (a * b);
      const bool in_first = f > 0 && shown(f - 1) != s;
      if (one.first == first_phase::entry)
        share = in_first ? 1 : 0;
      else
        share = (in_first ? one_time : two_time) / (one_time + two_time);
    }
    row[f] = share * (one.misread ? wide(first[static_cast<std::size_t>(s)])
                                  : wide(1) / static_cast<int>(rows[0].states.size()));
  }
  read(row, rows[0]);
  for (std::size_t i = 1; i < rows.size(); ++i) {
    const auto& now = rows[i];
    const double t = now.time - rows[i - 1].time;
    std::vector<char> phases_only(rates.size());
    for (std::size_t k = 0; k < rates.size(); ++k) {
      const auto& move = m.transitions()[k];
      phases_only[k] =
          shown(static_cast<std::size_t>(move.from)) == shown(static_cast<std::size_t>(move.to));
    }
    const auto jump = [&] {
      std::vector<wide> after(n, wide(0));
      for (std::size_t k = 0; k < rates.size(); ++k) {
        const auto& move = m.transitions()[k];
        if (!phases_only[k] && says(now, shown(static_cast<std::size_t>(move.to))))
          after[static_cast<std::size_t>(move.to)] +=
              row[static_cast<std::size_t>(move.from)] * wide(rates[k]);
      }
      row = after;
    };
    switch (now.kind) {
      case exact_stay:
        row = slow_kept(m, rates, phases_only, row, t);
        read(row, now);
        break;
      case exact_transition:
        row = slow_kept(m, rates, phases_only, row, t);
        if (rows[i - 1].states != now.states) jump();
        keep(row, [&](std::size_t f) { return says(now, shown(f)); });
        break;
      case exact_death:
        row = slow_kept(m, rates, all, row, t);
        jump();
        break;
      case window_death: {
        const double opens = std::max(now.earliest - rows[i - 1].time, 0.0);
        if (opens > 0) {
          row = slow_kept(m, rates, all, row, opens);
          keep(row, [&](std::size_t f) { return !m.absorbing(static_cast<int>(f)); });
        }
        row = slow_kept(m, rates, all, row, t - opens);
        keep(row, [&](std::size_t f) { return says(now, shown(f)); });
        break;
      }
      default:
        row = slow_kept(m, rates, all, row, t);
        read(row, now);
    }
  }
  wide sum = 0;
  for (const auto& w : row) sum += w;
  return sum;
}

}  // namespace

TEST_CASE("all kinds after all kinds with hidden states have the likelihood of a slow one",
          "[likelihood]") {
  const auto one = GENERATE(hidden_case{true, false, first_phase::entry}, hidden_case{true, false},
                            hidden_case{false, true}, hidden_case{true, true, first_phase::entry},
                            hidden_case{true, true});
  const auto im = model_of(one);
  const auto b = coefficients_of(one);
  const std::vector<std::vector<int>> begins{{0}, {1}, {0, 1}};
  const std::vector<mixed_row> middles{{1, {0}},
                                       {1, {1}},
                                       {1, {0, 1}},
                                       {1, {1}, exact_transition},
                                       {1, {0}, exact_stay},
                                       {1, {1}, exact_stay},
                                       {1, {0, 1}, exact_stay}};
  const std::vector<mixed_row> ends{{1.7, {1}},
                                    {1.7, {0, 1}},
                                    {1.7, {3}, exact_death},
                                    {1.7, {2, 3}, exact_death},
                                    {1.7, {0}, exact_stay},
                                    {1.7, {1}, exact_stay},
                                    {1.7, {0, 1}, exact_stay},
                                    {1.7, {3}, window_death, 1.4},
                                    {1.7, {2, 3}, window_death, 1.4},
                                    {1.7, {3}, window_death, .3},
                                    {1.7, {3}, window_death, 1}};
  int done = 0, refused = 0;
  for (const auto& begin : begins) {
    for (const auto& middle : middles) {
      for (const auto& end : ends) {
        const bool over = end.kind == exact_death || end.kind == window_death;
        std::vector<mixed_row> rows{{0, begin}, middle, end};
        if (!over) rows.push_back({2.4, {1}});
        kohort::observations raw;
        add_person(raw, care, rows);
        raw.start = kohort::first_state::uniform;
        const auto slow = slow_hidden(one, rows);
        CAPTURE(one.phases, one.misread, static_cast<int>(one.first), begin, middle.states,
                static_cast<int>(middle.kind), end.states, static_cast<int>(end.kind),
                end.earliest);
        kohort::transition_tables tables;
        try {
          tables = kohort::aggregate(kohort::validate(kohort::observable_model(im), raw), im);
        } catch (const kohort::data_refused& error) {
          ++refused;
          continue;
        } catch (const kohort::invalid_input& error) {
          // Watched with misreadings, or from or to one of several; or impossible by the formula.
          CHECK((std::string(error.what()).find("is known throughout") != std::string::npos ||
                 slow == 0));
          ++refused;
          continue;
        }
        ++done;
        const auto l = kohort::log_likelihood_gradient(im, tables, b, 1);
        REQUIRE(slow > 0);
        CHECK_THAT(l.value, WithinAbs(static_cast<double>(log(slow)), 1e-13 * 20));
        for (Eigen::Index i = 0; i < b.size(); ++i) {
          auto up = b, down = b;
          up[i] += 1e-5;
          down[i] -= 1e-5;
          const double slope = (kohort::log_likelihood(im, tables, up, 1) -
                                kohort::log_likelihood(im, tables, down, 1)) /
                               2e-5;
          CHECK_THAT(l.gradient[i], WithinAbs(slope, 2e-8 * (1 + std::abs(slope))));
        }
      }
    }
  }
  CAPTURE(refused);
  CHECK(done > 60);
}

TEST_CASE("a narrow window of death is its density, and windows add up to dead by then",
          "[likelihood]") {
  const hidden_case one = GENERATE(hidden_case{true, false}, hidden_case{false, true});
  const auto im = model_of(one);
  const auto b = coefficients_of(one);
  const auto likelihood = [&](const mixed_row& last) {
    kohort::observations raw;
    add_person(raw, care, {{0, {1}}, {.8, {1}}, last});
    return std::exp(kohort::log_likelihood(
        im, kohort::aggregate(kohort::validate(kohort::observable_model(im), raw), im), b, 1));
  };
  const double h = 1e-6;
  CHECK_THAT(likelihood({2 + h, {3}, window_death, 2 - h}) / (2 * h),
             WithinRel(likelihood({2, {3}, exact_death}), 1e-9));
  double sum = 0;
  for (int month = 0; month < 12; ++month)
    sum += likelihood({.8 + (month + 1) / 10., {3}, window_death, .8 + month / 10.});
  CHECK_THAT(sum, WithinRel(likelihood({2, {3}}), 1e-12));
}

TEST_CASE("a stay says that a hidden state was not left, and its reading may be wrong",
          "[likelihood]") {
  const hidden_case one{false, true};
  const auto im = model_of(one);
  const auto value = [&](const std::vector<mixed_row>& rows) {
    kohort::observations raw;
    add_person(raw, care, rows);
    return std::exp(kohort::log_likelihood(
        im, kohort::aggregate(kohort::validate(kohort::observable_model(im), raw), im),
        coefficients_of(one), 1));
  };
  // Read as home twice: truly home and read right twice, or truly total and wrong twice.
  const double stay_home = std::exp(-.56 * 1.5), stay_total = std::exp(-.8 * 1.5);
  CHECK_THAT(value({{0, {0}}, {1.5, {0}, exact_stay}}),
             WithinRel(.6 * .9 * .9 * stay_home + .4 * .2 * .2 * stay_total, 1e-13));
}
