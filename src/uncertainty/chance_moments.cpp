#include <algorithm>
#include <cmath>
#include <string>

#include <kohort/model/probability_matrix.hpp>
#include <kohort/projection/detail/yearly_ways.hpp>
#include <kohort/projection/occupancy_integrals.hpp>
#include <kohort/support/error.hpp>
#include <kohort/uncertainty/chance_moments.hpp>

namespace kohort {

namespace {

void check_persons(const intensity_matrix<>& Q, const Eigen::VectorXd& persons, const char* where) {
  if (persons.size() == Q.size() && persons.allFinite() && persons.minCoeff() >= 0) return;
  reject("E-SHAPE", where, std::to_string(persons.size()) + " numbers of persons were given",
         "one finite number that is not negative is needed for each of the " +
             std::to_string(Q.size()) + " states",
         "Give them in the order of the states");
}

void check_dates(double t1, double t2, const char* where) {
  if (t1 >= 0 && t2 >= t1 && std::isfinite(t2)) return;
  reject("E-TIME", where, "the dates are " + shown(t1) + " and " + shown(t2),
         "the second is not before the first, and the first not before the start",
         "Swap them, or count years forwards");
}

}  // namespace

count_moments closed_counts(const intensity_matrix<>& Q, const Eigen::VectorXd& persons, double t) {
  check_persons(Q, persons, "closed_counts");
  const Eigen::MatrixXd P = transition_probability(Q, t).matrix();
  count_moments found{P.transpose() * persons, {}};
  found.covariance = -P.transpose() * persons.asDiagonal() * P;
  found.covariance.diagonal() += found.mean;
  return found;
}

Eigen::MatrixXd closed_counts_between(const intensity_matrix<>& Q, const Eigen::VectorXd& persons,
                                      double t1, double t2) {
  check_persons(Q, persons, "closed_counts_between");
  check_dates(t1, t2, "closed_counts_between");
  const Eigen::MatrixXd P1 = transition_probability(Q, t1).matrix();
  const Eigen::MatrixXd PD = transition_probability(Q, t2 - t1).matrix();
  const Eigen::VectorXd mean = P1.transpose() * persons;
  return mean.asDiagonal() * PD - P1.transpose() * persons.asDiagonal() * (P1 * PD);
}

count_moments inflow_counts(const intensity_matrix<>& Q, const Eigen::VectorXd& inflow, double t) {
  check_persons(Q, inflow, "inflow_counts");
  count_moments found{integrate_occupancy(Q, t).J0.transpose() * inflow, {}};
  found.covariance = found.mean.asDiagonal();
  return found;
}

Eigen::MatrixXd inflow_counts_between(const intensity_matrix<>& Q, const Eigen::VectorXd& inflow,
                                      double t1, double t2) {
  check_dates(t1, t2, "inflow_counts_between");
  const Eigen::MatrixXd PD = transition_probability(Q, t2 - t1).matrix();
  return inflow_counts(Q, inflow, t1).mean.asDiagonal() * PD;
}

namespace {

using Eigen::Index;

/// Exponential of an upper triangular block matrix over one piece of time: a ladder whose last
/// diagonal block is Q, the ones above it Q - force I, Q - 2 force I, and perhaps a first one of
/// -2 force I that feeds the second (`arrivals`).
class ladder {
 public:
  ladder(const intensity_matrix<>& Q, const Eigen::VectorXd& cost, double years, double force,
         bool arrivals)
      : n_(Q.size()), blocks_(arrivals ? 4 : 3), force_(force) {
    const Index size = n_ * blocks_;
    const double lambda = std::max({Q.largest_exit_rate() + 2 * force, 1e-3 / years});
    scale_ = std::max(cost.cwiseAbs().maxCoeff() / lambda, 1e-300);  // costs in units of this
    Eigen::MatrixXd A = Eigen::MatrixXd::Zero(size, size);           // (M + lambda I) / lambda
    for (Index i = 0; i < 3; ++i) {
      const Index at = n_ * (blocks_ - 3 + i);
      A.block(at, at, n_, n_) = Q.matrix() / lambda;
      A.block(at, at, n_, n_).diagonal().array() += 1 - static_cast<double>(2 - i) * force / lambda;
      if (i < 2) A.block(at, at + n_, n_, n_).diagonal() = cost / (scale_ * lambda);
    }
    if (arrivals) {
      A.topLeftCorner(n_, n_).diagonal().array() = 1 - 2 * force / lambda;
      A.block(0, n_, n_, n_).diagonal().array() = 1;  // in units of 1 / lambda
      arrival_scale_ = 1 / lambda;
    }
    int doublings = 0;
    double step = years;
    while (lambda * step > 1) step = std::ldexp(years, -++doublings);
    E = Eigen::MatrixXd::Identity(size, size);
    Eigen::MatrixXd term = E;
    for (int k = 1; k <= 30; ++k) {  // |A| <= 3 and lambda step <= 1: 3^30 / 30! < 1e-18
      term = (term * A * (lambda * step / k)).eval();
      E += term;
    }
    E *= std::exp(-lambda * step);
    settle(step);
    for (int d = 0; d < doublings; ++d) {
      E = (E * E).eval();
      step *= 2;
      settle(step);
    }
  }

  [[nodiscard]] Eigen::MatrixXd block(Index i, Index j) const {
    double unit = 1;
    for (Index k = i; k < j; ++k) {
      unit *= blocks_ == 4 && k == 0 ? arrival_scale_ : scale_;
    }
    return unit * E.block(i * n_, j * n_, n_, n_);
  }

 private:
  void settle(double t) {
    const Index last = n_ * (blocks_ - 1);
    auto P = E.block(last, last, n_, n_);
    for (Index r = 0; r < n_; ++r) P.row(r) /= P.row(r).sum();
    for (Index i = 1; i < 3; ++i) {
      const Index at = last - i * n_;
      E.block(at, at, n_, n_) = std::exp(-static_cast<double>(i) * force_ * t) * P;
    }
    if (blocks_ == 4) {
      E.topLeftCorner(n_, n_).setZero();
      E.topLeftCorner(n_, n_).diagonal().setConstant(std::exp(-2 * force_ * t));
    }
  }

  Index n_, blocks_;
  double force_, scale_ = 1, arrival_scale_ = 1;
  Eigen::MatrixXd E;
};

void check_cost(const intensity_matrix<>& Q, const Eigen::VectorXd& cost, double years,
                double force, const char* where) {
  if (cost.size() != Q.size()) {
    reject("E-SHAPE", where, std::to_string(cost.size()) + " costs were given",
           "the matrix has " + std::to_string(Q.size()) + " states",
           "Give one for each, 0 for none");
  }
  if (!cost.allFinite()) {
    reject("E-NUM", where, "a cost is not finite", "money is", "Mend the costs");
  }
  if (!(years > 0) || !std::isfinite(years) || !(force >= 0) || !std::isfinite(force)) {
    reject("E-TIME", where, shown(years) + " years and a force of discount of " + shown(force),
           "a positive time and a force that is not negative are needed", "Count years forwards");
  }
}

}  // namespace

cost_moments person_cost(const std::vector<cost_piece>& pieces, const Eigen::VectorXd& cost,
                         double force) {
  if (pieces.empty()) {
    reject("E-SHAPE", "person_cost", "no piece of time was given", "at least one is needed",
           "Give the intensities and how long they hold");
  }
  // Backwards: what is still to come, discounted to where a piece ends, joins what it adds.
  const Index n = pieces.front().intensities.size();
  Eigen::VectorXd mean = Eigen::VectorXd::Zero(n), second = mean;
  for (auto piece = pieces.rbegin(); piece != pieces.rend(); ++piece) {
    check_cost(piece->intensities, cost, piece->years, force, "person_cost");
    const ladder over(piece->intensities, cost, piece->years, force, false);
    const Eigen::VectorXd one = Eigen::VectorXd::Ones(n);
    // E[Z^2] = E[own^2] + 2 e^(-force h) E[own x mean'(X_h)] + e^(-2 force h) E[second'(X_h)];
    // the middle is block (0, 1), which carries its own e^(-force h).
    second = (2 * over.block(0, 2) * one + 2 * over.block(0, 1) * mean + over.block(0, 0) * second)
                 .eval();
    mean = (over.block(1, 2) * one + over.block(1, 1) * mean).eval();
  }
  return {mean, second};
}

cost_moments person_cost(const intensity_matrix<>& Q, const Eigen::VectorXd& cost, double years,
                         double force) {
  return person_cost({{Q, years}}, cost, force);
}

Eigen::VectorXd arrivals_cost_variance(const intensity_matrix<>& Q, const Eigen::VectorXd& cost,
                                       double years, double force) {
  check_cost(Q, cost, years, force, "arrivals_cost_variance");
  const ladder over(Q, cost, years, force, true);
  return 2 * over.block(0, 3) * Eigen::VectorXd::Ones(Q.size());
}

std::vector<double> chance_covariance(const chance_inputs& in) {
  const int n = in.structure.size(), T = in.years;
  const auto at = [](int i) { return static_cast<std::size_t>(i); };
  std::vector<int> seen_of = in.seen_of;  // per living state
  if (seen_of.empty()) {
    for (int s = 0; s + 1 < n; ++s) seen_of.push_back(s);
  }
  const int seen = seen_of.empty() ? 0 : 1 + *std::max_element(seen_of.begin(), seen_of.end());
  {  // the tables are checked where they are drawn from
    auto nobody = in;
    std::fill(nobody.stock.begin(), nobody.stock.end(), 0.0);
    nobody.draws = 0;
    nobody.rates.clear();
    nobody.expected.clear();
    (void)with_chance(nobody, 1, 1);
    const auto moves = in.structure.transitions().size() * (in.entry_cuts.size() + 1);
    if (in.rates.size() != at(in.draws * 2 * in.ages) * moves ||
        in.expected.size() != at(in.draws * (T + 1) * seen)) {
      reject("E-SHAPE", "chance_covariance", "the tables of rates and of the projection differ",
             "both have one part for each draw", "Give all tables for the same ages and states");
    }
  }
  std::vector<int> living(at(n), -1);                        // place of each state among them
  Eigen::MatrixXd counted = Eigen::MatrixXd::Zero(n, seen);  // states into those they are seen as
  for (state s = 0, next = 0; s < n; ++s) {
    if (s == *in.structure.death()) continue;
    living[at(s)] = next;
    counted(s, seen_of[at(next++)]) = 1;
  }
  std::vector<double> all(at(in.draws * (T + 1) * seen * seen), 0.0);
  for (int k = 0; k < in.draws; ++k) {
    const auto size = in.rates.size() / at(in.draws);
    const detail::yearly_ways ways(in.structure, in.ages,
                                   std::span(in.rates).subspan(at(k) * size, size), in.entry_cuts,
                                   in.parts_a_year);
    std::vector<Eigen::MatrixXd> covariance(at(T + 1), Eigen::MatrixXd::Zero(seen, seen));
    Eigen::MatrixXd mean = Eigen::MatrixXd::Zero(T + 1, seen);
    // First the means of those at the start, which say how many of them are kept.
    const auto each = [&](const auto& work) {
      for (int cell = 0; cell < 2 * in.ages; ++cell) {
        // Where somebody is who is seen in a state: in one of its phases.
        Eigen::MatrixXd within = counted.transpose();
        for (state s = 0; s < n && !in.shares.empty(); ++s) {
          if (living[at(s)] < 0) continue;
          within.col(s) *= in.shares[at(cell) * seen_of.size() + at(living[at(s)])];
        }
        for (int part = 0; part < ways.parts(); ++part) {
          const Eigen::VectorXd persons = Eigen::Map<const Eigen::VectorXd>(
              &in.stock[at((cell * ways.parts() + part) * seen)], seen);
          if (persons.sum() <= 0) continue;
          const auto years = ways.of_stock(cell / in.ages, cell % in.ages, part, T, in.staying);
          Eigen::MatrixXd where = within;
          for (int y = 0; y <= T; ++y) {
            if (y > 0) where = (where * years[at(y - 1)]).eval();
            work(y, persons, Eigen::MatrixXd(where * counted));
          }
        }
      }
    };
    each([&](int y, const Eigen::VectorXd& persons, const Eigen::MatrixXd& P) {
      mean.row(y) += persons.transpose() * P;
    });
    Eigen::MatrixXd kept = Eigen::MatrixXd::Ones(T + 1, seen);
    Eigen::MatrixXd came = Eigen::MatrixXd::Zero(T + 1, seen);
    for (int y = 1; y <= T; ++y) {
      for (int s = 0; s < seen; ++s) {
        const double expected = in.expected[at((k * (T + 1) + y) * seen + s)];
        const double here = mean(y, s);
        if (expected < here) kept(y, s) = expected / here;
        came(y, s) = std::max(0.0, expected - here);
      }
    }
    each([&](int y, const Eigen::VectorXd& persons, const Eigen::MatrixXd& P) {
      const Eigen::MatrixXd thinned = P * kept.row(y).asDiagonal();
      covariance[at(y)] -= thinned.transpose() * persons.asDiagonal() * thinned;
      covariance[at(y)].diagonal() += thinned.transpose() * persons;
    });
    for (int y = 0; y <= T; ++y) {
      covariance[at(y)].diagonal() += in.dispersion * came.row(y).transpose();
      Eigen::Map<Eigen::MatrixXd>(&all[at((k * (T + 1) + y) * seen * seen)], seen, seen) =
          covariance[at(y)];
    }
  }
  return all;
}

}  // namespace kohort
