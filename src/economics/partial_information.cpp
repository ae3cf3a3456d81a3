#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include <Eigen/Cholesky>
#include <Eigen/Eigenvalues>
#include <Eigen/QR>
#include <boost/math/distributions/chi_squared.hpp>

#include <kohort/economics/partial_information.hpp>
#include <kohort/support/error.hpp>
#include <kohort/support/random.hpp>

namespace kohort {

namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

// Cubic B-splines over equal intervals of [low, high].
void cubic_splines(double x, double low, double high, int intervals, double* out) {
  std::fill(out, out + intervals + 3, 0.0);
  const double place = (x - low) / (high - low) * intervals;
  const int cell = std::clamp(static_cast<int>(std::floor(place)), 0, intervals - 1);
  const double t = place - cell, s = 1 - t;
  out[cell] = s * s * s / 6;
  out[cell + 1] = (3 * t * t * t - 6 * t * t + 4) / 6;
  out[cell + 2] = (3 * s * s * s - 6 * s * s + 4) / 6;
  out[cell + 3] = t * t * t / 6;
}

// What a cubic spline of x has beside a straight line, in columns whose squared coefficients add up
// to its roughness: so a penalty is a multiple of the identity, whose equations stay well
// conditioned at any weight.
MatrixXd bends(const VectorXd& x, int intervals) {
  const Index n = x.size(), size = intervals + 3;
  const double low = x.minCoeff();
  double high = x.maxCoeff();
  if (!(high > low)) high = low + 1;
  MatrixXd rows(size, n);
  for (Index i = 0; i < n; ++i) cubic_splines(x[i], low, high, intervals, rows.col(i).data());
  MatrixXd difference = MatrixXd::Zero(size - 2, size);
  for (Index i = 0; i + 2 < size; ++i) {
    difference(i, i) = difference(i, i + 2) = 1;
    difference(i, i + 1) = -2;
  }
  const Eigen::SelfAdjointEigenSolver<MatrixXd> parts(difference.transpose() * difference);
  const VectorXd scale = parts.eigenvalues().tail(size - 2).cwiseSqrt().cwiseInverse();
  MatrixXd bent =
      rows.transpose() * (parts.eigenvectors().rightCols(size - 2) * scale.asDiagonal());
  MatrixXd line(n, 2);
  line << VectorXd::Ones(n), x;
  bent -= line * line.completeOrthogonalDecomposition().solve(bent);
  return bent;
}

// Columns of the regression, and which penalty each is under; -1: none.
struct design {
  MatrixXd X;
  std::vector<int> penalty;
  int penalties = 0;
};

// Straight lines, bends, products of pairs, and products of a line with another's bends.
design columns_of(const MatrixXd& z, int intervals) {
  constexpr Index few = 5;  // so many have weights of their own, and bent products
  const Index n = z.rows(), p = z.cols();
  std::vector<MatrixXd> blocks{VectorXd::Ones(n), z};
  design made;
  made.penalty.assign(static_cast<std::size_t>(1 + p), -1);
  const auto add = [&](MatrixXd block, int penalty) {
    made.penalty.insert(made.penalty.end(), static_cast<std::size_t>(block.cols()), penalty);
    made.penalties = std::max(made.penalties, penalty + 1);
    blocks.push_back(std::move(block));
  };
  for (Index j = 0; j < p; ++j) {
    add(bends(z.col(j), intervals), p <= few ? static_cast<int>(j) : 0);
  }
  const int of_products = made.penalties;
  for (Index j = 0; j < p; ++j) {
    for (Index k = j + 1; k < p; ++k) add(z.col(j).cwiseProduct(z.col(k)), of_products);
  }
  if (p > 1 && p <= few) {
    for (Index j = 0; j < p; ++j) {
      const MatrixXd bent = bends(z.col(j), 2);
      for (Index k = 0; k < p; ++k) {
        if (k != j) add(bent.array().colwise() * z.col(k).array(), of_products + 1);
      }
    }
  }
  made.X.resize(n, static_cast<Index>(made.penalty.size()));
  Index at = 0;
  for (const auto& block : blocks) {
    made.X.middleCols(at, block.cols()) = block;
    at += block.cols();
  }
  return made;
}

struct normal_equations {
  MatrixXd XX;
  VectorXd Xy;
  double yy = 0, n = 0;
};

normal_equations normal(const MatrixXd& X, const VectorXd& y) {
  MatrixXd XX = MatrixXd::Zero(X.cols(), X.cols());
  XX.selfadjointView<Eigen::Lower>().rankUpdate(X.transpose());
  XX.triangularView<Eigen::StrictlyUpper>() = XX.transpose();
  return {std::move(XX), X.transpose() * y, y.squaredNorm(), static_cast<double>(X.rows())};
}

struct smooth {
  VectorXd coefficients;
  Eigen::LLT<MatrixXd> factor;  // of X'X + penalties
  double degrees = 0, variance = 0, criterion = 0;
};

// `log_weights`: of each penalty, natural logarithms.
smooth solve(const normal_equations& eq, const std::vector<int>& penalty,
             const std::vector<double>& log_weights) {
  VectorXd weight = VectorXd::Zero(eq.XX.rows());
  for (Index i = 0; i < weight.size(); ++i) {
    const int k = penalty[static_cast<std::size_t>(i)];
    if (k >= 0) weight[i] = std::exp(log_weights[static_cast<std::size_t>(k)]);
  }
  MatrixXd A = eq.XX;
  // A constant parameter has no line: hold it at 0.
  weight.array() += 1e-10 * eq.XX.trace() / static_cast<double>(eq.XX.rows());
  A.diagonal() += weight;
  smooth s;
  s.factor.compute(A);
  s.coefficients = s.factor.solve(eq.Xy);
  // trace of A^-1 X'X = columns - trace of A^-1 times the weights, with A^-1 = L'^-1 L^-1.
  const MatrixXd inverse = s.factor.matrixL().solve(MatrixXd::Identity(A.rows(), A.cols()));
  s.degrees = static_cast<double>(A.rows()) - inverse.colwise().squaredNorm().dot(weight);
  const double rss = std::max(
      0.0, eq.yy - 2 * s.coefficients.dot(eq.Xy) + s.coefficients.dot(eq.XX * s.coefficients));
  const double left = std::max(eq.n - s.degrees, 1.0);
  s.variance = rss / left;
  // Generalised cross-validation, which fails where a fit takes most degrees of freedom there are.
  s.criterion =
      s.degrees < eq.n / 2 ? eq.n * rss / (left * left) : std::numeric_limits<double>::infinity();
  return s;
}

// Weights of the penalties by generalised cross-validation, one after another until none moves.
std::vector<double> best_weights(const normal_equations& eq, const design& of) {
  std::vector<double> weights(static_cast<std::size_t>(of.penalties), 18.0);
  double best = solve(eq, of.penalty, weights).criterion;
  for (int sweep = 0; sweep < 4; ++sweep) {
    const double before = best;
    for (auto& weight : weights) {
      double chosen = weight;
      for (double tried = -6; tried <= 18; tried += 2) {
        weight = tried;
        const double criterion = solve(eq, of.penalty, weights).criterion;
        if (criterion < best) {
          best = criterion;
          chosen = tried;
        }
      }
      weight = chosen;
    }
    if (!(best < before * (1 - 1e-6))) break;
  }
  return weights;
}

// The regression of one increment: fitted values, values from the other folds, and what is needed
// to draw coefficients anew.
struct regression {
  VectorXd fitted, held_out;
  smooth fit;
};

regression regress(const design& of, const VectorXd& y, int folds) {
  const Index n = y.size();
  const auto eq = normal(of.X, y);
  const auto weights = best_weights(eq, of);
  regression made;
  made.fit = solve(eq, of.penalty, weights);
  made.fitted = of.X * made.fit.coefficients;
  made.held_out.resize(n);
  for (int fold = 0; fold < folds; ++fold) {
    const auto out = Eigen::seq(Index{fold}, n - 1, Index{folds});
    const MatrixXd left_out = of.X(out, Eigen::seqN(Index{0}, of.X.cols()));
    const VectorXd y_out = y(out);
    normal_equations rest = eq;
    rest.XX -= left_out.transpose() * left_out;
    rest.Xy -= left_out.transpose() * y_out;
    rest.yy -= y_out.squaredNorm();
    rest.n -= static_cast<double>(y_out.size());
    made.held_out(out) = left_out * solve(rest, of.penalty, weights).coefficients;
  }
  return made;
}

// mean max(0, g) - max(0, mean g), the reference's increment being 0.
double value_of(const MatrixXd& g) {
  const VectorXd highest = g.rowwise().maxCoeff().cwiseMax(0.0);
  return std::max(0.0, highest.mean() - std::max(0.0, g.colwise().mean().maxCoeff()));
}

// Probability of residual means by tenth of the fitted values as uneven as these by chance.
double unevenness(const VectorXd& fitted, const VectorXd& residual, double variance) {
  const Index n = fitted.size(), tenths = 10;
  std::vector<Index> order(static_cast<std::size_t>(n));
  for (Index i = 0; i < n; ++i) order[static_cast<std::size_t>(i)] = i;
  std::sort(order.begin(), order.end(), [&](Index a, Index b) { return fitted[a] < fitted[b]; });
  double statistic = 0;
  for (Index t = 0; t < tenths; ++t) {
    const Index from = t * n / tenths, to = (t + 1) * n / tenths;
    double sum = 0;
    for (Index i = from; i < to; ++i) sum += residual[order[static_cast<std::size_t>(i)]];
    statistic += sum * sum / (static_cast<double>(to - from) * variance);
  }
  if (!std::isfinite(statistic)) return 1;
  return boost::math::cdf(
      boost::math::complement(boost::math::chi_squared(static_cast<double>(tenths)), statistic));
}

// Of each of the first draws, the one nearest to it in its parameters.
std::vector<Index> neighbours(const MatrixXd& z) {
  const Index n = std::min<Index>(z.rows(), 4000), p = z.cols();
  const MatrixXd points = z.topRows(n).transpose();
  std::vector<Index> nearest(static_cast<std::size_t>(n));
  for (Index i = 0; i < n; ++i) {
    double least = std::numeric_limits<double>::infinity();
    for (Index step = 1; step < n; ++step) {  // from i on: draws alike do not all choose one
      const Index j = (i + step) % n;
      double distance = 0;
      for (Index c = 0; c < p; ++c) {
        const double off = points(c, i) - points(c, j);
        distance += off * off;
      }
      if (distance < least) {
        least = distance;
        nearest[static_cast<std::size_t>(i)] = j;
      }
    }
  }
  return nearest;
}

// Probability of residuals as alike between neighbours as these by chance: what depends on the
// parameters and was missed is alike there, whatever its shape.
double alikeness(const std::vector<Index>& nearest, const VectorXd& residual) {
  double sum = 0, variance = 0;
  for (std::size_t i = 0; i < nearest.size(); ++i) {
    const Index j = nearest[i];
    const double product = residual[static_cast<Index>(i)] * residual[j];
    const bool mutual = nearest[static_cast<std::size_t>(j)] == static_cast<Index>(i);
    sum += product;
    variance += (mutual ? 2 : 1) * product * product;
  }
  return variance > 0 ? std::erfc(sum / std::sqrt(2 * variance)) / 2 : 1;
}

}  // namespace

partial_information value_of_knowing(const MatrixXd& benefit, const MatrixXd& parameters,
                                     const partial_information_options& options) {
  const Index n = benefit.rows(), D = benefit.cols(), p = parameters.cols();
  if (D < 2 || p < 1 || parameters.rows() != n) {
    reject("E-SHAPE", "value_of_knowing",
           "benefits are " + std::to_string(n) + " x " + std::to_string(D) + " and parameters " +
               std::to_string(parameters.rows()) + " x " + std::to_string(p),
           "at least two options and one parameter, in the same draws, are needed",
           "Give draws x options and draws x parameters");
  }
  if (!benefit.allFinite() || !parameters.allFinite()) {
    reject("E-NUM", "value_of_knowing", "a benefit or parameter is not finite",
           "every draw needs all of them", "Mend it");
  }
  if (options.intervals < 1 || options.folds < 2 || options.repeats < 2 || n < 100 || n < 10 * p) {
    reject("E-DRAWS", "value_of_knowing",
           std::to_string(n) + " draws of " + std::to_string(p) + " parameters, " +
               std::to_string(options.intervals) + " intervals, " + std::to_string(options.folds) +
               " folds and " + std::to_string(options.repeats) + " repeats",
           "at least 100 draws, ten for each parameter, one interval, two folds and two repeats "
           "are needed",
           "Draw more; a thousand is common");
  }
  // Standardised, so that penalties mean the same for all; a constant parameter carries nothing.
  MatrixXd z = parameters.rowwise() - parameters.colwise().mean();
  for (Index j = 0; j < p; ++j) {
    const double sd = std::sqrt(z.col(j).squaredNorm() / static_cast<double>(n));
    if (sd > 0) z.col(j) /= sd;
  }
  partial_information found;
  const VectorXd highest = benefit.rowwise().maxCoeff();
  Index choice = 0;
  const double now = benefit.colwise().mean().maxCoeff(&choice);
  found.evpi = (highest - benefit.col(choice)).mean();

  // Increments over the option that is best now: its own is 0.
  const design regressors = columns_of(z, options.intervals);
  const auto nearest = neighbours(z);
  MatrixXd fitted(n, D - 1), held_out(n, D - 1), residual(n, D - 1);
  std::vector<regression> all;
  std::vector<Index> option;
  for (Index d = 0; d < D; ++d) {
    if (d == choice) continue;
    const auto c = static_cast<Index>(option.size());
    const VectorXd y = benefit.col(d) - benefit.col(choice);
    option.push_back(d);
    all.push_back(regress(regressors, y, options.folds));
    fitted.col(c) = all.back().fitted;
    held_out.col(c) = all.back().held_out;
    residual.col(c) = y - all.back().fitted;
    found.degrees_of_freedom.push_back(all.back().fit.degrees);
    const double along = unevenness(all.back().fitted, residual.col(c), all.back().fit.variance);
    found.pattern.push_back(
        std::min(1.0, 2 * std::min(along, alikeness(nearest, residual.col(c)))));
  }
  found.in_sample = value_of(fitted);

  double with_rule = 0;
  for (Index i = 0; i < n; ++i) {
    Index best = 0;
    const double gain = held_out.row(i).maxCoeff(&best);
    with_rule += benefit(i, gain > 0 ? option[static_cast<std::size_t>(best)] : choice);
  }
  found.cross_fit = with_rule / static_cast<double>(n) - now;

  // Coefficients drawn anew, their errors as correlated between increments as the residuals are.
  const auto increments = static_cast<Index>(all.size());
  MatrixXd correlation = residual.transpose() * residual;
  const VectorXd scale = correlation.diagonal().cwiseSqrt().cwiseMax(1e-300);
  correlation =
      (scale.cwiseInverse().asDiagonal() * correlation * scale.cwiseInverse().asDiagonal()).eval();
  correlation.diagonal().array() += 1e-10;
  const MatrixXd root = correlation.llt().matrixL();
  const random_stream stream(options.seed, purpose::resampling);
  VectorXd values(options.repeats);
  MatrixXd drawn(n, increments);
  for (int r = 0; r < options.repeats; ++r) {
    const Index columns = regressors.X.cols();
    MatrixXd noise(columns, increments);
    for (Index c = 0; c < columns; ++c) {
      for (Index d = 0; d < increments; ++d) {
        noise(c, d) = stream.normal(static_cast<std::uint32_t>(r), static_cast<std::uint32_t>(d),
                                    static_cast<std::uint32_t>(c));
      }
    }
    noise = (noise * root.transpose()).eval();
    for (Index d = 0; d < increments; ++d) {
      const auto& one = all[static_cast<std::size_t>(d)];
      const VectorXd moved =
          one.fit.coefficients +
          std::sqrt(one.fit.variance) * one.fit.factor.matrixU().solve(noise.col(d));
      drawn.col(d) = regressors.X * moved;
    }
    values[r] = value_of(drawn);
  }
  const double of_coefficients =
      (values.array() - values.mean()).square().sum() / (options.repeats - 1);
  const Eigen::ArrayXd gain = fitted.rowwise().maxCoeff().cwiseMax(0.0).array();
  const double of_sample =
      (gain - gain.mean()).square().sum() / (static_cast<double>(n) - 1) / static_cast<double>(n);
  found.se = std::sqrt(of_coefficients + of_sample);
  return found;
}

}  // namespace kohort
