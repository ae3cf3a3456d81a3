#pragma once

#include <kohort/projection/entry_clock.hpp>

#include "small_municipality.hpp"

namespace constructed {

/// The constructed municipality with bands of time since entry: all rates of a band times its
/// factor. Of the stock, `share` entered evenly over the years up to the last cut.
inline kohort::open_cohort_inputs with_bands(const std::vector<double>& cuts,
                                             const std::vector<double>& factors, int parts_a_year,
                                             int years = 3, double share = 0.4, int draws = 1,
                                             int ages = 7) {
  auto in = municipality(3, draws, years, ages);
  const auto K = in.structure.transitions().size();
  std::vector<double> rates;
  for (std::size_t row = 0; row < in.rates.size() / K; ++row) {
    for (const double factor : factors) {
      for (std::size_t k = 0; k < K; ++k) rates.push_back(factor * in.rates[row * K + k]);
    }
  }
  in.rates = rates;
  in.entry_cuts = cuts;
  const kohort::entry_clock clock(cuts, parts_a_year);
  const int parts = clock.stock_parts(), living = in.structure.size() - 1;
  std::vector<double> stock;
  for (std::size_t cell = 0; cell < in.stock.size() / static_cast<std::size_t>(living); ++cell) {
    for (int i = 0; i < parts; ++i) {
      const double here = parts == 1 ? 1 : i + 1 < parts ? share / (parts - 1) : 1 - share;
      for (int s = 0; s < living; ++s) {
        stock.push_back(
            here * in.stock[cell * static_cast<std::size_t>(living) + static_cast<std::size_t>(s)]);
      }
    }
  }
  in.stock = stock;
  return in;
}

/// In all states people die as the life table says: the mortality of those without support is then
/// the same in pieces of any length.
inline void die_alike(kohort::open_cohort_inputs& in, int draws) {
  const auto& moves = in.structure.transitions();
  const std::size_t cells =
      in.population.mortality.size() / static_cast<std::size_t>(in.population.years + 1);
  const std::size_t bands = in.entry_cuts.size() + 1;
  for (std::size_t row = 0; row < static_cast<std::size_t>(draws) * cells * bands; ++row) {
    for (std::size_t k = 0; k < moves.size(); ++k) {
      if (moves[k].to == *in.structure.death()) {
        in.rates[row * moves.size() + k] = in.population.mortality[row / bands % cells];
      }
    }
  }
}

}  // namespace constructed
