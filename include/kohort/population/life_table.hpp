#pragma once

#include <cmath>
#include <vector>

#include <Eigen/Core>

namespace kohort {

/// Kannisto's law of mortality at high ages, which levels off below 1:
///
///     mu(x) = e^z / (1 + e^z),   z = alpha + beta x
///
/// @see Thatcher, Kannisto & Vaupel (1998), The Force of Mortality at Ages 80 to 120
struct kannisto {
  double alpha;
  double beta;

  /// Force of mortality at an exact age, per year.
  [[nodiscard]] double force(double age) const { return 1 / (1 + std::exp(-(alpha + beta * age))); }

  /// int_from^to mu(x) dx = ln((1 + e^z(to)) / (1 + e^z(from))) / beta.
  [[nodiscard]] double integral(double from, double to) const {
    return std::log1p((std::exp(alpha + beta * to) - std::exp(alpha + beta * from)) /
                      (1 + std::exp(alpha + beta * from))) /
           beta;
  }
};

/// Fits Kannisto's law to death risks by least squares of logit mu(a + 1/2) on age, where
/// mu(a + 1/2) = -ln(1 - q_a).
///
/// @param first_age  age of the first risk
/// @param q          risk of dying within the year, by single age, each in (0, 1)
/// @param from, to   ages used, both inclusive
/// @throws invalid_input  `E-LIFE-TABLE`: those ages are not there or a risk is not in (0, 1)
kannisto fit_kannisto(int first_age, const Eigen::VectorXd& q, int from = 80, int to = 100);

/// Force of mortality by single age, from risks: -ln(1 - q) where there is a risk, then Kannisto's
/// law up to the open last age, which keeps the force of its first year.
///
/// @param first_age  age of the first risk
/// @param q          risks of dying within the year, from `first_age`
/// @param open_age   the open last age, not below the last risk's
/// @return           force per year (which is the central death rate while it is constant within
///                   the year of age), ages first_age .. open_age
/// @throws invalid_input  `E-LIFE-TABLE`
Eigen::VectorXd mortality_from_risks(int first_age, const Eigen::VectorXd& q, int open_age = 110);

/// Person-years lived at each age by one person who reaches the first, the last age open:
///
///     L_a = l_a (1 - e^(-m_a)) / m_a,   l_(a+1) = l_a e^(-m_a),   L_open = l_open / m_open
///
/// @param mortality  force per year by single age, positive
Eigen::VectorXd person_years_lived(const Eigen::VectorXd& mortality);

/// Published death rates by age group and period, from which only the change over time is taken.
struct group_mortality {
  std::vector<int> group_starts;  // first age of each group, increasing; the last is open
  std::vector<double> middles;    // calendar time of the middle of each period, increasing
  Eigen::MatrixXd rates;          // periods x groups, per year, positive
};

/// A life table moved through time by the ratio of published group rates:
///
///     m(a, y) = m(a) R_g(y + 1/2) / R_g(table_time)
///
/// ln R is linear between the middles of the periods and constant outside them; g is the group of
/// age a.
///
/// @param mortality   force by single age at `table_time`
/// @param first_age   age of its first entry
/// @param table_time  calendar time of the table: 2016.5 for the table of the year 2016
/// @param groups      published rates
/// @param first_year  first calendar year wanted
/// @param years       how many
/// @return            years x ages
/// @throws invalid_input  `E-LIFE-TABLE`: shapes that do not fit, a rate that is not positive, an
///                        age below the first group
Eigen::MatrixXd improve_mortality(const Eigen::VectorXd& mortality, int first_age,
                                  double table_time, const group_mortality& groups, int first_year,
                                  int years);

}  // namespace kohort
