#pragma once

#include <vector>

#include <Eigen/Core>

#include <kohort/projection/open_cohort.hpp>
#include <kohort/uncertainty/draw_recipe.hpp>

namespace kohort {

/// Variance by chance of what draws of a projection expect, given their rates.
struct chance_of_draws {
  int draws = 0, living = 0;    // living states as they are seen
  std::vector<double> persons;  // draws x (years + 1) x living x living: covariance of the numbers
                                // in them on each 31 December
  std::vector<double> cost;     // draws x years: variance of each year's cost
};

/// Persons are independent of each other. Those of the start move as `with_chance` moves them. The
/// cost of a year is a sum over persons, with the moments of `person_cost` over half a year at one
/// age and half a year at the next: those of the start from where they may be by then, those who
/// came since by state, sex and age as the draw expects them, and those who come within the year by
/// Campbell's formula, evenly over it.
///
/// Those without support at the start are as many as they are: each gets it by chance, so that of a
/// cohort's n, m_s of whom are expected in state s, the numbers have m_s m_s' / n less covariance
/// than Poisson numbers. Who comes from elsewhere, or turns the lowest age, is Poisson. A
/// dispersion d above 1 is that of a year's entries at one age and sex: of m who came and are in s
/// by the chance p_s, the covariance has (d - 1) m p_s p_s' more.
///
/// People move away, each by chance, where net migration is out, and come from elsewhere by Poisson
/// processes where it is in (`share_staying`). A forecast does not say how many more do both: with
/// `moving_out` of them known, somebody of the start is less likely to be here, and the variance is
/// larger.
///
/// With bands of time since entry, those of the start pass them as in `with_chance`; those who came
/// since are divided by the year in which they entered, as entries and moves since the base date
/// say, and taken as entering in the middle of it.
///
/// Where states have phases that nobody sees, everybody at the start is in one of those of his
/// state by the shares that the stock has there, and the numbers are those of states as they are
/// seen.
///
/// @param cost        per year in each state, `none` first (`none` itself costs nothing)
/// @param index       years + 1, price level of each year; empty: 1
/// @param dispersion  variance of the number of newcomers over its mean, at least 1
/// @param seen_of     per living state, the one that it is seen as; empty: there are no phases
/// @param moving_out  2 x ages, per person and year, as `share_staying` takes it; empty: not known,
///                    and as few as the net of the forecast allows
/// @throws invalid_input  as `project_open_cohort`; `E-SHAPE`; `E-NUM`: a dispersion below 1;
///                        `E-ENTRY-CLOCK`: phases and bands of time since entry
chance_of_draws chance_of(open_cohort_inputs inputs, const draw_recipe& recipe,
                          const draw_numbers& numbers, const Eigen::VectorXd& cost,
                          const std::vector<double>& index, double dispersion,
                          open_cohort_options options, const std::vector<int>& seen_of = {},
                          const std::vector<double>& moving_out = {});

}  // namespace kohort
