#pragma once

#include <span>
#include <string>
#include <vector>

#include <kohort/model/state_space.hpp>

namespace kohort {

/// One row of a published table: where people were some years after a start that is known, or known
/// as shares. A table of transitions has a row for each state; one of marginals has one row.
///
/// The ends are sets of states, so that a printed column may hold several ("care home"). If the row
/// is `among` its ends, it counts only those who were in one of them, survivors for instance;
/// otherwise the ends together are all states.
struct table_row {
  std::vector<double> start{};             // per state: shares of those at the start, sum 1
  std::vector<std::vector<state>> ends{};  // disjoint
  std::vector<double> counts{};            // per end: persons, or an assumed number times a share
  bool among = false;
  double years = 1;                  // between start and end
  std::vector<double> covariates{};  // at the start, as the observations' `covariate_names`
  double rounding = 0;               // half a unit of the last printed digit of its shares
  int table = 0;                     // which table it stands in, from 0
  std::string name{};                // of the table, for messages

  [[nodiscard]] double total() const;
};

/// Looks through the rows of tables before they are used.
///
/// @throws invalid_input  `E-TABLE`: a row without persons, counts that are negative or not finite,
///                        shares that do not sum to 1, ends that overlap or leave a state out;
///                        `E-TIME`: years that are not positive; `E-IMPOSSIBLE`: persons where the
///                        model cannot bring any
void check_tables(const model& structure, std::span<const table_row> rows);

}  // namespace kohort
