#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>

#include <kohort/estimation/detail/sighted.hpp>
#include <kohort/model/detail/pieces.hpp>
#include <kohort/model/phases.hpp>
#include <kohort/model/probability_matrix.hpp>
#include <kohort/support/error.hpp>

namespace kohort::detail {

namespace {

std::uint64_t bit(state s) { return std::uint64_t{1} << s; }

std::size_t place_of(const observations& seen, const std::string& name, const char* where) {
  const auto& names = seen.covariate_names;
  const auto at = std::find(names.begin(), names.end(), name);
  if (at == names.end()) {
    reject("E-COLUMN", where, "the observations have no covariate '" + name + "'",
           "the model depends on it", "Hand over the observations that were fitted");
  }
  return static_cast<std::size_t>(at - names.begin());
}

}  // namespace

sighted::sighted(const intensity_model& intensities, std::span<const double> coefficients,
                 const observations& seen, const char* where)
    : intensities_(intensities),
      coefficients_(coefficients),
      seen_(seen),
      where_(where),
      n_(intensities.structure.size()),
      seen_n_(seen_count(intensities)),
      phases_(static_cast<std::size_t>(seen_n_)),
      first_(start_probability(intensities, coefficients)),
      columns_(places_of_terms(intensities, seen.covariate_names, where)),
      layout_(layout(intensities)),
      probability_(intensities, coefficients),
      rates_(intensities.structure.transitions().size()) {
  for (state f = 0; f < n_; ++f) {
    shown_.push_back(seen_as(intensities, f));
    phases_[static_cast<std::size_t>(shown_.back())].push_back(f);
    if (!intensities.structure.absorbing(f)) living_ |= bit(shown_.back());
  }
  if (!intensities.phases.clock.empty())
    clock_ = static_cast<std::ptrdiff_t>(place_of(seen, intensities.phases.clock, where));
  if (!intensities.misread) return;
  const auto watched = std::ranges::find(seen.kinds, observation_kind::exact_transition);
  if (watched != seen.kinds.end()) {
    const auto i = static_cast<std::size_t>(watched - seen.kinds.begin());
    reject("E-KIND", where,
           "row " +
               std::to_string(seen.source_rows.empty() ? static_cast<std::int64_t>(i)
                                                       : seen.source_rows[i]) +
               " is known throughout, and levels may be misread",
           "msm's convention for such rows is the probability of nothing that could be expected",
           "Hand over visits (panel), and deaths as exact_death");
  }
  for (const auto& term : intensities.misread->terms)
    reading_columns_.push_back(place_of(seen, term.column, where));
  for (const auto& [truth, read] : intensities.misread->errors)
    misreadable_ |= bit(truth) | bit(read);
}

std::uint64_t sighted::named(std::size_t row) const {
  const state s = seen_.states[row];
  if (s < seen_n_) return bit(s);
  std::uint64_t all = 0;
  for (const state one : seen_.sets[static_cast<std::size_t>(s - seen_n_)]) all |= bit(one);
  return all;
}

bool sighted::names_several(std::size_t row) const { return !std::has_single_bit(named(row)); }

bool sighted::absorbed(std::size_t row) const { return (named(row) & living_) == 0; }

bool sighted::erring(std::size_t row) const {
  if (!(named(row) & misreadable_)) return false;
  const auto kind = seen_.kinds[row];
  if (kind == observation_kind::start) return intensities_.misread->start != hidden_start::seen;
  return kind == observation_kind::panel || kind == observation_kind::exact_stay;
}

const Eigen::MatrixXd& sighted::reading_at(std::size_t row) {
  const auto complete = [&](std::size_t at) {
    const auto x = seen_.row_covariates(at);
    x_.clear();
    for (const auto c : reading_columns_) x_.push_back(x[c]);
    return std::ranges::all_of(x_, [](double value) { return std::isfinite(value); });
  };
  // Somebody dead has no covariates of their own: those before go on.
  if (!complete(row) && row > 0) complete(row - 1);
  const auto found = readings_.find(x_);
  if (found != readings_.end()) return found->second;
  if (readings_.size() > 4096) readings_.clear();
  return readings_.emplace(x_, reading_probability(intensities_, coefficients_, x_)).first->second;
}

Eigen::VectorXd sighted::emission(std::size_t row) {
  const auto states = named(row);
  Eigen::VectorXd column = Eigen::VectorXd::Zero(n_);
  const auto* E = erring(row) ? &reading_at(row) : nullptr;
  for (state f = 0; f < n_; ++f) {
    const state v = shown_[static_cast<std::size_t>(f)];
    if (!E) column[f] = states & bit(v) ? 1 : 0;
    for (state o = 0; E && o < seen_n_; ++o) {
      if (states & bit(o)) column[f] += (*E)(v, o);
    }
  }
  return column;
}

std::span<const double> sighted::values_at(std::size_t row) {
  const auto x = seen_.row_covariates(row);
  values_.clear();
  for (const auto c : columns_) values_.push_back(x[c]);
  return values_;
}

std::vector<double> sighted::shares(state seen, std::size_t row) {
  const auto& chain = phases_[static_cast<std::size_t>(seen)];
  std::vector<double> share(chain.size(), 0.0);
  const bool entering =
      intensities_.phases.first == first_phase::entry ||
      (clock_ >= 0 && seen_.row_covariates(row)[static_cast<std::size_t>(clock_)] == 0);
  const bool followed = row + 1 < seen_.rows() && seen_.kinds[row + 1] != observation_kind::start;
  share[0] = 1;
  if (chain.size() == 1 || entering || !followed) return share;
  bool done = false;
  for_each_piece(intensities_, values_at(row), seen_.elapsed(row + 1),
                 [&](double, double, std::span<const double> within) {
                   if (done) return;
                   done = true;
                   rates_at(layout_, coefficients_, design_row(intensities_, within), rates_);
                 });
  const auto weights = stationary_phases(
      intensity_matrix<>::from_rates(intensities_.structure, rates_), intensities_.phases, seen);
  for (std::size_t i = 0; i < chain.size(); ++i) share[i] = weights[chain[i]];
  return share;
}

Eigen::RowVectorXd sighted::first(std::size_t row) {
  const auto states = named(row);
  const bool drawn = intensities_.misread && intensities_.misread->start != hidden_start::seen;
  Eigen::RowVectorXd weights = emission(row).transpose();
  for (state v = 0; v < seen_n_; ++v) {
    double prior = 1;
    if (drawn) {
      prior = first_[static_cast<std::size_t>(v)];
    } else if (!std::has_single_bit(states) && seen_.start == first_state::given) {
      const auto subject = static_cast<std::size_t>(seen_.subjects[row]);
      const auto width = static_cast<std::size_t>(seen_n_);
      const auto at = seen_.start_probabilities.size() == width ? 0 : subject * width;
      prior = seen_.start_probabilities[at + static_cast<std::size_t>(v)];
    }
    const auto& chain = phases_[static_cast<std::size_t>(v)];
    const bool possible = std::ranges::any_of(chain, [&](state f) { return weights[f] > 0; });
    const auto share = possible ? shares(v, row) : std::vector<double>(chain.size(), 0.0);
    for (std::size_t i = 0; i < chain.size(); ++i) weights[chain[i]] *= prior * share[i];
  }
  return weights / weights.sum();
}

const Eigen::MatrixXd& sighted::over(std::size_t row, double from, double to) {
  values_at(row);
  for (std::size_t c = 0; c < values_.size(); ++c) {
    if (intensities_.terms[c].path != covariate_path::held) values_[c] += from;
  }
  return probability_.over(values_, to - from);
}

Eigen::MatrixXd sighted::kept_over(std::size_t row, double from, double to) {
  if (std::ranges::any_of(intensities_.terms, [](const term& t) { return moves_on(t.path); })) {
    reject("E-MODEL", where_, "a hidden state is known to be held while a clock moves on",
           "the time in it is told from rates that change in steps",
           "Use yearly or bands for that clock");
  }
  values_at(row);
  for (std::size_t c = 0; c < values_.size(); ++c) {
    if (intensities_.terms[c].path != covariate_path::held) values_[c] += from;
  }
  const auto& moves = intensities_.structure.transitions();
  Eigen::MatrixXd product = Eigen::MatrixXd::Identity(n_ + 1, n_ + 1);
  for_each_piece(intensities_, std::vector<double>(values_), to - from,
                 [&](double begin, double end, std::span<const double> within) {
                   rates_at(layout_, coefficients_, design_row(intensities_, within), rates_);
                   Eigen::MatrixXd Q = Eigen::MatrixXd::Zero(n_ + 1, n_ + 1);  // the last: left
                   for (std::size_t k = 0; k < moves.size(); ++k) {
                     const bool kept = shown_[static_cast<std::size_t>(moves[k].from)] ==
                                       shown_[static_cast<std::size_t>(moves[k].to)];
                     Q(moves[k].from, kept ? moves[k].to : n_) += rates_[k];
                   }
                   const auto P =
                       transition_probability(intensity_matrix<>::from_rates(Q), end - begin);
                   product = Eigen::MatrixXd(product * P.matrix());
                 });
  return product.topLeftCorner(n_, n_);
}

double sighted::opens(std::size_t row) const {
  const double years = (seen_.earliest[row] - seen_.times[row - 1]) / seen_.units_per_year;
  return std::clamp(years, 0.0, seen_.elapsed(row));
}

void sighted::let_live(Eigen::Ref<Eigen::VectorXd> weights) const {
  for (state f = 0; f < n_; ++f) {
    if (intensities_.structure.absorbing(f)) weights[f] = 0;
  }
}

Eigen::RowVectorXd sighted::until(std::size_t row, const Eigen::RowVectorXd& before, double since) {
  const auto kind = seen_.kinds[row];
  if (kind == observation_kind::exact_stay || kind == observation_kind::exact_transition)
    return before * kept_over(row - 1, 0, since);
  if (kind != observation_kind::window_death || since < opens(row))
    return before * over(row - 1, 0, since);
  const double at = opens(row);
  Eigen::VectorXd living = (before * over(row - 1, 0, at)).transpose();
  let_live(living);
  return living.transpose() * over(row - 1, at, since);
}

Eigen::VectorXd sighted::evidence(std::size_t row, double since) {
  const double elapsed = seen_.elapsed(row);
  const auto before = row - 1;
  switch (seen_.kinds[row]) {
    case observation_kind::exact_death: {
      values_at(before);
      const auto rates = probability_.rates_at_end(values_, elapsed);
      const auto states = named(row);
      Eigen::VectorXd deaths = Eigen::VectorXd::Zero(n_);
      const auto& moves = intensities_.structure.transitions();
      for (std::size_t k = 0; k < rates.size(); ++k) {
        if (states & bit(shown_[static_cast<std::size_t>(moves[k].to)]))
          deaths[moves[k].from] += rates[k];
      }
      return over(before, since, elapsed) * deaths;
    }
    case observation_kind::window_death: {
      const double at = opens(row);
      Eigen::VectorXd dead = over(before, std::max(at, since), elapsed) * emission(row);
      if (since >= at) return dead;
      let_live(dead);
      return over(before, since, at) * dead;
    }
    case observation_kind::exact_stay:
      return kept_over(before, since, elapsed) * emission(row);
    case observation_kind::exact_transition: {
      const auto from = named(before), to = named(row);
      if (from == to) return kept_over(before, since, elapsed) * emission(row);
      values_at(before);
      const auto rates = probability_.rates_at_end(values_, elapsed);
      const auto& moves = intensities_.structure.transitions();
      Eigen::VectorXd out = Eigen::VectorXd::Zero(n_);
      for (std::size_t k = 0; k < rates.size(); ++k) {
        if (to & bit(shown_[static_cast<std::size_t>(moves[k].to)])) out[moves[k].from] += rates[k];
      }
      return kept_over(before, since, elapsed) * out;
    }
    default:
      return over(before, since, elapsed) * emission(row);
  }
}

Eigen::RowVectorXd sighted::next(std::size_t row, const Eigen::RowVectorXd& before) {
  const auto states = named(row);
  const bool single = std::has_single_bit(states);
  const auto kind = seen_.kinds[row];
  const bool known = single && !erring(row);
  const auto chain =
      known ? phases_[static_cast<std::size_t>(std::countr_zero(states))] : std::vector<state>();
  Eigen::RowVectorXd weights = Eigen::RowVectorXd::Zero(n_);
  if (known && chain.size() == 1) {
    weights[chain.front()] = 1;
    return weights;
  }
  const double elapsed = seen_.elapsed(row);
  const bool watched = kind == observation_kind::exact_stay ||
                       (kind == observation_kind::exact_transition && named(row - 1) == states);
  if (kind == observation_kind::exact_transition && !watched && known) {
    weights[chain.front()] = 1;  // just come
    return weights;
  }
  weights = watched ? Eigen::RowVectorXd(before * kept_over(row - 1, 0, elapsed))
                    : Eigen::RowVectorXd(before * over(row - 1, 0, elapsed));
  if (kind == observation_kind::exact_death) {  // of several kinds, as likely as their rates
    values_at(row - 1);
    const auto rates = probability_.rates_at_end(values_, elapsed);
    const Eigen::RowVectorXd living = weights;
    weights.setZero();
    for (std::size_t k = 0; k < rates.size(); ++k) {
      const auto& move = intensities_.structure.transitions()[k];
      weights[move.to] += living[move.from] * rates[k];
    }
  }
  weights = weights.cwiseProduct(emission(row).transpose());
  const double sum = weights.sum();
  return sum > 0 ? Eigen::RowVectorXd(weights / sum) : first(row);
}

Eigen::RowVectorXd sighted::readings(const Eigen::RowVectorXd& weights, std::size_t row) {
  Eigen::RowVectorXd by_seen = Eigen::RowVectorXd::Zero(seen_n_);
  for (state f = 0; f < n_; ++f) by_seen[shown_[static_cast<std::size_t>(f)]] += weights[f];
  return intensities_.misread ? Eigen::RowVectorXd(by_seen * reading_at(row)) : by_seen;
}

Eigen::RowVectorXd sighted::said(std::size_t row, const Eigen::RowVectorXd& weights) {
  const auto states = named(row);
  Eigen::RowVectorXd shares = Eigen::RowVectorXd::Zero(seen_n_);
  if (std::has_single_bit(states)) {
    shares[std::countr_zero(states)] = 1;
    return shares;
  }
  // P(o | one of S, all before) = sum_j w_j E_jo / E_jS: the weights know of the row already.
  const Eigen::VectorXd within = emission(row);
  const auto* E = erring(row) ? &reading_at(row) : nullptr;
  for (state f = 0; f < n_; ++f) {
    if (weights[f] == 0) continue;
    const state v = shown_[static_cast<std::size_t>(f)];
    for (state o = 0; o < seen_n_; ++o) {
      if (states & bit(o))
        shares[o] += weights[f] * (E ? (*E)(v, o) : v == o ? 1. : 0.) / within[f];
    }
  }
  return shares / shares.sum();
}

double sighted::sum_of_rates(std::size_t row, double length) {
  values_at(row);
  const auto rates = probability_.rates_at_end(values_, length / 2);
  return std::accumulate(rates.begin(), rates.end(), 0.0);
}

}  // namespace kohort::detail
