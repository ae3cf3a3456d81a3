#include "likelihood/moving_known.hpp"

#include <cmath>

#include <kohort/likelihood/detail/clock_integrals.hpp>

namespace kohort::detail {

double known_throughout::evaluate(const moving_cells& cells, std::size_t i, double h,
                                  moving_wish wish, int parts) {
  parts_ = parts;
  const auto K = at_.K, C = at_.C;
  const auto J = static_cast<std::size_t>(cells.pieces);
  const auto D = J * K + K * C;
  slopes.assign(wish == moving_wish::gradient ? D : 0, 0.0);
  curvature.assign(is_curvature(wish) ? D * D : 0, 0.0);
  const double* const clocks = cells.starts.data() + i * static_cast<std::size_t>(cells.clocks);
  double begin = 0, log_value = 0;
  for (std::size_t j = 0; j < J; ++j) {
    const double length = cells.elapsed[i * J + j];
    const double* const eta =
        at_.eta.data() + static_cast<std::size_t>(cells.patterns[i * J + j]) * K;
    for (std::size_t k = 0; k < K; ++k) {
      if (at_.moves[k].from != cells.from[i] || length == 0) continue;
      integrate(k, eta[k], clocks, begin, length, h);
      log_value -= moments_[0];
      record(j * K + k, J * K + k * C, D, wish);
    }
    begin += length;
  }
  if (cells.to[i] == cells.from[i]) return log_value;
  at_.moving.at(clocks, begin, end_.data());
  const double* const eta =
      at_.eta.data() + static_cast<std::size_t>(cells.patterns[i * J + J - 1]) * K;
  for (std::size_t k = 0; k < K; ++k) {
    if (at_.moves[k].from != cells.from[i] || at_.moves[k].to != cells.to[i]) continue;
    log_value += eta[k];
    for (std::size_t c = 0; c < C; ++c) {
      const double gamma = at_.gamma[k * C + c];
      if (gamma != 0) log_value += gamma * end_[c];
    }
    if (wish == moving_wish::gradient) {
      slopes[(J - 1) * K + k] += 1;
      for (std::size_t c = 0; c < C; ++c) slopes[J * K + k * C + c] += end_[c];
    }
  }
  return log_value;
}

void known_throughout::integrate(std::size_t k, double eta, const double* clocks, double begin,
                                 double length, double h) {
  const auto C = at_.C;
  moments_.assign(1 + C + C * C, 0.0);
  int only = -1, used = 0;
  for (std::size_t c = 0; c < C; ++c) {
    if (!at_.uses(k, c)) continue;
    only = static_cast<int>(c);
    ++used;
  }
  const double factor = std::exp(eta);
  if (used == 0) {
    moments_[0] = factor * length;
    return;
  }
  const auto c = static_cast<std::size_t>(only);
  const auto kind = at_.moving.kinds()[c];
  if (used == 1 && kind != covariate_path::spline) {
    const double z = clocks[at_.moving.clock_of()[c]] + begin;
    const double gamma = at_.gamma[k * C + c];
    const auto F = kind == covariate_path::gompertz
                       ? exponential_integral(gamma, z - at_.moving.origins()[c],
                                              z - at_.moving.origins()[c] + length)
                       : exponential_integral(gamma + 1, std::log(z), std::log(z + length));
    moments_[0] = factor * F.value;
    moments_[1 + c] = factor * F.first;
    moments_[1 + C + c * C + c] = factor * F.second;
    return;
  }
  // Gauss-Legendre, four nodes.
  constexpr double places[4] = {0.06943184420297371, 0.33000947820757187, 0.66999052179242813,
                                0.93056815579702629};
  constexpr double shares[4] = {0.17392742256872693, 0.32607257743127307, 0.32607257743127307,
                                0.17392742256872693};
  cuts_.clear();
  cut_into_substeps(at_.moving, clocks, begin, length, h, cuts_, parts_);
  for (const auto& [after, part] : cuts_) {
    for (int g = 0; g < 4; ++g) {
      at_.moving.at(clocks, after + places[g] * part, node_.data());
      double log_rate = 0;
      for (std::size_t a = 0; a < C; ++a) {
        if (at_.gamma[k * C + a] != 0) log_rate += at_.gamma[k * C + a] * node_[a];
      }
      const double mass = factor * std::exp(log_rate) * shares[g] * part;
      moments_[0] += mass;
      for (std::size_t a = 0; a < C; ++a) {
        if (!at_.uses(k, a)) continue;
        moments_[1 + a] += mass * node_[a];
        for (std::size_t b = 0; b < C; ++b) {
          if (at_.uses(k, b)) moments_[1 + C + a * C + b] += mass * node_[a] * node_[b];
        }
      }
    }
  }
}

void known_throughout::record(std::size_t eta, std::size_t gamma, std::size_t D, moving_wish wish) {
  const auto C = at_.C;
  if (wish == moving_wish::gradient) {
    slopes[eta] -= moments_[0];
    for (std::size_t c = 0; c < C; ++c) slopes[gamma + c] -= moments_[1 + c];
  } else if (is_curvature(wish)) {
    curvature[eta * D + eta] += moments_[0];
    for (std::size_t c = 0; c < C; ++c) {
      curvature[eta * D + gamma + c] += moments_[1 + c];
      curvature[(gamma + c) * D + eta] += moments_[1 + c];
      for (std::size_t d = 0; d < C; ++d)
        curvature[(gamma + c) * D + gamma + d] += moments_[1 + C + c * C + d];
    }
  }
}

}  // namespace kohort::detail
