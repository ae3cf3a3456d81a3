#include <algorithm>
#include <cmath>
#include <string>

#include <Eigen/Cholesky>
#include <boost/math/distributions/chi_squared.hpp>

#include <kohort/economics/partial_information.hpp>
#include <kohort/support/error.hpp>
#include <kohort/support/random.hpp>

namespace kohort {

namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

// Cubic B-splines over equal intervals of [low, high]; outside they go on as straight lines, by the
// value and slope at the end.
struct splines {
  double low = 0, high = 1;
  int intervals = 1;
  [[nodiscard]] Index size() const { return intervals + 3; }

  void at_inside(double x, double* out) const {
    std::fill(out, out + size(), 0.0);
    const double place = (x - low) / (high - low) * intervals;
    const int cell = std::clamp(static_cast<int>(std::floor(place)), 0, intervals - 1);
    const double t = place - cell, s = 1 - t;
    out[cell] = s * s * s / 6;
    out[cell + 1] = (3 * t * t * t - 6 * t * t + 4) / 6;
    out[cell + 2] = (3 * s * s * s - 6 * s * s + 4) / 6;
    out[cell + 3] = t * t * t / 6;
  }

  void at(double x, double* out) const {
    const double end = std::clamp(x, low, high);
    at_inside(end, out);
    if (x == end) return;
    const double step = (high - low) / intervals, beyond = (x - end) / step;
    const int cell = x < low ? 0 : intervals - 1;
    const double t = x < low ? 0 : 1, s = 1 - t;
    out[cell] += beyond * (-s * s / 2);
    out[cell + 1] += beyond * (3 * t * t - 4 * t) / 2;
    out[cell + 2] += beyond * (-(3 * s * s - 4 * s) / 2);
    out[cell + 3] += beyond * (t * t / 2);
  }
};

splines over(const VectorXd& x, int intervals) {
  double low = x.minCoeff(), high = x.maxCoeff();
  if (!(high > low)) high = low + 1;
  return {low, high, intervals};
}

MatrixXd second_differences(Index n) {
  MatrixXd D = MatrixXd::Zero(std::max<Index>(n - 2, 0), n);
  for (Index i = 0; i + 2 < n; ++i) {
    D(i, i) = 1;
    D(i, i + 1) = -2;
    D(i, i + 2) = 1;
  }
  return D.transpose() * D;
}

MatrixXd kronecker(const MatrixXd& A, const MatrixXd& B) {
  MatrixXd K(A.rows() * B.rows(), A.cols() * B.cols());
  for (Index i = 0; i < A.rows(); ++i) {
    for (Index j = 0; j < A.cols(); ++j) {
      K.block(i * B.rows(), j * B.cols(), B.rows(), B.cols()) = A(i, j) * B;
    }
  }
  return K;
}

// The columns of an additive model with pairwise products, and the penalty of each of its parts.
struct design {
  MatrixXd X;                       // draws x columns
  std::vector<MatrixXd> penalties;  // columns x columns, one for each smooth
};

design additive(const MatrixXd& z, int intervals) {
  constexpr int coarse = 2;  // intervals of a product: 5 x 5 functions
  const Index n = z.rows(), p = z.cols();
  const Index main = intervals + 3, side = coarse + 3, product = side * side;
  const Index columns = 1 + p * main + p * (p - 1) / 2 * product;
  design made{MatrixXd::Zero(n, columns), {}};
  made.X.col(0).setOnes();
  std::vector<double> values(static_cast<std::size_t>(main)), other(static_cast<std::size_t>(side)),
      another(static_cast<std::size_t>(side));
  Index at = 1;
  const auto penalise = [&](const MatrixXd& S) {
    MatrixXd whole = MatrixXd::Zero(columns, columns);
    whole.block(at, at, S.rows(), S.cols()) = S;
    made.penalties.push_back(std::move(whole));
    at += S.rows();
  };
  for (Index j = 0; j < p; ++j) {
    const auto basis = over(z.col(j), intervals);
    for (Index i = 0; i < n; ++i) {
      basis.at(z(i, j), values.data());
      for (Index c = 0; c < main; ++c) made.X(i, at + c) = values[static_cast<std::size_t>(c)];
    }
    penalise(second_differences(main));
  }
  const MatrixXd one = MatrixXd::Identity(side, side), bend = second_differences(side);
  for (Index j = 0; j < p; ++j) {
    for (Index k = j + 1; k < p; ++k) {
      const auto first = over(z.col(j), coarse), second = over(z.col(k), coarse);
      for (Index i = 0; i < n; ++i) {
        first.at(z(i, j), other.data());
        second.at(z(i, k), another.data());
        for (Index a = 0; a < side; ++a) {
          for (Index b = 0; b < side; ++b) {
            made.X(i, at + a * side + b) =
                other[static_cast<std::size_t>(a)] * another[static_cast<std::size_t>(b)];
          }
        }
      }
      penalise(kronecker(bend, one) + kronecker(one, bend));
    }
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
smooth solve(const normal_equations& eq, const std::vector<MatrixXd>& penalties,
             const std::vector<double>& log_weights) {
  MatrixXd A = eq.XX;
  // B-splines that sum to one beside a constant leave directions without any data: hold them.
  A.diagonal().array() += 1e-9 * eq.XX.trace() / static_cast<double>(eq.XX.rows());
  for (std::size_t k = 0; k < penalties.size(); ++k) A += std::exp(log_weights[k]) * penalties[k];
  smooth s;
  s.factor.compute(A);
  s.coefficients = s.factor.solve(eq.Xy);
  s.degrees = s.factor.solve(eq.XX).trace();
  const double rss = std::max(
      0.0, eq.yy - 2 * s.coefficients.dot(eq.Xy) + s.coefficients.dot(eq.XX * s.coefficients));
  const double left = std::max(eq.n - s.degrees, 1.0);
  s.variance = rss / left;
  s.criterion = eq.n * rss / (left * left);  // generalised cross-validation
  return s;
}

// Weights of the penalties by generalised cross-validation, one after another until none moves.
std::vector<double> best_weights(const normal_equations& eq,
                                 const std::vector<MatrixXd>& penalties) {
  std::vector<double> weights(penalties.size(), std::log(eq.n));
  double best = solve(eq, penalties, weights).criterion;
  for (int sweep = 0; sweep < 4; ++sweep) {
    const double before = best;
    for (auto& weight : weights) {
      const double kept = weight;
      double chosen = kept;
      for (double tried = -4; tried <= 20; tried += 2) {
        weight = tried;
        const double criterion = solve(eq, penalties, weights).criterion;
        if (criterion < best) {
          best = criterion;
          chosen = tried;
        }
      }
      weight = chosen;
    }
    if (best >= before) break;
  }
  return weights;
}

// The regression of one increment: fitted values, values from the other folds, and what is needed
// to draw coefficients anew.
struct regression {
  VectorXd fitted, held_out;
  MatrixXd X;
  smooth fit;
};

VectorXd linear_index(const MatrixXd& z, const VectorXd& y, const std::vector<char>& used) {
  MatrixXd X(z.rows(), z.cols() + 1);
  X << VectorXd::Ones(z.rows()), z;
  MatrixXd XX = MatrixXd::Zero(X.cols(), X.cols());
  VectorXd Xy = VectorXd::Zero(X.cols());
  for (Index i = 0; i < X.rows(); ++i) {
    if (!used[static_cast<std::size_t>(i)]) continue;
    XX += X.row(i).transpose() * X.row(i);
    Xy += X.row(i).transpose() * y[i];
  }
  XX.diagonal().array() += 1e-12 * XX.trace();
  return X * XX.llt().solve(Xy);
}

regression regress(const MatrixXd& z, const VectorXd& y, const partial_information_options& o) {
  const Index n = z.rows();
  const bool by_index = z.cols() > 3;
  std::vector<char> all(static_cast<std::size_t>(n), 1);
  const auto design_for = [&](const std::vector<char>& used) {
    return additive(by_index ? MatrixXd(linear_index(z, y, used)) : z, o.intervals);
  };
  auto whole = design_for(all);
  const auto eq = normal(whole.X, y);
  const auto weights = best_weights(eq, whole.penalties);
  regression made;
  made.fit = solve(eq, whole.penalties, weights);
  made.fitted = whole.X * made.fit.coefficients;
  made.held_out.resize(n);
  for (int fold = 0; fold < o.folds; ++fold) {
    auto used = all;
    std::vector<Index> out;
    for (Index i = fold; i < n; i += o.folds) {
      used[static_cast<std::size_t>(i)] = 0;
      out.push_back(i);
    }
    const MatrixXd* X = &whole.X;
    design own;
    normal_equations rest = eq;
    if (by_index) {
      own = design_for(used);
      X = &own.X;
      rest = normal(own.X, y);
    }
    const MatrixXd left_out = (*X)(out, Eigen::seqN(Index{0}, X->cols()));
    const VectorXd y_out = y(out);
    rest.XX -= left_out.transpose() * left_out;
    rest.Xy -= left_out.transpose() * y_out;
    rest.yy -= y_out.squaredNorm();
    rest.n -= static_cast<double>(out.size());
    const VectorXd predicted = left_out * solve(rest, whole.penalties, weights).coefficients;
    for (std::size_t i = 0; i < out.size(); ++i) {
      made.held_out[out[i]] = predicted[static_cast<Index>(i)];
    }
  }
  made.X = std::move(whole.X);
  return made;
}

// mean max(0, g) - max(0, mean g), the reference's increment being 0.
double value_of(const MatrixXd& g) {
  const VectorXd highest = g.rowwise().maxCoeff().cwiseMax(0.0);
  return std::max(0.0, highest.mean() - std::max(0.0, g.colwise().mean().maxCoeff()));
}

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
  if (options.intervals < 1 || options.folds < 2 || options.repeats < 2 || n < 100) {
    reject("E-DRAWS", "value_of_knowing",
           std::to_string(n) + " draws, " + std::to_string(options.intervals) + " intervals, " +
               std::to_string(options.folds) + " folds and " + std::to_string(options.repeats) +
               " repeats",
           "at least 100 draws, one interval, two folds and two repeats are needed",
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
  MatrixXd fitted(n, D - 1), held_out(n, D - 1), residual(n, D - 1);
  std::vector<regression> all;
  std::vector<Index> option;
  for (Index d = 0; d < D; ++d) {
    if (d == choice) continue;
    const auto c = static_cast<Index>(option.size());
    const VectorXd y = benefit.col(d) - benefit.col(choice);
    option.push_back(d);
    all.push_back(regress(z, y, options));
    fitted.col(c) = all.back().fitted;
    held_out.col(c) = all.back().held_out;
    residual.col(c) = y - all.back().fitted;
    found.degrees_of_freedom.push_back(all.back().fit.degrees);
    found.pattern.push_back(
        unevenness(all.back().fitted, residual.col(c), all.back().fit.variance));
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
    const Index columns = all.front().X.cols();
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
      drawn.col(d) = one.X * moved;
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
