#include <algorithm>

#include <kohort/estimation/detail/path_probability.hpp>
#include <kohort/model/detail/pieces.hpp>
#include <kohort/model/moving_probability.hpp>
#include <kohort/model/probability_matrix.hpp>
#include <kohort/support/error.hpp>

namespace kohort::detail {

namespace {

constexpr std::size_t most_known = 20000;  // beyond, memory is worth more than time

}  // namespace

path_probability::path_probability(const intensity_model& intensities,
                                   std::span<const double> coefficients)
    : intensities_(intensities),
      coefficients_(coefficients),
      where_(layout(intensities)),
      moving_(std::any_of(intensities.terms.begin(), intensities.terms.end(),
                          [](const term& one) { return moves_on(one.path); })),
      rates_(intensities.structure.transitions().size()) {}

const Eigen::MatrixXd& path_probability::over(std::span<const double> values, double elapsed) {
  key_.assign(values.begin(), values.end());
  key_.push_back(elapsed);
  if (const auto found = known_.find(key_); found != known_.end()) return found->second;
  if (known_.size() >= most_known) known_.clear();
  if (moving_) {
    auto P = transition_probability(intensities_, coefficients_, values, elapsed).matrix();
    return known_.emplace(key_, std::move(P)).first->second;
  }
  const auto n = intensities_.structure.size();
  Eigen::MatrixXd product = Eigen::MatrixXd::Identity(n, n);
  bool first = true;
  for_each_piece(intensities_, values, elapsed,
                 [&](double begin, double end, std::span<const double> within) {
                   rates_at(where_, coefficients_, design_row(intensities_, within), rates_);
                   const auto Q = intensity_matrix<>::from_rates(intensities_.structure, rates_);
                   const auto P = transition_probability(Q, end - begin);
                   product = first ? P.matrix() : Eigen::MatrixXd(product * P.matrix());
                   first = false;
                 });
  return known_.emplace(key_, std::move(product)).first->second;
}

std::vector<double> path_probability::rates_at_end(std::span<const double> values,
                                                   double elapsed) const {
  std::vector<double> rates(rates_.size());
  for_each_piece(intensities_, values, elapsed,
                 [&](double, double, std::span<const double> within) {
                   std::vector<double> now(within.begin(), within.end());
                   for (std::size_t c = 0; c < now.size(); ++c) {
                     if (moves_on(intensities_.terms[c].path)) now[c] = values[c] + elapsed;
                   }
                   rates_at(where_, coefficients_, design_row(intensities_, now), rates);
                 });
  return rates;
}

std::vector<std::size_t> places_of_terms(const intensity_model& intensities,
                                         std::span<const std::string> names, const char* where) {
  std::vector<std::size_t> columns;
  for (const auto& term : intensities.terms) {
    const auto at = std::find(names.begin(), names.end(), term.column);
    if (at == names.end()) {
      reject("E-COLUMN", where, "the observations have no covariate '" + term.column + "'",
             "the intensities depend on it", "Hand over the observations that were fitted");
    }
    columns.push_back(static_cast<std::size_t>(at - names.begin()));
  }
  return columns;
}

}  // namespace kohort::detail
