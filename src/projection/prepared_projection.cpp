#include <memory>
#include <utility>

#include <kohort/projection/prepared_projection.hpp>

#include "projection_parts.hpp"

namespace kohort {

struct prepared_projection::usual {
  projection_inputs inputs;  // without strategies
  open_cohort_options options;
  projection without;  // any strategy
  // Written once, when everything else is; no longer changed then.
  mutable std::vector<detail::usual_care> point, draws;
};

prepared_projection::prepared_projection(projection_inputs inputs, open_cohort_options options) {
  inputs.point.strategies.clear();
  inputs.draw_strategies.clear();
  auto made = std::make_shared<usual>(usual{std::move(inputs), std::move(options), {}, {}, {}});
  made->without = detail::projected(made->inputs, made->options, &made->point, &made->draws);
  made->options.report = {};
  usual_ = std::move(made);
}

projection prepared_projection::project(std::vector<strategy> strategies,
                                        std::vector<strategy> draw_strategies) const {
  auto inputs = usual_->inputs;
  inputs.point.strategies = std::move(strategies);
  inputs.draw_strategies = std::move(draw_strategies);
  auto out = usual_->without;
  if (inputs.point.strategies.empty()) return out;
  detail::add_point(inputs, usual_->options, 0, &usual_->point, out);
  if (out.draws > 0) detail::add_draws(inputs, usual_->options, 0, &usual_->draws, out);
  return out;
}

}  // namespace kohort
