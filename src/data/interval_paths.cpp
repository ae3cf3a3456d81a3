#include <algorithm>
#include <numeric>

#include <kohort/data/detail/covariate_columns.hpp>
#include <kohort/data/detail/interval_paths.hpp>
#include <kohort/model/detail/pieces.hpp>

namespace kohort::detail {

interval_paths::interval_paths(const observations& seen, const intensity_model& intensities)
    : seen_(seen),
      intensities_(intensities),
      columns_(columns_of(seen, intensities.terms)),
      x_(intensities.terms.size()) {}

std::int32_t interval_paths::add(std::size_t row, double begin, double end, double length) {
  const auto values = seen_.row_covariates(row);
  for (std::size_t c = 0; c < x_.size(); ++c) x_[c] = values[columns_[c]];
  path_.clear();
  for_each_piece(
      intensities_, x_, begin, end, [&](double from, double to, std::span<const double> now) {
        const bool only = from == begin && to == end;
        const double years = only ? length : piece_length(from, to, length);
        if (!(years > 0) && !only) return;
        path_.push_back(static_cast<double>(patterns_.find(design_row(intensities_, now))));
        path_.push_back(years);
      });
  return paths_.find(path_);
}

void interval_paths::sort(patience& go_on) {
  pattern_places_ = patterns_.write(pattern_rows_);
  path_order_.resize(paths_.size());
  std::iota(path_order_.begin(), path_order_.end(), 0);
  std::sort(path_order_.begin(), path_order_.end(), [&](std::int32_t first, std::int32_t second) {
    go_on();
    const auto& a = paths_.row(first);
    const auto& b = paths_.row(second);
    if (a.size() != b.size()) return a.size() < b.size();
    for (std::size_t i = 0; i < a.size(); i += 2) {
      if (a[i] != b[i]) return pattern_at(a[i]) < pattern_at(b[i]);
      if (a[i + 1] != b[i + 1]) return a[i + 1] < b[i + 1];
    }
    return false;
  });
  path_places_ = places(path_order_);
}

path_list interval_paths::list() const {
  path_list all;
  all.places = path_places_;
  for (const auto number : path_order_) {
    const auto& path = paths_.row(number);
    for (std::size_t piece = 0; piece < path.size(); piece += 2) {
      all.patterns.push_back(pattern_at(path[piece]));
      all.elapsed.push_back(path[piece + 1]);
    }
    all.first_pieces.push_back(static_cast<std::int64_t>(all.elapsed.size()));
  }
  return all;
}

}  // namespace kohort::detail
