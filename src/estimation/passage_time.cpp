#include <algorithm>
#include <limits>
#include <utility>
#include <vector>

#include <kohort/estimation/detail/passage_time.hpp>
#include <kohort/model/detail/lifetime.hpp>
#include <kohort/model/first_passage.hpp>

namespace kohort::detail {

namespace {

constexpr double infinite = std::numeric_limits<double>::infinity();

/// What lies beyond an open last piece, by the state at its start: h, the probability of ever
/// passing, and U h, the time until then of those to whom it happens.
struct tail {
  Eigen::VectorXd h, Uh;
  whole_life_stay<Eigen::Dynamic> life;  ///< U, and the states that nobody leaves for good
};

tail closed_tail(Eigen::Index n, std::span<const state> stopped) {
  tail at{Eigen::VectorXd::Zero(n), Eigen::VectorXd::Zero(n), {}};
  for (const int t : stopped) at.h[t] = 1;
  return at;
}

tail open_tail(const model& structure, const std::vector<double>& rates,
               std::span<const state> stopped) {
  const auto Q = intensity_matrix<>::from_rates(structure, rates);
  const auto ever = first_passage_ever(Q, stopped);
  tail at{ever.ever, Eigen::VectorXd::Zero(ever.ever.size()), whole_life(Q, 0)};
  for (Eigen::Index r = 0; r < at.h.size(); ++r) {
    if (at.h[r] > 0) at.Uh[r] = ever.mean[r] * at.h[r];
  }
  return at;
}

/// Slope along one rate of the open piece, that of the move from a to c, by those who are `there`:
///
///     dh_i = U_ia (h_c - h_a),  d(Uh)_i = U_ia ((Uh)_c - (Uh)_a) + sum_j U_ij dh_j
///
/// of h, or of T h + U h.
double tail_slope(const tail& at, transition move, const Eigen::RowVectorXd& there, bool of_time,
                  double T) {
  const auto [a, c] = move;
  const auto left = [&](Eigen::Index r) { return !at.life.closed[static_cast<std::size_t>(r)]; };
  if (!left(a)) return 0;
  double slope = 0;
  for (Eigen::Index i = 0; i < at.h.size(); ++i) {
    if (!left(i)) continue;
    const double dh = at.life.stay(i, a) * (at.h[c] - at.h[a]);
    double dUh = at.life.stay(i, a) * (at.Uh[c] - at.Uh[a]);
    for (Eigen::Index j = 0; j < at.h.size(); ++j) {
      if (left(j)) dUh += at.life.stay(i, j) * at.life.stay(j, a) * (at.h[c] - at.h[a]);
    }
    slope += there[i] * (of_time ? T * dh + dUh : dh);
  }
  return slope;
}

}  // namespace

Eigen::RowVectorXd coefficient_slopes(const intensity_model& intensities,
                                      const coefficient_layout& where, const course_grid& grid,
                                      std::span<const double> coefficients,
                                      std::span<const state> stopped,
                                      std::span<const double> by_rate) {
  Eigen::RowVectorXd into =
      Eigen::RowVectorXd::Zero(static_cast<Eigen::Index>(coefficients.size()));
  add_coefficient_slopes(intensities, where, grid, coefficients, stopped, by_rate, 1.0,
                         {into.data(), coefficients.size()});
  return into;
}

value_sums until_passage(const passage_question& about, const course_grid& grid,
                         intensity_path path, std::span<const double> coefficients, bool slopes) {
  const auto n = static_cast<Eigen::Index>(about.model.structure.size());
  const Eigen::Index S = about.starts.rows();
  const auto K = path.moves.size();
  const bool open = path.elapsed.back() == infinite;
  tail last;
  if (open) {
    last = open_tail(about.model.structure,
                     {path.rates.end() - static_cast<std::ptrdiff_t>(K), path.rates.end()},
                     about.stopped);
    path.elapsed.pop_back();
    path.counted.pop_back();
    path.rates.resize(path.rates.size() - K);
  } else {
    last = closed_tail(n, about.stopped);
  }
  double T = 0;
  for (const double t : path.elapsed) T += t;
  path_rewards both{Eigen::MatrixXd(n, 2), Eigen::MatrixXd::Zero(n, 2), {}, 0};
  both.terminal.col(0) = T * last.h + last.Uh;
  both.terminal.col(1) = last.h;
  for (const int t : about.stopped) both.running(t, 0) = -1;

  value_sums found{Eigen::VectorXd(2 * S), {}};
  const auto gradient = path_value_gradient(path, both, about.starts);
  for (Eigen::Index r = 0; r < 2 * S; ++r) found.values[r] = gradient.value(r / 2, r % 2);
  if (!slopes) return found;
  found.slopes.resize(2 * S, static_cast<Eigen::Index>(coefficients.size()));
  Eigen::MatrixXd there;  // of each start, at the beginning of an open last piece
  if (open) {
    there = about.starts *
            path_value(path, {Eigen::MatrixXd::Identity(n, n), Eigen::MatrixXd::Zero(n, n)});
  }
  for (Eigen::Index r = 0; r < 2 * S; ++r) {
    auto by = gradient.by[static_cast<std::size_t>(r)];
    for (std::size_t k = 0; open && k < K; ++k)
      by.push_back(tail_slope(last, path.moves[k], there.row(r / 2), r % 2 == 0, T));
    found.slopes.row(r) =
        coefficient_slopes(about.model, about.where, grid, coefficients, about.stopped, by);
  }
  return found;
}

value_sums mean_time(const value_sums& both) {
  const Eigen::Index S = both.values.size() / 2;
  value_sums ratio{Eigen::VectorXd(S), {}};
  if (both.slopes.size() > 0) ratio.slopes = Eigen::MatrixXd::Zero(S, both.slopes.cols());
  for (Eigen::Index s = 0; s < S; ++s) {
    const double time = both.values[2 * s], ever = both.values[2 * s + 1];
    ratio.values[s] = ever > 0 ? std::max(time, 0.0) / ever : infinite;
    if (ever > 0 && ratio.slopes.size() > 0)
      ratio.slopes.row(s) =
          (both.slopes.row(2 * s) - ratio.values[s] * both.slopes.row(2 * s + 1)) / ever;
  }
  return ratio;
}

}  // namespace kohort::detail
