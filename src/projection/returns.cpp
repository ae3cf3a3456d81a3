#include <algorithm>

#include <kohort/projection/returns.hpp>
#include <kohort/support/error.hpp>

namespace kohort {

void returns_as_new(const model& structure, const std::string& ended, const entry_rates& entries,
                    std::vector<double>& rates, int bands) {
  const auto& states = structure.states();
  if (std::find(states.begin(), states.end(), ended) == states.end()) {
    reject("E-MODEL", "returns_as_new", "the model has no state '" + ended + "'",
           "those whose support has ended are to come back from it",
           "Name that state, or count returns apart");
  }
  const state from = structure.find(ended);
  std::vector<std::size_t> ways;  // per level
  for (state s = 0; s < structure.size(); ++s) {
    if (s == from || structure.absorbing(s)) continue;
    const int k = structure.index(from, s);
    if (k < 0) {
      reject("E-MODEL", "returns_as_new",
             "the model has no way from '" + ended + "' to '" + structure.name(s) + "'",
             "whoever comes back may come in at any level", "Permit that transition");
    }
    ways.push_back(static_cast<std::size_t>(k));
  }
  const auto moves = structure.transitions().size(), ages = static_cast<std::size_t>(entries.ages);
  const auto B = static_cast<std::size_t>(std::max(bands, 1));
  const std::size_t draws = rates.size() / std::max<std::size_t>(2 * ages * B * moves, 1);
  if (entries.levels != static_cast<int>(ways.size()) || ages == 0 ||
      rates.size() != draws * 2 * ages * B * moves ||
      (entries.draws != 1 && static_cast<std::size_t>(entries.draws) != draws)) {
    reject("E-SHAPE", "returns_as_new",
           "the entries have " + std::to_string(entries.ages) + " ages, " +
               std::to_string(entries.levels) + " levels and " + std::to_string(entries.draws) +
               " draws for " + std::to_string(rates.size()) + " rates",
           "ages, levels and draws must be those of the rates", "Make both for the same ages");
  }
  std::vector<double> coming(ways.size());
  for (std::size_t d = 0; d < draws; ++d) {
    for (int sex = 0; sex < 2; ++sex) {
      for (int age = 0; age < entries.ages; ++age) {
        entries.rates(entries.draws == 1 ? 0 : static_cast<int>(d), sex, age, 0, false, false,
                      coming.data());
        const std::size_t cell =
            (d * 2 + static_cast<std::size_t>(sex)) * ages + static_cast<std::size_t>(age);
        for (std::size_t b = 0; b < B; ++b) {
          double* const row = &rates[(cell * B + b) * moves];
          for (std::size_t j = 0; j < ways.size(); ++j) row[ways[j]] = coming[j];
        }
      }
    }
  }
}

}  // namespace kohort
