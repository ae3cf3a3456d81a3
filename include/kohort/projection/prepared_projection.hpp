#pragma once

#include <memory>
#include <vector>

#include <kohort/projection/projection.hpp>

namespace kohort {

/// A projection of which usual care is known, for strategies that are changed and compared again:
/// each is then carried alone. What is kept is about 0.4 MB a draw; copies share it.
///
/// With bands of time since entry (`entry_cuts`) usual care is carried again each time, since its
/// pieces depend on when strategies enrol.
class prepared_projection {
 public:
  /// Everything but strategies, which are left aside.
  ///
  /// @throws invalid_input  as `project`
  prepared_projection(projection_inputs inputs, open_cohort_options options);

  /// The bytes that `project` gives with these strategies. May be called on several threads.
  ///
  /// @param draw_strategies  effects by draw; empty: `strategies` in all draws
  /// @throws invalid_input   as `project`, of strategies
  projection project(std::vector<strategy> strategies,
                     std::vector<strategy> draw_strategies = {}) const;

 private:
  struct usual;
  std::shared_ptr<const usual> usual_;
};

}  // namespace kohort
