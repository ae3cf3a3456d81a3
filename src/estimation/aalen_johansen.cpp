#include <algorithm>
#include <cmath>
#include <map>

#include <kohort/data/detail/plain_rows.hpp>
#include <kohort/estimation/aalen_johansen.hpp>
#include <kohort/support/error.hpp>
#include <kohort/support/patience.hpp>

namespace kohort {

namespace {

/// What happens at one time on the clock.
struct moment {
  Eigen::VectorXd enters, leaves;  // persons by state, entering and leaving the risk sets
  Eigen::MatrixXd moves;           // empty where nobody moves
};

}  // namespace

aalen_johansen_estimate aalen_johansen(const observations& seen, const model& structure,
                                       const aalen_johansen_settings& settings) {
  patience go_on(settings.report);
  const auto n = structure.size();
  detail::refuse_several_states(seen, n, "aalen_johansen");
  std::size_t clock = 0;
  if (!settings.clock.empty()) {
    const auto& names = seen.covariate_names;
    const auto at = std::find(names.begin(), names.end(), settings.clock);
    if (at == names.end()) {
      reject("E-COLUMN", "aalen_johansen", "there is no covariate '" + settings.clock + "'",
             "the clock is one of the covariates, in years", "Name one that is there");
    }
    clock = static_cast<std::size_t>(at - names.begin());
  }

  std::map<double, moment> moments;
  const auto at = [&](double time) -> moment& {
    auto& one = moments[time];
    if (one.enters.size() == 0) one.enters = one.leaves = Eigen::VectorXd::Zero(n);
    return one;
  };
  double origin = 0, before = 0;
  for (std::size_t i = 0; i < seen.rows(); ++i) {
    go_on();
    const bool starts = seen.kinds[i] == observation_kind::start;
    if (i == 0 || seen.subjects[i] != seen.subjects[i - 1]) {
      origin = seen.times[i] / seen.units_per_year;
      if (!settings.clock.empty()) origin -= seen.row_covariates(i)[clock];
    }
    const double now = seen.times[i] / seen.units_per_year - origin;
    if (!starts) {
      if (seen.kinds[i] != observation_kind::exact_transition) {
        reject("E-KIND", "aalen_johansen", "some states are known at visits alone",
               "this estimator needs histories known throughout",
               "Compare prevalence instead, or read the data with exact_times=True");
      }
      const double weight = seen.weight(seen.subjects[i]);
      const double from = std::max(before, settings.since);
      if (now > from && weight > 0) {
        const auto r = seen.states[i - 1], s = seen.states[i];
        at(from).enters[r] += weight;
        auto& end = at(now);
        end.leaves[r] += weight;
        if (r != s) {
          if (end.moves.size() == 0) end.moves = Eigen::MatrixXd::Zero(n, n);
          end.moves(r, s) += weight;
        }
      }
    }
    before = now;
  }
  if (moments.empty()) {
    reject("E-EMPTY", "aalen_johansen",
           "nobody is followed after " + shown(settings.since) + " years",
           "probabilities begin there", "Choose an earlier time");
  }

  aalen_johansen_estimate found;
  const Eigen::MatrixXd one = Eigen::MatrixXd::Identity(n, n);
  Eigen::MatrixXd P = one;
  std::vector<Eigen::MatrixXd> C(static_cast<std::size_t>(n), Eigen::MatrixXd::Zero(n, n));
  Eigen::VectorXd Y = Eigen::VectorXd::Zero(n);
  std::vector<Eigen::VectorXd> risks;
  const auto keep = [&](double time) {
    found.times.push_back(time);
    found.probabilities.push_back(P);
    found.covariances.push_back(C);
    risks.push_back(Y);
  };
  keep(settings.since);
  if (moments.begin()->first == settings.since) risks[0] = moments.begin()->second.enters;
  for (const auto& [time, change] : moments) {
    go_on();
    if (change.moves.size() > 0) {
      Eigen::MatrixXd step = one;
      std::vector<Eigen::MatrixXd> jump(static_cast<std::size_t>(n), Eigen::MatrixXd::Zero(n, n));
      for (state h = 0; h < n; ++h) {
        const double moved = change.moves.row(h).sum();
        if (moved == 0) continue;
        auto& c = jump[static_cast<std::size_t>(h)];
        for (state j = 0; j < n; ++j) {
          if (j == h) continue;
          step(h, j) = change.moves(h, j) / Y[h];
          for (state l = 0; l < n; ++l) {
            if (l == h) continue;
            c(j, l) = ((j == l ? Y[h] : 0.0) - change.moves(h, j)) * change.moves(h, l) /
                      (Y[h] * Y[h] * Y[h]);
          }
        }
        step(h, h) = 1 - moved / Y[h];
        for (state j = 0; j < n; ++j) {
          if (j != h) c(j, h) = c(h, j) = -c.row(j).sum();
        }
        double corner = 0;
        for (state j = 0; j < n; ++j) corner -= j == h ? 0 : c(h, j);
        c(h, h) = corner;
      }
      for (state r = 0; r < n; ++r) {
        auto& mine = C[static_cast<std::size_t>(r)];
        mine = step.transpose() * mine * step;
        for (state h = 0; h < n; ++h) mine += P(r, h) * P(r, h) * jump[static_cast<std::size_t>(h)];
      }
      P = P * step;
      keep(time);
    }
    Y += change.enters - change.leaves;
    for (state h = 0; h < n; ++h) {
      if (std::abs(Y[h]) < 1e-9) Y[h] = 0;  // sums of weights leave crumbs
    }
  }
  found.at_risk.resize(static_cast<Eigen::Index>(risks.size()), n);
  for (std::size_t t = 0; t < risks.size(); ++t)
    found.at_risk.row(static_cast<Eigen::Index>(t)) = risks[t].transpose();
  return found;
}

}  // namespace kohort
