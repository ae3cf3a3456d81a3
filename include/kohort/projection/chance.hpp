#pragma once

#include <cstdint>
#include <vector>

#include <kohort/model/state_space.hpp>
#include <kohort/support/parallel.hpp>

namespace kohort {

/// What a projection expects, and who is there at its start.
struct chance_inputs {
  model structure;  // as projected, with death
  int ages = 0;     // by single year, the last one open
  int years = 0;    // forecast years
  int draws = 0;
  double dispersion = 1;         // of newcomers: their variance over their mean, at least 1
  std::vector<double> stock;     // 2 x ages [x parts] x living states: whole persons at the start
  std::vector<double> rates;     // draws x 2 x ages [x bands] x transitions, per year
  std::vector<double> expected;  // draws x (years + 1) x living states: what each draw projects
  // Where states have phases that nobody sees, `structure` and `rates` are those of the phases, and
  // stock, expectations and results those of the states as they are seen:
  std::vector<int> seen_of = {};    // per living state of the structure; empty: there are none
  std::vector<double> shares = {};  // 2 x ages x living states of the structure: of each seen
                                    // state's stock in the cell, who is in this phase; sums to 1
  // Where bands of time since entry begin (not with phases), and the parts of a year that the stock
  // is counted by: rates and stock then have the axes in brackets, as in `open_cohort_inputs`.
  std::vector<double> entry_cuts = {};
  int parts_a_year = 12;
  // years x 2 x ages, from `share_staying`: of those of this sex and age on 1 January, who does not
  // move away within the year, deaths aside; empty: nobody moves
  std::vector<double> staying = {};
};

/// Numbers of persons on each 31 December as they may turn out: a projection expects a mean, and
/// single lives differ from it by chance.
///
/// Given the draw's rates, everybody moves by himself. So those of the start are moved one by one,
/// year by year, with P = exp(Q(a)/2) exp(Q(a + 1)/2) from age a, and move away by chances of their
/// own (`staying`); that is multinomial exactly. What a draw expects beyond them are people who
/// came since, out of many without support or from elsewhere, each with little chance: their number
/// is Poisson, or negative binomial with the dispersion that the fit of the entries found, if that
/// exceeds 1. Where fewer are expected than stay alive here, since the draw has other deaths, each
/// is kept with the ratio. The means are those of the draws, whatever P. In which phase of a state
/// a person of the start is, is drawn for each.
///
/// Who moves away and who comes must be told apart by cohort: a net over all of them, or over those
/// who move out and those who get support, keeps too many of the start, and a variance is by
/// sum_r n_r (p_r^2 - p'_r^2) too small, with p_r their chance to be here and p'_r the right one.
///
/// With bands of time since entry, somebody of the stock passes a cut at the middle of his part
/// plus the cut, as in `entry_clock`.
///
/// Right for the numbers at all levels on one date together; between dates those who came since
/// are drawn anew.
///
/// @param seed    draw k depends on (seed, k) alone
/// @return        draws x (years + 1) x living states of the model as they are seen, whole numbers
/// @throws invalid_input  `E-SHAPE`: tables of another size; `E-MODEL`: no death; `E-NUM`: a start
///                        that is not of whole persons, a dispersion below 1, shares of phases
///                        that do not sum to 1 where somebody is, or a share outside [0, 1] who
///                        stays; `E-ENTRY-CLOCK`: phases and bands
std::vector<double> with_chance(const chance_inputs& inputs, std::uint64_t seed, int threads = 0,
                                const progress& report = {});

}  // namespace kohort
