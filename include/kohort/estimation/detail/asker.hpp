#pragma once

#include <cstddef>
#include <span>
#include <utility>
#include <vector>

#include <Eigen/Core>

#include <kohort/estimation/answers.hpp>
#include <kohort/estimation/detail/value_sums.hpp>

namespace kohort::detail {

/// A question made ready for many sets of coefficients. It keeps references to the model and to the
/// question.
class asker {
 public:
  asker(const intensity_model& intensities, const question& asked, std::span<const course> persons,
        std::span<const double> weights);

  [[nodiscard]] Eigen::Index rows() const { return ratio() ? 1 : starts_.rows(); }
  [[nodiscard]] scale on() const;

  /// The values, rows times columns, row by row; with their slopes if wanted.
  [[nodiscard]] value_sums values(std::span<const double> coefficients, bool slopes) const;

 private:
  [[nodiscard]] int states() const { return model_.structure.size(); }
  [[nodiscard]] bool ratio() const { return asked_.what == quantity::rate_ratio; }
  [[nodiscard]] bool passage() const {
    return asked_.what == quantity::passage_probability || asked_.what == quantity::passage_time;
  }
  void check(std::size_t persons, std::span<const double> weights) const;
  void check_targets() const;
  void make_rewards();
  [[nodiscard]] value_sums of_person(std::size_t person, std::span<const double> coefficients,
                                     bool slopes) const;
  [[nodiscard]] value_sums along(const course_grid& grid, std::span<const double> coefficients,
                                 bool slopes) const;

  const intensity_model& model_;
  const question& asked_;
  coefficient_layout where_;
  Eigen::MatrixXd starts_;
  std::vector<state> stopped_;
  std::vector<std::pair<course_grid, course_grid>> grids_;  // and the finer one, if clocks move
  std::vector<std::vector<double>> points_;                 // design at the start
  std::vector<double> weights_;
  path_rewards rewards_;
};

}  // namespace kohort::detail
