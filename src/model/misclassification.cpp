#include <algorithm>
#include <cmath>

#include <kohort/model/misclassification.hpp>
#include <kohort/model/phases.hpp>
#include <kohort/support/error.hpp>

namespace kohort {

namespace {

/// The errors' effects are laid out as those of transitions are: a model with one transition for
/// each error would have them.
intensity_model terms_of(const intensity_model& intensities) {
  return {intensities.structure, intensities.misread->terms, {}};
}

bool leaves(const intensity_model& intensities, state seen) {
  for (state s = 0; s < intensities.structure.size(); ++s) {
    if (seen_as(intensities, s) == seen && !intensities.structure.absorbing(s)) return true;
  }
  return false;
}

void check(const intensity_model& intensities) {
  const auto& misread = *intensities.misread;
  const auto& names = seen_states(intensities);
  const auto n = static_cast<int>(names.size());
  const auto refuse = [](const std::string& seen, const std::string& needed,
                         const std::string& remedy) {
    reject("E-MODEL", "misclassification", seen, needed, remedy);
  };
  const auto is_state = [n](state s) { return s >= 0 && s < n; };
  for (std::size_t i = 0; i < misread.errors.size(); ++i) {
    const auto [truth, seen] = misread.errors[i];
    if (!is_state(truth) || !is_state(seen)) {
      refuse("an error speaks of state " + std::to_string(is_state(truth) ? seen : truth),
             "there are " + std::to_string(n) + " states", "Number them from 0");
    }
    const auto at = [&](state s) { return names[static_cast<std::size_t>(s)]; };
    if (truth == seen) {
      refuse("'" + at(truth) + "' is listed as an error for itself",
             "the right reading has what the errors leave", "Leave it out");
    }
    if (!leaves(intensities, truth) || !leaves(intensities, seen)) {
      refuse("'" + at(truth) + "' is to be read as '" + at(seen) + "'",
             "a state that nobody leaves is read without error", "Leave that error out");
    }
    for (std::size_t other = 0; other < i; ++other) {
      if (misread.errors[other].truth == truth && misread.errors[other].seen == seen)
        refuse("the error '" + at(truth) + "' as '" + at(seen) + "' stands twice",
               "each may stand once", "Remove one of them");
    }
  }
  if (!misread.uses.empty() && misread.uses.size() != misread.errors.size()) {
    refuse("`uses` has " + std::to_string(misread.uses.size()) + " rows",
           "there are " + std::to_string(misread.errors.size()) + " errors",
           "Give one row for each error, or none");
  }
  for (const auto& row : misread.uses) {
    if (row.size() == misread.terms.size()) continue;
    refuse("a row of `uses` has " + std::to_string(row.size()) + " entries",
           "there are " + std::to_string(misread.terms.size()) + " terms",
           "Give one for each term");
  }
  if (misread.start != hidden_start::given) return;
  double sum = 0;
  bool fine = misread.probabilities.size() == names.size();
  for (const double p : misread.probabilities) {
    fine = fine && p >= 0 && std::isfinite(p);
    sum += p;
  }
  if (!fine || std::abs(sum - 1) > 1e-9) {
    refuse("the probabilities of the first state are " +
               std::to_string(misread.probabilities.size()) + " numbers that sum to " + shown(sum),
           "one is needed for each of the " + std::to_string(n) + " states, and they sum to 1",
           "Mend them");
  }
}

}  // namespace

const std::vector<std::string>& seen_states(const intensity_model& intensities) {
  return intensities.phases.empty() ? intensities.structure.states() : intensities.phases.seen;
}

model observable_model(const intensity_model& intensities) {
  const auto plain = seen_model(intensities.structure, intensities.phases);
  if (!intensities.misread) return plain;
  std::vector<std::pair<std::string, std::string>> moves;
  for (const auto& from : plain.states()) {
    for (const auto& to : plain.states()) {
      if (from != to && !plain.absorbing(plain.find(from))) moves.emplace_back(from, to);
    }
  }
  return {plain.states(), moves, plain.death() ? plain.name(*plain.death()) : std::string()};
}

misclassification_layout misclassification_coefficients(const intensity_model& intensities) {
  const auto own = layout({intensities.structure, intensities.terms, intensities.uses});
  misclassification_layout where;
  where.first = where.first_start = where.end = own.size();
  where.errors.starts = {0};
  if (!intensities.misread) return where;
  check(intensities);
  const auto& misread = *intensities.misread;
  layout(terms_of(intensities));  // refuses what makes no sense
  std::vector<int> first;
  for (const auto& covariate : misread.terms) {
    first.push_back(where.errors.design_columns);
    where.errors.design_columns += covariate.columns();
  }
  for (std::size_t e = 0; e < misread.errors.size(); ++e) {
    std::vector<int> columns;
    for (std::size_t i = 0; i < misread.terms.size(); ++i) {
      if (!misread.uses.empty() && !misread.uses[e][i]) continue;
      for (int c = 0; c < misread.terms[i].columns(); ++c) columns.push_back(first[i] + c);
    }
    where.errors.starts.push_back(where.errors.starts.back() + 1 +
                                  static_cast<int>(columns.size()));
    where.errors.columns.push_back(std::move(columns));
  }
  where.first_start = where.end = where.first + where.errors.starts.back();
  if (misread.start == hidden_start::estimated) {
    bool reference = true;
    for (state s = 0; s < seen_count(intensities); ++s) {
      if (!leaves(intensities, s)) continue;
      if (!reference) where.start_states.push_back(s);
      reference = false;
    }
    where.end += static_cast<int>(where.start_states.size());
  }
  return where;
}

int further_coefficients(const intensity_model& intensities) {
  if (!intensities.misread) return 0;
  const auto where = misclassification_coefficients(intensities);
  return where.end - where.first;
}

std::vector<std::string> further_names(const intensity_model& intensities) {
  std::vector<std::string> names;
  if (!intensities.misread) return names;
  const auto where = misclassification_coefficients(intensities);
  const auto& seen = seen_states(intensities);
  const auto name = [&](state s) { return seen[static_cast<std::size_t>(s)]; };
  const auto all = coefficient_names(terms_of(intensities));  // "a -> b", "a -> b: column", ...
  const auto skip = intensities.structure.label(0).size();
  for (std::size_t e = 0; e < intensities.misread->errors.size(); ++e) {
    const auto& error = intensities.misread->errors[e];
    names.push_back(name(error.truth) + " seen as " + name(error.seen));
    const auto label = names.back();
    for (const int c : where.errors.columns[e])
      names.push_back(label + all[static_cast<std::size_t>(c) + 1].substr(skip));
  }
  for (const state s : where.start_states) names.push_back("first in " + name(s));
  return names;
}

Eigen::MatrixXd reading_matrix(const intensity_model& intensities, std::span<const double> odds) {
  const int n = seen_count(intensities);
  Eigen::MatrixXd E = Eigen::MatrixXd::Identity(n, n);
  const auto& errors = intensities.misread->errors;
  for (std::size_t e = 0; e < errors.size(); ++e) E(errors[e].truth, errors[e].seen) = odds[e];
  for (int j = 0; j < n; ++j) {
    // An odds beyond any double is a certainty shared with the others that are.
    if (const auto infinite = (E.row(j).array() > 1e300).eval(); infinite.any())
      E.row(j) = infinite.select(Eigen::RowVectorXd::Ones(n).array(), 0.0).matrix();
    E.row(j) /= E.row(j).sum();
  }
  return E;
}

Eigen::MatrixXd reading_probability(const intensity_model& intensities,
                                    std::span<const double> coefficients,
                                    std::span<const double> x) {
  if (!intensities.misread) {
    return Eigen::MatrixXd::Identity(seen_count(intensities), seen_count(intensities));
  }
  const auto where = misclassification_coefficients(intensities);
  std::vector<double> odds(intensities.misread->errors.size());
  rates_at(where.errors, coefficients.subspan(static_cast<std::size_t>(where.first)),
           design_row(terms_of(intensities), x), odds);
  return reading_matrix(intensities, odds);
}

std::vector<double> start_probability(const intensity_model& intensities,
                                      std::span<const double> coefficients) {
  if (!intensities.misread || intensities.misread->start == hidden_start::seen) return {};
  if (intensities.misread->start == hidden_start::given) return intensities.misread->probabilities;
  const auto where = misclassification_coefficients(intensities);
  std::vector<double> p(static_cast<std::size_t>(seen_count(intensities)), 0.0);
  std::vector<double> eta(p.size(), -std::numeric_limits<double>::infinity());
  for (state s = 0; s < seen_count(intensities); ++s) {
    if (!leaves(intensities, s)) continue;
    eta[static_cast<std::size_t>(s)] = 0;  // the reference
    break;
  }
  for (std::size_t i = 0; i < where.start_states.size(); ++i) {
    eta[static_cast<std::size_t>(where.start_states[i])] =
        coefficients[static_cast<std::size_t>(where.first_start) + i];
  }
  const double largest = *std::max_element(eta.begin(), eta.end());
  double sum = 0;
  for (std::size_t s = 0; s < p.size(); ++s) sum += p[s] = std::exp(eta[s] - largest);
  for (auto& value : p) value /= sum;
  return p;
}

}  // namespace kohort
