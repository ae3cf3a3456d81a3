#pragma once

#include <map>
#include <tuple>
#include <vector>

#include <Eigen/Core>

#include <kohort/projection/detail/yearly_ways.hpp>
#include <kohort/uncertainty/chance_moments.hpp>

namespace kohort::detail {

/// A year of cost at one age and sex, by the model's state at its beginning.
struct year_of_cost {
  Eigen::VectorXd mean, second;
};

/// The same, and of its first half.
struct halved_year {
  year_of_cost first_half, whole;
};

/// Moments of the cost until somebody moves away, at the rate `out` throughout the year: Simpson's
/// rule over the time of moving.
year_of_cost cut_short(const halved_year& year, double out);

/// What persons cost over a calendar year, by sex and age on 1 January and time since entry.
class years_of_cost {
 public:
  /// @param cells  2 x ages
  /// @param cost   per year in each state of the model
  /// @param cuts   of time since entry
  years_of_cost(const yearly_ways& ways, int cells, Eigen::VectorXd cost, std::vector<double> cuts);

  /// Different times since entry that newcomers have had on a 1 January: 0, 1, ... whole years,
  /// the last in the last band.
  [[nodiscard]] int ages_here() const { return ages_here_; }
  /// Years since entry on 1 January of those who came in the year before that, and so on.
  [[nodiscard]] double here_since(int j) const;
  [[nodiscard]] const halved_year& here(int cell, int j) const;
  /// Of those of a part of the stock, in the forecast year `year`.
  const halved_year& of_stock(int year, int cell, int part);
  /// Integrals, over the date of entry, of the cost of the rest of the year and of its square.
  [[nodiscard]] const year_of_cost& arriving(int cell) const;

 private:
  [[nodiscard]] halved_year year_of(int cell, double since) const;
  [[nodiscard]] year_of_cost cost_of(const std::vector<cost_piece>& pieces) const;
  [[nodiscard]] year_of_cost arrivals_of(int cell) const;

  const yearly_ways& ways_;
  Eigen::VectorXd cost_;
  std::vector<double> cuts_;
  int ages_here_;
  std::vector<halved_year> years_;                            // cells x years here
  std::vector<year_of_cost> arriving_;                        // cells
  std::map<std::tuple<int, int, int>, halved_year> passing_;  // years in which a band is passed
};

}  // namespace kohort::detail
