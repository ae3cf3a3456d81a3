#include <algorithm>
#include <cmath>

#include <Eigen/Cholesky>
#include <Eigen/QR>
#include <boost/math/special_functions/gamma.hpp>

#include <kohort/data/transitions.hpp>
#include <kohort/estimation/markov.hpp>
#include <kohort/likelihood/log_likelihood.hpp>
#include <kohort/model/misclassification.hpp>
#include <kohort/support/detail/spectrum.hpp>
#include <kohort/support/error.hpp>

namespace kohort {

namespace {

/// The observations with the past in further covariates: without the first row of each follow-up,
/// whose interval has no past; or with it, its past being 0.
observations with_past(const observations& seen, int states, const std::vector<std::string>& names,
                       const markov_settings& settings, bool with_first) {
  observations later;
  later.subject_names = seen.subject_names;
  later.units_per_year = seen.units_per_year;
  later.covariate_names = seen.covariate_names;
  later.covariate_names.insert(later.covariate_names.end(), names.begin(), names.end());
  later.weights = seen.weights;
  later.sets = seen.sets;
  later.start = seen.start;
  later.start_probabilities = seen.start_probabilities;
  const auto named = [&](std::size_t row) {
    const state s = seen.states[row];
    return s < states ? std::vector<state>{s} : seen.sets[static_cast<std::size_t>(s - states)];
  };
  // Seen to have moved: the two rows share no state.
  const auto differ = [&](std::size_t a, std::size_t b) {
    const auto one = named(a), other = named(b);
    return std::ranges::none_of(
        one, [&](state s) { return std::find(other.begin(), other.end(), s) != other.end(); });
  };
  double changes = 0;
  std::vector<char> ever(settings.ever.size(), 0);
  bool first = false;
  for (std::size_t i = 0; i < seen.rows(); ++i) {
    const bool starts = seen.kinds[i] == observation_kind::start;
    bool moved = false;
    if (starts) {
      changes = 0;
      std::fill(ever.begin(), ever.end(), char{0});
      first = true;
      if (!with_first) continue;
    } else {
      for (std::size_t e = 0; e < ever.size(); ++e) {
        if (seen.states[i - 1] == settings.ever[e]) ever[e] = 1;
      }
      moved = differ(i, i - 1);
      changes += moved ? 1 : 0;
    }
    later.subjects.push_back(seen.subjects[i]);
    later.times.push_back(seen.times[i]);
    later.states.push_back(seen.states[i]);
    later.kinds.push_back(first ? observation_kind::start : seen.kinds[i]);
    if (!seen.source_rows.empty()) later.source_rows.push_back(seen.source_rows[i]);
    if (!seen.earliest.empty()) later.earliest.push_back(seen.earliest[i]);
    first = false;
    const auto x = seen.row_covariates(i);
    later.covariates.insert(later.covariates.end(), x.begin(), x.end());
    if (settings.moved) later.covariates.push_back(moved ? 1 : 0);
    if (settings.changes) later.covariates.push_back(changes);
    for (const char once : ever) later.covariates.push_back(once);
  }
  return later;
}

}  // namespace

markov_test test_markov(const intensity_model& intensities, const Eigen::VectorXd& coefficients,
                        const observations& seen, const markov_settings& settings) {
  const auto transitions = intensities.structure.transitions().size();
  const int states = seen_count(intensities);
  std::vector<std::string> names;
  if (settings.moved) names.emplace_back("just moved");
  if (settings.changes) names.emplace_back("changes seen");
  for (const auto s : settings.ever) {
    if (s < 0 || s >= states) {
      reject("E-SETTING", "markov_test", "there is no state " + std::to_string(s),
             "the model has " + std::to_string(states), "Name one of them");
    }
    names.push_back("ever " + seen_states(intensities)[static_cast<std::size_t>(s)]);
  }
  if (names.empty()) {
    reject("E-SETTING", "markov_test", "no effect of the past is asked for", "one is needed",
           "Choose moved, changes or states once seen");
  }
  if (!settings.on.empty() && settings.on.size() != transitions) {
    reject("E-SETTING", "markov_test", std::to_string(settings.on.size()) + " flags were given",
           "the model has " + std::to_string(transitions) + " transitions", "Give one for each");
  }
  // Where the first state is in doubt the second row cannot be conditioned on instead.
  const bool with_first = intensities.hidden() || !seen.sets.empty();
  const auto later = with_past(seen, states, names, settings, with_first);

  auto wider = intensities;
  const auto base = layout(intensities);
  const auto extra = names.size();
  if (wider.uses.empty())
    wider.uses.assign(transitions, std::vector<bool>(intensities.terms.size(), true));
  for (const auto& name : names) wider.terms.push_back({name});
  for (std::size_t k = 0; k < transitions; ++k) {
    const bool acts = settings.on.empty() || settings.on[k];
    wider.uses[k].insert(wider.uses[k].end(), extra, acts);
  }
  const auto where = layout(wider);

  // One effect of each kind, shared by all the transitions it acts on: theta = A (beta, gamma).
  Eigen::VectorXd theta = Eigen::VectorXd::Zero(where.size());
  Eigen::MatrixXd A = Eigen::MatrixXd::Zero(where.size(), base.size() + static_cast<int>(extra));
  for (std::size_t k = 0; k < transitions; ++k) {
    const int own = base.starts[k + 1] - base.starts[k];
    for (int i = 0; i < own; ++i) {
      theta[where.starts[k] + i] = coefficients[base.starts[k] + i];
      A(where.starts[k] + i, base.starts[k] + i) = 1;
    }
    for (int i = where.starts[k] + own; i < where.starts[k + 1]; ++i)
      A(i, base.size() + i - where.starts[k] - own) = 1;
  }
  const int further = base.size() - base.starts[transitions];  // of what is observed: at the end
  for (int i = 0; i < further; ++i) {
    theta[where.starts[transitions] + i] = coefficients[base.starts[transitions] + i];
    A(where.starts[transitions] + i, base.starts[transitions] + i) = 1;
  }

  const auto tables = aggregate(later, wider, settings.report);
  const auto slope =
      log_likelihood_gradient(wider, tables, theta, settings.threads, settings.report);
  // Observed: with dated deaths `expected_information` serves to climb by, not to test with.
  const Eigen::MatrixXd full =
      observed_information(wider, tables, theta, settings.threads, settings.report);
  const Eigen::VectorXd U = A.transpose() * slope.gradient;
  const Eigen::MatrixXd I = A.transpose() * full * A;

  // Rates estimated as 0, and whatever else the data say nothing of, are not estimated with.
  std::vector<int> known;
  for (int i = 0; i < base.size(); ++i) {
    if (std::isfinite(coefficients[i]) && std::abs(I(i, i)) > 1e-12) known.push_back(i);
  }
  const auto g = static_cast<Eigen::Index>(extra);
  const Eigen::MatrixXd I_bb = I(known, known);
  const Eigen::MatrixXd I_bg = I(known, Eigen::seqN(base.size(), g));
  const Eigen::CompleteOrthogonalDecomposition<Eigen::MatrixXd> inverse(I_bb);
  const Eigen::MatrixXd projection = inverse.solve(I_bg);
  const Eigen::VectorXd score = U.tail(g) - projection.transpose() * U(known);
  const Eigen::MatrixXd V = I.bottomRightCorner(g, g) - I_bg.transpose() * projection;

  markov_test found;
  found.intervals = tables.intervals;
  for (std::size_t i = 1; i < seen.rows() && !with_first; ++i) {
    if (seen.kinds[i] != observation_kind::start && seen.kinds[i - 1] == observation_kind::start)
      ++found.left_out;
  }
  const auto axes = detail::spectrum_of(V);
  const double least = 1e-9 * I.bottomRightCorner(g, g).diagonal().maxCoeff();
  Eigen::MatrixXd inverse_V = Eigen::MatrixXd::Zero(g, g);
  for (Eigen::Index i = 0; i < g; ++i) {
    if (axes.values[i] <= least) continue;
    ++found.degrees;
    const auto axis = axes.vectors.col(i);
    inverse_V += axis * axis.transpose() / axes.values[i];
  }
  found.statistic = score.dot(inverse_V * score);
  if (found.degrees > 0)
    found.p_value = boost::math::gamma_q(found.degrees / 2.0, found.statistic / 2);
  const Eigen::VectorXd steps = inverse_V * score;
  for (std::size_t e = 0; e < extra; ++e) {
    const auto i = static_cast<Eigen::Index>(e);
    found.effects.push_back({names[e], steps[i], std::sqrt(inverse_V(i, i))});
  }
  return found;
}

}  // namespace kohort
