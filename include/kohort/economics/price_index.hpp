#pragma once

#include <string>
#include <vector>

namespace kohort {

/// A published yearly change of prices.
struct price_change {
  int year;               // from the year before to this one
  double percent;         // 2.4 for 2.4 %
  bool forecast = false;  // published as a forecast
};

/// How money of one price year becomes money of another, and by which links.
struct price_conversion {
  double factor = 1;
  int from_index_year = 0, to_index_year = 0;
  std::vector<int> forecast_years;  // links between them that were forecasts
};

/// One edition of a price index, chained from its yearly changes: PKV of October 2017, say.
///
/// Editions are revised, so an amount converted by one edition and an amount converted by another
/// are not comparable; results carry name and edition.
class price_index {
 public:
  /// @param name, edition  as they are to be shown
  /// @param changes        any order, each year once
  /// @throws invalid_input  `E-INDEX`: no name, edition or change, a year twice; `E-NUM`: a change
  ///                        that is not finite or not above -100 %
  price_index(std::string name, std::string edition, std::vector<price_change> changes);

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] const std::string& edition() const { return edition_; }
  /// By rising year.
  [[nodiscard]] const std::vector<price_change>& changes() const { return changes_; }

  /// An amount of price year B in prices of year C: x I(i(C)) / I(i(B)), i(year) = year - lag.
  ///
  /// @param from, to  price years
  /// @param lag       years by which the index lags: 2 where a fee of 2018 uses the figure of 2016
  /// @throws invalid_input  `E-INDEX-MISSING`, naming the years without a published change;
  ///                        `E-SETTING`: a negative lag
  [[nodiscard]] price_conversion convert(int from, int to, int lag = 0) const;

 private:
  std::string name_, edition_;
  std::vector<price_change> changes_;
};

/// The nominal rate of discount that goes with a real one: (1 + r)(1 + inflation) - 1.
/// @throws invalid_input  `E-DISCOUNT`: a rate that is not finite or at most -100 %
double nominal_rate(double real, double inflation);

}  // namespace kohort
