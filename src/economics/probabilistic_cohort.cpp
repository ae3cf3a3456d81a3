#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <string>

#include <kohort/economics/probabilistic_cohort.hpp>
#include <kohort/population/shares.hpp>
#include <kohort/support/error.hpp>

#include "lanes/cohort_draws.hpp"

namespace kohort {

namespace {

constexpr int group = detail::draws_in_group;
constexpr int cycles_at_once = 4;             // their trace of all draws is to stay in a cache
constexpr std::size_t groups_in_block = 128;  // fixed: blocks must not depend on the threads

constexpr std::size_t at(long long i) { return static_cast<std::size_t>(i); }

/// What one end of an interval needs: two neighbouring order statistics, and a range of values that
/// is to hold them in the next cycle. The upper end is the lower end in the reverse order.
struct limit {
  long long rank = 0;  // of the first order statistic, from its end, counted from 0
  double between = 0;  // how far to go from the first to the second
  double outer = 0, inner = 0, before = 0;  // the range: its side towards the end, the other side
  bool foreseen = false;                    // whether a range has been set

  /// @param kept    values in the range, count of them
  /// @param beyond  how many lie beyond its outer side
  /// @return whether the order statistics were among those kept
  template <typename Order>
  bool take(double* kept, long long count, long long beyond, long long all, Order order,
            double& value) {
    const long long first = rank - beyond, second = std::min(rank + 1, all - 1) - beyond;
    if (first < 0 || second >= count) return false;
    const long long reach = rank / 8 + 16;
    const long long lo = std::max(0LL, first - reach), hi = std::min(count - 1, second + reach);
    if (hi < count - 1) std::nth_element(kept, kept + hi, kept + count, order);
    if (lo > 0) std::nth_element(kept, kept + lo, kept + hi + 1, order);
    std::nth_element(kept + lo, kept + second, kept + hi + 1, order);
    const double last = kept[second];
    const double next = first == second ? last : *std::max_element(kept + lo, kept + second, order);
    value = next + between * (last - next);
    const double nearest = *std::min_element(kept + lo, kept + hi + 1, order);
    const double farthest = *std::max_element(kept + lo, kept + hi + 1, order);
    // How far the values of neighbouring ranks are apart, on either side.
    double out = first > lo ? (value - nearest) / static_cast<double>(first - lo) : 0;
    double in = hi > second ? (farthest - value) / static_cast<double>(hi - second) : 0;
    if (first == lo) out = in;
    if (hi == second) in = out;
    const double centre = value + (foreseen ? value - before : 0.0);
    outer = centre - out * static_cast<double>(reach);
    inner = centre + in * static_cast<double>(reach);
    before = value;
    foreseen = true;
    return true;
  }
};

struct limits {
  limit low, high;
};

limits limits_for(double level, long long draws) {
  const auto end = [&](double p) {
    const double place = p * static_cast<double>(draws - 1);
    limit one;
    one.rank = static_cast<long long>(std::floor(place));
    one.between = place - static_cast<double>(one.rank);
    return one;
  };
  limits both{end((1 - level) / 2), {}};
  // From the top: place (1 + level)/2 (n - 1) from below is the same distance from above.
  both.high = both.low;
  return both;
}

void check(const probabilistic_cohort_inputs& in, const probabilistic_cohort_options& options) {
  const long long n = in.states, cells = static_cast<long long>(in.draws) * in.strategies;
  const auto refuse_size = [](const std::string& what, std::size_t size, const std::string& want) {
    reject("E-SHAPE", "probabilistic_cohort", what + ": " + std::to_string(size) + " numbers",
           want + " are needed", "Give them draw by draw, strategy by strategy");
  };
  if (in.draws < 1 || in.strategies < 1 || in.cycles < 0 || n < 1 ||
      n > detail::most_drawn_states) {
    reject("E-SHAPE", "probabilistic_cohort",
           std::to_string(in.draws) + " draws, " + std::to_string(in.strategies) + " strategies, " +
               std::to_string(n) + " states and " + std::to_string(in.cycles) + " cycles",
           "there is at least one of each and at most 64 states", "Mend the sizes");
  }
  if (in.probabilities.size() != at(cells * n * n)) {
    refuse_size("probabilities", in.probabilities.size(), "draws x strategies x states x states");
  }
  if (in.costs.size() != at(cells * n)) {
    refuse_size("costs", in.costs.size(), "draws x strategies x states");
  }
  if (!in.utilities.empty() && in.utilities.size() != at(cells * n)) {
    refuse_size("utilities", in.utilities.size(), "draws x strategies x states");
  }
  if (in.utilities.empty() && in.alive.size() != at(n)) {
    refuse_size("alive", in.alive.size(), "one for each state, or utilities,");
  }
  if (in.start.size() != n) refuse_size("start", at(in.start.size()), "one share for each state");
  if (!(options.level > 0 && options.level < 1)) {
    reject("E-SETTING", "probabilistic_cohort", "the level is " + shown(options.level),
           "it lies between 0 and 1", "Write 0.95");
  }
  for (long long row = 0; row < cells * n; ++row) {
    double sum = 0;
    bool fine = true;
    for (long long s = 0; s < n; ++s) {
      const double p = in.probabilities[at(row * n + s)];
      fine = fine && p >= 0;
      sum += p;
    }
    if (fine && std::abs(sum - 1) <= 1e-9) continue;
    reject("E-PROBABILITY", "probabilistic_cohort",
           "draw " + std::to_string(row / n / in.strategies) + ", strategy " +
               std::to_string(row / n % in.strategies) + ", row " + std::to_string(row % n) +
               (fine ? " sums to " + shown(sum) : " has a negative entry"),
           "probabilities are not negative and every row sums to 1", "Mend that draw");
  }
  for (const auto* values : {&in.costs, &in.utilities}) {
    for (const double value : *values) {
      if (std::isfinite(value)) continue;
      reject("E-NUM", "probabilistic_cohort", "a cost or utility is not finite",
             "every state of every draw has one", "Mend it");
    }
  }
}

/// The first place in memory where a group of draws fills a line of the cache.
double* on_line(std::vector<double>& values) {
  const auto address = reinterpret_cast<std::uintptr_t>(values.data());
  return values.data() + (64 - address % 64) % 64 / sizeof(double);
}

// Weight of the occupancy at each end of a cycle.
std::vector<double> at_ends(const accounting_settings& settings, int cycles) {
  const auto w = weights_of(settings, cycles);
  std::vector<double> ends(at(cycles + 1), 0.0);
  for (int k = 0; k < cycles; ++k) {
    ends[at(k)] += w.first[k];
    ends[at(k + 1)] += w.last[k];
  }
  return ends;
}

}  // namespace

probabilistic_cohort_results probabilistic_cohort(const probabilistic_cohort_inputs& in,
                                                  const probabilistic_cohort_options& options) {
  check(in, options);
  const auto start = checked_shares(in.start, "probabilistic_cohort").values;
  const long long N = in.draws, S = in.strategies, n = in.states, K = in.cycles;
  const long long groups = (N + group - 1) / group, padded = groups * group;
  auto of_effects = options.accounting;
  of_effects.discount = options.discount_effects;
  const auto weights = at_ends(options.accounting, in.cycles);
  const auto effect_weights = at_ends(of_effects, in.cycles);
  // Rates that are alike need one sum of years, others two: the second runs as another pass.
  const bool alike = weights == effect_weights;
  const auto kernels = detail::cohort_draw_kernels_for(options.with);

  probabilistic_cohort_results out;
  out.draws = in.draws;
  out.strategies = in.strategies;
  out.states = in.states;
  out.cycles = in.cycles;
  out.costs.resize(at(N * S));
  out.effects.resize(at(N * S));
  for (auto* table : {&out.mean, &out.low, &out.high}) table->resize(at((K + 1) * S * n));

  const std::size_t blocks = (at(groups) + groups_in_block - 1) / groups_in_block;
  std::vector<double> x(at(groups * n * group)), years(x.size()),
      effect_years(alike ? 0 : x.size()), all_packed(at(groups * n * n * group + group)),
      all_trace(at(cycles_at_once * n * padded + group));
  double* const packed = on_line(all_packed);
  double* const trace = on_line(all_trace);
  const long long room = padded + group;
  std::vector<double> kept(at(2 * n * room));

  for (long long s = 0; s < S; ++s) {
    const auto each_group = [&](const std::function<void(long long)>& work) {
      for_each_block(blocks, options.threads, [&](std::size_t block) {
        const auto last = std::min(at(groups), (block + 1) * groups_in_block);
        for (auto g = block * groups_in_block; g < last; ++g) work(static_cast<long long>(g));
      });
    };
    each_group([&](long long g) {  // lanes beyond the last draw repeat it, and are not looked at
      for (int lane = 0; lane < group; ++lane) {
        const long long draw = std::min(g * group + lane, N - 1);
        const double* P = in.probabilities.data() + (draw * S + s) * n * n;
        double* to = packed + g * n * n * group + lane;
        for (long long i = 0; i < n * n; ++i) to[i * group] = P[i];
        for (long long i = 0; i < n; ++i) {
          const auto place = at((g * n + i) * group + lane);
          x[place] = start[i];
          years[place] = weights[0] * start[i];
          if (!alike) effect_years[place] = effect_weights[0] * start[i];
        }
      }
    });
    for (long long i = 0; i < n; ++i) {
      const auto cell = at(s * n + i);
      out.mean[cell] = out.low[cell] = out.high[cell] = start[i];
    }
    std::vector<limits> ends(at(n), limits_for(options.level, N));
    for (long long k = 0; k < K; k += cycles_at_once) {
      const int now = static_cast<int>(std::min<long long>(cycles_at_once, K - k));
      each_group([&](long long g) {
        detail::cohort_group one{in.states,
                                 now,
                                 packed + g * n * n * group,
                                 x.data() + g * n * group,
                                 years.data() + g * n * group,
                                 weights.data() + k + 1,
                                 trace + g * group,
                                 padded};
        if (!alike) {  // the same steps again, from the same place, for the other rate
          std::array<double, at(detail::most_drawn_states * group)> again;
          std::copy_n(one.occupancy, n * group, again.data());
          auto other = one;
          other.occupancy = again.data();
          other.years = effect_years.data() + g * n * group;
          other.weights = effect_weights.data() + k + 1;
          kernels.advance(other);
        }
        kernels.advance(one);
      });
      // States are summarised apart, each through its cycles in order: brackets are handed on.
      for_each_block(at(n), options.threads, [&](std::size_t column) {
        double* const low = kept.data() + 2 * static_cast<long long>(column) * room;
        double* const high = low + room;
        auto& own = ends[column];
        for (int c = 0; c < now; ++c) {
          const double* values = trace + (c * n + static_cast<long long>(column)) * padded;
          const auto cell = at(((k + c + 1) * S + s) * n) + column;
          constexpr double everything = std::numeric_limits<double>::infinity();
          detail::column_tails tails{.values = values,
                                     .count = N,
                                     .low_from = own.low.foreseen ? own.low.outer : -everything,
                                     .low_to = own.low.foreseen ? own.low.inner : everything,
                                     .high_from = own.high.foreseen ? own.high.inner : -everything,
                                     .high_to = own.high.foreseen ? own.high.outer : everything,
                                     .low = low,
                                     .high = high,
                                     .low_count = 0,
                                     .high_count = 0,
                                     .below = 0,
                                     .above = 0,
                                     .sum = 0};
          kernels.tails(tails);
          out.mean[cell] = tails.sum / static_cast<double>(N);
          if (!own.low.take(low, tails.low_count, tails.below, N, std::less<>(), out.low[cell])) {
            std::copy_n(values, N, low);
            own.low.take(low, N, 0, N, std::less<>(), out.low[cell]);
          }
          if (!own.high.take(high, tails.high_count, tails.above, N, std::greater<>(),
                             out.high[cell])) {
            std::copy_n(values, N, high);
            own.high.take(high, N, 0, N, std::greater<>(), out.high[cell]);
          }
        }
      });
    }
    each_group([&](long long g) {
      for (int lane = 0; lane < group && g * group + lane < N; ++lane) {
        const long long cell = (g * group + lane) * S + s;
        double cost = 0, effect = 0;
        for (long long i = 0; i < n; ++i) {
          const auto place = at((g * n + i) * group + lane);
          const double lived = alike ? years[place] : effect_years[place];
          cost += years[place] * in.costs[at(cell * n + i)];
          effect += lived * (in.utilities.empty() ? (in.alive[at(i)] ? 1.0 : 0.0)
                                                  : in.utilities[at(cell * n + i)]);
        }
        out.costs[at(cell)] = cost;
        out.effects[at(cell)] = effect;
      }
    });
  }
  return out;
}

}  // namespace kohort
