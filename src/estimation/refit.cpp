#include <algorithm>
#include <cmath>
#include <limits>

#include <Eigen/Cholesky>
#include <Eigen/QR>

#include <kohort/estimation/detail/linear_system.hpp>
#include <kohort/estimation/detail/log_prior.hpp>
#include <kohort/estimation/detail/refit.hpp>
#include <kohort/likelihood/log_likelihood.hpp>
#include <kohort/support/detail/spectrum.hpp>

namespace kohort::detail {

namespace {

/// A limit over all coefficients at these; a rate of 0 has an intercept of -infinity, which must
/// not meet a factor of 0.
double product(const Eigen::MatrixXd& rows, Eigen::Index i, const Eigen::VectorXd& theta) {
  double sum = 0;
  for (Eigen::Index c = 0; c < theta.size(); ++c) {
    if (rows(i, c) != 0) sum += rows(i, c) * theta[c];
  }
  return sum;
}

/// Coefficients whose estimate lies at the end of their range: whatever else is searched, they
/// stay.
std::vector<char> at_an_end(const fitted_model& fitted) {
  const auto where = layout(fitted.intensities);
  std::vector<char> ends(fitted.names.size(), 0);
  for (const auto& one : fitted.bounds) {
    const auto k = static_cast<std::size_t>(one.transition);
    for (int i = where.starts[k]; i < where.starts[k + 1]; ++i)
      ends[static_cast<std::size_t>(i)] = 1;
  }
  for (const auto& one : fitted.diagnostics) {
    const auto at = std::find(fitted.names.begin(), fitted.names.end(), one.column);
    if (one.code == "D-SEPARATION" && at != fitted.names.end())
      ends[static_cast<std::size_t>(at - fitted.names.begin())] = 1;
  }
  for (std::size_t i = 0; i < ends.size(); ++i)
    ends[i] |= !std::isfinite(fitted.coefficients[static_cast<Eigen::Index>(i)]);
  return ends;
}

/// One direction for each limit that the estimate lies on: away from that, along the others.
Eigen::MatrixXd directions_away(const fitted_model& fitted, const linear_system& system) {
  const auto p = fitted.coefficients.size();
  std::vector<Eigen::Index> met;
  for (Eigen::Index i = 0; i < system.at_least.rows.rows(); ++i) {
    const double least = system.at_least.values[i];
    if (product(system.at_least.rows, i, fitted.coefficients) - least <
        1e-8 * (1 + std::abs(least)))
      met.push_back(i);
  }
  Eigen::MatrixXd away(p, static_cast<Eigen::Index>(met.size()));
  if (met.empty()) return away;
  const auto free = eliminate(system.equal, p);
  const auto ends = at_an_end(fitted);
  std::vector<Eigen::Index> held;
  for (Eigen::Index i = 0; i < p; ++i) {
    bool limited = false;
    for (const auto r : met) limited |= system.at_least.rows(r, i) != 0;
    const bool moves = fitted.has_error[static_cast<std::size_t>(i)] || limited;
    if (ends[static_cast<std::size_t>(i)] || !moves) held.push_back(i);
  }
  const auto count = static_cast<Eigen::Index>(met.size());
  Eigen::MatrixXd conditions(count + static_cast<Eigen::Index>(held.size()), free.A.cols());
  for (Eigen::Index r = 0; r < count; ++r)
    conditions.row(r) = system.at_least.rows.row(met[static_cast<std::size_t>(r)]) * free.A;
  for (std::size_t h = 0; h < held.size(); ++h)
    conditions.row(count + static_cast<Eigen::Index>(h)) = free.A.row(held[h]);
  const Eigen::CompleteOrthogonalDecomposition<Eigen::MatrixXd> solver(conditions);
  Eigen::Index kept = 0;
  for (Eigen::Index r = 0; r < count; ++r) {
    const Eigen::VectorXd wanted = Eigen::VectorXd::Unit(conditions.rows(), r);
    const Eigen::VectorXd beta = solver.solve(wanted);
    if (!((conditions * beta - wanted).norm() < 1e-8)) continue;  // it cannot be left
    away.col(kept++) = free.A * beta;
  }
  return away.leftCols(kept);
}

}  // namespace

goal wanted_by(const fitted_model& fitted, const transition_tables& tables, int threads,
               const progress& report) {
  const auto starts = layout(fitted.intensities).starts;
  const log_prior prior(fitted.priors, fitted.penalties, fitted.names,
                        {starts.begin(), starts.end() - 1});
  const auto& intensities = fitted.intensities;
  return {[&tables, &intensities, threads, report, prior](const Eigen::VectorXd& at) {
            const double l = log_likelihood(intensities, tables, at, threads, report);
            return prior.empty() ? l : l + prior.value(at);
          },
          [&tables, &intensities, threads, report, prior](const Eigen::VectorXd& at) {
            auto l = log_likelihood_gradient(intensities, tables, at, threads, report);
            prior.add_slope(at, 1, l);
            return maximise_problem::slope{l.value, l.gradient};
          },
          [&tables, &intensities, threads, report, prior](const Eigen::VectorXd& at) {
            Eigen::MatrixXd I = expected_information(intensities, tables, at, threads, report);
            if (!prior.empty()) I += prior.information(at);
            return I;
          }};
}

transition_tables tables_for(const fitted_model& fitted, const observations& seen,
                             const progress& report) {
  auto tables = aggregate(seen, fitted.intensities, report);
  if (fitted.substep > 0) tables.step = fitted.substep;
  return tables;
}

Eigen::MatrixXd free_directions(const fitted_model& fitted) {
  const auto p = fitted.coefficients.size();
  Eigen::VectorXd error = Eigen::VectorXd::Zero(p), inverse = error;
  for (Eigen::Index i = 0; i < p; ++i) {
    if (!fitted.has_error[static_cast<std::size_t>(i)] || !(fitted.covariance(i, i) > 0)) continue;
    error[i] = std::sqrt(fitted.covariance(i, i));
    inverse[i] = 1 / error[i];
  }
  const Eigen::MatrixXd correlation =
      inverse.asDiagonal() * fitted.covariance * inverse.asDiagonal();
  const auto eigen = spectrum_of(correlation);
  const double least = 1e-12 * static_cast<double>(p);  // below, it is rounding: a constraint
  Eigen::MatrixXd directions(p, p);
  Eigen::Index kept = 0;
  for (Eigen::Index i = p; i-- > 0;) {
    if (!(eigen.values[i] > least)) continue;
    directions.col(kept++) = error.asDiagonal() * eigen.vectors.col(i) * std::sqrt(eigen.values[i]);
  }
  return directions.leftCols(kept);
}

room room_of(const fitted_model& fitted, const goal& wanted) {
  room where{free_directions(fitted), {}};
  const auto system = resolve(fitted.constraints, fitted.names);
  if (system.at_least.rows.rows() == 0) return where;
  where.limits = {system.at_least.rows, system.at_least.values};
  const auto away = directions_away(fitted, system);
  if (away.cols() == 0) return where;
  Eigen::MatrixXd all(away.rows(), where.directions.cols() + away.cols());
  all << where.directions, away;
  const Eigen::MatrixXd H = all.transpose() * wanted.information(fitted.coefficients) * all;
  const Eigen::LLT<Eigen::MatrixXd> factor(H);
  if (H.allFinite() && factor.info() == Eigen::Success) {
    where.directions = all * factor.matrixU().solve(Eigen::MatrixXd::Identity(H.rows(), H.cols()));
    return where;
  }
  for (Eigen::Index j = where.directions.cols(); j < all.cols(); ++j)
    all.col(j) /= std::isfinite(H(j, j)) && H(j, j) > 1e-12 ? std::sqrt(H(j, j)) : 1.0;
  where.directions = all;
  return where;
}

room beside(const room& all, Eigen::Index i) {
  const auto& directions = all.directions;
  const Eigen::VectorXd row = directions.row(i).transpose();
  if (row.size() == 0 || row.norm() == 0) return all;
  // The first column of the reflection is parallel to the row; all others are orthogonal to it.
  const Eigen::HouseholderQR<Eigen::MatrixXd> reflection{Eigen::MatrixXd(row)};
  const Eigen::MatrixXd turned = directions * Eigen::MatrixXd(reflection.householderQ());
  room rest{turned.rightCols(row.size() - 1), all.limits};
  rest.directions.row(i).setZero();
  return rest;
}

std::optional<limits_on> limits_along(const room& where, const Eigen::VectorXd& origin) {
  limits_on limits;
  std::vector<Eigen::Index> kept;
  std::vector<double> least;
  for (Eigen::Index i = 0; i < where.limits.rows.rows(); ++i) {
    const double here = product(where.limits.rows, i, origin), limit = where.limits.least[i];
    const auto row = where.limits.rows.row(i);
    const bool moved = where.directions.cols() > 0 &&
                       (row * where.directions).cwiseAbs().maxCoeff() > 1e-12 * row.norm();
    if (!moved && !(here >= limit - 1e-9 * (1 + std::abs(limit)))) return {};
    if (!moved || !std::isfinite(here)) continue;  // a rate of 0 is below any upper limit
    kept.push_back(i);
    least.push_back(limit - here);
  }
  const auto count = static_cast<Eigen::Index>(kept.size());
  if (count == 0) return limits;
  limits.rows.resize(count, where.directions.cols());
  limits.least = Eigen::Map<const Eigen::VectorXd>(least.data(), count);
  for (Eigen::Index k = 0; k < count; ++k)
    limits.rows.row(k) =
        where.limits.rows.row(kept[static_cast<std::size_t>(k)]) * where.directions;
  return limits;
}

bool within(const room& where, const Eigen::VectorXd& coefficients) {
  for (Eigen::Index i = 0; i < where.limits.rows.rows(); ++i) {
    const double least = where.limits.least[i];
    if (!(product(where.limits.rows, i, coefficients) >= least - 1e-9 * (1 + std::abs(least))))
      return false;
  }
  return true;
}

bool on_limit(const fitted_model& fitted, const constraint& one) {
  const auto block = resolve({one}, fitted.names).at_least;
  return block.rows.rows() == 1 &&
         std::abs(product(block.rows, 0, fitted.coefficients) - block.values[0]) <
             1e-8 * (1 + std::abs(block.values[0]));
}

maximum refit(const goal& wanted, const Eigen::VectorXd& origin, const room& where,
              double tolerance, int iterations) {
  const auto& directions = where.directions;
  const auto at = [&](const Eigen::VectorXd& u) -> Eigen::VectorXd {
    if (u.size() == 0) return origin;
    return origin + directions * u;  // -infinity stays, its row of directions being zero
  };
  maximise_problem problem;
  problem.gradient = [&](const Eigen::VectorXd& u) {
    const auto here = wanted.gradient(at(u));
    return maximise_problem::slope{here.value, directions.transpose() * here.gradient};
  };
  problem.information = [&](const Eigen::VectorXd& u) {
    return Eigen::MatrixXd(directions.transpose() * wanted.information(at(u)) * directions);
  };
  const double root = std::sqrt(static_cast<double>(std::max<Eigen::Index>(directions.cols(), 1)));
  problem.length = [root](const Eigen::VectorXd& step) { return step.norm() / root; };
  const auto limits = limits_along(where, origin);
  const auto start = limits ? nearest_within(*limits, Eigen::VectorXd::Zero(directions.cols()))
                            : std::optional<Eigen::VectorXd>();
  if (!start) {
    maximum none;
    none.point = origin;
    none.value = -std::numeric_limits<double>::infinity();
    none.verdict = search_verdict::blocked;
    return none;
  }
  auto found =
      maximise_within(problem, *start, *limits, {.iterations = iterations, .tolerance = tolerance})
          .found;
  found.point = at(found.point);
  return found;
}

}  // namespace kohort::detail
