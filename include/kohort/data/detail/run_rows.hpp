#pragma once

#include <cstdint>
#include <vector>

#include <kohort/data/detail/distinct_rows.hpp>
#include <kohort/data/detail/path_list.hpp>
#include <kohort/data/detail/possible_states.hpp>
#include <kohort/data/transitions.hpp>
#include <kohort/support/patience.hpp>

namespace kohort::detail {

/// Runs as they are gathered row by row.
class run_rows {
 public:
  explicit run_rows(int states) : states_(states) {}

  [[nodiscard]] bool open() const { return open_; }
  [[nodiscard]] bool empty() const { return runs_.empty(); }

  void begin(const std::vector<double>& start_weights);
  void begin(state known);
  void add(observation_kind kind, state_bits set, std::int32_t path);
  /// Ends the run, if one is open; one without rows is dropped.
  void end(std::int32_t subject, double weight);

  /// Adds equal runs up, in the order of their length and their keys.
  void write(const path_list& paths, run_table& table, patience& go_on,
             subject_parts* parts = nullptr) const;

 private:
  using key = std::vector<std::int64_t>;  // start, then (kind, set, path) for each row
  struct run {
    key what;
    std::int32_t subject;
    double weight;
    std::int64_t pieces;
  };
  int states_;
  bool open_ = false;
  key now_;
  distinct_rows starts_;
  std::vector<run> runs_;
};

}  // namespace kohort::detail
