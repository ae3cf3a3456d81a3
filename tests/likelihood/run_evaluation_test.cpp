#include <kohort/likelihood/detail/run_evaluation.hpp>  // first, so the header must stand on its own

#include <cmath>

#include <boost/multiprecision/cpp_bin_float.hpp>

#include <kohort/support/instruction_set.hpp>
#include <kohort/support/random.hpp>

#include "catch.hpp"

using Catch::Matchers::WithinAbs;
using kohort::detail::run_steps;
using kohort::detail::wiring;

namespace {

using wide = boost::multiprecision::cpp_bin_float_50;

/// log L of a run step by step, with plain series of 50 digits.
wide slow_log_value(const wiring& moves, const run_steps& run) {
  const auto n = static_cast<std::size_t>(moves.states);
  const auto K = moves.from.size();
  const auto from = [&](std::size_t k) { return static_cast<std::size_t>(moves.from[k]); };
  const auto to = [&](std::size_t k) { return static_cast<std::size_t>(moves.to[k]); };
  std::vector<wide> row(run.start.begin(), run.start.end());
  for (std::size_t j = 0; j < run.elapsed.size(); ++j) {
    const double* const q = run.rates.data() + j * K;
    std::vector<wide> exits(n, wide(0));
    for (std::size_t k = 0; k < K; ++k) exits[from(k)] += wide(q[k]);
    wide lambda = 0;
    for (const auto& exit : exits) lambda = std::max(lambda, exit);
    const double t = run.elapsed[j];
    auto term = row, sum = row;
    const int degree = 150 + static_cast<int>(4 * static_cast<double>(lambda) * t);
    for (int i = 1; i < degree; ++i) {
      std::vector<wide> next(n, wide(0));
      for (std::size_t s = 0; s < n; ++s) next[s] += term[s] * (lambda - exits[s]);
      for (std::size_t k = 0; k < K; ++k) {
        if (run.all_kept.empty() || run.all_kept[j * K + k] > .5)
          next[to(k)] += term[from(k)] * wide(q[k]);
      }
      for (std::size_t s = 0; s < n; ++s) {
        term[s] = next[s] * wide(t) / i;
        sum[s] += term[s];
      }
    }
    const wide factor = exp(-lambda * wide(t));
    for (auto& p : sum) p *= factor;
    std::vector<wide> flow(n, wide(0));
    bool jumped = false;
    for (std::size_t k = 0; k < K && !run.all_jumps.empty(); ++k) {
      if (run.all_jumps[j * K + k] < .5) continue;
      jumped = true;
      flow[to(k)] += sum[from(k)] * wide(q[k]);
    }
    if (jumped) sum = flow;
    for (std::size_t s = 0; s < n; ++s) row[s] = sum[s] * wide(run.all_seen[j * n + s]);
  }
  wide total = 0;
  for (const auto& p : row) total += p;
  return log(total);
}

/// n states in a row with moves to the next, some back, and from all to the last.
wiring ladder(int n) {
  std::vector<kohort::transition> moves;
  for (int s = 0; s + 1 < n; ++s) {
    moves.push_back({s, s + 1});
    if (s > 0) moves.push_back({s, s - 1});
    if (s + 2 < n) moves.push_back({s, n - 1});
  }
  return {n, moves};
}

/// A random run with every kind of step; `plain`: without masks.
void random_run(const wiring& moves, std::uint64_t seed, std::uint32_t number, bool plain,
                run_steps& run) {
  const kohort::random_stream random(seed, kohort::purpose::histories);
  std::uint32_t draw = 0;
  const auto next = [&] { return random.uniform(0, number, draw++); };
  const auto n = static_cast<std::size_t>(moves.states);
  for (auto& weight : run.start) weight = next() < .4 ? 0 : 2 * next();
  run.start[0] = .3;
  const int steps = static_cast<int>(next() * 7);
  std::vector<double> rates(moves.from.size());
  for (int j = 0; j < steps; ++j) {
    for (auto& rate : rates) rate = std::exp(3 * next() - 2);
    const double kind = next();
    run.add(kind < .1 ? 0 : kind < .2 ? 30 * next() : 2 * next(), rates);
    if (next() < .7) {
      for (auto& seen : run.seen()) seen = next() < .3 ? 0 : next();
      run.seen()[n - 1] = 1e-3;
      run.seen()[0] = .5;
    }
    if (plain) continue;
    if (next() < .4) {
      for (auto& kept : run.kept()) kept = next() < .6 ? 1 : 0;
    }
    if (next() < .3) {
      for (auto& jump : run.jumps()) jump = next() < .5 ? 1 : 0;
      run.jumps()[0] = 1;
    }
  }
}

struct taken {
  double log_value;
  std::vector<double> rates, seen, start;
  friend bool operator==(const taken&, const taken&) = default;
};

std::vector<taken> evaluated(const wiring& moves, std::size_t count,
                             const kohort::detail::describe_run& describe, bool slopes = true,
                             kohort::instruction_set with = kohort::best_instruction_set()) {
  std::vector<taken> all;
  kohort::detail::evaluate_runs(
      moves, 0, count, describe, slopes,
      [&](std::size_t run, const kohort::detail::run_outcome& found) {
        CHECK(run == all.size());
        all.push_back({found.log_value,
                       {found.rate_slopes.begin(), found.rate_slopes.end()},
                       {found.seen_slopes.begin(), found.seen_slopes.end()},
                       {found.start_slopes.begin(), found.start_slopes.end()}});
      },
      with);
  return all;
}

/// The slope of the slow log L in one number of the run, by central differences.
double slow_slope(const wiring& moves, run_steps& run, double& at) {
  const double here = at, h = here > 0 ? 1e-9 * here : 1e-20;
  at = here + h;
  const wide above = slow_log_value(moves, run);
  const double up = at;
  at = here - h;
  const wide slope = (above - slow_log_value(moves, run)) / (wide(up) - wide(at));
  at = here;
  return static_cast<double>(slope);
}

}  // namespace

TEST_CASE("a run has the value and the slopes of a slow one of 50 digits", "[likelihood]") {
  const auto n = GENERATE(2, 3, 4, 5, 6, 7, 9);
  const bool plain = GENERATE(true, false);
  const auto moves = ladder(n);
  constexpr std::size_t count = 11;
  const auto seed = static_cast<std::uint64_t>(n);
  const auto found = evaluated(moves, count, [&](std::size_t i, run_steps& run) {
    random_run(moves, seed, static_cast<std::uint32_t>(i), plain, run);
  });
  REQUIRE(found.size() == count);
  for (std::size_t i = 0; i < count; ++i) {
    CAPTURE(n, plain, i);
    run_steps run;
    run.clear(n, moves.transitions());
    random_run(moves, seed, static_cast<std::uint32_t>(i), plain, run);
    const auto slow_value = static_cast<double>(slow_log_value(moves, run));
    if (!std::isfinite(slow_value)) {
      CHECK(found[i].log_value == slow_value);
      continue;
    }
    CHECK_THAT(found[i].log_value, WithinAbs(slow_value, 1e-12));
    if (i % 4 != 0) continue;  // the slow slopes take time
    const auto check = [&](std::vector<double>& places, const std::vector<double>& slopes) {
      REQUIRE(places.size() == slopes.size());
      for (std::size_t k = i % 7; k < places.size(); k += 7) {
        CAPTURE(k);
        const double slow = slow_slope(moves, run, places[k]);
        CHECK_THAT(slopes[k], WithinAbs(slow, 1e-7 * std::max(1.0, std::abs(slow))));
      }
    };
    check(run.rates, found[i].rates);
    check(run.all_seen, found[i].seen);
    check(run.start, found[i].start);
  }
}

TEST_CASE("a run does not notice its neighbours", "[likelihood]") {
  const auto moves = ladder(5);
  const auto describe = [&](std::size_t i, run_steps& run) {
    random_run(moves, 7, static_cast<std::uint32_t>(i), i % 3 == 0, run);
  };
  const auto together = evaluated(moves, 24, describe);
  for (std::size_t i = 0; i < 24; ++i) {
    const auto alone = evaluated(moves, 1, [&](std::size_t, run_steps& run) { describe(i, run); });
    CAPTURE(i);
    CHECK(alone[0] == together[i]);
    const auto value =
        evaluated(moves, 1, [&](std::size_t, run_steps& run) { describe(i, run); }, false);
    CHECK(value[0].log_value == together[i].log_value);
  }
}

TEST_CASE("the instruction sets agree on runs", "[likelihood]") {
  const auto moves = ladder(4);
  const auto describe = [&](std::size_t i, run_steps& run) {
    random_run(moves, 8, static_cast<std::uint32_t>(i), i % 3 == 0, run);
  };
  using kohort::instruction_set;
  const auto best = evaluated(moves, 24, describe);
  for (const auto with : {instruction_set::baseline, instruction_set::avx2}) {
    if (with > kohort::best_instruction_set()) continue;
    const auto other = evaluated(moves, 24, describe, true, with);
    for (std::size_t i = 0; i < 24; ++i) {
      CAPTURE(i);
      CHECK_THAT(other[i].log_value, WithinAbs(best[i].log_value, 1e-12));
      const auto close = [](const std::vector<double>& a, const std::vector<double>& b) {
        for (std::size_t k = 0; k < a.size(); ++k)
          CHECK_THAT(a[k], WithinAbs(b[k], 1e-12 * std::max(1.0, std::abs(b[k]))));
      };
      close(other[i].rates, best[i].rates);
      close(other[i].seen, best[i].seen);
      close(other[i].start, best[i].start);
    }
  }
}

TEST_CASE("a run beyond the range of a double goes on on logarithms", "[likelihood]") {
  const std::vector<kohort::transition> chain{{0, 1}, {1, 2}, {2, 3}, {3, 4}};
  const wiring moves(5, chain);
  const std::vector<double> rates{.35, .28, .25, .4};
  const auto start_at = [](run_steps& run, std::size_t state) { run.start[state] = 1; };
  const auto see = [](run_steps& run, std::initializer_list<std::size_t> states) {
    std::fill(run.seen().begin(), run.seen().end(), 0.0);
    for (const auto s : states) run.seen()[s] = 1;
  };
  const auto found = evaluated(moves, 4, [&](std::size_t i, run_steps& run) {
    start_at(run, 0);
    run.add(i == 0 ? 1e-90 : 2000, rates);
    if (i == 0) see(run, {4});
    if (i == 1) see(run, {3});
    if (i == 2) see(run, {0, 1});
    if (i == 3) {
      see(run, {0});
      for (auto& kept : run.kept()) kept = 0;
      run.add(1e-120, rates);
      run.jumps()[2] = 1;
    }
  });
  CHECK_THAT(found[0].log_value, WithinAbs(-836.734060201510003, 1e-9));
  CHECK_THAT(found[1].log_value, WithinAbs(-496.002819186231547, 1e-9));
  CHECK_THAT(found[2].log_value, WithinAbs(-558.3905620875659, 1e-9));
  // Still in the first state after 2000 years; two moves in no time, the last dated exactly.
  const double two_moves = std::log(.35 * .28 * .25 / 2) + 2 * std::log(1e-120);
  CHECK_THAT(found[3].log_value, WithinAbs(-700 + two_moves, 1e-9));
  CHECK_THAT(found[0].rates[1], WithinAbs(1 / .28, 1e-4));
  CHECK_THAT(found[0].start[0], WithinAbs(1, 1e-9));
  CHECK_THAT(found[0].seen[4], WithinAbs(1, 1e-9));
  CHECK_THAT(found[3].rates[4 + 2], WithinAbs(1 / .25, 1e-4));
}

TEST_CASE("a run that cannot be has minus infinity and no slopes", "[likelihood]") {
  const auto moves = ladder(3);
  const std::vector<double> rates(moves.from.size(), .5);
  const auto found = evaluated(moves, 3, [&](std::size_t i, run_steps& run) {
    run.start[i == 0 ? 2 : 0] = i == 2 ? 0 : 1;  // the last state has no way out
    run.add(1, rates);
    run.seen()[2] = 0;
  });
  CHECK(found[0].log_value == -std::numeric_limits<double>::infinity());
  CHECK(found[1].log_value < 0);
  CHECK(found[1].log_value > -1);
  CHECK(found[2].log_value == -std::numeric_limits<double>::infinity());
  for (const double slope : found[0].rates) CHECK(slope == 0);
}
