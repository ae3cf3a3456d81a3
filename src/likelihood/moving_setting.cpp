#include <algorithm>
#include <cmath>
#include <limits>

#include <kohort/likelihood/detail/moving_setting.hpp>

namespace kohort::detail {

moving_setting::moving_setting(const intensity_model& intensities, const transition_tables& tables_,
                               const Eigen::VectorXd& coefficients)
    : tables(tables_),
      moves(intensities.structure.transitions()),
      moving(intensities),
      where(layout(intensities)),
      ways(intensities.structure),
      n(static_cast<std::size_t>(intensities.structure.size())),
      K(moves.size()),
      C(static_cast<std::size_t>(moving.columns())) {
  const std::span all(coefficients.data(), static_cast<std::size_t>(coefficients.size()));
  gamma = moving.coefficients(where, all);
  gamma_places = moving.places(where);
  std::vector<char> moves_column(static_cast<std::size_t>(where.design_columns), 0);
  for (const int column : moving.design()) moves_column[static_cast<std::size_t>(column)] = 1;
  for (std::size_t k = 0; k < K; ++k) {
    std::vector<effect> mine;
    int place = where.starts[k];
    for (const int column : where.columns[k]) {
      ++place;
      if (!moves_column[static_cast<std::size_t>(column)]) mine.push_back({place, column});
    }
    effects.push_back(std::move(mine));
  }
  eta.resize(tables.pattern_count() * K);
  for (std::size_t p = 0; p < tables.pattern_count(); ++p) {
    const auto x = tables.pattern(p);
    for (std::size_t k = 0; k < K; ++k) {
      double sum = coefficients[where.starts[k]];
      for (const auto& one : effects[k]) {
        if (coefficients[one.place] != 0)
          sum += coefficients[one.place] * x[static_cast<std::size_t>(one.column)];
      }
      eta[p * K + k] = sum;
    }
  }
  steepest.assign(C, 0.0);
  for (std::size_t i = 0; i < gamma.size(); ++i)
    steepest[i % C] = std::max(steepest[i % C], std::abs(gamma[i]));
  std::vector<int> out(n, 0);
  for (const auto& move : moves)
    most_ways = std::max(most_ways, ++out[static_cast<std::size_t>(move.from)]);
}

std::vector<double> moving_setting::spread() const {
  std::vector<double> least(C, std::numeric_limits<double>::infinity()), most(C, -least[0]), x(C);
  for (const auto& cells : tables.moving) {
    const auto clocks = static_cast<std::size_t>(cells.clocks);
    for (std::size_t i = 0; i < cells.size(); ++i) {
      moving.at(cells.starts.data() + i * clocks,
                cells.elapsed[i * static_cast<std::size_t>(cells.pieces)] / 2, x.data());
      for (std::size_t c = 0; c < C; ++c) {
        least[c] = std::min(least[c], x[c]);
        most[c] = std::max(most[c], x[c]);
      }
    }
  }
  for (std::size_t c = 0; c < C; ++c) most[c] -= least[c];
  return most;
}

bool moving_setting::too_steep(const double* one, const double* other) const {
  double most = 0;
  for (std::size_t c = 0; c < C; ++c) most += steepest[c] * std::abs(one[c] - other[c]);
  if (most <= widest_change) return false;
  for (std::size_t k = 0; k < K; ++k) {
    double change = 0;
    for (std::size_t c = 0; c < C; ++c) change += gamma[k * C + c] * (one[c] - other[c]);
    if (std::abs(change) > widest_change) return true;
  }
  return false;
}

void moving_expansion::add(const std::int32_t* patterns, std::size_t pieces, const double* slopes,
                           Eigen::VectorXd& gradient) const {
  for (std::size_t j = 0; j < pieces; ++j) {
    const auto x = at_.tables.pattern(static_cast<std::size_t>(patterns[j]));
    for (std::size_t k = 0; k < at_.K; ++k) {
      const double slope = slopes[j * at_.K + k];
      gradient[at_.where.starts[k]] += slope;
      for (const auto& one : at_.effects[k])
        gradient[one.place] += slope * x[static_cast<std::size_t>(one.column)];
    }
  }
  const double* const by_gamma = slopes + pieces * at_.K;
  for (std::size_t i = 0; i < at_.gamma_places.size(); ++i) {
    if (at_.gamma_places[i] >= 0) gradient[at_.gamma_places[i]] += by_gamma[i];
  }
}

void moving_expansion::add(const std::int32_t* patterns, std::size_t pieces,
                           const std::vector<double>& matrix, Eigen::MatrixXd& information) {
  const auto D = size(pieces);
  parts_.resize(D);
  for (std::size_t d = 0; d < D; ++d) {
    auto& part = parts_[d];
    part.clear();
    if (d >= pieces * at_.K) {
      const int place = at_.gamma_places[d - pieces * at_.K];
      if (place >= 0) part.push_back({place, 1.0});
      continue;
    }
    const auto x = at_.tables.pattern(static_cast<std::size_t>(patterns[d / at_.K]));
    const auto k = d % at_.K;
    part.push_back({at_.where.starts[k], 1.0});
    for (const auto& one : at_.effects[k])
      part.push_back({one.place, x[static_cast<std::size_t>(one.column)]});
  }
  for (std::size_t a = 0; a < D; ++a) {
    for (std::size_t b = 0; b < D; ++b) {
      const double value = matrix[a * D + b];
      if (value == 0) continue;
      for (const auto& [row, x] : parts_[a]) {
        for (const auto& [column, y] : parts_[b]) information(row, column) += value * x * y;
      }
    }
  }
}

}  // namespace kohort::detail
