#pragma once

#include <vector>

#include <Eigen/Core>

namespace kohort {

/// Yearly populations between two that are several years apart, along cohorts:
///
///     N(a + k, t + k) = N(a, t) S_k (N(a + n, t + n) / (N(a, t) S_n))^(k/n)
///
/// Both ends are kept, and no number is negative. A cohort that enters from below the first age is
/// survived backwards from the later end, one that leaves into the open last age forwards.
///
/// Both populations are dated on the same day of the year; persons of completed age a are taken to
/// be a + 1/2 years old, so that a year's hazard is (m(a, y) + m(a + 1, y)) / 2 with m of that
/// year.
///
/// @param before     persons by single age at the earlier date, the last age open
/// @param after      the same n years later
/// @param mortality  n x ages: force per year in each of the n years from the earlier date
/// @return           n - 1 populations in between, (n - 1) x ages
/// @throws invalid_input  `E-POP-SHAPE`
Eigen::MatrixXd between_years(const Eigen::VectorXd& before, const Eigen::VectorXd& after,
                              const Eigen::MatrixXd& mortality);

/// Population on 31 December from those on 1 July before and after, along cohorts: those of
/// completed age a on 31 December were a or a - 1 half a year before, half of them each, and will
/// be a or a + 1 half a year later. The survivors of the one and the forebears of the other are
/// joined by their geometric mean; the lowest age, whose younger half is not known, is survived
/// backwards alone.
///
/// @param july       persons by single age on 1 July of the year, the last age open
/// @param next_july  the same a year later
/// @param mortality  force per year by single age
/// @throws invalid_input  `E-POP-SHAPE`
Eigen::VectorXd year_end_population(const Eigen::VectorXd& july, const Eigen::VectorXd& next_july,
                                    const Eigen::VectorXd& mortality);

/// A part of a nation projected with the nation's cohort changes (Hamilton-Perry):
///
///     N_m(a + 1, y + 1) = N_m(a, y) N(a + 1, y + 1) / N(a, y)
///
/// and at the lowest age by the part's share of the nation in the five ages above, the same year.
/// The rule is linear: parts add up to the nation if they do at the start. An age where the part
/// has nobody stays empty along its cohort.
///
/// @param base    persons of the part by single age in the first year, the last age open
/// @param nation  years x ages; the first row is the same day as `base`
/// @return        years x ages, the first row being `base`
/// @throws invalid_input  `E-POP-SHAPE`: the ages differ; `E-POP-MISSING`: the nation has nobody of
///                        an age where the part has somebody
/// @see           Hamilton & Perry (1962), Social Forces 41:163-170
Eigen::MatrixXd hamilton_perry(const Eigen::VectorXd& base, const Eigen::MatrixXd& nation);

}  // namespace kohort
