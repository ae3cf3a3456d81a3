#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include <kohort/estimation/detail/made_by.hpp>
#include <kohort/simulation/histories.hpp>
#include <kohort/simulation/observed_plan.hpp>

namespace kohort::detail {

std::function<observations(std::uint32_t)> made_by(const fitted_model& fitted,
                                                   const observations& seen,
                                                   std::span<const double> planned_ends,
                                                   std::uint64_t seed,
                                                   const intensity_model* also) {
  const auto& intensities = fitted.intensities;
  const auto runs = [](const intensity_model& im, const std::string& name) {
    return std::any_of(im.terms.begin(), im.terms.end(), [&](const term& one) {
      return one.column == name && one.path != covariate_path::held;
    });
  };
  std::vector<bool> clocks;
  for (const auto& name : seen.covariate_names)
    clocks.push_back(runs(intensities, name) || (also && runs(*also, name)));
  const auto plan = std::make_shared<const visit_plan>(
      observed_plan(seen, intensities.structure, planned_ends, clocks, seed));
  const bool dated = std::find(seen.kinds.begin(), seen.kinds.end(),
                               observation_kind::exact_death) != seen.kinds.end();
  return [&fitted, plan, weights = seen.weights, dated, seed](std::uint32_t r) {
    const auto& theta = fitted.coefficients;
    auto made = simulate(fitted.intensities,
                         std::span(theta.data(), static_cast<std::size_t>(theta.size())), *plan,
                         {.seed = seed,
                          .replicate = r + 1,
                          .deaths = dated ? death_record::exact : death_record::panel,
                          .threads = 1});
    made.weights = weights;
    return made;
  };
}

}  // namespace kohort::detail
