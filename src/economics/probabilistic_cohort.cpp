#include <algorithm>
#include <array>
#include <cmath>
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

/// What one end of an interval needs: two neighbouring order statistics, and a bracket that is to
/// hold them in the next cycle. The upper end is the lower end of minus the values.
struct limit {
  long long rank = 0;  // of the first order statistic, from its end, counted from 0
  double between = 0;  // how far to go from the first to the second
  double bracket = 0, before = 0;
  bool foreseen = false;  // whether a bracket has been set

  /// @param kept  values beyond the bracket (all if there was none), count of them
  /// @return whether they were enough
  template <typename Inner>
  bool take(double* kept, long long count, long long all, Inner inner, double& value) {
    const long long second = std::min(rank + 1, all - 1);
    if (count <= second) return false;
    const long long foresight = rank + rank / 4 + 20, wanted = std::min(count - 1, foresight);
    std::nth_element(kept, kept + wanted, kept + count, inner);
    const double margin = kept[wanted];
    if (wanted > second) std::nth_element(kept, kept + second, kept + wanted, inner);
    const double last = kept[second];
    const double first = second == rank ? last : *std::max_element(kept, kept + second, inner);
    value = first + between * (last - first);
    const double trend = foreseen ? value - before : 0.0;
    // Too few beyond the margin to know how wide it must be: go twice as far.
    const bool narrow = count - 1 < foresight && count < all;
    bracket = (narrow ? margin + (margin - value) : margin) + trend;
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
  std::vector<double> packed(at(groups * n * n * group)), x(at(groups * n * group)),
      years(x.size()), effect_years(alike ? 0 : x.size()), trace(at(cycles_at_once * n * padded));
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
        double* to = packed.data() + g * n * n * group + lane;
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
                                 packed.data() + g * n * n * group,
                                 x.data() + g * n * group,
                                 years.data() + g * n * group,
                                 weights.data() + k + 1,
                                 trace.data() + g * group,
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
          const double* values = trace.data() + (c * n + static_cast<long long>(column)) * padded;
          const auto cell = at(((k + c + 1) * S + s) * n) + column;
          detail::column_tails tails{values, N, own.low.bracket, own.high.bracket, low, high, 0,
                                     0,      0};
          if (!own.low.foreseen) {  // the first time everything is kept
            tails.below = std::numeric_limits<double>::infinity();
            tails.above = -tails.below;
          }
          kernels.tails(tails);
          out.mean[cell] = tails.sum / static_cast<double>(N);
          if (!own.low.take(low, tails.low_count, N, std::less<>(), out.low[cell])) {
            std::copy_n(values, N, low);
            own.low.take(low, N, N, std::less<>(), out.low[cell]);
          }
          if (!own.high.take(high, tails.high_count, N, std::greater<>(), out.high[cell])) {
            std::copy_n(values, N, high);
            own.high.take(high, N, N, std::greater<>(), out.high[cell]);
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
