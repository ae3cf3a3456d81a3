#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include <kohort/microsimulation/municipality.hpp>
#include <kohort/population/lexis.hpp>
#include <kohort/support/parallel.hpp>

#include "clocked_piece.hpp"

namespace kohort {

namespace {

using row = Eigen::RowVectorXd;

constexpr int nodes = static_cast<int>(birth_nodes.size());
constexpr int most_parts = 4;    // of the mean, for each part of the projection
constexpr int most_cells = 200;  // of its clock, but for those that the projection has itself

std::size_t at(long i) { return static_cast<std::size_t>(i); }

/// Puts persons of some parts of a stock where a clock of `finer` times as many parts has them.
class spread {
 public:
  spread(const entry_clock& coarse, int parts_a_year)
      : coarse_(coarse),
        finer_(coarse.cells() == 1 ? 1 : std::clamp(most_cells / coarse.cells(), 1, most_parts)),
        clock_(coarse.cells() == 1 ? coarse : entry_clock(coarse.cuts(), finer_ * parts_a_year)) {}

  [[nodiscard]] const entry_clock& clock() const { return clock_; }

  /// @param persons  states, `none` first, of this part of the coarse stock
  /// @param time     within the year; 1: on 31 December
  template <class Persons>
  void add(int part, const Persons& persons, double time, row& to) const {
    const auto S = persons.size();
    to[0] += persons[0];
    const bool last = part + 1 == coarse_.stock_parts();
    const int pieces = last ? 1 : finer_;
    for (int i = 0; i < pieces; ++i) {
      const int fine =
          last ? clock_.stock_parts() - 1 : std::min(part * finer_ + i, clock_.stock_parts() - 1);
      const int cell = time < 1 ? clock_.cell_at(fine, time) : clock_.cell_of_stock(fine);
      to.segment(cell * S + 1, S - 1) += persons.tail(S - 1) / pieces;
    }
  }

  /// The same of persons by cell of the coarse clock, as they stand on 31 December.
  void add_cells(const row& persons, double time, row& to) const {
    const auto S = persons.size() / coarse_.cells();
    for (int part = 0; part < coarse_.stock_parts(); ++part) {
      const int cell = coarse_.cell_of_stock(part);
      row here = persons.segment(cell * S, S);
      if (cell > 0) here[0] = 0;
      add(part, here, time, to);
    }
  }

 private:
  const entry_clock& coarse_;
  int finer_;
  entry_clock clock_;
};

}  // namespace

detail::piece_rates municipality::rates_of(int year, int sex, int age, int node, int half) const {
  const int S = living_;
  const auto& moves = rates_.structure.transitions();
  const double* rates = &rates_.rates[rates_at(year, sex, age, node, half)];
  detail::piece_rates found;
  for (int band = 0; band < clock_.bands(); ++band, rates += moves.size()) {
    Eigen::MatrixXd Q = Eigen::MatrixXd::Zero(S, S);
    Eigen::VectorXd deaths = Eigen::VectorXd::Zero(S);
    for (std::size_t k = 0; k < moves.size(); ++k) {
      if (moves[k].to < S) Q(moves[k].from, moves[k].to) = rates[k];
      if (moves[k].to == S) deaths[moves[k].from] = rates[k];
    }
    found.moves.push_back(Q);
    found.mu = deaths[0];  // of `none`: the same in all bands
    found.ratios.emplace_back(found.mu > 0 ? Eigen::VectorXd(deaths / found.mu) : deaths);
  }
  return found;
}

bool municipality::emptied(int year, int sex, int age, int node) const {
  return rates_
             .leaves_at_year_end[(at(sex * nodes + node) * at(years_) + at(year)) * at(ages_ + 1) +
                                 at(age + 1)] != 0;
}

std::vector<occupancy_moments> municipality::expected(int threads) const {
  std::vector<occupancy_moments> found;
  for (int sex = 0; sex < 2; ++sex) {
    found.emplace_back(years_ + 1, living_);
    found.back().mean = means(sex);
    found.back().covariance = covariance(sex, threads);
  }
  return found;
}

/// Follows everybody through the pieces, on a finer clock, under the rates that the closure found.
Eigen::VectorXd municipality::means(int sex) const {
  const int S = living_, A = ages_, T = years_, W = clock_.cells() * S;
  const spread fine(clock_, parts_a_year_);
  const auto& clock = fine.clock();
  const row nobody = row::Zero(clock.cells() * S);
  std::vector<row> now(at(A * nodes), nobody);
  for (int a = 0; a < A; ++a) {
    row start = nobody;
    for (int part = 0; part < clock_.stock_parts(); ++part) {
      const double* n = &stock_[at(((sex * A + a) * clock_.stock_parts() + part) * S)];
      fine.add(part, row(Eigen::Map<const row>(n, S)), 1, start);
    }
    for (int i = 0; i < nodes; ++i) now[at(a * nodes + i)] = birth_nodes[at(i)].weight * start;
  }
  Eigen::VectorXd mean = Eigen::VectorXd::Zero((T + 1) * S);
  const auto count = [&](int date) {
    for (const auto& x : now) {
      for (Eigen::Index w = 0; w < x.size(); ++w) mean[date * S + w % S] += x[w];
    }
  };
  count(0);
  for (int y = 0; y < T; ++y) {
    const auto through = [&](int age, int i, int half, const row& x) -> row {
      if (x.isZero(0)) return x;
      const piece& one = pieces_[place(y, sex, age, i, half)];
      const auto rates = rates_of(y, sex, age, i, half);
      const double begins = half == 0 ? 0 : 1 - birth_nodes[at(i)].age;
      return detail::live(
          {clock, rates.moves, rates.ratios, begins, begins + one.length, age < 0, one.growth}, x,
          rates.mu);
    };
    std::vector<row> next(at(A * nodes), nobody);
    for (int i = 0; i < nodes; ++i) {
      const double begins = 1 - birth_nodes[at(i)].age;
      row x = nobody;
      fine.add_cells(born_[at((y * 2 + sex) * nodes + i)] *
                         Eigen::Map<const row>(&prevalence_[at(sex * A * W)], W),
                     begins, x);
      next[at(i)] = through(-1, i, 1, x);
    }
    for (int a = 0; a < A; ++a) {
      const int b = std::min(a + 1, A - 1);
      const double appear = filled_[at((y * 2 + sex) * A + b)];
      for (int i = 0; i < nodes; ++i) {
        auto& end = next[at(b * nodes + i)];
        if (!emptied(y, sex, a, i)) {
          end += through(a, i, 1, through(a, i, 0, now[at(a * nodes + i)]));
        }
        if (a + 1 < A && appear > 0) {
          fine.add_cells(birth_nodes[at(i)].weight * appear *
                             Eigen::Map<const row>(&prevalence_[at((sex * A + b) * W)], W),
                         1, end);
        }
      }
    }
    now = std::move(next);
    count(y + 1);
  }
  return mean;
}

/// Joint chances of two dates, of everybody who is there on the first; less, for each of those at
/// time 0, the product of what was likely.
Eigen::MatrixXd municipality::covariance(int sex, int threads) const {
  const int S = living_, A = ages_, T = years_, W = clock_.cells() * S;
  Eigen::MatrixXd found = Eigen::MatrixXd::Zero((T + 1) * S, (T + 1) * S);
  Eigen::MatrixXd states(W, S);  // what the state is, wherever the clock stands
  for (int cell = 0; cell < clock_.cells(); ++cell) states.middleRows(cell * S, S).setIdentity();
  // Of those in a place on 1 January: chances of each state on every 31 December to come.
  std::vector<Eigen::MatrixXd> ahead(at(A * nodes), Eigen::MatrixXd(W, 0));
  for (int y = T; y >= 0; --y) {
    const int columns = S * (T - y);
    if (y < T) {
      std::vector<Eigen::MatrixXd> now(ahead.size());
      for_each_block(ahead.size(), threads, [&](std::size_t k) {
        const int a = static_cast<int>(k) / nodes, i = static_cast<int>(k) % nodes;
        Eigen::MatrixXd later(W, columns);
        later << states, ahead[at(std::min(a + 1, A - 1) * nodes + i)];
        if (emptied(y, sex, a, i)) later.setZero();
        for (const int half : {1, 0}) {
          const piece& one = pieces_[place(y, sex, a, i, half)];
          const auto rates = rates_of(y, sex, a, i, half);
          const double begins = half == 0 ? 0 : 1 - birth_nodes[at(i)].age;
          later = detail::look_back({clock_, rates.moves, rates.ratios, begins, begins + one.length,
                                     false, std::min(0.0, one.growth)},
                                    std::move(later), rates.mu);
        }
        now[k] = std::move(later);
      });
      ahead = std::move(now);
    }
    for (int k = 0; k < A * nodes; ++k) {
      const row& x = y < T ? pieces_[place(y, sex, k / nodes, k % nodes, 0)].start
                           : last_[at(sex)][at(k / nodes)][at(k % nodes)];
      for (int w = 0; w < W; ++w) {
        if (x[w] == 0) continue;
        const int here = y * S + w % S;
        found(here, here) += x[w];
        found.row(here).tail(columns) += x[w] * ahead[at(k)].row(w);
      }
    }
  }
  for (int cell = 0; cell < A * clock_.stock_parts() * S; ++cell) {
    const int s = cell % S, part = cell / S % clock_.stock_parts(),
              a = cell / S / clock_.stock_parts();
    const double n = stock_[at(sex * A * clock_.stock_parts() * S + cell)], whole = std::floor(n);
    if (n == 0) continue;
    const int w = s == 0 ? 0 : clock_.cell_of_stock(part) * S + s;
    row chance = row::Zero((T + 1) * S);
    chance[s] = 1;
    for (int i = 0; i < nodes; ++i) {
      chance.tail(T * S) += birth_nodes[at(i)].weight * ahead[at(a * nodes + i)].row(w);
    }
    // A part of a person is there with that chance.
    found -= (whole + (n - whole) * (n - whole)) * chance.transpose() * chance;
  }
  found.triangularView<Eigen::StrictlyLower>() = found.transpose();
  return found;
}

}  // namespace kohort
