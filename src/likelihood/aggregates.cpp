#include <cmath>
#include <limits>

#include <kohort/likelihood/detail/table_kinds.hpp>
#include <kohort/model/probability_derivative.hpp>
#include <kohort/model/probability_matrix.hpp>

namespace kohort::detail {

namespace {

/// The row of a table carried through its pieces: where its people are at each cut.
class table_path {
 public:
  table_path(const likelihood_input& in, const aggregate_term& term) : in_(in), term_(term) {
    const auto n = static_cast<Eigen::Index>(in.n);
    rows_.push_back(Eigen::Map<const Eigen::RowVectorXd>(term.start.data(), n));
    for (std::size_t j = 0; j < term.elapsed.size(); ++j) {
      const auto p = static_cast<std::size_t>(term.patterns[j]);
      Q_.push_back(intensity_matrix<>::from_rates(in.intensities.structure,
                                                  std::span(in.rates).subspan(p * in.K, in.K)));
      P_.push_back(transition_probability(Q_.back(), term.elapsed[j]).matrix());
      rows_.emplace_back(rows_.back() * P_.back());
    }
  }

  /// The share at the table's end `c`, among everybody.
  [[nodiscard]] double share(std::size_t c) const {
    double sum = 0;
    for (const state s : term_.ends[c]) sum += rows_.back()[s];
    return sum;
  }

  /// Adds to slopes by pattern and transition those of a function of the last row.
  void add_slopes(const Eigen::VectorXd& by_state, std::vector<double>& slopes) const {
    Eigen::VectorXd bar = by_state;
    const auto& moves = in_.intensities.structure.transitions();
    for (std::size_t j = Q_.size(); j-- > 0;) {
      const Eigen::MatrixXd P_bar = rows_[j].transpose() * bar.transpose();
      const Eigen::MatrixXd slope = transition_probability_adjoint(Q_[j], term_.elapsed[j], P_bar);
      double* const into = slopes.data() + static_cast<std::size_t>(term_.patterns[j]) * in_.K;
      for (std::size_t k = 0; k < in_.K; ++k) into[k] += slope(moves[k].from, moves[k].to);
      bar = (P_[j] * bar).eval();
    }
  }

 private:
  const likelihood_input& in_;
  const aggregate_term& term_;
  std::vector<intensity_matrix<>> Q_;
  std::vector<Eigen::MatrixXd> P_;
  std::vector<Eigen::RowVectorXd> rows_;
};

double all_of(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum;
}

}  // namespace

void add_aggregates(const likelihood_input& in, likelihood_sum& sum) {
  for (const auto& term : in.tables.aggregates) {
    const table_path path(in, term);
    double value = 0, among = 0;
    Eigen::VectorXd by_state = Eigen::VectorXd::Zero(static_cast<Eigen::Index>(in.n));
    for (std::size_t c = 0; c < term.ends.size(); ++c) {
      const double share = path.share(c);
      among += share;
      if (term.counts[c] == 0) continue;
      value += term.counts[c] * std::log(share);
      for (const state s : term.ends[c]) by_state[s] += term.counts[c] / share;
    }
    if (term.among) {
      const double persons = all_of(term.counts);
      value -= persons * std::log(among);
      for (const auto& end : term.ends) {
        for (const state s : end) by_state[s] -= persons / among;
      }
    }
    sum.value += std::isnan(value) ? -std::numeric_limits<double>::infinity() : value;
    if (sum.sloped && by_state.allFinite()) path.add_slopes(by_state, sum.slopes);
  }
}

void add_aggregate_information(const likelihood_input& in, Eigen::MatrixXd& information) {
  for (const auto& term : in.tables.aggregates) {
    const table_path path(in, term);
    const double persons = all_of(term.counts);
    double among = term.among ? 0 : 1;
    for (std::size_t c = 0; c < term.ends.size() && term.among; ++c) among += path.share(c);
    for (std::size_t c = 0; c < term.ends.size(); ++c) {
      const double share = path.share(c) / among;
      if (!(share > 0)) continue;
      Eigen::VectorXd by_state = Eigen::VectorXd::Zero(static_cast<Eigen::Index>(in.n));
      for (std::size_t d = 0; d < term.ends.size() && term.among; ++d) {
        for (const state s : term.ends[d]) by_state[s] -= share / among;
      }
      for (const state s : term.ends[c]) by_state[s] += 1 / among;
      likelihood_sum of_share(in, true);
      path.add_slopes(by_state, of_share.slopes);
      const Eigen::VectorXd slope = by_coefficient(in, of_share);
      information.noalias() += persons / share * slope * slope.transpose();
    }
  }
}

}  // namespace kohort::detail
