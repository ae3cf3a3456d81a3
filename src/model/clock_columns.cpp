#include <algorithm>
#include <cmath>

#include <kohort/model/clock_columns.hpp>

namespace kohort {

clock_columns::clock_columns(const intensity_model& intensities) {
  int column = 0;
  for (const auto& covariate : intensities.terms) {
    if (moves_on(covariate.path)) {
      const auto found = std::find(names_.begin(), names_.end(), covariate.column);
      const int clock = static_cast<int>(found - names_.begin());
      if (found == names_.end()) names_.push_back(covariate.column);
      int spline = -1;
      if (covariate.path == covariate_path::spline) {
        spline = static_cast<int>(splines_.size());
        splines_.emplace_back(covariate.cuts[0], covariate.cuts[1], covariate.segments,
                              covariate.origin);
      }
      readers_.push_back({covariate.path, clock, covariate.origin, spline, covariate.columns()});
      for (int c = 0; c < covariate.columns(); ++c) {
        design_.push_back(column + c);
        clock_of_.push_back(clock);
        kinds_.push_back(covariate.path);
        origins_.push_back(covariate.origin);
      }
      if (covariate.path == covariate_path::weibull) from_zero_.push_back(clock);
    }
    column += covariate.columns();
  }
}

void clock_columns::at(const double* clocks, double after, double* out) const {
  for (const auto& one : readers_) {
    const double z = clocks[one.clock] + after;
    if (one.path == covariate_path::gompertz) {
      *out = z - one.origin;
    } else if (one.path == covariate_path::weibull) {
      *out = std::log(z);
    } else {
      splines_[static_cast<std::size_t>(one.spline)].at(z, out);
    }
    out += one.columns;
  }
}

std::vector<int> clock_columns::places(const coefficient_layout& where) const {
  std::vector<int> found;
  for (std::size_t k = 0; k < where.columns.size(); ++k) {
    for (const int column : design_) {
      const auto& used = where.columns[k];
      const auto at = std::find(used.begin(), used.end(), column);
      found.push_back(at == used.end() ? -1
                                       : where.starts[k] + 1 + static_cast<int>(at - used.begin()));
    }
  }
  return found;
}

std::vector<double> clock_columns::coefficients(const coefficient_layout& where,
                                                std::span<const double> all) const {
  std::vector<double> gamma;
  for (const int place : places(where))
    gamma.push_back(place < 0 ? 0.0 : all[static_cast<std::size_t>(place)]);
  return gamma;
}

}  // namespace kohort
