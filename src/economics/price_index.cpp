#include <algorithm>
#include <cmath>
#include <utility>

#include <kohort/economics/price_index.hpp>
#include <kohort/support/error.hpp>

namespace kohort {

price_index::price_index(std::string name, std::string edition, std::vector<price_change> changes)
    : name_(std::move(name)), edition_(std::move(edition)), changes_(std::move(changes)) {
  if (name_.empty() || edition_.empty() || changes_.empty()) {
    reject("E-INDEX", "price_index",
           name_.empty() ? "no name" : (edition_.empty() ? "no edition" : "no changes"),
           "an index has a name, an edition and yearly changes",
           "Say which index it is and when it was published");
  }
  std::sort(changes_.begin(), changes_.end(),
            [](const auto& a, const auto& b) { return a.year < b.year; });
  for (std::size_t i = 0; i < changes_.size(); ++i) {
    const auto& one = changes_[i];
    if (!(one.percent > -100) || !std::isfinite(one.percent)) {
      reject("E-NUM", "price_index",
             "the change of " + std::to_string(one.year) + " is " + shown(one.percent) + " %",
             "it must be finite and above -100 %", "Write 2.4 for 2.4 %");
    }
    if (i > 0 && changes_[i - 1].year == one.year) {
      reject("E-INDEX", "price_index", std::to_string(one.year) + " stands twice",
             "an edition has one change for each year",
             "Give other editions an index of their own");
    }
  }
}

price_conversion price_index::convert(int from, int to, int lag) const {
  if (lag < 0) {
    reject("E-SETTING", "price_index", "the lag is " + std::to_string(lag) + " years",
           "an index lags by a number of years that is not negative", "Write 2, say");
  }
  price_conversion made{1, from - lag, to - lag, {}};
  const int first = std::min(made.from_index_year, made.to_index_year),
            last = std::max(made.from_index_year, made.to_index_year);
  std::string missing;
  for (int year = first + 1; year <= last; ++year) {
    const auto at = std::find_if(changes_.begin(), changes_.end(),
                                 [&](const auto& change) { return change.year == year; });
    if (at == changes_.end()) {
      missing += (missing.empty() ? "" : ", ") + std::to_string(year);
      continue;
    }
    made.factor *= 1 + at->percent / 100;
    if (at->forecast) made.forecast_years.push_back(year);
  }
  if (!missing.empty()) {
    reject("E-INDEX-MISSING", "price_index",
           name_ + ", edition " + edition_ + ", has no change for " + missing,
           "prices of " + std::to_string(from) + " in those of " + std::to_string(to) +
               " need every year from " + std::to_string(first + 1) + " to " + std::to_string(last),
           "Complete the index, or take an edition that has them");
  }
  if (made.to_index_year < made.from_index_year) made.factor = 1 / made.factor;
  return made;
}

double nominal_rate(double real, double inflation) {
  if (!std::isfinite(real) || !std::isfinite(inflation) || real <= -1 || inflation <= -1) {
    reject("E-DISCOUNT", "nominal_rate",
           "a rate of " + shown(real) + " and inflation of " + shown(inflation),
           "both are finite and above -100 %", "Write 0.03 for 3 %");
  }
  return real + inflation + real * inflation;
}

}  // namespace kohort
