#pragma once

#include <algorithm>
#include <limits>
#include <span>
#include <vector>

#include <Eigen/Core>

#include <kohort/model/intensity_matrix.hpp>
#include <kohort/model/probability_matrix.hpp>
#include <kohort/projection/entry_clock.hpp>

namespace kohort::detail {

/// How single persons move over a calendar year under one draw's rates: half of it at one age, half
/// at the next, and through the bands of time since entry.
class yearly_ways {
 public:
  using matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

  /// A part of the year in which intensities are constant: those of this sex and age, in this band.
  struct stay {
    int cell, band;
    double years;
  };

  /// @param rates  2 x ages [x bands] x transitions
  /// @param cuts   of time since entry; none: one band
  yearly_ways(const model& structure, int ages, std::span<const double> rates,
              const std::vector<double>& cuts, int parts_a_year)
      : ages_(ages),
        parts_a_year_(parts_a_year),
        death_(*structure.death()),
        clock_(cuts.empty() ? entry_clock() : entry_clock(cuts, parts_a_year)) {
    const auto moves = structure.transitions().size();
    for (std::size_t i = 0; i < static_cast<std::size_t>(2 * ages * bands()); ++i) {
      Q_.push_back(intensity_matrix<>::from_rates(structure, rates.subspan(i * moves, moves)));
      half_.emplace_back(transition_probability(Q_.back(), 0.5).matrix());
    }
    for (int cell = 0; cell < 2 * ages; ++cell) {
      for (int b = 0; b < bands(); ++b) {
        year_.push_back(half_[place(cell, b)] * half_[place(next(cell), b)]);
      }
    }
  }

  [[nodiscard]] int bands() const { return clock_.bands(); }
  [[nodiscard]] int parts() const { return clock_.stock_parts(); }
  [[nodiscard]] const intensity_matrix<>& at(int cell, int band) const {
    return Q_[place(cell, band)];
  }

  /// Time since entry of a part of the stock, `years` after the base date: the part's middle.
  [[nodiscard]] double since(int part, double years) const {
    if (part == parts() - 1) return std::numeric_limits<double>::infinity();
    return (part + 0.5) / parts_a_year_ + years;
  }

  /// The band after so many years since entry; a cut begins one.
  [[nodiscard]] int band(double since) const {
    const auto& cuts = clock_.cuts();
    return static_cast<int>(std::upper_bound(cuts.begin(), cuts.end(), since) - cuts.begin());
  }

  /// The year of somebody of sex and age `cell` at its beginning, so long after entry, in order.
  [[nodiscard]] std::vector<stay> stays(int cell, double since) const {
    std::vector<double> times{0, 0.5, 1};
    for (const double cut : clock_.cuts()) {
      if (cut > since && cut < since + 1) times.push_back(cut - since);
    }
    std::sort(times.begin(), times.end());
    std::vector<stay> found;
    for (std::size_t i = 0; i + 1 < times.size(); ++i) {
      if (times[i + 1] <= times[i]) continue;
      const double middle = (times[i] + times[i + 1]) / 2;
      found.push_back(
          {middle < 0.5 ? cell : next(cell), band(since + middle), times[i + 1] - times[i]});
    }
    return found;
  }

  /// P over that year.
  [[nodiscard]] matrix year(int cell, double since) const {
    if (band(since) == band(since + 1)) return year_[place(cell, band(since))];
    const auto n = Q_.front().size();
    matrix P = matrix::Identity(n, n);
    for (const auto& s : stays(cell, since)) {
      P = (P * transition_probability(at(s.cell, s.band), s.years).matrix()).eval();
    }
    return P;
  }

  /// P of each of the first `years` years of those of the stock's part, at age a on the base date.
  /// Those who move away are gone like the dead.
  ///
  /// @param staying  years x 2 x ages, as in `chance_inputs`
  [[nodiscard]] std::vector<matrix> of_stock(int sex, int a, int part, int years,
                                             const std::vector<double>& staying) const {
    std::vector<matrix> found;
    for (int y = 0; y < years; ++y) {
      const int cell = sex * ages_ + std::min(a + y, ages_ - 1);
      found.push_back(year(cell, since(part, y)));
      if (staying.empty()) continue;
      auto& P = found.back();
      P *= staying[static_cast<std::size_t>(y * 2 * ages_ + cell)];
      P.col(death_) += Eigen::VectorXd::Ones(P.rows()) - P.rowwise().sum();
    }
    return found;
  }

 private:
  [[nodiscard]] std::size_t place(int cell, int band) const {
    return static_cast<std::size_t>(cell * bands() + band);
  }
  [[nodiscard]] int next(int cell) const { return cell + (cell % ages_ + 1 < ages_ ? 1 : 0); }

  int ages_, parts_a_year_;
  state death_;
  entry_clock clock_;
  std::vector<intensity_matrix<>> Q_;
  std::vector<matrix> half_, year_;  // 2 x ages x bands
};

}  // namespace kohort::detail
