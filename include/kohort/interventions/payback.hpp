#pragma once

#include <span>
#include <vector>

#include <kohort/interventions/programme.hpp>

namespace kohort {

/// How a programme fills up: month T is element T - 1.
struct ramp_up {
  std::vector<double> enrolled;    ///< mean number enrolled in the month
  std::vector<double> discharged;  ///< persons discharged at some time in the month
};

/// Starts that grow in a straight line over the first months and are constant afterwards, everyone
/// staying L months: enrolled is the integral of the starts of the last L months, and who started L
/// months ago is discharged. Nobody is discharged before one stay is over.
///
/// @param starts       a month, once it is full
/// @param stay         L, months, positive
/// @param growing      months of growth; 0: all starts from the first day
/// @param months       how many months
/// @throws invalid_input  `E-SETTING`
ramp_up fill_up(double starts, double stay, double growing, int months);

/// Mean number enrolled in each month when so many start in each, evenly over it, and stay L
/// months.
///
/// @throws invalid_input  `E-SETTING`
std::vector<double> caseload(std::span<const double> starts, double stay);

/// As many enrolled from the first day on, N / L of them discharged and replaced each month.
ramp_up full_at_once(double enrolled, double stay, int months);

/// When the money comes, month by month.
struct payback {
  std::vector<double> cash;     ///< of each month: what is saved when it is saved
  std::vector<double> accrual;  ///< of each month: B booked in shares of the stay, B / L a month
  std::vector<double> cash_so_far, accrual_so_far;  ///< with start-up taken off, from month 1
  int cash_month = 0;     ///< first month at whose end cash so far is not negative; 0: not within
  int cash_for_good = 0;  ///< the month since when it has been so at the end of the horizon; 0: no
  int accrual_month = 0, accrual_for_good = 0;
  double deepest = 0;  ///< the lowest cash so far: what must be financed, as a positive amount
};

/// Cash against accrual:
///
///     cash(T)    = N(T) (s0 - v) - F teams(T) + sum_{u < T} f(u) alpha dh(T - u) S^(T-u)
///     delta^(T-u) w accrual(T) = N(T) (s0 + B / L - v) - F teams(T)
///
/// with f(u) discharged in month u. s = s0 + B / L books what is saved after discharge on the day
/// it is earned: right for a steady state, wrong for money in the bank. Cash is not discounted.
/// Deferred housing A arrives `housing_month` months after discharge.
///
/// @throws invalid_input  as `check`; `E-SHAPE`: tables of different length; `E-NUM`
payback pay_back(const programme& p, const ramp_up& months, int housing_month = 12);

}  // namespace kohort
