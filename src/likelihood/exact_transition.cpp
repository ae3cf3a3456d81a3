#include <cmath>

#include <kohort/likelihood/detail/table_kinds.hpp>

namespace kohort::detail {

void add_exact(const likelihood_input& in, likelihood_sum& sum) {
  const auto& exact = in.tables.exact;
  if (exact.intervals == 0) return;
  double value = 0;
  for (std::size_t p = 0; p < in.tables.pattern_count(); ++p) {
    for (std::size_t k = 0; k < in.K; ++k) {
      const auto from = static_cast<std::size_t>(in.intensities.structure.transitions()[k].from);
      const double rate = in.rates[p * in.K + k], events = exact.events[p * in.K + k];
      const double exposure = exact.exposure[p * in.n + from];
      value -= rate * exposure;
      if (events > 0) value += events * std::log(rate);
      if (sum.sloped) sum.slopes[p * in.K + k] += (events > 0 ? events / rate : 0.0) - exposure;
    }
  }
  sum.value += value;
}

void add_exact_information(const likelihood_input& in, Eigen::MatrixXd& information) {
  if (in.tables.exact.intervals == 0) return;
  std::vector<double> part(in.K * in.K, 0.0);
  for (std::size_t p = 0; p < in.tables.pattern_count(); ++p) {
    for (std::size_t k = 0; k < in.K; ++k) {
      const auto from = static_cast<std::size_t>(in.intensities.structure.transitions()[k].from);
      part[k * in.K + k] = in.rates[p * in.K + k] * in.tables.exact.exposure[p * in.n + from];
    }
    add_expanded(in, p, part.data(), information);
  }
}

void add_exact_scores(const likelihood_input& in, const subject_parts& parts, subject_sums& out) {
  const auto& moves = in.intensities.structure.transitions();
  for (const auto& one : parts.exact) {
    const auto p = static_cast<std::size_t>(one.pattern);
    const auto x = in.tables.pattern(p);
    for (std::size_t k = 0; k < in.K; ++k) {
      if (moves[k].from != one.from) continue;
      const double rate = in.rates[p * in.K + k];
      const bool moved = one.transition == static_cast<std::int32_t>(k);
      const double slope = (moved ? 1.0 : 0.0) - rate * one.years;  // by log rate
      out.log_likelihoods[one.subject] += (moved ? std::log(rate) : 0.0) - rate * one.years;
      auto place = static_cast<Eigen::Index>(in.start(k));
      out.scores(one.subject, place) += slope;
      for (const int c : in.where.columns[k])
        out.scores(one.subject, ++place) += slope * x[static_cast<std::size_t>(c)];
    }
  }
}

}  // namespace kohort::detail
