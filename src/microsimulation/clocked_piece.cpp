#include "clocked_piece.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include <kohort/model/intensity_matrix.hpp>
#include <kohort/model/probability_matrix.hpp>

namespace kohort::detail {

namespace {

constexpr double same_time = 1e-9;  // years

void turn(Eigen::RowVectorXd& people, const entry_clock& clock, const entry_clock::event& what) {
  const auto last = clock.cells() - 1;
  const auto S = people.size() / clock.cells();
  const auto put = [&](Eigen::Index from, Eigen::Index to) {
    people.segment(to * S + 1, S - 1) += people.segment(from * S + 1, S - 1);
    people.segment(from * S + 1, S - 1).setZero();
  };
  if (what.shifts) {
    for (int cell = last - 1; cell >= 0; --cell) put(cell, cell + 1);
  }
  if (what.passes) put(last - 1, last);
}

/// Chances of where a person of a band is after some years, mortality and leaving taken off.
Eigen::MatrixXd staying(const clocked_piece& piece, std::size_t band, double mu, double years) {
  const auto& Q = piece.moves[band];
  const auto S = Q.rows();
  Eigen::MatrixXd full = Eigen::MatrixXd::Zero(S + 1, S + 1);
  full.topLeftCorner(S, S) = Q;
  full.col(S).head(S) = mu * piece.ratios[band];
  full.col(S).head(S).array() += std::max(0.0, -piece.growth);
  full.diagonal().setZero();
  full.diagonal() = -full.rowwise().sum();
  return std::exp(std::max(0.0, piece.growth) * years) *
         transition_probability(intensity_matrix<>(full), years).matrix().topLeftCorner(S, S);
}

}  // namespace

Eigen::RowVectorXd live(const clocked_piece& piece, Eigen::RowVectorXd people, double mu) {
  const auto& clock = piece.clock;
  const auto S = people.size() / clock.cells();
  std::vector<std::pair<double, const entry_clock::event*>> stops;
  for (const auto& event : clock.events()) {
    const bool begins = std::abs(event.time - piece.from) <= same_time;
    if (begins && !piece.turned) turn(people, clock, event);
    if (!begins && event.time > piece.from && event.time < piece.to - same_time) {
      stops.emplace_back(event.time, &event);
    }
  }
  stops.emplace_back(piece.to, nullptr);
  struct known {
    double years;
    std::vector<Eigen::MatrixXd> P;  // by band; empty where nobody is in it
  };
  std::vector<known> seen;  // most stretches are equally long
  double now = piece.from;
  for (const auto& [end, event] : stops) {
    const double years = end - now, middle = (now + end) / 2;
    auto at = std::find_if(seen.begin(), seen.end(),
                           [&](const known& k) { return std::abs(k.years - years) <= same_time; });
    if (at == seen.end()) {
      seen.push_back({years, std::vector<Eigen::MatrixXd>(piece.moves.size())});
      at = std::prev(seen.end());
    }
    for (int cell = 0; cell < clock.cells(); ++cell) {
      auto here = people.segment(cell * S, S);
      if (here.isZero(0)) continue;
      const auto band = static_cast<std::size_t>(clock.band(cell, middle));
      if (at->P[band].size() == 0) at->P[band] = staying(piece, band, mu, years);
      here = (here * at->P[band]).eval();
    }
    if (event) turn(people, clock, *event);
    now = end;
  }
  return people;
}

double close_by_clock(const clocked_piece& piece, double m, Eigen::RowVectorXd& people) {
  const double alive = people.sum(), h = piece.to - piece.from;
  const double wanted = alive * std::exp((piece.growth - m) * h);
  double low = m, high = m;
  auto end = live(piece, people, m);
  double above = end.sum() - wanted;  // falls with mu
  if (h <= 0 || alive <= 0) return m;
  double before = above;
  double next = m + above / (wanted * h);
  for (int i = 0; i < 50 && std::abs(above) > 1e-13 * wanted; ++i) {
    low = high;
    before = above;
    high = std::max(0.0, next);
    end = live(piece, people, high);
    above = end.sum() - wanted;
    if (above == before || high == low) break;
    next = high - above * (high - low) / (above - before);
  }
  people = end;
  return high;
}

}  // namespace kohort::detail
