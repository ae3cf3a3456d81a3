#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include <kohort/model/detail/exponential_moments.hpp>
#include <kohort/model/detail/lifetime.hpp>
#include <kohort/model/intensity_matrix.hpp>
#include <kohort/model/length_of_stay.hpp>
#include <kohort/model/path_value.hpp>
#include <kohort/support/error.hpp>

namespace kohort {

namespace {

using table = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using mask = Eigen::Array<bool, Eigen::Dynamic, Eigen::Dynamic>;
constexpr double infinite = std::numeric_limits<double>::infinity();
constexpr double longest_series = 32;  // of (lambda + force) h; beyond, matrices are doubled

/// Degree that leaves every entry of the series a truncation error below 2^-53 of it.
int degree_for(double theta, int states) {
  double term = 1;
  int k = 0;
  while (k < theta || term * theta / (k + 1 - theta) > 0x1p-53) term *= theta / ++k;
  return k + states - 1;
}

/// One piece as the series wants it: A = h (Q + lambda I) by its entries.
struct shifted_piece {
  shifted_piece(const intensity_path& path, std::size_t piece)
      : moves(path.moves), h(path.elapsed[piece]) {
    const double* rates = path.rates_of(piece);
    diagonal.assign(static_cast<std::size_t>(path.states), 0.0);
    for (std::size_t k = 0; k < moves.size(); ++k) exits(moves[k].from) += rates[k];
    lambda = *std::max_element(diagonal.begin(), diagonal.end());
    for (auto& d : diagonal) d = h * (lambda - d);
    for (std::size_t k = 0; k < moves.size(); ++k) off.push_back(h * rates[k]);
  }

  /// y = A x.
  void times(const table& x, table& y) const {
    for (Eigen::Index r = 0; r < x.rows(); ++r)
      y.row(r) = diagonal[static_cast<std::size_t>(r)] * x.row(r);
    for (std::size_t k = 0; k < moves.size(); ++k) {
      if (off[k] != 0) y.row(moves[k].from) += off[k] * x.row(moves[k].to);
    }
  }

  /// y' = x' A, both stored as columns by state: y is states x starts.
  void transposed_times(const table& x, table& y) const {
    for (Eigen::Index r = 0; r < x.rows(); ++r)
      y.row(r) = diagonal[static_cast<std::size_t>(r)] * x.row(r);
    for (std::size_t k = 0; k < moves.size(); ++k) {
      if (off[k] != 0) y.row(moves[k].to) += off[k] * x.row(moves[k].from);
    }
  }

  const std::vector<transition>& moves;
  double h, lambda = 0;
  std::vector<double> diagonal, off;

 private:
  double& exits(state r) { return diagonal[static_cast<std::size_t>(r)]; }
};

intensity_matrix<> matrix_of(const intensity_path& path, std::size_t piece) {
  Eigen::MatrixXd rates = Eigen::MatrixXd::Zero(path.states, path.states);
  for (std::size_t k = 0; k < path.moves.size(); ++k)
    rates(path.moves[k].from, path.moves[k].to) += path.rates_of(piece)[k];
  return intensity_matrix<>::from_rates(rates);
}

/// Running rewards of a piece, those for moves included.
table running(const intensity_path& path, const path_rewards& rewards, std::size_t piece) {
  table c = rewards.running;
  if (rewards.entering.size() > 0) {
    for (std::size_t k = 0; k < path.moves.size(); ++k)
      c.row(path.moves[k].from) +=
          path.rates_of(piece)[k] * rewards.entering.row(static_cast<Eigen::Index>(k));
  }
  if (!path.counted.empty()) c *= path.counted[piece];
  return c;
}

double counted(const intensity_path& path, std::size_t piece) {
  return path.counted.empty() ? 1.0 : path.counted[piece];
}

/// The value where the last piece goes on for ever, and where it is infinite.
struct tail {
  table value;
  mask without_end;
  Eigen::MatrixXd stay;      // whole life, finite entries
  std::vector<bool> closed;  // states never left
};

tail beyond(const intensity_path& path, const path_rewards& rewards) {
  const auto last = path.pieces() - 1;
  const auto Q = matrix_of(path, last);
  const auto life = detail::whole_life(Q, rewards.force);
  const table c = running(path, rewards, last);
  const int n = path.states;
  tail at{table::Zero(n, c.cols()), mask::Constant(n, c.cols(), false), life.stay, life.closed};
  const auto closed = [&](int r) {
    return rewards.force == 0 && life.closed[static_cast<std::size_t>(r)];
  };
  for (int r = 0; r < n; ++r) {
    for (int j = 0; j < n; ++j) {
      if (life.stay(r, j) == infinite) {
        for (Eigen::Index m = 0; m < c.cols(); ++m) {
          if (c(j, m) != 0) at.without_end(r, m) = true;
        }
        at.stay(r, j) = 0;
        continue;
      }
      at.value.row(r) += life.stay(r, j) * c.row(j);
      for (int s = 0; s < n && !closed(j) && rewards.force == 0; ++s) {
        if (closed(s)) at.value.row(r) += life.stay(r, j) * Q(j, s) * rewards.terminal.row(s);
      }
    }
    if (closed(r)) at.value.row(r) += rewards.terminal.row(r);
  }
  return at;
}

/// Everything on the way back through one piece.
struct backward {
  std::vector<table> w;  // w_k of the series, if it was a series
  table value;           // before the piece
};

bool by_series(const shifted_piece& piece, double force) {
  return (piece.lambda + force) * piece.h <= longest_series;
}

backward through(const shifted_piece& piece, const intensity_path& path, std::size_t number,
                 const path_rewards& rewards, const table& after, bool keep) {
  const table c = running(path, rewards, number);
  const double later = std::exp(-rewards.force * piece.h);
  backward found;
  if (!by_series(piece, rewards.force)) {
    const auto over = occupancy_over(matrix_of(path, number), piece.h, rewards.force);
    found.value = over.stay * c + later * (over.P * after);
    return found;
  }
  const double theta = piece.lambda * piece.h;
  const int m = degree_for(theta, path.states);
  double sum = 0, term = 1;  // rows of sum_k A^k / k! sum to this
  for (int k = 1; k <= m; ++k) {
    sum += term;
    term *= theta / k;
  }
  sum += term;
  const auto moments = detail::exponential_moments(theta + rewards.force * piece.h, m);
  const table ends = later / sum * after;
  const auto at = [&](int k) -> table {
    return ends + piece.h * moments[static_cast<std::size_t>(k)] * c;
  };
  table w = at(m), next = w;
  if (keep) found.w.resize(static_cast<std::size_t>(m) + 1);
  for (int k = m; k >= 1; --k) {
    if (keep) found.w[static_cast<std::size_t>(k)] = w;
    piece.times(w, next);
    w = at(k - 1) + next / k;
  }
  if (keep) found.w[0] = w;
  found.value = std::move(w);
  return found;
}

void check(const intensity_path& path) {
  for (std::size_t i = 0; i < path.pieces(); ++i) {
    const double h = path.elapsed[i];
    if (h >= 0 && (std::isfinite(h) || i + 1 == path.pieces())) continue;
    reject("E-TIME", "path_value", "piece " + std::to_string(i) + " lasts " + shown(h) + " years",
           "times are not negative, and only the last may be infinite", "Mend that time");
  }
}

mask reaching(const intensity_path& path, std::size_t piece, const mask& bad) {
  if (!bad.any() || path.elapsed[piece] == 0) return bad;
  const auto reach = detail::reachability(matrix_of(path, piece));
  mask before = bad;
  for (int r = 0; r < path.states; ++r) {
    for (int s = 0; s < path.states; ++s) {
      if (reach[static_cast<std::size_t>(r)][static_cast<std::size_t>(s)])
        before.row(r) = before.row(r) || bad.row(s);
    }
  }
  return before;
}

bool endless(const intensity_path& path) {
  return path.pieces() > 0 && path.elapsed.back() == infinite;
}

}  // namespace

Eigen::MatrixXd path_value(const intensity_path& path, const path_rewards& rewards) {
  check(path);
  table value = rewards.terminal;
  mask without_end = mask::Constant(value.rows(), value.cols(), false);
  std::size_t piece = path.pieces();
  if (endless(path)) {
    auto at = beyond(path, rewards);
    value = std::move(at.value);
    without_end = std::move(at.without_end);
    --piece;
  }
  while (piece-- > 0) {
    const shifted_piece here(path, piece);
    value = through(here, path, piece, rewards, value, false).value;
    without_end = reaching(path, piece, without_end);
  }
  return without_end.select(infinite, value.array()).matrix();
}

path_gradient path_value_gradient(const intensity_path& path, const path_rewards& rewards,
                                  const Eigen::MatrixXd& starts) {
  check(path);
  const Eigen::Index n = path.states, S = starts.rows(), M = rewards.terminal.cols();
  const auto K = path.moves.size(), pieces = path.pieces();
  const bool open = endless(path);
  const std::size_t finite = pieces - (open ? 1 : 0);

  tail ends;
  mask without_end = mask::Constant(n, M, false);
  table value = rewards.terminal;
  if (open) {
    ends = beyond(path, rewards);
    value = ends.value;
    without_end = ends.without_end;
  }
  std::vector<table> after(finite);
  std::vector<backward> kept(finite);
  for (std::size_t p = finite; p-- > 0;) {
    after[p] = value;
    kept[p] = through(shifted_piece(path, p), path, p, rewards, value, true);
    value = kept[p].value;
    without_end = reaching(path, p, without_end);
  }

  path_gradient found;
  found.by.assign(static_cast<std::size_t>(S * M), std::vector<double>(pieces * K, 0.0));
  table rows = starts.transpose();  // states x starts: where each start is by now, discounted
  const auto add = [&](std::size_t p, std::size_t k, auto&& slope) {
    for (Eigen::Index s = 0; s < S; ++s) {
      for (Eigen::Index m = 0; m < M; ++m)
        found.by[static_cast<std::size_t>(s * M + m)][p * K + k] += slope(s, m);
    }
  };
  for (std::size_t p = 0; p < finite; ++p) {
    const shifted_piece piece(path, p);
    const double later = std::exp(-rewards.force * piece.h);
    const double weight = counted(path, p);
    if (kept[p].w.empty()) {  // by matrices
      const auto Q = matrix_of(path, p);
      const auto over = occupancy_over(Q, piece.h, rewards.force);
      const table c = running(path, rewards, p);
      for (Eigen::Index s = 0; s < S; ++s) {
        for (Eigen::Index m = 0; m < M; ++m) {
          const Eigen::MatrixXd G =
              occupancy_adjoint(Q, piece.h, rewards.force,
                                occupancy<>{later * rows.col(s) * after[p].col(m).transpose(),
                                            rows.col(s) * c.col(m).transpose()});
          for (std::size_t k = 0; k < K; ++k)
            found.by[static_cast<std::size_t>(s * M + m)][p * K + k] +=
                G(path.moves[k].from, path.moves[k].to);
        }
      }
      if (rewards.entering.size() > 0) {
        const table stay = over.stay.transpose() * rows;
        for (std::size_t k = 0; k < K; ++k)
          add(p, k, [&](Eigen::Index s, Eigen::Index m) {
            return weight * stay(path.moves[k].from, s) *
                   rewards.entering(static_cast<Eigen::Index>(k), m);
          });
      }
      rows = (later * (over.P.transpose() * rows)).eval();
      continue;
    }
    const auto degree = static_cast<int>(kept[p].w.size()) - 1;
    const auto moments =
        detail::exponential_moments((piece.lambda + rewards.force) * piece.h, degree);
    table a = rows, next = rows, sum = rows, stay = piece.h * moments[0] * rows;
    for (int k = 1; k <= degree; ++k) {
      const table& w = kept[p].w[static_cast<std::size_t>(k)];
      for (std::size_t move = 0; move < K; ++move) {
        const auto [from, to] = path.moves[move];
        for (Eigen::Index s = 0; s < S; ++s) {
          const double here = piece.h * a(from, s) / k;
          if (here == 0) continue;
          for (Eigen::Index m = 0; m < M; ++m)
            found.by[static_cast<std::size_t>(s * M + m)][p * K + move] +=
                here * (w(to, m) - w(from, m));
        }
      }
      piece.transposed_times(a, next);
      a = next / k;
      sum += a;
      stay += piece.h * moments[static_cast<std::size_t>(k)] * a;
    }
    if (rewards.entering.size() > 0) {
      for (std::size_t k = 0; k < K; ++k)
        add(p, k, [&](Eigen::Index s, Eigen::Index m) {
          return weight * stay(path.moves[k].from, s) *
                 rewards.entering(static_cast<Eigen::Index>(k), m);
        });
    }
    for (Eigen::Index s = 0; s < S; ++s) {
      const double mass = sum.col(s).sum();
      rows.col(s) = (mass > 0 ? later * rows.col(s).sum() / mass : 0.0) * sum.col(s);
    }
  }
  if (open) {
    const auto p = finite;
    const double weight = counted(path, p);
    const table stay = ends.stay.transpose() * rows;
    for (std::size_t k = 0; k < K; ++k) {
      const auto [from, to] = path.moves[k];
      if (rewards.force == 0 && ends.closed[static_cast<std::size_t>(from)]) continue;
      add(p, k, [&, from = from, to = to](Eigen::Index s, Eigen::Index m) {
        const double entering =
            rewards.entering.size() > 0 ? rewards.entering(static_cast<Eigen::Index>(k), m) : 0.0;
        return stay(from, s) * (ends.value(to, m) - ends.value(from, m) + weight * entering);
      });
    }
  }

  found.value.resize(S, M);
  for (Eigen::Index s = 0; s < S; ++s) {
    for (Eigen::Index m = 0; m < M; ++m) {
      found.value(s, m) = 0;
      bool forever = false;
      for (Eigen::Index r = 0; r < n; ++r) {
        if (starts(s, r) == 0) continue;
        forever = forever || without_end(r, m);
        found.value(s, m) += starts(s, r) * value(r, m);
      }
      if (forever) {
        found.value(s, m) = infinite;
        auto& slopes = found.by[static_cast<std::size_t>(s * M + m)];
        std::fill(slopes.begin(), slopes.end(), 0.0);
      }
    }
  }
  return found;
}

}  // namespace kohort
