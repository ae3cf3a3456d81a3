#include <algorithm>
#include <cmath>

#include <kohort/simulation/detail/sights.hpp>
#include <kohort/support/error.hpp>

namespace kohort::detail {

namespace {

// Beyond any number of moves.
constexpr std::uint32_t reading_index = 0x80000000U;
constexpr std::uint32_t start_index = 0xFFFFFFFDU, phase_index = 0xFFFFFFFCU;

std::size_t planned_column(const visit_plan& plan, const std::string& name, const char* needed) {
  const auto& names = plan.covariate_names;
  const auto at = std::find(names.begin(), names.end(), name);
  if (at == names.end()) {
    reject("E-COLUMN", "simulate", "the persons have no covariate '" + name + "'", needed,
           "Give a value for each person");
  }
  return static_cast<std::size_t>(at - names.begin());
}

}  // namespace

std::size_t drawn_by_weight(std::span<const double> weights, double sum, double uniform) {
  double left = uniform * sum;
  std::size_t chosen = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    if (weights[i] == 0) continue;
    chosen = i;  // rounding may leave a crumb behind the last: then it is the last that is
    left -= weights[i];
    if (left < 0) break;
  }
  return chosen;
}

sights::sights(const intensity_model& intensities, std::span<const double> coefficients,
               const visit_plan& plan, const random_stream& random, std::uint32_t replicate)
    : intensities_(intensities),
      coefficients_(coefficients),
      plan_(plan),
      random_(random),
      replicate_(replicate),
      phases_(static_cast<std::size_t>(seen_count(intensities))),
      first_(start_probability(intensities, coefficients)),
      where_(misclassification_coefficients(intensities)),
      terms_{intensities.structure} {
  for (state f = 0; f < intensities.structure.size(); ++f) {
    shown_.push_back(seen_as(intensities, f));
    phases_[static_cast<std::size_t>(shown_.back())].push_back(f);
  }
  if (!intensities.phases.clock.empty()) {
    clock_ = static_cast<std::ptrdiff_t>(
        planned_column(plan, intensities.phases.clock, "it says whether a stay is just beginning"));
  }
  if (!intensities.misread) return;
  terms_.terms = intensities.misread->terms;
  for (const auto& term : terms_.terms)
    columns_.push_back(planned_column(plan, term.column, "what is misread depends on it"));
  odds_.resize(intensities.misread->errors.size());
}

state sights::start(std::uint32_t person) const {
  const state planned = plan_.starts[person];
  if (planned != drawn_start) return planned;
  return static_cast<state>(
      drawn_by_weight(first_, 1, random_.uniform(replicate_, person, start_index)));
}

bool sights::any_phase(state seen, std::size_t first_visit) const {
  if (phases_[static_cast<std::size_t>(seen)].size() == 1) return false;
  if (intensities_.phases.first == first_phase::entry) return false;
  if (clock_ < 0) return true;
  return plan_.covariates[first_visit * plan_.covariate_names.size() +
                          static_cast<std::size_t>(clock_)] != 0;
}

state sights::phase(state seen, std::span<const double> rates, std::uint32_t person) const {
  const auto& chain = phases_[static_cast<std::size_t>(seen)];
  if (rates.empty() || chain.size() == 1) return chain.front();
  // Expected time in each: the share of stays that get there, over the rate of leaving it.
  const auto& moves = intensities_.structure.transitions();
  std::vector<double> weights;
  double arriving = 1, sum = 0;
  for (std::size_t i = 0; i < chain.size(); ++i) {
    double out = 0, onward = 0;
    for (std::size_t k = 0; k < moves.size(); ++k) {
      if (moves[k].from != chain[i]) continue;
      out += rates[k];
      if (i + 1 < chain.size() && moves[k].to == chain[i + 1]) onward += rates[k];
    }
    if (out == 0) return chain[i];  // a phase that nobody leaves: everybody found is there
    weights.push_back(arriving / out);
    sum += weights.back();
    arriving *= onward / out;
  }
  return chain[drawn_by_weight(weights, sum, random_.uniform(replicate_, person, phase_index))];
}

state sights::at(state fine, std::size_t visit, std::uint32_t person, std::uint32_t number) {
  state seen = known(fine);
  const bool erring = intensities_.misread && !intensities_.structure.absorbing(fine) &&
                      (number > 0 || intensities_.misread->start != hidden_start::seen);
  if (erring) {
    const auto x = std::span(plan_.covariates).subspan(visit * plan_.covariate_names.size());
    bool same = E_.size() > 0;
    x_.resize(columns_.size());
    for (std::size_t c = 0; c < columns_.size(); ++c) {
      const double value = x[columns_[c]];
      if (!std::isfinite(value)) {
        reject("E-COVARIATE", "simulate",
               "person " + std::to_string(person) + " lacks a value of " + terms_.terms[c].column,
               "what is misread at a visit depends on it", "Fill it in");
      }
      same = same && x_[c] == value;
      x_[c] = value;
    }
    if (!same) {
      rates_at(where_.errors, coefficients_.subspan(static_cast<std::size_t>(where_.first)),
               design_row(terms_, x_), odds_);
      E_ = reading_matrix(intensities_, odds_);
    }
    const Eigen::VectorXd row = E_.row(seen).transpose();
    seen = static_cast<state>(
        drawn_by_weight(std::span(row.data(), static_cast<std::size_t>(row.size())), 1,
                        random_.uniform(replicate_, person, reading_index + number)));
  }
  if (plan_.told_within.empty() || plan_.told_within[visit] < 0) return seen;
  const auto set = plan_.told_within[visit];
  const auto& states = plan_.sets[static_cast<std::size_t>(set)];
  const bool within = std::find(states.begin(), states.end(), seen) != states.end();
  return within ? static_cast<state>(phases_.size()) + set : seen;
}

}  // namespace kohort::detail
