#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <vector>

#include <kohort/data/detail/hidden_states.hpp>
#include <kohort/data/detail/interval_pieces.hpp>
#include <kohort/data/transitions.hpp>
#include <kohort/model/intensity_model.hpp>

namespace kohort::detail {

/// Distinct values, numbered as they come.
template <typename T>
class numbered {
 public:
  std::int32_t find(const T& value) {
    const auto [at, is_new] =
        numbers_.try_emplace(value, static_cast<std::int32_t>(values_.size()));
    if (is_new) values_.push_back(value);
    return at->second;
  }
  [[nodiscard]] const std::vector<T>& values() const { return values_; }

 private:
  std::map<T, std::int32_t> numbers_;
  std::vector<T> values_;
};

/// One piece of a run, and what is seen at its end.
struct hidden_step {
  std::int32_t pattern;
  double elapsed;
  std::int32_t sighting;
  std::int8_t held;
  std::int32_t middle, clocks;  // as in `interval_piece`
  friend auto operator<=>(const hidden_step&, const hidden_step&) = default;
};

/// What is seen of one subject from where its state is known to where it is again.
struct hidden_run {
  run_start start;
  std::vector<hidden_step> steps;
  double weight;
};

/// A piece whose states are known throughout.
struct exact_piece {
  interval_piece over;
  state from;
  int move;  // the transition at its end; -1: none
  double weight;
};

/// Everything that was written down about subjects, one after the other.
struct hidden_run_list {
  std::vector<hidden_run> runs;
  std::vector<exact_piece> exact;
  std::int64_t exact_intervals = 0;
  distinct_rows readings;  // design rows of the misreadings
  numbered<sighting> sightings;
};

/// The tables of such a list: equal runs joined, everything in an order that does not depend on the
/// order of subjects; over clocks that move on with the small tables beside them.
///
/// @param reading_columns  of the misreadings' design
/// @param counted          what was counted along the way: intervals, person-years, places
/// @param apart            whether every run stays where it is
transition_tables write_runs(const intensity_model& intensities, const hidden_states& states,
                             const interval_cutter& cutter, const hidden_run_list& list,
                             int reading_columns, bool apart, transition_tables counted);

}  // namespace kohort::detail
