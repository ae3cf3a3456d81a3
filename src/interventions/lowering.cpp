#include <kohort/interventions/lowering.hpp>

#include <cmath>
#include <string>

#include <kohort/model/intensity_matrix.hpp>
#include <kohort/model/probability_matrix.hpp>
#include <kohort/support/error.hpp>

namespace kohort {

namespace {

void check(const char* where, const effect_window& w) {
  if (w.from >= 0 && std::isfinite(w.from) && w.months >= 1 && w.months <= 1200 && w.fade > 0 &&
      w.fade <= 1 && w.first_age <= w.last_age && w.sex >= -1 && w.sex <= 1) {
    return;
  }
  reject("E-EFFECT", where,
         "from month " + shown(w.from) + " for " + std::to_string(w.months) +
             " months, fading by " + shown(w.fade),
         "a window starts at 0 or later, lasts 1 to 1200 months, and keeps a share above 0 and up "
         "to 1 a month",
         "Mend it");
}

intensity_effect effect_on(transition move, double ratio, const effect_window& w) {
  intensity_effect effect;
  effect.from = move.from;
  effect.to = move.to;
  effect.first_age = w.first_age;
  effect.last_age = w.last_age;
  effect.sex = w.sex;
  effect.clock = w.clock;
  effect.starts = w.from / 12;
  effect.log_ratio = fading_log_ratios(ratio, w.fade, w.months);
  return effect;
}

intensity_matrix<> of_cell(const char* where, const model& structure, const rate_table& table,
                           int sex, int age) {
  const auto moves = structure.transitions().size();
  if (table.rates.size() != 2 * static_cast<std::size_t>(table.ages) * moves) {
    reject("E-SHAPE", where, std::to_string(table.rates.size()) + " rates",
           "there is one for each sex, age and transition", "Give 2 x ages x transitions");
  }
  const auto cell = static_cast<std::size_t>(sex * table.ages + age) * moves;
  return intensity_matrix<>::from_rates(structure, std::span(&table.rates[cell], moves));
}

/// The ages of the table inside a window; the table's ends stand for all beyond them.
effect_window of_age(const effect_window& w, const rate_table& table, int sex, int age) {
  effect_window cell = w;
  cell.sex = sex;
  cell.first_age = age == 0 ? w.first_age : table.first_age + age;
  cell.last_age = age + 1 == table.ages ? w.last_age : table.first_age + age;
  return cell;
}

bool inside(const effect_window& w, const rate_table& table, int sex, int age) {
  const int years = table.first_age + age;
  const bool last = age + 1 == table.ages;
  return (w.sex == -1 || w.sex == sex) && years <= w.last_age && (years >= w.first_age || last);
}

}  // namespace

int strategy_state(const model& structure, state s) {
  int place = 1;
  for (state r = 0; r < structure.size(); ++r) {
    if (r == s && !structure.absorbing(r)) return place;
    if (!structure.absorbing(r)) ++place;
  }
  return place;  // death: one past the last living state
}

std::vector<intensity_effect> ratio_effects(std::span<const transition> moves, double ratio,
                                            const effect_window& window) {
  check("ratio_effects", window);
  std::vector<intensity_effect> effects;
  for (const auto& move : moves) effects.push_back(effect_on(move, ratio, window));
  return effects;
}

std::vector<intensity_effect> probability_effects(const model& structure, const rate_table& table,
                                                  std::span<const probability_target> targets,
                                                  double over, const effect_window& window) {
  constexpr auto where = "probability_effects";
  check(where, window);
  std::vector<intensity_effect> effects;
  for (int sex = 0; sex < 2; ++sex) {
    for (int age = 0; age < table.ages; ++age) {
      if (!inside(window, table, sex, age)) continue;
      const auto Q = of_cell(where, structure, table, sex, age);
      std::vector<probability_target> there;
      for (const auto& t : targets) {
        if (Q(t.from, t.to) > 0) there.push_back(t);
      }
      const auto ratios = ratios_for_probabilities(Q, there, over, structure.states());
      const auto cell = of_age(window, table, sex, age);
      for (std::size_t i = 0; i < there.size(); ++i) {
        if (ratios[i] == 1) continue;
        effects.push_back(effect_on(
            {strategy_state(structure, there[i].from), strategy_state(structure, there[i].to)},
            ratios[i], cell));
      }
    }
  }
  return effects;
}

std::vector<intensity_effect> odds_effects(const model& structure, const rate_table& table,
                                           const odds_at_times& wanted,
                                           const Eigen::VectorXd& start, effect_clock clock) {
  constexpr auto where = "odds_effects";
  const std::size_t pieces = wanted.months.size();
  if (pieces == 0 || wanted.odds_ratios.size() != pieces || start.size() != structure.size()) {
    reject("E-SHAPE", where,
           std::to_string(pieces) + " times, " + std::to_string(wanted.odds_ratios.size()) +
               " odds ratios, " + std::to_string(start.size()) + " shares",
           "there is an odds ratio for each time and a share for each state", "Make them fit");
  }
  std::vector<double> years;
  for (const double m : wanted.months) years.push_back(m / 12);
  std::vector<intensity_effect> effects;
  for (int sex = 0; sex < 2; ++sex) {
    for (int age = 0; age < table.ages; ++age) {
      const auto Q = of_cell(where, structure, table, sex, age);
      std::vector<double> shares;
      for (std::size_t i = 0; i < pieces; ++i) {
        const Eigen::RowVectorXd x =
            start.transpose() * transition_probability(Q, years[i]).matrix();
        double p = 0;
        for (const state s : wanted.inside) p += x(s);
        shares.push_back(after_odds_ratio(std::min(p, 1.0), wanted.odds_ratios[i]));
      }
      std::vector<transition> there;
      for (const auto& move : wanted.moves) {
        if (Q(move.from, move.to) > 0) there.push_back(move);
      }
      const auto ratios = ratios_for_shares(Q, start, wanted.inside, there, years, shares);
      double last = 0;
      for (std::size_t i = 0; i < pieces; ++i) {
        effect_window piece;
        piece.clock = clock;
        piece.from = last;
        const double length = wanted.months[i] - last;
        piece.months = static_cast<int>(std::lround(length));
        if (std::abs(length - piece.months) > 1e-9) {
          reject("E-EFFECT", where, shown(wanted.months[i]) + " months", "whole months are needed",
                 "Round it");
        }
        last = wanted.months[i];
        for (const auto& move : there) {
          effects.push_back(
              effect_on({strategy_state(structure, move.from), strategy_state(structure, move.to)},
                        ratios[i], of_age(piece, table, sex, age)));
        }
      }
    }
  }
  return effects;
}

std::vector<intensity_effect> mix_effects(std::span<const double> mix, int first_age, int ages,
                                          std::span<const int> levels,
                                          std::span<const double> factors, mix_rule rule,
                                          const effect_window& window) {
  constexpr auto where = "mix_effects";
  check(where, window);
  const std::size_t n = levels.size();
  if (factors.size() != n || mix.size() != 2 * static_cast<std::size_t>(ages) * n) {
    reject("E-SHAPE", where,
           std::to_string(mix.size()) + " shares, " + std::to_string(factors.size()) + " factors",
           "there is a factor for each level and a share for each sex, age and level",
           "Give 2 x ages x levels");
  }
  std::vector<intensity_effect> effects;
  if (rule == mix_rule::to_none) {  // the same at every age
    for (std::size_t j = 0; j < n; ++j) {
      if (factors[j] != 1) effects.push_back(effect_on({0, levels[j]}, factors[j], window));
    }
    return effects;
  }
  const rate_table table{first_age, ages, {}};
  for (int sex = 0; sex < 2; ++sex) {
    for (int age = 0; age < ages; ++age) {
      if (!inside(window, table, sex, age)) continue;
      const auto cell = static_cast<std::size_t>(sex * ages + age) * n;
      const auto ratios = entry_ratios(mix.subspan(cell, n), factors, rule);
      for (std::size_t j = 0; j < n; ++j) {
        if (ratios[j] == 1) continue;
        effects.push_back(effect_on({0, levels[j]}, ratios[j], of_age(window, table, sex, age)));
      }
    }
  }
  return effects;
}

}  // namespace kohort
