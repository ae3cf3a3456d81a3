#include <algorithm>
#include <cmath>
#include <limits>

#include <kohort/estimation/detail/recession.hpp>
#include <kohort/support/detail/spectrum.hpp>

namespace kohort::detail {

namespace {

constexpr double large_effect = 6;    // in log rates over the range of the covariate
constexpr double hardly_seen = 1e-6;  // eigenvalue of the information with a unit diagonal

class recession_search {
 public:
  recession_search(const search_problem& problem, const free_coefficients& free,
                   const Eigen::VectorXd& theta, double value, const Eigen::MatrixXd& curvature)
      : problem_(problem), free_(free), theta_(theta), value_(value), curvature_(curvature) {}

  std::optional<recession> find() const {
    for (Eigen::Index j = 0; j < free_.A.cols(); ++j) {
      if (auto found = along_effect(j)) return found;
    }
    return along_information();
  }

 private:
  [[nodiscard]] bool never_falls(const Eigen::VectorXd& direction) const {
    const double noise = 1e-11 * (1 + std::abs(value_));
    double before = value_;
    for (const double s : {1.0, 2.0, 4.0, 8.0}) {
      const double there = problem_.wanted.value(theta_ + s * direction);
      if (!(there >= before - noise)) return false;
      before = there;
    }
    return true;
  }

  [[nodiscard]] std::optional<recession> along_effect(Eigen::Index j) const {
    const auto& starts = problem_.rows.where().starts;
    const auto i = free_.free[static_cast<std::size_t>(j)];
    if (i >= starts.back()) return along_reading(j);
    if (std::binary_search(starts.begin(), starts.end(), static_cast<int>(i))) return {};
    const auto k =
        static_cast<int>(std::upper_bound(starts.begin(), starts.end(), static_cast<int>(i)) -
                         starts.begin()) -
        1;
    const Eigen::Index intercept = starts[static_cast<std::size_t>(k)];
    double low = std::numeric_limits<double>::infinity(), high = -low;
    problem_.rows.for_each(k, [&](const risk_row& row) {
      low = std::min(low, row.x[static_cast<std::size_t>(i - intercept)]);
      high = std::max(high, row.x[static_cast<std::size_t>(i - intercept)]);
    });
    if (!(std::abs(theta_[i]) * (high - low) >= large_effect)) return {};
    const Eigen::VectorXd effect = free_.A.col(j) * ((theta_[i] > 0 ? 1 : -1) / (high - low));
    const auto at = std::find(free_.free.begin(), free_.free.end(), intercept);
    for (const double anchor : {0.0, low, high}) {
      Eigen::VectorXd direction = effect;
      if (anchor != 0) {
        if (at == free_.free.end()) continue;
        direction -= free_.A.col(at - free_.free.begin()) * (anchor * effect[i]);
      }
      if (never_falls(direction)) return recession{direction, false};
    }
    return {};
  }

  /// Log odds of a misreading: so far out that hardly anything changes either way.
  [[nodiscard]] std::optional<recession> along_reading(Eigen::Index j) const {
    const double odds = theta_[free_.free[static_cast<std::size_t>(j)]];
    if (!(std::abs(odds) >= large_effect)) return {};
    const Eigen::VectorXd direction = free_.A.col(j) * (odds > 0 ? 1 : -1);
    if (!never_falls(direction)) return {};
    return recession{direction, false};
  }

  [[nodiscard]] std::optional<recession> along_information() const {
    const scaled_search search(problem_, free_);
    if (search.size() == 0) return {};
    const Eigen::MatrixXd H = search.information(curvature_);
    if (!H.allFinite()) return {};
    const double largest = H.diagonal().maxCoeff();
    const Eigen::VectorXd unit = H.diagonal().unaryExpr(
        [&](double h) { return h > 1e-12 * largest ? 1 / std::sqrt(h) : 0.0; });
    for (Eigen::Index i = 0; i < unit.size(); ++i) {
      if (unit[i] > 0) continue;
      if (auto found = either_way(search.to_theta().col(i))) return found;
    }
    const auto eigen = spectrum_of(unit.asDiagonal() * H * unit.asDiagonal());
    if (!eigen.found) return {};
    for (Eigen::Index i = 0; i < unit.size() && eigen.values[i] < hardly_seen; ++i) {
      if (auto found = either_way(search.to_theta() * (unit.asDiagonal() * eigen.vectors.col(i))))
        return found;
    }
    return {};
  }

  [[nodiscard]] std::optional<recession> either_way(const Eigen::VectorXd& direction) const {
    const double length = problem_.rows.largest_change(direction);
    if (!(length > 0)) return {};
    const Eigen::VectorXd unit = direction / length;
    const bool up = never_falls(unit), down = never_falls(-unit);
    if (!up && !down) return {};
    return recession{up ? unit : Eigen::VectorXd(-unit), up && down};
  }

  const search_problem& problem_;
  const free_coefficients& free_;
  const Eigen::VectorXd& theta_;
  double value_;
  const Eigen::MatrixXd& curvature_;
};

}  // namespace

std::optional<recession> find_recession(const search_problem& problem,
                                        const free_coefficients& free, const Eigen::VectorXd& theta,
                                        double value, const Eigen::MatrixXd& curvature) {
  return recession_search(problem, free, theta, value, curvature).find();
}

}  // namespace kohort::detail
