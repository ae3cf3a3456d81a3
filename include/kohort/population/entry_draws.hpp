#pragma once

#include <cstdint>

#include <Eigen/Core>

#include <kohort/population/entries.hpp>

namespace kohort {

/// How many standard normals one draw of incidence and entry mix is made of: one for each
/// coefficient of the incidence, then one for each of the mix.
int entry_normals(const entry_model& model);

/// Those of `rates_of` with this seed: rows first, ..., first + n - 1, row k depending on (seed, k)
/// alone.
Eigen::MatrixXd entry_numbers_of(const entry_model& model, int first, int n, std::uint64_t seed);

/// Evaluates a fitted model at single ages, one draw for each row of given normals: those of a
/// seed, Sobol points, a Latin hypercube. A row of zeros is the point estimate.
///
/// @throws invalid_input  `E-SHAPE`
entry_rates rates_from(const entry_model& model, int first_age, int ages,
                       const Eigen::MatrixXd& normals);

}  // namespace kohort
