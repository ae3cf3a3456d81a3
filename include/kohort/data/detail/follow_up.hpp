#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include <kohort/data/detail/possible_states.hpp>
#include <kohort/data/observations.hpp>

namespace kohort::detail {

/// Goes through the rows of each subject in the order of time and tells what they cannot say
/// together. Findings go to those of the observations.
class follow_up {
 public:
  /// @param raw  kept by reference: its rows may be put in order before the first is taken
  /// @throws invalid_input  `E-MODEL` for more than 64 states
  follow_up(const model& structure, observations& raw);

  /// Takes the next row, which follows the rows taken; false if it says nothing new.
  bool take(std::size_t row);

  /// Tells of rows that said nothing new and of subjects seen only once, after the last row.
  void close();

 private:
  void begin(std::size_t row, bool of_subject);
  bool says_nothing(std::size_t row);
  void check_step(std::size_t row, state_bits named, state_bits next);
  void tell_disputes();
  void check_covariates();
  void close_subject();
  [[nodiscard]] bool gone() const { return (possible_ & ~ways_.absorbing()) == 0; }

  const model& structure_;
  observations& raw_;
  ways ways_;
  finding absorbed_, repeated_;
  std::int64_t singles_ = 0, subject_rows_ = 0;
  std::size_t before_ = 0;             // the row last kept
  state_bits possible_ = 0;            // states that may be occupied in it
  std::vector<std::size_t> disputed_;  // copies of that row with other covariates
};

}  // namespace kohort::detail
