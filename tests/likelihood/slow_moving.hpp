#pragma once

// Rows of every kind over clocks that move, with 50 digits: the power series of p' = p Q(t). A
// second implementation that shares nothing with the library but the formulas.
#include <cmath>
#include <utility>
#include <vector>

#include "mixed_rows.hpp"

namespace kohort_tests {

/// log rate of one transition: at age z, sum of what is given here.
struct slow_rate {
  double intercept = 0;         ///< with all effects that hold
  double gompertz = 0;          ///< a year, zero at `origin`
  double power = 0;             ///< of the age
  std::vector<double> bands{};  ///< beside the first band
};

struct slow_clock {
  double origin = 75;
  std::vector<double> cuts{};
};

using slow_rates = std::vector<slow_rate>;  // per transition

/// The row of weights from age `begin` on; moves that are not wanted end it.
class slow_course {
 public:
  slow_course(const kohort::model& m, slow_rates rates, slow_clock clock)
      : m_(m), rates_(std::move(rates)), clock_(std::move(clock)) {}

  void pass(std::vector<wide>& p, double begin, double length, bool still) const {
    pass(p, begin, length, std::vector<char>(rates_.size(), still ? 0 : 1));
  }

  void pass(std::vector<wide>& p, double begin, double length,
            const std::vector<char>& kept) const {
    wide at = begin;
    const wide end = wide(begin) + wide(length);
    while (at < end) {
      wide next = at + wide(.25);
      for (const double cut : clock_.cuts) {
        if (wide(cut) > at && wide(cut) < next) next = cut;
      }
      if (next > end) next = end;
      step(p, at, next - at, kept);
      at = next;
    }
  }

  /// q_k at an age; a band begins where it is reached, and a move at its cut is of the band before.
  [[nodiscard]] wide rate(std::size_t k, const wide& age) const {
    return series(k, age, age - wide(1e-30), 1)[0];
  }

  [[nodiscard]] const kohort::model& structure() const { return m_; }

 private:
  static constexpr int terms = 44;

  [[nodiscard]] std::vector<wide> series(std::size_t k, const wide& age, const wide& inside,
                                         int count) const {
    const auto& one = rates_[k];
    wide log_rate = wide(one.intercept) + wide(one.gompertz) * (age - clock_.origin) +
                    wide(one.power) * log(age);
    int band = 0;
    for (const double cut : clock_.cuts) band += inside >= wide(cut);
    if (band > 0 && !one.bands.empty())
      log_rate += wide(one.bands[static_cast<std::size_t>(band - 1)]);
    std::vector<wide> growth{exp(log_rate)}, power{wide(1)}, all;
    for (int i = 0; i + 1 < count; ++i) {
      growth.push_back(growth.back() * wide(one.gompertz) / (i + 1));
      power.push_back(power.back() * (wide(one.power) - i) / (i + 1) / age);
    }
    for (std::size_t i = 0; i < growth.size(); ++i) {
      wide sum = 0;
      for (std::size_t j = 0; j <= i; ++j) sum += growth[j] * power[i - j];
      all.push_back(sum);
    }
    return all;
  }

  void step(std::vector<wide>& p, const wide& age, const wide& length,
            const std::vector<char>& kept) const {
    const auto K = rates_.size(), n = p.size();
    std::vector<std::vector<wide>> q;
    for (std::size_t k = 0; k < K; ++k) q.push_back(series(k, age, age, terms));
    std::vector<std::vector<wide>> row{p};
    for (int i = 0; i < terms; ++i) {
      std::vector<wide> next(n, wide(0));
      for (int j = 0; j <= i; ++j) {
        for (std::size_t k = 0; k < K; ++k) {
          const auto& move = m_.transitions()[k];
          const wide flow = row[static_cast<std::size_t>(j)][static_cast<std::size_t>(move.from)] *
                            q[k][static_cast<std::size_t>(i - j)];
          next[static_cast<std::size_t>(move.from)] -= flow;
          if (kept[k]) next[static_cast<std::size_t>(move.to)] += flow;
        }
      }
      for (auto& value : next) value /= i + 1;
      row.push_back(next);
    }
    for (std::size_t s = 0; s < n; ++s) {
      wide sum = 0;
      for (auto i = row.size(); i-- > 0;) sum = sum * length + row[i][s];
      p[s] = sum;
    }
  }

  const kohort::model& m_;
  slow_rates rates_;
  slow_clock clock_;
};

/// The likelihood of one person's rows, given the weights of the states in the first.
///
/// @param ages  at each row
inline wide slow_moving_likelihood(const slow_course& course, const std::vector<mixed_row>& rows,
                                   const std::vector<double>& ages, std::vector<wide> weights) {
  return slow_likelihood(
      course.structure(), rows, std::move(weights),
      [&](std::vector<wide>& w, std::size_t row, double from, double years, bool still) {
        course.pass(w, ages[row] + from, years, still);
      },
      [&](std::size_t k, std::size_t row) {
        return course.rate(k, wide(ages[row - 1]) + wide(rows[row].time - rows[row - 1].time));
      });
}

}  // namespace kohort_tests
