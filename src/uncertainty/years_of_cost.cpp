#include "years_of_cost.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <utility>

#include <kohort/projection/occupancy_integrals.hpp>

namespace kohort::detail {

namespace {

std::size_t at(int i) { return static_cast<std::size_t>(i); }

/// Gauss-Legendre on [0, 1], five nodes: (node, weight).
constexpr std::array<std::pair<double, double>, 5> nodes{
    {{0.046910077030668004, 0.11846344252809454},
     {0.230765344947158454, 0.23931433524968324},
     {0.5, 0.28444444444444444},
     {0.769234655052841546, 0.23931433524968324},
     {0.953089922969331996, 0.11846344252809454}}};

}  // namespace

year_of_cost cut_short(const halved_year& year, double out) {
  const double half = 4.0 / 6 * out * std::exp(-out / 2), whole = (1 + out / 6) * std::exp(-out);
  return {half * year.first_half.mean + whole * year.whole.mean,
          half * year.first_half.second + whole * year.whole.second};
}

years_of_cost::years_of_cost(const yearly_ways& ways, int cells, Eigen::VectorXd cost,
                             std::vector<double> cuts)
    : ways_(ways), cost_(std::move(cost)), cuts_(std::move(cuts)) {
  const double last = cuts_.empty() ? 0 : cuts_.back();
  ages_here_ = 1 + static_cast<int>(std::ceil(std::max(0.0, last - 0.5)));
  for (int c = 0; c < cells; ++c) {
    for (int j = 0; j < ages_here_; ++j) years_.push_back(year_of(c, here_since(j)));
    arriving_.push_back(arrivals_of(c));
  }
}

double years_of_cost::here_since(int j) const {
  return j + 1 < ages_here_ ? j + 0.5 : std::numeric_limits<double>::infinity();
}

const halved_year& years_of_cost::here(int cell, int j) const {
  return years_[at(cell * ages_here_ + j)];
}

const halved_year& years_of_cost::of_stock(int year, int cell, int part) {
  const double since = ways_.since(part, year);
  if (ways_.band(since) == ways_.bands() - 1) return here(cell, ages_here_ - 1);
  const auto [found, fresh] = passing_.try_emplace({year, cell, part});
  if (fresh) found->second = year_of(cell, since);
  return found->second;
}

const year_of_cost& years_of_cost::arriving(int cell) const { return arriving_[at(cell)]; }

halved_year years_of_cost::year_of(int cell, double since) const {
  std::vector<cost_piece> pieces;
  halved_year found;
  double passed = 0;
  for (const auto& s : ways_.stays(cell, since)) {
    pieces.push_back({ways_.at(s.cell, s.band), s.years});
    const bool half = passed < 0.5;
    passed += s.years;
    if (half && passed >= 0.5 - 1e-12) found.first_half = cost_of(pieces);
  }
  found.whole = cost_of(pieces);
  return found;
}

year_of_cost years_of_cost::cost_of(const std::vector<cost_piece>& pieces) const {
  const auto found = person_cost(pieces, cost_);
  return {found.mean, found.second};
}

year_of_cost years_of_cost::arrivals_of(int cell) const {
  const auto& now = ways_.at(cell, 0);
  if (cuts_.empty() || cuts_.front() >= 1) {
    return {integrate_occupancy(now, 1).K * cost_, arrivals_cost_variance(now, cost_, 1)};
  }
  const auto n = cost_.size();
  year_of_cost sums{Eigen::VectorXd::Zero(n), Eigen::VectorXd::Zero(n)};
  std::vector<double> times{0, 1};
  for (const double cut : cuts_) {
    if (cut < 1) times.push_back(cut);
  }
  std::sort(times.begin(), times.end());
  for (std::size_t i = 0; i + 1 < times.size(); ++i) {
    for (const auto& [node, weight] : nodes) {
      const double length = times[i + 1] - times[i];
      std::vector<cost_piece> pieces;
      for (std::size_t p = 0; p <= i; ++p) {
        const double years = p < i ? times[p + 1] - times[p] : node * length;
        pieces.push_back({ways_.at(cell, static_cast<int>(p)), years});
      }
      const auto cost = cost_of(pieces);
      sums.mean += weight * length * cost.mean;
      sums.second += weight * length * cost.second;
    }
  }
  return sums;
}

}  // namespace kohort::detail
