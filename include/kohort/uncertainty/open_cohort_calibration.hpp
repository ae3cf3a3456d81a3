#pragma once

#include <string>
#include <vector>

#include <Eigen/Core>

#include <kohort/projection/open_cohort.hpp>
#include <kohort/uncertainty/calibrate.hpp>

namespace kohort {

/// Which intensities a multiplier acts on.
enum class calibrated_rate {
  incidence,  // first entries per person-year without support
  exits,      // moves to `ended`
  mortality   // death from levels (and so their ratio to those without support)
};

/// e^beta on some intensities.
struct rate_multiplier {
  std::string name;
  calibrated_rate what = calibrated_rate::incidence;
  int first_age = 0, last_age = 1000;  // completed ages, both inclusive
  int sex = -1;                        // 0 men, 1 women, -1 both
  std::vector<std::string> levels{};   // that people leave; empty: all. Not for incidence
  double prior_sd = 1;                 // of beta; infinity: no prior
};

/// What was observed.
enum class calibrated_measure {
  prevalence,  // share of the population with support on 31 December
  new_users,   // persons who come from `none` in a year
  turnover,    // all entries of a year, re-entries included, over its mean stock
  mean_stay    // person-years of a year over its exits, deaths included: years
};

/// A figure of a year, as published for a municipality.
struct rate_target {
  std::string name;
  calibrated_measure what = calibrated_measure::prevalence;
  int year = 0;                        // years after the base date
  int first_age = 0, last_age = 1000;  // prevalence only
  int sex = -1;                        // prevalence only
  std::vector<std::string> levels{};   // users counted; empty: all levels
  double observed = 0;
  double error = 0;       // of its logarithm; 0: from counts, by `log_share_error` and the like
  double dispersion = 1;  // of those counts
};

/// What each multiplier does to logarithms: 2 x ages x transitions rows for the rates, and 2 x ages
/// for the incidence; one column for each, 1 where it acts.
struct multiplier_loads {
  Eigen::MatrixXd rates, incidence;
};
multiplier_loads loads_of(const std::vector<rate_multiplier>& multipliers, const model& structure,
                          const std::string& ended, int first_age, int ages);

/// Makes an open population agree with what was observed (`calibrate`): each evaluation projects it
/// with rates and incidence multiplied, mortality closed against the life table inside.
///
/// @param inputs   point estimate: one draw of rates and of entries
/// @param settled  start from the prevalence that base-year rates settle at, so that a single
///                 year's stock and flow are taken as lasting; otherwise from the stock
/// @throws invalid_input  as `calibrate` and `project_open_cohort`; `E-TARGET`: a year outside the
///                        projection, ages or sex for a measure that has none, or a level that is
///                        not there
calibration calibrate_open_cohort(const open_cohort_inputs& inputs,
                                  const std::vector<rate_target>& targets,
                                  const std::vector<rate_multiplier>& multipliers, bool settled,
                                  const open_cohort_options& options,
                                  const calibration_options& search = {});

}  // namespace kohort
