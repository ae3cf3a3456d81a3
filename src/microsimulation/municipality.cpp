#include <kohort/microsimulation/municipality.hpp>

#include <algorithm>
#include <cmath>
#include <utility>

#include <kohort/population/lexis.hpp>
#include <kohort/population/migration.hpp>
#include <kohort/population/mortality.hpp>
#include <kohort/support/error.hpp>

#include "clocked_piece.hpp"
#include "projection/fixed_part.hpp"
#include "world.hpp"

namespace kohort {

namespace {

constexpr int nodes = static_cast<int>(birth_nodes.size());

std::size_t at(long i) { return static_cast<std::size_t>(i); }

/// The states and transitions: from none, between living states, to death, and away.
model whole_structure(const open_cohort_inputs& in) {
  const std::string away = "moved away";
  const auto death = in.structure.death();
  std::vector<std::string> states{"none"};
  for (int s = 0; s < in.structure.size(); ++s) {
    if (in.structure.name(s) == away)
      reject("E-MODEL", "municipality", "a state is called '" + away + "'",
             "that name is for those who leave the municipality", "Call the state otherwise");
    if (s != death) states.push_back(in.structure.name(s));
  }
  std::vector<std::pair<std::string, std::string>> moves;
  for (std::size_t s = 1; s < states.size(); ++s) {
    if (states[s] != in.ended) moves.emplace_back("none", states[s]);
  }
  for (const auto& move : in.structure.transitions()) {
    if (move.to != death)
      moves.emplace_back(in.structure.name(move.from), in.structure.name(move.to));
  }
  const std::string dead = in.structure.name(*death);
  const std::size_t living = states.size();
  for (const auto* end : {&dead, &away}) {
    for (std::size_t s = 0; s < living; ++s) moves.emplace_back(states[s], *end);
  }
  states.push_back(dead);
  states.push_back(away);
  return {states, moves, dead};
}

}  // namespace

municipality::municipality(const open_cohort_inputs& inputs, const open_cohort_options& options,
                           std::uint64_t seed)
    : seed_(seed),
      living_(inputs.structure.size()),  // death leaves, none comes
      years_(inputs.population.years),
      ages_(inputs.population.ages),
      parts_a_year_(options.enrolments_a_year),
      clock_(inputs.entry_cuts, options.enrolments_a_year),
      rates_{.structure = whole_structure(inputs)} {
  const auto fixed = detail::prepare(inputs, options);
  detail::check_closure(fixed, {projection_run{}});
  prevalence_ = fixed.prevalence;
  const int K = static_cast<int>(rates_.structure.transitions().size());
  rates_.patterns = 2 * nodes;
  rates_.first_age = inputs.population.first_age;
  rates_.ages = ages_;
  rates_.years = years_;
  rates_.by_cohort = true;
  rates_.outside = 0;
  rates_.since_entry_cuts = inputs.entry_cuts;
  rates_.rates.assign(at(2 * nodes) * at(years_) * at(ages_ + 1) * 2 * at(clock_.bands()) * at(K),
                      0.0);
  rates_.leaves_at_year_end.assign(at(2 * nodes) * at(years_) * at(ages_ + 1), 0);
  rates_.way_away.assign(at(living_ + 2), -1);
  for (int pattern = 0; pattern < 2 * nodes; ++pattern)
    rates_.group_of_pattern.push_back(pattern / nodes);
  for (int s = 0; s < living_; ++s) rates_.way_away[at(s)] = rates_.structure.index(s, living_ + 1);
  for (int s = 0; s <= living_; ++s) {
    out_starts_.push_back(static_cast<int>(out_.size()));
    for (int k = 0; s < living_ && k < K; ++k) {
      if (rates_.structure.transitions()[at(k)].from == s) out_.push_back(k);
    }
  }
  walk(inputs, options);
}

std::size_t municipality::place(int year, int sex, int age, int node, int half) const {
  return at((((year * 2 + sex) * (ages_ + 1) + age + 1) * nodes + node) * 2 + half);
}

std::size_t municipality::rates_at(int year, int sex, int age, int node, int half) const {
  const std::size_t K = rates_.structure.transitions().size();
  return (((at(sex * nodes + node) * at(years_) + at(year)) * at(ages_ + 1) + at(age + 1)) * 2 +
          at(half)) *
         at(clock_.bands()) * K;
}

/// Follows the projection of draw 0, piece by piece, and keeps the rates of each.
void municipality::walk(const open_cohort_inputs& in, const open_cohort_options& options) {
  const int S = living_, A = ages_, T = years_, B = clock_.bands(), C = clock_.cells();
  const int parts = clock_.stock_parts(), W = C * S;
  const bool clocked = C > 1;
  const auto& pop = in.population;
  const auto& moves = rates_.structure.transitions();
  const int given = static_cast<int>(in.structure.transitions().size());
  const auto persons = [&](int y, int sex, int a) {
    return pop.persons[at((y * 2 + sex) * A + a)];
  };
  const auto mortality = [&](int y, int sex, int a) {
    return pop.mortality[at(((options.mortality_change ? y : 0) * 2 + sex) * A + a)];
  };
  std::vector<int> of_given(moves.size(), -1), entry(moves.size(), -1);
  int levels = 0;
  for (std::size_t k = 0; k < moves.size(); ++k) {
    if (moves[k].to >= S) continue;
    if (moves[k].from == 0) {
      entry[k] = levels++;
    } else {
      of_given[k] = in.structure.index(in.structure.find(rates_.structure.name(moves[k].from)),
                                       in.structure.find(rates_.structure.name(moves[k].to)));
    }
  }
  std::vector<int> death_of(at(S), -1);
  for (int s = 1; s < S; ++s)
    death_of[at(s)] =
        in.structure.index(in.structure.find(rates_.structure.name(s)), *in.structure.death());

  // Ratios of mortality, and moves between living states, by sex, age and band.
  std::vector<std::vector<Eigen::VectorXd>> ratios;
  stock_.assign(at(2 * A * parts * S), 0.0);
  std::vector<Eigen::RowVectorXd> start;  // by sex and age: cells x states
  for (int sex = 0; sex < 2; ++sex) {
    for (int a = 0; a < A; ++a) {
      const int cell = sex * A + a;
      Eigen::VectorXd prevalence = Eigen::VectorXd::Zero((S - 1) * B), deaths = prevalence;
      start.emplace_back(Eigen::RowVectorXd::Zero(W));
      for (int w = 0; w < W; ++w) {
        if (w % S == 0) continue;
        const int band = clock_.band(w / S, 1 - 1e-6);  // on 31 December
        prevalence[band * (S - 1) + w % S - 1] += prevalence_[at(cell * W + w)];
      }
      for (int b = 0; b < B; ++b) {
        for (int s = 1; s < S; ++s) {
          if (death_of[at(s)] < 0) continue;
          deaths[b * (S - 1) + s - 1] = in.rates[at((cell * B + b) * given + death_of[at(s)])];
        }
      }
      double with = 0;
      for (int i = 0; i < parts; ++i) {
        for (int s = 1; s < S; ++s) {
          const double n = in.stock[at((cell * parts + i) * (S - 1) + s - 1)];
          stock_[at((cell * parts + i) * S + s)] = n;
          start.back()[clock_.cell_of_stock(i) * S + s] = n;
          with += n;
        }
      }
      stock_[at(cell * parts * S)] = start.back()[0] = std::max(0.0, persons(0, sex, a) - with);
      const auto closed = ratios_to_unsupported(pop.mortality[at(cell)], prevalence, deaths,
                                                options.closure, options.floor)
                              .ratios;
      ratios.emplace_back(at(B), Eigen::VectorXd::Ones(S));
      for (int b = 0; b < B; ++b) {
        ratios.back()[at(b)].tail(S - 1) = closed.segment(b * (S - 1), S - 1);
      }
    }
  }
  const auto moves_at = [&](int sex, int a, int year, int band) {
    Eigen::MatrixXd Q = Eigen::MatrixXd::Zero(S, S);
    std::vector<double> enter(at(levels));
    in.entries.rates(0, sex, a, year, true, true, enter.data());
    for (std::size_t k = 0; k < moves.size(); ++k) {
      if (moves[k].to >= S) continue;
      Q(moves[k].from, moves[k].to) =
          entry[k] >= 0 ? enter[at(entry[k])]
                        : in.rates[at(((sex * A + a) * B + band) * given + of_given[k])];
    }
    return Q;
  };

  const auto net = net_migration(pop, options.mortality_change);
  pieces_.resize(at(T) * 2 * at(A + 1) * nodes * 2);
  born_.assign(at(T * 2 * nodes), 0.0);
  filled_.assign(at(T * 2 * A), 0.0);
  for (int sex = 0; sex < 2; ++sex) {
    using row = Eigen::RowVectorXd;
    std::vector<std::vector<row>> people(at(A), std::vector<row>(nodes));
    for (int a = 0; a < A; ++a) {
      for (int i = 0; i < nodes; ++i) {
        people[at(a)][at(i)] = birth_nodes[at(i)].weight * start[at(sex * A + a)];
      }
    }
    for (int y = 0; y < T; ++y) {
      std::vector<std::vector<Eigen::MatrixXd>> Q(at(A));
      for (int a = 0; a < A; ++a) {
        for (int b = 0; b < B; ++b) Q[at(a)].push_back(moves_at(sex, a, y + 1, b));
      }
      // One piece: solves mu_none, keeps the rates, moves the people on.
      const auto step = [&](int cohort, int a, int i, int half, double h, double g, row& x) {
        const double begins = half == 0 ? 0 : 1 - birth_nodes[at(i)].age;
        piece& now = pieces_[place(y, sex, cohort, i, half)];
        now.length = h;
        now.growth = g;
        now.start = x;
        now.alive = x.sum();
        const double m = mortality(y + 1, sex, a);
        now.change = g - m;
        const auto& rho = ratios[at(sex * A + a)];
        double mu = m;
        if (now.alive > 0 && clocked) {
          mu = detail::close_by_clock({clock_, Q[at(a)], rho, begins, begins + h, cohort < 0, g}, m,
                                      x);
        } else if (now.alive > 0) {
          const auto closed = close_mortality(Q[at(a)][0], rho[0], x.transpose(), m, h, g);
          mu = closed.without_support;
          x = closed.occupancy.transpose();
        }
        double* to = &rates_.rates[rates_at(y, sex, cohort, i, half)];
        for (int b = 0; b < B; ++b, to += moves.size()) {
          for (std::size_t k = 0; k < moves.size(); ++k) {
            const int from = moves[k].from;
            to[k] = moves[k].to < S    ? Q[at(a)][at(b)](from, moves[k].to)
                    : moves[k].to == S ? rho[at(b)][from] * mu
                                       : std::max(0.0, -g);
          }
        }
      };
      std::vector<std::vector<row>> next(at(A), std::vector<row>(nodes, row::Zero(W)));
      for (int i = 0; i < nodes; ++i) {
        const double u = birth_nodes[at(i)].age;
        const double count = birth_nodes[at(i)].weight * persons(y + 1, sex, 0) *
                             std::exp(mortality(y + 1, sex, 0) * u);
        born_[at((y * 2 + sex) * nodes + i)] = count;
        row x = row::Zero(W);
        const double* share = &prevalence_[at(sex * A * W)];
        x[0] = count * share[0];
        for (int part = 0; part < parts; ++part) {
          const int from = clock_.cell_of_stock(part), to = clock_.cell_at(part, 1 - u);
          for (int s = 1; s < S; ++s) x[to * S + s] += count * share[from * S + s];
        }
        step(-1, 0, i, 1, u, 0, x);
        next[0][at(i)] = x;
      }
      for (int a = 0; a < A; ++a) {
        const int b = std::min(a + 1, A - 1);
        const double of_cohort = net[at((y * 2 + sex) * A + a)];
        const bool all_leave = std::isinf(of_cohort);
        const double g = all_leave ? 0.0 : of_cohort;
        for (int i = 0; i < nodes; ++i) {
          const double u = birth_nodes[at(i)].age;
          row x = people[at(a)][at(i)];
          step(a, a, i, 0, 1 - u, g, x);
          step(a, b, i, 1, u, g, x);
          rates_.leaves_at_year_end[(at(sex * nodes + i) * at(T) + at(y)) * at(A + 1) + at(a + 1)] =
              all_leave;
          if (!all_leave) next[at(b)][at(i)] += x;
        }
      }
      for (int b = 1; b < A; ++b) {
        const double wanted = persons(y + 1, sex, b);
        const bool nobody =
            std::ranges::all_of(next[at(b)], [](const row& x) { return x.isZero(0); });
        if (!(wanted > 0) || !nobody) continue;
        filled_[at((y * 2 + sex) * A + b)] = wanted;
        for (int i = 0; i < nodes; ++i) {
          next[at(b)][at(i)] = birth_nodes[at(i)].weight * wanted *
                               Eigen::Map<const row>(&prevalence_[at((sex * A + b) * W)], W);
        }
      }
      people = std::move(next);
    }
    last_[at(sex)] = people;
  }
}

life_strategy municipality::translate(const strategy& s) const {
  std::vector<std::string> names(rates_.structure.states().begin(),
                                 rates_.structure.states().begin() + living_);
  std::vector<std::vector<bool>> permitted(at(living_), std::vector<bool>(at(living_), false));
  for (const auto& move : rates_.structure.transitions()) {
    if (move.to < living_) permitted[at(move.from)][at(move.to)] = true;
  }
  check_strategy(s, names, permitted, 1);
  life_strategy out{.name = s.name, .enrols_from = s.enrols_from, .enrols_until = s.enrols_until};
  for (const auto& effect : s.effects) {
    life_effect one{
        .transition = rates_.structure.index(effect.from, effect.to),
        .first_age = effect.first_age,
        .last_age = effect.last_age >= rates_.first_age + ages_ - 1 ? 1000 : effect.last_age,
        .since_enrolment = effect.clock == effect_clock::since_enrolment,
        .starts = effect.starts,
        .step = effect.step};
    one.log_ratio.assign(
        effect.log_ratio.begin(),
        effect.log_ratio.begin() + static_cast<long>(effect.log_ratio.size() / at(effect.draws)));
    if (effect.sex >= 0) {
      for (int pattern = 0; pattern < 2 * nodes; ++pattern)
        one.patterns.push_back(pattern / nodes == effect.sex);
    }
    out.effects.push_back(one);
  }
  for (const double share : s.enrols_newcomers) out.enrols_newcomers.push_back(s.uptake * share);
  for (const double share : s.enrols_stock) out.enrols_stock.push_back(s.uptake * share);
  for (auto* shares : {&out.enrols_newcomers, &out.enrols_stock}) {
    // Who is in `none` has been asked there: coming to a level is no second offer.
    if (!shares->empty() && shares->front() > 0) out.on_entering = false;
    if (!shares->empty()) shares->resize(at(living_ + 2), 0.0);
  }
  return out;
}

}  // namespace kohort
