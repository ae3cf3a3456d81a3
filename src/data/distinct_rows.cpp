#include <algorithm>
#include <bit>
#include <numeric>
#include <utility>

#include <kohort/data/detail/distinct_rows.hpp>

namespace kohort::detail {

namespace {

std::uint64_t hash_of(const std::vector<double>& row) {
  std::uint64_t mixed = 0x9E3779B97F4A7C15U;
  for (const double value : row) {
    mixed = (mixed ^ std::bit_cast<std::uint64_t>(value + 0.0)) * 0xFF51AFD7ED558CCDU;
    mixed ^= mixed >> 32;
  }
  return mixed;
}

}  // namespace

std::size_t distinct_rows::place(std::uint64_t hash, const std::vector<double>& row) const {
  auto at = hash & (slots_.size() - 1);
  for (; slots_[at].number >= 0; at = (at + 1) & (slots_.size() - 1)) {
    if (slots_[at].hash == hash && rows_[static_cast<std::size_t>(slots_[at].number)] == row) break;
  }
  return at;
}

void distinct_rows::grow() {
  std::vector<slot> larger(std::max<std::size_t>(64, slots_.size() * 2), {0, -1});
  for (const auto& old : slots_) {
    if (old.number < 0) continue;
    auto at = old.hash & (larger.size() - 1);
    while (larger[at].number >= 0) at = (at + 1) & (larger.size() - 1);
    larger[at] = old;
  }
  slots_ = std::move(larger);
}

std::int32_t distinct_rows::find(const std::vector<double>& row) {
  if (rows_.size() * 2 >= slots_.size()) grow();
  const auto hash = hash_of(row);
  auto& found = slots_[place(hash, row)];
  if (found.number < 0) {
    found = {hash, static_cast<std::int32_t>(rows_.size())};
    rows_.push_back(row);
  }
  return found.number;
}

std::vector<std::int32_t> distinct_rows::ascending() const {
  std::vector<std::int32_t> order(rows_.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(),
            [&](std::int32_t a, std::int32_t b) { return row(a) < row(b); });
  return order;
}

std::vector<std::int32_t> distinct_rows::write(std::vector<double>& to) const {
  const auto order = ascending();
  for (const auto number : order) to.insert(to.end(), row(number).begin(), row(number).end());
  return places(order);
}

std::vector<std::int32_t> places(const std::vector<std::int32_t>& order) {
  std::vector<std::int32_t> place(order.size());
  for (std::size_t i = 0; i < order.size(); ++i)
    place[static_cast<std::size_t>(order[i])] = static_cast<std::int32_t>(i);
  return place;
}

}  // namespace kohort::detail
