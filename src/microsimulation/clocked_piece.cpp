#include "clocked_piece.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include <kohort/model/intensity_matrix.hpp>
#include <kohort/model/probability_matrix.hpp>

namespace kohort::detail {

namespace {

constexpr double same_time = 1e-9;  // years

/// Everybody with support moves from one cell to another: rows 1 .. S - 1 of its block.
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

/// The adjoint of `turn`: what a place was worth before everybody moved.
void turn_back(Eigen::MatrixXd& later, const entry_clock& clock, const entry_clock::event& what) {
  const auto last = clock.cells() - 1;
  const auto S = later.rows() / clock.cells();
  const auto take = [&](Eigen::Index from, Eigen::Index to) {
    later.middleRows(from * S + 1, S - 1) = later.middleRows(to * S + 1, S - 1);
  };
  if (what.passes) take(last - 1, last);
  if (what.shifts) {
    for (int cell = 0; cell < last; ++cell) take(cell, cell + 1);
  }
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

/// A piece cut where the clock does anything, and the chances of each band on each stretch.
class stretches {
 public:
  struct stretch {
    std::size_t length;              // position among the different lengths
    double middle;                   // its time within the year
    const entry_clock::event* then;  // what the clock does at its end, or null
  };

  stretches(const clocked_piece& piece, double mu) : piece_(piece), mu_(mu) {
    double now = piece.from;
    for (const auto& event : piece.clock.events()) {
      const bool begins = std::abs(event.time - piece.from) <= same_time;
      if (begins && !piece.turned) first = &event;
      if (begins || event.time < piece.from || event.time >= piece.to - same_time) continue;
      add(now, event.time, &event);
      now = event.time;
    }
    add(now, piece.to, nullptr);
  }

  /// Of those in a cell, over a stretch.
  const Eigen::MatrixXd& chances(const stretch& s, int cell) {
    const auto band = static_cast<std::size_t>(piece_.clock.band(cell, s.middle));
    auto& P = lengths_[s.length].P[band];
    if (P.size() == 0) P = staying(piece_, band, mu_, lengths_[s.length].years);
    return P;
  }

  const entry_clock::event* first = nullptr;  // what the clock does at the beginning, or null
  std::vector<stretch> all;

 private:
  void add(double from, double to, const entry_clock::event* then) {
    const double years = to - from;
    const auto at = std::find_if(lengths_.begin(), lengths_.end(), [&](const known& k) {
      return std::abs(k.years - years) <= same_time;  // most are equally long
    });
    all.push_back({static_cast<std::size_t>(at - lengths_.begin()), (from + to) / 2, then});
    if (at == lengths_.end()) {
      lengths_.push_back({years, std::vector<Eigen::MatrixXd>(piece_.moves.size())});
    }
  }

  struct known {
    double years;
    std::vector<Eigen::MatrixXd> P;  // by band; empty where nobody has been yet
  };
  const clocked_piece& piece_;
  double mu_;
  std::vector<known> lengths_;
};

}  // namespace

Eigen::RowVectorXd live(const clocked_piece& piece, Eigen::RowVectorXd people, double mu) {
  const auto& clock = piece.clock;
  const auto S = people.size() / clock.cells();
  stretches through(piece, mu);
  if (through.first) turn(people, clock, *through.first);
  for (const auto& stretch : through.all) {
    for (int cell = 0; cell < clock.cells(); ++cell) {
      auto here = people.segment(cell * S, S);
      if (!here.isZero(0)) here = (here * through.chances(stretch, cell)).eval();
    }
    if (stretch.then) turn(people, clock, *stretch.then);
  }
  return people;
}

Eigen::MatrixXd look_back(const clocked_piece& piece, Eigen::MatrixXd later, double mu) {
  const auto& clock = piece.clock;
  const auto S = later.rows() / clock.cells();
  stretches through(piece, mu);
  for (auto stretch = through.all.rbegin(); stretch != through.all.rend(); ++stretch) {
    if (stretch->then) turn_back(later, clock, *stretch->then);
    // Who is without support stands in the first cell, and goes on there.
    for (int cell = 0; cell < clock.cells(); ++cell) {
      auto here = later.middleRows(cell * S, S);
      here = (through.chances(*stretch, cell) * here).eval();
    }
  }
  if (through.first) turn_back(later, clock, *through.first);
  return later;
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
