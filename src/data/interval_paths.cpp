#include <algorithm>
#include <cstring>
#include <numeric>

#include <kohort/data/detail/covariate_columns.hpp>
#include <kohort/data/detail/interval_paths.hpp>
#include <kohort/model/detail/pieces.hpp>

namespace kohort::detail {

namespace {

template <class Less>
std::vector<std::int32_t> sorted(std::size_t count, const Less& less) {
  std::vector<std::int32_t> order(count);
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), less);
  return order;
}

}  // namespace

std::int32_t distinct_rows::find(const std::vector<double>& row) {
  const auto [at, is_new] = numbers_.try_emplace(row, static_cast<std::int32_t>(rows_.size()));
  if (is_new) rows_.push_back(&at->first);
  return at->second;
}

std::size_t distinct_rows::hash::operator()(const std::vector<double>& row) const {
  std::uint64_t mixed = 0x9E3779B97F4A7C15U;
  for (const double value : row) {
    std::uint64_t bits;
    std::memcpy(&bits, &value, sizeof bits);
    mixed = (mixed ^ bits) * 0xFF51AFD7ED558CCDU;
    mixed ^= mixed >> 32;
  }
  return mixed;
}

std::vector<std::int32_t> places(const std::vector<std::int32_t>& order) {
  std::vector<std::int32_t> place(order.size());
  for (std::size_t i = 0; i < order.size(); ++i)
    place[static_cast<std::size_t>(order[i])] = static_cast<std::int32_t>(i);
  return place;
}

interval_paths::interval_paths(const observations& seen, const intensity_model& intensities)
    : seen_(seen), intensities_(intensities), x_(intensities.terms.size()) {
  for (const auto& covariate : intensities.terms) {
    columns_.push_back(column_of(seen, covariate.column, "aggregate"));
  }
}

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
  pattern_order_ = sorted(patterns_.size(), [&](std::int32_t a, std::int32_t b) {
    return patterns_.row(static_cast<std::size_t>(a)) < patterns_.row(static_cast<std::size_t>(b));
  });
  pattern_places_ = places(pattern_order_);
  path_order_ = sorted(paths_.size(), [&](std::int32_t first, std::int32_t second) {
    go_on();
    const auto& a = paths_.row(static_cast<std::size_t>(first));
    const auto& b = paths_.row(static_cast<std::size_t>(second));
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
    const auto& path = paths_.row(static_cast<std::size_t>(number));
    for (std::size_t piece = 0; piece < path.size(); piece += 2) {
      all.patterns.push_back(pattern_at(path[piece]));
      all.elapsed.push_back(path[piece + 1]);
    }
    all.first_pieces.push_back(static_cast<std::int64_t>(all.elapsed.size()));
  }
  return all;
}

std::vector<double> interval_paths::patterns() const {
  std::vector<double> all;
  for (const auto number : pattern_order_) {
    const auto& row = patterns_.row(static_cast<std::size_t>(number));
    all.insert(all.end(), row.begin(), row.end());
  }
  return all;
}

}  // namespace kohort::detail
