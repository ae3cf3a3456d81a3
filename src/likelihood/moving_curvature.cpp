#include "likelihood/moving_curvature.hpp"

#include <algorithm>
#include <cmath>

namespace kohort::detail {

namespace {

constexpr double difference = 1e-5, one_sided = 1e-7;  // of a log rate
constexpr double narrow_share = 0.03;  // of a column's spread: for ages over 35 years, one year
constexpr std::size_t sample_width = 8, one_in = 16;  // the same for any vector width

}  // namespace

moving_curvature::moving_curvature(const moving_setting& at, bool quick)
    : at_(at), quick_(quick), spread_(quick ? at.spread() : std::vector<double>{}) {}

bool moving_curvature::narrow(const moving_cells& cells, const std::vector<std::int32_t>& chosen,
                              std::size_t place) {
  const auto& kinds = at_.moving.kinds();
  if (std::find(kinds.begin(), kinds.end(), covariate_path::spline) != kinds.end())
    return false;  // the bends beside each other tell more of d^2
  const auto first = place - place % sample_width;
  const auto last = std::min(first + sample_width, chosen.size());
  const auto J = static_cast<std::size_t>(cells.pieces),
             clocks = static_cast<std::size_t>(cells.clocks);
  middle_.resize(at_.C);
  end_.resize(at_.C);
  for (auto i = first; i < last; ++i) {
    const auto cell = static_cast<std::size_t>(chosen[i]);
    const double* const start = cells.starts.data() + cell * clocks;
    double begin = 0;
    for (std::size_t j = 0; j < J; ++j) {
      const double length = cells.elapsed[cell * J + j];
      at_.moving.at(start, begin + length / 2, middle_.data());
      for (const double there : {begin, begin + length}) {
        at_.moving.at(start, there, end_.data());
        for (std::size_t c = 0; c < at_.C; ++c) {
          if (!(std::abs(end_[c] - middle_[c]) <= narrow_share * spread_[c])) return false;
        }
      }
      begin += length;
    }
  }
  return true;
}

void moving_curvature::find(moving_lanes& group, const moving_cells& cells,
                            const std::vector<std::int32_t>& chosen, std::size_t place,
                            std::size_t count, std::vector<double>& lanes) {
  const auto pieces = static_cast<std::size_t>(cells.pieces);
  const auto D = group.directions(), etas = pieces * at_.K;
  lanes.assign(count * D * D, 0.0);
  before_.resize(count * D);
  group.truncate(quick_);
  if (quick_) {
    group.run(true, D, 0);
    keep(group, count, D);
  }
  for (std::size_t d = 0; d < etas; ++d) differentiate(group, count, d, 1, lanes);
  const bool guessed = quick_ && narrow(cells, chosen, place);
  const bool sampled = place / sample_width % one_in == 0;
  if (guessed) {
    group.find_middles();
    short_cut(group, pieces, count, lanes);
    if (!sampled) return;
    guess_ = lanes;
  }
  for (std::size_t d = etas; d < D; ++d) {
    if (at_.gamma_places[d - etas] >= 0)
      differentiate(group, count, d, 1 / group.largest_x((d - etas) % at_.C), lanes);
  }
  if (!guessed) return;
  for (std::size_t i = 0; i < lanes.size(); ++i)
    lanes[i] = guess_[i] + one_in * (lanes[i] - guess_[i]);
}

void moving_curvature::keep(const moving_lanes& group, std::size_t count, std::size_t D) {
  for (std::size_t l = 0; l < count; ++l) {
    for (std::size_t e = 0; e < D; ++e) before_[l * D + e] = group.slope(l, e);
  }
}

void moving_curvature::differentiate(moving_lanes& group, std::size_t count, std::size_t d,
                                     double unit, std::vector<double>& lanes) {
  const auto D = group.directions();
  const double by = unit * (quick_ ? one_sided : difference);
  if (!quick_) {
    group.run(true, d, -by);
    keep(group, count, D);
  }
  group.run(true, d, by);
  for (std::size_t l = 0; l < count; ++l) {
    for (std::size_t e = 0; e < D; ++e)
      lanes[(l * D + e) * D + d] =
          (before_[l * D + e] - group.slope(l, e)) / (quick_ ? by : 2 * by);
  }
}

void moving_curvature::short_cut(const moving_lanes& group, std::size_t pieces, std::size_t count,
                                 std::vector<double>& lanes) const {
  const auto K = at_.K, C = at_.C, D = group.directions(), etas = pieces * K;
  for (std::size_t l = 0; l < count; ++l) {
    double* const H = lanes.data() + l * D * D;  // H[e * D + d]: slope e along direction d
    for (std::size_t i = 0; i < K * C; ++i) {
      if (at_.gamma_places[i] < 0) continue;
      const auto gamma = etas + i;
      for (std::size_t e = 0; e < etas; ++e) H[e * D + gamma] = H[gamma * D + e];
    }
    for (std::size_t i = 0; i < K * C; ++i) {
      if (at_.gamma_places[i] < 0) continue;
      for (std::size_t o = 0; o < K * C; ++o) {
        if (at_.gamma_places[o] < 0) continue;
        double sum = 0;
        for (std::size_t j = 0; j < pieces; ++j) {
          const auto mine = j * K + i / C;
          const double m = group.middle(l, j, i % C);
          double rest = H[(etas + o) * D + mine];
          for (std::size_t k = 0; k < pieces; ++k)
            rest -= group.middle(l, k, o % C) * H[(k * K + o / C) * D + mine];
          sum += m * rest;
        }
        for (std::size_t j = 0; j < pieces; ++j)
          sum += group.middle(l, j, o % C) * H[(etas + i) * D + j * K + o / C];
        H[(etas + i) * D + etas + o] = sum;
      }
    }
  }
}

}  // namespace kohort::detail
