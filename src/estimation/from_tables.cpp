#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include <kohort/estimation/from_tables.hpp>
#include <kohort/likelihood/log_likelihood.hpp>
#include <kohort/model/expected_path.hpp>
#include <kohort/model/probability_matrix.hpp>
#include <kohort/support/detail/listed.hpp>

namespace kohort {

namespace {

/// Log likelihood of one row at shares of everybody by state, and the ratios of `expect_path`.
double look_at(const table_row& row, const Eigen::RowVectorXd& shares, Eigen::VectorXd* ratios) {
  double value = 0, among = 0;
  for (std::size_t c = 0; c < row.ends.size(); ++c) {
    double share = 0;
    for (const state s : row.ends[c]) share += shares[s];
    among += share;
    if (row.counts[c] == 0) continue;
    value += row.counts[c] * std::log(share);
    if (!ratios) continue;
    for (const state s : row.ends[c]) (*ratios)[s] = row.counts[c] / share;
  }
  if (!row.among) return value;
  value -= row.total() * std::log(among);
  if (ratios) {  // those left out: as many as the model expects beside those counted
    std::vector<char> counted(static_cast<std::size_t>(shares.size()), 0);
    for (const auto& end : row.ends) {
      for (const state s : end) counted[static_cast<std::size_t>(s)] = 1;
    }
    for (Eigen::Index s = 0; s < shares.size(); ++s) {
      if (!counted[static_cast<std::size_t>(s)]) (*ratios)[s] = row.total() / among;
    }
  }
  return value;
}

Eigen::RowVectorXd start_of(const table_row& row) {
  return Eigen::Map<const Eigen::RowVectorXd>(row.start.data(),
                                              static_cast<Eigen::Index>(row.start.size()));
}

double total_log_likelihood(std::span<const table_row> rows, const intensity_matrix<>& Q) {
  double sum = 0;
  for (const auto& row : rows)
    sum += look_at(row, start_of(row) * transition_probability(Q, row.years).matrix(), nullptr);
  return sum;
}

/// The table as a matrix of probabilities, if each state that can be left has its own row, and each
/// state its own end.
bool as_matrix(const model& structure, const std::vector<const table_row*>& rows,
               Eigen::MatrixXd& P) {
  const auto n = static_cast<Eigen::Index>(structure.size());
  P = Eigen::MatrixXd::Zero(n, n);
  std::vector<char> there(static_cast<std::size_t>(n), 0);
  for (const auto* row : rows) {
    const auto from = std::find(row->start.begin(), row->start.end(), 1.0) - row->start.begin();
    if (from == n || row->among || there[static_cast<std::size_t>(from)]) return false;
    if (row->years != rows.front()->years || row->covariates != rows.front()->covariates)
      return false;
    there[static_cast<std::size_t>(from)] = 1;
    for (std::size_t c = 0; c < row->ends.size(); ++c) {
      if (row->ends[c].size() != 1) return false;
      P(from, row->ends[c].front()) = row->counts[c];
    }
    P.row(from) /= P.row(from).sum();
  }
  for (state s = 0; s < structure.size(); ++s) {
    if (there[static_cast<std::size_t>(s)]) continue;
    if (!structure.absorbing(s)) return false;
    P(s, s) = 1;
  }
  return true;
}

/// The reasons of an embedding in words, in both languages.
std::pair<std::string, std::string> in_words(const model& structure, const embedding& found) {
  std::vector<std::string> entries, zeros;
  std::string en, sv;
  const auto add = [&](const std::string& english, const std::string& swedish) {
    en += (en.empty() ? "" : "; ") + english;
    sv += (sv.empty() ? "" : "; ") + swedish;
  };
  const auto way = [&](const embedding_fault& fault) {
    return structure.name(fault.from) + " -> " + structure.name(fault.to);
  };
  for (const auto& fault : found.faults) {
    const auto value = shown(fault.value);
    switch (fault.why) {
      case not_embeddable::determinant:
        add("its determinant is " + value + ", not above 0",
            "dess determinant är " + value + ", inte över 0");
        break;
      case not_embeddable::diagonal:
        add("its determinant exceeds the product of its diagonal by " + value,
            "dess determinant överstiger diagonalens produkt med " + value);
        break;
      case not_embeddable::eigenvalue:
        add("it has the eigenvalue " + value, "den har egenvärdet " + value);
        break;
      case not_embeddable::two_states:
        add("the shares that stay sum to " + value + ", not above 1",
            "andelarna som blir kvar har summan " + value + ", inte över 1");
        break;
      case not_embeddable::way_round:
        zeros.push_back(way(fault));
        break;
      case not_embeddable::negative_rate:
        entries.push_back(way(fault) + " " + value);
        break;
    }
  }
  if (!zeros.empty())
    add("nobody goes " + detail::listed(zeros) + ", though others go round that way",
        "ingen går " + detail::listed(zeros) + ", fast andra går den vägen i två steg");
  if (!entries.empty())
    add("its logarithm has negative rates a year: " + detail::listed(entries),
        "dess logaritm har negativa intensiteter per år: " + detail::listed(entries));
  return {en, sv};
}

}  // namespace

expectation_maximum maximise_expectation(const model& structure, std::span<const table_row> rows,
                                         const intensity_matrix<>& start, int steps,
                                         double tolerance) {
  check_tables(structure, rows);
  const int n = structure.size();
  expectation_maximum found{start, {total_log_likelihood(rows, start)}};
  for (int step = 0; step < steps && !found.converged; ++step) {
    const auto& Q = found.intensities;
    Eigen::VectorXd times = Eigen::VectorXd::Zero(n);
    Eigen::MatrixXd moves = Eigen::MatrixXd::Zero(n, n);
    for (const auto& row : rows) {
      const Eigen::RowVectorXd from = start_of(row);
      Eigen::VectorXd ratios = Eigen::VectorXd::Zero(n);
      look_at(row, from * transition_probability(Q, row.years).matrix(), &ratios);
      const auto path = expect_path(Q, row.years, from.transpose() * ratios.transpose());
      times += path.times;
      moves += path.moves;
    }
    Eigen::MatrixXd rates = Eigen::MatrixXd::Zero(n, n);
    double change = 0;
    for (const auto& move : structure.transitions()) {
      const double before = Q(move.from, move.to);
      if (before == 0) continue;
      const double now =
          times[move.from] > 0 ? moves(move.from, move.to) / times[move.from] : before;
      rates(move.from, move.to) = now;
      change = std::max(change, std::abs(now - before) / before);
    }
    found.intensities = intensity_matrix<>::from_rates(rates);
    found.log_likelihoods.push_back(total_log_likelihood(rows, found.intensities));
    found.converged = change <= tolerance;
  }
  return found;
}

std::vector<table_fit> compare_with_tables(const observations& seen,
                                           const intensity_model& intensities,
                                           const Eigen::VectorXd& coefficients) {
  std::map<int, std::vector<const table_row*>> tables;
  for (const auto& row : seen.tables) tables[row.table].push_back(&row);
  std::vector<table_fit> fits;
  for (const auto& [number, rows] : tables) {
    table_fit fit{.table = number, .name = rows.front()->name};
    observations alone;
    alone.covariate_names = seen.covariate_names;
    double own = 0;
    for (const auto* row : rows) {
      alone.tables.push_back(*row);
      fit.cells -= 1;
      for (const double count : row->counts) {
        fit.cells += 1;
        if (count > 0) own += count * std::log(count / row->total());
      }
    }
    fit.ratio =
        2 * (own - log_likelihood(intensities, aggregate(alone, intensities), coefficients));
    Eigen::MatrixXd P;
    fit.whole = as_matrix(intensities.structure, rows, P);
    if (fit.whole) {
      fit.embedded = embeddability(probability_matrix<>::trusted(P), rows.front()->years,
                                   rows.front()->rounding);
    }
    fits.push_back(std::move(fit));
  }
  return fits;
}

std::vector<finding> table_findings(const model& structure, const std::vector<table_fit>& fits) {
  std::vector<finding> findings;
  for (const auto& fit : fits) {
    const auto name = fit.name.empty() ? "table " + std::to_string(fit.table + 1) : fit.name;
    const auto ratio = shown(std::round(100 * fit.ratio) / 100);
    const auto end = " Likelihood ratio of the fit against the table: " + ratio + " (" +
                     std::to_string(fit.cells) + " free shares).";
    const auto slut = " Likelihoodkvot för anpassningen mot tabellen: " + ratio + " (" +
                      std::to_string(fit.cells) + " fria andelar).";
    if (fit.whole && !fit.embedded.embeddable()) {
      const auto [en, sv] = in_words(structure, fit.embedded);
      const std::string doubt = fit.embedded.decided ? "" : " (other logarithms are not ruled out)";
      const std::string tvivel =
          fit.embedded.decided ? "" : " (andra logaritmer är inte uteslutna)";
      findings.push_back(
          {.code = "D-EMBED",
           .severity = 'D',
           .column = name,
           .message =
               name + ": no constant intensities give this table" + doubt + ": " + en + "." + end,
           .message_sv = name + ": inga konstanta intensiteter ger denna tabell" + tvivel + ": " +
                         sv + "." + slut,
           .remedy = "Sampling or rounding may be why if the ratio is small; if not, let the "
                     "intensities depend on age or time.",
           .remedy_sv = "Slump eller avrundning kan vara skälet om kvoten är liten; låt annars "
                        "intensiteterna bero på ålder eller tid."});
    } else {
      findings.push_back({.code = "I-TABLE",
                          .severity = 'I',
                          .column = name,
                          .message = name + ": used as counts of persons." + end,
                          .message_sv = name + ": använd som antal personer." + slut});
    }
  }
  return findings;
}

fitted_model fit_tables(std::vector<table_row> rows, const intensity_model& intensities,
                        std::vector<std::string> covariate_names, const fit_settings& settings) {
  observations seen;
  seen.covariate_names = std::move(covariate_names);
  seen.tables = std::move(rows);
  return fit(seen, intensities, settings);
}

}  // namespace kohort
