#include <cmath>
#include <vector>

#include <kohort/model/clock_columns.hpp>
#include <kohort/model/detail/pieces.hpp>
#include <kohort/model/detail/substeps.hpp>
#include <kohort/model/moving_probability.hpp>
#include <kohort/support/error.hpp>

namespace kohort {

namespace detail {

Eigen::MatrixXd moving_probability(const intensity_model& intensities,
                                   std::span<const double> coefficients, std::span<const double> x,
                                   double t, double h) {
  const auto& structure = intensities.structure;
  const auto where = layout(intensities);
  const clock_columns moving(intensities);
  const auto K = structure.transitions().size();
  const auto C = static_cast<std::size_t>(moving.columns());
  std::vector<double> clocks;
  for (const auto& name : moving.clock_names()) {
    for (std::size_t i = 0; i < x.size(); ++i) {
      if (intensities.terms[i].column != name || !moves_on(intensities.terms[i].path)) continue;
      clocks.push_back(x[i]);
      break;
    }
  }
  Eigen::MatrixXd P = Eigen::MatrixXd::Identity(structure.size(), structure.size());
  std::vector<double> columns, early(K), late(K), mixed(K), one(C), other(C);
  std::vector<substep> cuts;
  const auto rates = [&](const std::vector<double>& now, std::vector<double>& out) {
    for (std::size_t c = 0; c < C; ++c)
      columns[static_cast<std::size_t>(moving.design()[c])] = now[c];
    rates_at(where, coefficients, columns, out);
  };
  const auto advance = [&](double length) {
    P = P *
        transition_probability(intensity_matrix<>::from_rates(structure, mixed), length).matrix();
  };
  for_each_piece(intensities, x, t, [&](double begin, double end, std::span<const double> now) {
    columns = design_row(intensities, now);
    if (moving.none()) {
      rates_at(where, coefficients, columns, mixed);
      advance(end - begin);
      return;
    }
    cuts.clear();
    cut_into_substeps(moving, clocks.data(), begin, end - begin, h, cuts);
    for (const auto& [after, length] : cuts) {
      if (length == 0) continue;
      moving.at(clocks.data(), after + early_node * length, one.data());
      moving.at(clocks.data(), after + late_node * length, other.data());
      rates(one, early);
      rates(other, late);
      bool too_steep = false;
      for (std::size_t k = 0; k < K; ++k) {
        if (early[k] > 0 || late[k] > 0)
          too_steep = too_steep || std::abs(std::log(late[k] / early[k])) > widest_change;
      }
      if (too_steep) {
        moving.at(clocks.data(), after + length / 2, one.data());
        rates(one, early);
        late = early;
      }
      for (std::size_t k = 0; k < K; ++k)
        mixed[k] = first_share * early[k] + second_share * late[k];
      advance(length);
      for (std::size_t k = 0; k < K; ++k)
        mixed[k] = second_share * early[k] + first_share * late[k];
      advance(length);
    }
    P.array().colwise() /= P.rowwise().sum().array().eval();  // no rounding adds up over many steps
  });
  return P;
}

}  // namespace detail

probability_matrix<> transition_probability(const intensity_model& intensities,
                                            std::span<const double> coefficients,
                                            std::span<const double> x, double t, double accuracy) {
  const auto where = layout(intensities);
  if (coefficients.size() < static_cast<std::size_t>(where.starts.back()) ||
      x.size() != intensities.terms.size()) {
    reject("E-MODEL", "transition_probability",
           std::to_string(coefficients.size()) + " coefficients and " + std::to_string(x.size()) +
               " covariate values were given",
           "the model has " + std::to_string(where.starts.back()) + " and " +
               std::to_string(intensities.terms.size()),
           "Give one value for each");
  }
  if (!(t >= 0) || !std::isfinite(t)) {
    reject("E-TIME", "transition_probability", "the time is " + std::to_string(t),
           "it must be a number of years, 0 or more", "Give the later age after the earlier one");
  }
  double h = 0.5;
  Eigen::MatrixXd P = detail::moving_probability(intensities, coefficients, x, t, h);
  if (clock_columns(intensities).none()) return probability_matrix<>::trusted(std::move(P));
  for (int attempt = 0; attempt < 8; ++attempt) {
    h /= 2;
    const Eigen::MatrixXd finer = detail::moving_probability(intensities, coefficients, x, t, h);
    double change = 0;
    for (Eigen::Index i = 0; i < P.size(); ++i) {
      if (finer.data()[i] > 1e-12)
        change = std::max(change, std::abs(finer.data()[i] / P.data()[i] - 1));
    }
    P = finer;
    if (change <= accuracy) break;
  }
  return probability_matrix<>::trusted(std::move(P));
}

}  // namespace kohort
