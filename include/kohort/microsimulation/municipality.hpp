#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include <kohort/microsimulation/agreement.hpp>
#include <kohort/microsimulation/lives.hpp>
#include <kohort/projection/open_cohort.hpp>
#include <kohort/projection/strategy.hpp>

namespace kohort {

namespace detail {
struct piece_rates;
}

/// A municipality's whole older population as persons, under the very law that
/// `project_open_cohort` solves for its expectation.
///
/// The states are `none`, the living states of the model, death, and `moved away`. Every person has
/// one of the three birth nodes, drawn by its weight. On each piece of a year, before and after the
/// birthday, the rates are those of the projection: entries at incidence times mix, moves at the
/// fitted rates, deaths at rho_r mu_none with mu_none as the projection's closure solves it, and
/// where net migration is out, leaving at the rate -g. Where it is in, persons come by a Poisson
/// process, at the rate g times the projection's own number, in its state at that moment: the state
/// is that of a person who started the piece like the others and was still alive. Those who turn
/// the lowest age are Poisson numbers with the projection's mean. So the mean over replicates is
/// the projection of draw 0, and spread over replicates is the chance in single lives.
///
/// With bands of time since entry everybody passes them at his own time: those of the stock entered
/// evenly over their part of a year, newcomers when they come. The closure is solved for each piece
/// with people by cells of the clock, as `project_open_cohort` has them, so the mean is the
/// projection's but for the passing by parts (`entry_clock`).
///
/// Patterns are sex x birth node, men first; groups are the sexes.
class municipality {
 public:
  /// @throws invalid_input  as `project_open_cohort`; `E-MODEL`: a level called `moved away`
  municipality(const open_cohort_inputs& inputs, const open_cohort_options& options,
               std::uint64_t seed);

  [[nodiscard]] const life_rates& rates() const { return rates_; }
  /// Everybody of a replicate: those there at time 0, then those who come later. A pure function of
  /// (seed, replicate).
  [[nodiscard]] life_starts persons(std::uint32_t replicate) const;
  /// Expected numbers by sex, 31 December and living state, with their covariances: multinomial for
  /// those there at time 0, Poisson for the others.
  ///
  /// With bands of time since entry, persons pass them at their own times and the expectation by
  /// parts of a year: in the mean four of them for each of the projection's (fewer where a cut
  /// comes after some four years), which with months is off by some 3e-5 of the numbers in a band,
  /// and in the covariance the projection's own (5e-4).
  [[nodiscard]] std::vector<occupancy_moments> expected(int threads = 0) const;
  /// Number of living states, `none` included; death and `moved away` come after them.
  [[nodiscard]] int living() const { return living_; }
  [[nodiscard]] int years() const { return years_; }
  /// The same strategy, as effects on the transitions here; of draw 0.
  [[nodiscard]] life_strategy translate(const strategy& s) const;

 private:
  struct piece {
    double length = 0, growth = 0, alive = 0;  // alive: the projection's, at the start
    double change = 0;                         // its rate of change, per person and year
    Eigen::RowVectorXd start;                  // its occupancy then, by cell of the clock
  };
  [[nodiscard]] std::size_t place(int year, int sex, int age, int node, int half) const;
  /// Where the rates of a piece stand in the table: bands x transitions.
  [[nodiscard]] std::size_t rates_at(int year, int sex, int age, int node, int half) const;
  void walk(const open_cohort_inputs& inputs, const open_cohort_options& options);
  [[nodiscard]] double since(int part, double drawn) const;
  void immigrants(std::uint32_t replicate, life_starts& list) const;
  [[nodiscard]] detail::piece_rates rates_of(int year, int sex, int age, int node, int half) const;
  [[nodiscard]] bool emptied(int year, int sex, int age, int node) const;
  [[nodiscard]] Eigen::VectorXd means(int sex) const;
  [[nodiscard]] Eigen::MatrixXd covariance(int sex, int threads) const;

  std::uint64_t seed_;
  int living_, years_, ages_, parts_a_year_;
  entry_clock clock_;
  std::vector<double> prevalence_;  // 2 x ages x cells x living
  life_rates rates_;
  std::vector<int> out_starts_, out_;
  std::vector<double> stock_;   // 2 x ages x parts x living: persons at time 0
  std::vector<piece> pieces_;   // years x 2 x (ages + 1) x nodes x 2
  std::vector<double> born_;    // years x 2 x nodes: who turn the lowest age
  std::vector<double> filled_;  // years x 2 x ages: who appear at the year's end
  using rows_by_age = std::vector<std::vector<Eigen::RowVectorXd>>;
  std::array<rows_by_age, 2> last_;  // by sex, age and node: occupancy on the last 31 December
};

}  // namespace kohort
