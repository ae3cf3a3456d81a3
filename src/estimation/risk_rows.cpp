#include <algorithm>
#include <cmath>
#include <limits>

#include <Eigen/QR>

#include <kohort/estimation/detail/risk_rows.hpp>
#include <kohort/estimation/diagnostics.hpp>

namespace kohort::detail {

risk_rows::risk_rows(const intensity_model& intensities, const transition_tables& tables,
                     double unit)
    : tables_(tables), where_(layout(intensities)), weight_(unit * tables.weight) {
  const auto years = exposure_at_risk(intensities.structure, tables);
  const auto n = static_cast<std::size_t>(intensities.structure.size());
  for (const auto& move : intensities.structure.transitions()) {
    std::vector<at_risk> rows;
    double sum = 0;
    for (std::size_t p = 0; p < tables.pattern_count(); ++p) {
      const double here = unit * years[p * n + static_cast<std::size_t>(move.from)];
      if (!(here > 0)) continue;
      rows.push_back({p, here});
      sum += here;
    }
    rows_.push_back(std::move(rows));
    years_.push_back(sum);
  }
}

risk_rows::expectation risk_rows::expected(const Eigen::VectorXd& coefficients,
                                           int transition) const {
  expectation sum{0, std::numeric_limits<double>::infinity(), 0};
  for_each(transition, [&](const risk_row& row) {
    const double rate = std::exp(log_rate(coefficients, transition, row));
    sum.events += rate * row.years;
    sum.least_rate = std::min(sum.least_rate, rate);
    sum.largest_rate = std::max(sum.largest_rate, rate);
  });
  return sum;
}

double risk_rows::largest_change(const Eigen::VectorXd& change) const {
  double largest = change.tail(where_.size() - where_.starts.back()).lpNorm<Eigen::Infinity>();
  for (int k = 0; k < transitions(); ++k) {
    const std::size_t stride = rows_[static_cast<std::size_t>(k)].size() / 4096 + 1;
    for_each(
        k,
        [&](const risk_row& row) {
          largest = std::max(largest, std::abs(log_rate(change, k, row)));
        },
        stride);
  }
  return largest;
}

Eigen::MatrixXd risk_rows::triangle() const {
  Eigen::MatrixXd R = Eigen::MatrixXd::Zero(where_.size(), where_.size());
  for (int k = 0; k < transitions(); ++k) {
    const Eigen::Index at = where_.starts[static_cast<std::size_t>(k)];
    const Eigen::Index width = where_.starts[static_cast<std::size_t>(k) + 1] - at;
    Eigen::MatrixXd rows = Eigen::MatrixXd::Zero(width + 256, width);
    Eigen::Index filled = width;
    const auto reduce = [&] {
      const Eigen::HouseholderQR<Eigen::MatrixXd> qr(rows.topRows(filled));
      const Eigen::MatrixXd upper = qr.matrixQR().topRows(width).triangularView<Eigen::Upper>();
      rows.topRows(width) = upper;
      filled = width;
    };
    for_each(k, [&](const risk_row& row) {
      for (Eigen::Index c = 0; c < width; ++c)
        rows(filled, c) = std::sqrt(row.years) * row.x[static_cast<std::size_t>(c)];
      if (++filled == rows.rows()) reduce();
    });
    if (filled > width) reduce();
    R.block(at, at, width, width) = rows.topRows(width);
  }
  for (Eigen::Index i = where_.starts.back(); i < where_.size(); ++i) R(i, i) = std::sqrt(weight_);
  return R;
}

}  // namespace kohort::detail
