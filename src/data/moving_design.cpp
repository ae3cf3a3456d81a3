#include <cstdint>
#include <string>

#include <kohort/data/detail/covariate_columns.hpp>
#include <kohort/data/detail/moving_design.hpp>
#include <kohort/data/detail/stand_in.hpp>
#include <kohort/support/error.hpp>

namespace kohort::detail {

moving_design::moving_design(const observations& seen, const intensity_model& intensities)
    : seen_(seen),
      intensities_(intensities),
      moving_(intensities),
      clocks_(static_cast<std::size_t>(moving_.clocks())),
      middles_(clocks_.size()),
      moved_(static_cast<std::size_t>(moving_.columns())) {
  for (const auto& name : moving_.clock_names())
    columns_.push_back(column_of(seen, name, "aggregate"));
}

const std::vector<double>& moving_design::begin(std::size_t row) {
  const auto values = seen_.row_covariates(row);
  for (std::size_t c = 0; c < clocks_.size(); ++c) clocks_[c] = values[columns_[c]];
  for (const int clock : moving_.from_zero()) {
    if (clocks_[static_cast<std::size_t>(clock)] >= 0) continue;
    const auto number =
        seen_.source_rows.empty() ? static_cast<std::int64_t>(row) : seen_.source_rows[row];
    reject("E-COVARIATE", "aggregate",
           "'" + moving_.clock_names()[static_cast<std::size_t>(clock)] + "' is below 0 in row " +
               std::to_string(number),
           "a Weibull effect goes with the logarithm of its clock",
           "Correct the row, or use gompertz");
  }
  return clocks_;
}

const std::vector<double>& moving_design::held(std::span<const double> now) {
  design_.clear();
  for (std::size_t t = 0; t < intensities_.terms.size(); ++t) {
    const auto& covariate = intensities_.terms[t];
    design_.resize(design_.size() + static_cast<std::size_t>(covariate.columns()), 0.0);
    if (!moves_on(covariate.path))
      term_columns(covariate, now[t], design_.data() + design_.size() - covariate.columns());
  }
  for (auto& value : design_) value += 0.0;  // -0 and 0 are one pattern
  return design_;
}

const std::vector<double>& moving_design::middle(double after) {
  for (std::size_t c = 0; c < clocks_.size(); ++c) middles_[c] = middle_of_year(clocks_[c] + after);
  moving_.at(middles_.data(), 0, moved_.data());
  for (std::size_t c = 0; c < moved_.size(); ++c)
    design_[static_cast<std::size_t>(moving_.design()[c])] = moved_[c] + 0.0;
  return design_;
}

}  // namespace kohort::detail
