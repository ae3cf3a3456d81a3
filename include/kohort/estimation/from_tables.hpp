#pragma once

#include <span>
#include <vector>

#include <kohort/data/aggregate_tables.hpp>
#include <kohort/data/transitions.hpp>
#include <kohort/estimation/fit.hpp>
#include <kohort/model/embedding.hpp>
#include <kohort/model/intensity_matrix.hpp>

namespace kohort {

/// Where the EM algorithm came to.
struct expectation_maximum {
  intensity_matrix<> intensities;
  std::vector<double> log_likelihoods;  ///< before the first step and after each; never falling
  bool converged = false;               ///< no rate moved by more than the tolerance, relatively
};

/// Intensities that maximise the likelihood of published tables, without covariates: each step sets
///
///     q_ij <- E N_ij / E T_i
///
/// with the moves and times expected at the rates so far, given what the tables show
/// (`expect_path`). Those whom a table among survivors leaves out are expected as well. The
/// likelihood never falls, and a rate that is 0 stays 0; near 0 the steps become short, so that a
/// few steps and then `fit` is the quick way.
///
/// @param start      a positive rate for each move that may happen
/// @param steps      at most
/// @param tolerance  largest relative change of a rate at which to stop
/// @throws invalid_input  as `check_tables`
/// @see   Bladt & Sorensen (2005), JRSS B 67:395-410
expectation_maximum maximise_expectation(const model& structure, std::span<const table_row> rows,
                                         const intensity_matrix<>& start, int steps = 1000,
                                         double tolerance = 1e-12);

/// How well intensities give back a published table.
struct table_fit {
  int table = 0;
  std::string name{};
  double ratio = 0;      ///< 2 (log likelihood of the table's own shares - that of the intensities)
  int cells = 0;         ///< shares that were free in the table: ends seen in reach, less one a row
  embedding embedded{};  ///< of the table alone, if it has a row for each state and an end for each
  bool whole = false;    ///< whether it has
};

/// The likelihood ratio of each table against coefficients that were fitted to it, perhaps with
/// other tables and persons, and whether the table alone has intensities.
std::vector<table_fit> compare_with_tables(const observations& seen,
                                           const intensity_model& intensities,
                                           const Eigen::VectorXd& coefficients);

/// The same in words: `D-EMBED` for a table without intensities, naming the entries, `I-TABLE` for
/// one that has.
std::vector<finding> table_findings(const model& structure, const std::vector<table_fit>& fits);

/// Maximum likelihood from published tables alone.
///
/// @param covariate_names  of the rows' covariates
fitted_model fit_tables(std::vector<table_row> rows, const intensity_model& intensities,
                        std::vector<std::string> covariate_names = {},
                        const fit_settings& settings = {});

}  // namespace kohort
