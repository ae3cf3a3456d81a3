#pragma once

#include <utility>
#include <vector>

#include <Eigen/Core>

#include <kohort/data/transitions.hpp>
#include <kohort/likelihood/detail/series.hpp>
#include <kohort/model/clock_columns.hpp>
#include <kohort/model/detail/substeps.hpp>
#include <kohort/model/intensity_model.hpp>

namespace kohort::detail {

/// What all blocks share: the model, taken apart.
struct moving_setting {
  const transition_tables& tables;
  const std::vector<transition>& moves;
  clock_columns moving;
  coefficient_layout where;
  wiring ways;
  std::size_t n, K, C;
  std::vector<double> gamma;      // K x C
  std::vector<int> gamma_places;  // K x C, among the coefficients, or -1
  std::vector<double> eta;        // patterns x K: log rates without the moving columns
  struct effect {
    int place, column;
  };
  std::vector<std::vector<effect>> effects;  // per transition: those that do not move
  std::vector<double> steepest;              // C: largest |gamma|
  int most_ways = 1;                         // out of one state

  moving_setting(const intensity_model& intensities, const transition_tables& tables_,
                 const Eigen::VectorXd& coefficients);

  [[nodiscard]] bool uses(std::size_t k, std::size_t c) const {
    return gamma_places[k * C + c] >= 0;
  }

  /// Largest minus least value of each moving column, as the intervals begin.
  [[nodiscard]] std::vector<double> spread() const;

  /// Whether a rate changes too much between two rows of moving columns to be mixed.
  [[nodiscard]] bool too_steep(const double* one, const double* other) const;
};

/// A matrix by (piece, transition) and (transition, moving column), then by coefficient.
class moving_expansion {
 public:
  explicit moving_expansion(const moving_setting& at) : at_(at) {}

  [[nodiscard]] std::size_t size(std::size_t pieces) const {
    return pieces * at_.K + at_.K * at_.C;
  }

  /// Adds a slope by those to the one by coefficient.
  void add(const std::int32_t* patterns, std::size_t pieces, const double* slopes,
           Eigen::VectorXd& gradient) const;

  /// Adds a symmetric matrix by those to the one by coefficient.
  void add(const std::int32_t* patterns, std::size_t pieces, const std::vector<double>& matrix,
           Eigen::MatrixXd& information);

 private:
  const moving_setting& at_;
  std::vector<std::vector<std::pair<int, double>>> parts_;
};

}  // namespace kohort::detail
