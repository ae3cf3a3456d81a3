#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <vector>

#include <kohort/microsimulation/lives.hpp>
#include <kohort/microsimulation/places.hpp>
#include <kohort/support/random.hpp>

namespace kohort::detail {

/// Two uniform numbers in (0, 1) from one block: a pure function of (key, counter).
struct uniform_pairs {
  std::array<std::uint32_t, 2> key;
  uniform_pairs(std::uint64_t seed, purpose why) {
    const auto words =
        philox({static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)},
               {static_cast<std::uint32_t>(why), 0, 0, 0});
    key = {words[0], words[1]};
  }
  [[nodiscard]] std::array<double, 2> operator()(std::uint32_t replicate, std::uint32_t person,
                                                 std::uint32_t index) const {
    const auto w = philox(key, {replicate, person, index, 0});
    return {inside_unit(std::uint64_t{w[0]} << 32 | w[1]),
            inside_unit(std::uint64_t{w[2]} << 32 | w[3])};
  }
};

inline constexpr double never = std::numeric_limits<double>::infinity();
enum place_status : std::uint8_t { without = 0, waiting = 1, placed = 2 };
inline constexpr int statuses = 3;

/// Multipliers of a person's rates by whether he waits for a place or has one.
struct status_ratios {
  std::array<std::vector<double>, statuses> by;  // per transition; empty: 1
};

/// A person at one moment.
struct life {
  std::uint32_t id = 0, moves = 0;
  int state = 0, pattern = 0, age = 0;
  double now = 0, patience = 0;
  double next_birthday = never, next_january = never;
  int year = 0, half = 0;
  double entered = 0, in_state_since = 0;  // times; may lie before 0
  double enrolled = never;
  double factor = 1;
  int forced = -1;  // the transition by which he has to leave now
  std::uint8_t status = without;
};

/// Everything that persons share.
class world {
 public:
  world(const life_rates& rates, const life_settings& settings);

  /// The i-th of a list, as he comes in.
  [[nodiscard]] life begin(const life_starts& list, std::size_t i, std::uint32_t id,
                           std::uint32_t replicate) const;
  /// Lets time pass until the next move, at `person.now` then, or until `until`: false.
  bool advance(life& person, double until, const life_strategy* strategy,
               const status_ratios* ratios) const;
  /// Which transition the move is that `advance` found.
  [[nodiscard]] int choose(const life& person, std::uint32_t replicate,
                           const life_strategy* strategy, const status_ratios* ratios) const;
  /// Makes it.
  void move(life& person, int transition, std::uint32_t replicate) const;
  /// Whether the person enrols with this chance; `index` tells his occasions apart.
  [[nodiscard]] bool enrols(const life& person, double share, std::uint32_t replicate,
                            std::uint32_t index) const {
    return share > 0 && enrolment_(replicate, person.id, index)[0] < share;
  }
  [[nodiscard]] double patience(const life& person, std::uint32_t replicate) const {
    return -std::log(chances_(replicate, person.id, person.moves)[0]);
  }
  [[nodiscard]] bool absorbing(int s) const {
    return out_starts_[static_cast<std::size_t>(s)] == out_starts_[static_cast<std::size_t>(s) + 1];
  }
  [[nodiscard]] int group(int pattern) const {
    return in_.group_of_pattern.empty() ? 0
                                        : in_.group_of_pattern[static_cast<std::size_t>(pattern)];
  }
  [[nodiscard]] bool constant_for_life() const {
    return in_.ages == 0 && in_.years == 1 && in_.since_entry_cuts.empty() &&
           in_.in_state_cuts.empty();
  }

  const life_rates& in_;
  int states, transitions, groups;
  double horizon;

 private:
  [[nodiscard]] double rates_now(const life& person, const life_strategy* strategy,
                                 const status_ratios* ratios, double* out, double& holds) const;

  uniform_pairs chances_, enrolment_;
  std::vector<int> out_starts_, out_;  // transitions by the state they leave
  std::size_t pattern_stride_, year_stride_, age_stride_, half_stride_, entry_stride_,
      state_stride_;
  int last_age_;
  [[nodiscard]] bool leaves_now(const life& person) const;
};

/// Sums over persons from which the results follow: for every period, group and state (also by
/// whether a place is waited for or held), who came less who went: their number, the sum of the
/// times and of the discounts at those times.
struct tally {
  struct sums {
    double count = 0, times = 0, worths = 0;
  };
  int periods = 0, groups = 0, states = 0, transitions = 0;
  double step = 1, a_year = 1, force = 0;
  std::vector<sums> flow;          // periods x groups x (states x statuses)
  std::vector<sums> at_start;      // groups x (states x statuses)
  std::vector<double> moves;       // periods x transitions
  std::vector<double> worths;      // transitions: sum over moves x move cost worth, by period
  std::vector<double> entered;     // periods x states
  std::vector<sums> enrolled;      // periods: who enrolled less who went
  std::vector<double> enrolments;  // periods

  tally() = default;
  tally(const world& w, const life_settings& settings);
  [[nodiscard]] int period(double time) const {
    const int j = static_cast<int>(std::ceil(time * a_year)) - 1;
    return j < 0 ? 0 : (j >= periods ? periods - 1 : j);
  }
  [[nodiscard]] double worth(double time) const { return force == 0 ? 1 : std::exp(-force * time); }
  void add(int group, int state, int status, double time, double sign);
  void add_move(int transition, double time);
  void add(const tally& other);
};

/// What a year in each state costs while waiting and in a place; empty lists: as the state does.
struct status_costs {
  const std::vector<double>*waits, *has;
};

/// Writes one replicate's results.
void write_results(const tally& sums, const life_settings& settings, int replicate,
                   life_results& out, const status_costs* costs = nullptr);
life_results empty_results(const world& w, const life_settings& settings);
void check(const life_rates& rates, const life_settings& settings);
void check(const life_rates& rates, const life_starts& persons, const char* where);
void check(const life_rates& rates, const life_strategy& strategy);
/// The strategies without effects whose ratio is 1 throughout: these must not cut time into pieces.
std::vector<life_strategy> without_idle_effects(std::vector<life_strategy> strategies);
void check(const place_rules& rules, const life_rates& rates);

}  // namespace kohort::detail
