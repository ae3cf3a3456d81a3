#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <set>

#include <Eigen/QR>

#include <kohort/data/detail/run_reach.hpp>
#include <kohort/estimation/diagnostics.hpp>
#include <kohort/likelihood/detail/cells.hpp>
#include <kohort/support/error.hpp>

namespace kohort {

namespace {

std::string three_digits(double number) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3g", number);
  return text;
}

std::vector<std::string> column_names(const intensity_model& intensities) {
  intensity_model first{intensities.structure, intensities.terms, {}};
  const auto names = coefficient_names(first);
  const auto where = layout(first);
  std::vector<std::string> columns;
  for (int c = 0; c < where.design_columns; ++c) {
    const auto& name = names[static_cast<std::size_t>(c + 1)];
    columns.push_back(name.substr(first.structure.label(0).size() + 2));
  }
  return columns;
}

}  // namespace

std::vector<double> exposure_at_risk(const model& structure, const transition_tables& tables) {
  if (tables.stand_in) return exposure_at_risk(structure, *tables.stand_in);
  const auto n = static_cast<std::size_t>(structure.size());
  const auto reach = detail::reachable(structure);
  std::vector<double> years(tables.pattern_count() * n, 0.0);
  if (tables.exact.intervals > 0) years = tables.exact.exposure;
  for (const auto& cells : tables.cells) {
    const auto J = static_cast<std::size_t>(cells.pieces);
    for (std::size_t i = 0; i < cells.size(); ++i) {
      const auto from = static_cast<std::size_t>(cells.from[i]);
      const auto to = static_cast<std::size_t>(cells.to[i]);
      for (std::size_t j = i * J; j < (i + 1) * J; ++j) {
        double* const row = years.data() + static_cast<std::size_t>(cells.patterns[j]) * n;
        for (std::size_t s = 0; s < n; ++s) {
          if (reach[from * n + s] && reach[s * n + to])
            row[s] += cells.weights[i] * cells.elapsed[j];
        }
      }
    }
  }
  const detail::ways ways(structure);
  for (std::size_t run = 0; run < tables.runs.size(); ++run) {
    for (const auto& row : detail::rows_of_run(structure, ways, tables.runs, run)) {
      const auto possible = detail::during(ways, row);
      for (auto j = row.first_piece; j < row.last_piece; ++j) {
        double* const to = years.data() + static_cast<std::size_t>(tables.runs.patterns[j]) * n;
        for (std::size_t s = 0; s < n; ++s) {
          if ((possible >> s) & 1) to[s] += tables.runs.weights[run] * tables.runs.elapsed[j];
        }
      }
    }
  }
  return years;
}

void check_design(const intensity_model& intensities, const transition_tables& tables,
                  const std::vector<double>& at_risk) {
  const auto& structure = intensities.structure;
  const auto n = static_cast<std::size_t>(structure.size());
  const auto where = layout(intensities);
  const auto names = column_names(intensities);
  std::map<std::vector<int>, std::string> already;  // the same columns in the same rows: once
  for (std::size_t k = 0; k < where.columns.size(); ++k) {
    const auto from = static_cast<std::size_t>(structure.transitions()[k].from);
    std::vector<std::size_t> rows;
    for (std::size_t p = 0; p < tables.pattern_count(); ++p) {
      if (at_risk[p * n + from] > 0) rows.push_back(p);
    }
    const auto label = structure.label(static_cast<int>(k));
    if (rows.empty()) {
      reject("D-NONIDENT", "fit", "nobody was ever at risk of " + label,
             "its rate can be learnt only from time in '" + structure.name(static_cast<int>(from)) +
                 "'",
             "Leave the transition out of the model");
    }
    const auto& columns = where.columns[k];
    const auto width = static_cast<Eigen::Index>(columns.size()) + 1;
    if (width == 1) continue;
    Eigen::MatrixXd design(static_cast<Eigen::Index>(rows.size()), width);
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const auto x = tables.pattern(rows[i]);
      design(static_cast<Eigen::Index>(i), 0) = 1;
      for (Eigen::Index c = 1; c < width; ++c) {
        design(static_cast<Eigen::Index>(i), c) =
            x[static_cast<std::size_t>(columns[static_cast<std::size_t>(c - 1)])];
      }
    }
    const Eigen::VectorXd lengths = design.colwise().norm().transpose();
    for (Eigen::Index c = 0; c < width; ++c) {
      if (lengths[c] > 0) design.col(c) /= lengths[c];
    }
    Eigen::ColPivHouseholderQR<Eigen::MatrixXd> qr(design);
    qr.setThreshold(1e-9);
    if (qr.rank() == width) continue;

    // The null vector of the first dependent column tells which columns say the same.
    const auto rank = qr.rank();
    Eigen::VectorXd null = Eigen::VectorXd::Zero(width);
    const Eigen::MatrixXd R = qr.matrixR();
    null[rank] = 1;
    null.head(rank) =
        -R.topLeftCorner(rank, rank).triangularView<Eigen::Upper>().solve(R.col(rank).head(rank));
    null = qr.colsPermutation() * null;
    std::string seen;
    int parts = 0;
    for (Eigen::Index c = 1; c < width; ++c) {
      if (std::abs(null[c]) < 1e-6) continue;
      seen += (parts++ ? ", '" : "'") +
              names[static_cast<std::size_t>(columns[static_cast<std::size_t>(c - 1)])] + "'";
    }
    const bool constant = std::abs(null[0]) >= 1e-6 || parts == 1;
    reject("D-NONIDENT", "fit",
           "on " + label + " the column" + (parts > 1 ? "s " : " ") + seen +
               (parts > 1  ? (constant ? " add up to a constant" : " say the same")
                : constant ? " does not vary"
                           : " is zero throughout"),
           "each effect needs a variation of its own among the persons at risk",
           "Leave one column out, or take it off that transition");
  }
}

finding boundary_zero(const model& structure, int transition, double upper) {
  const auto label = structure.label(transition);
  const bool bounded = std::isfinite(upper);
  const auto bound = three_digits(upper);
  return {.code = "D-BOUNDARY-ZERO",
          .severity = 'D',
          .column = label,
          .message =
              "the likelihood of " + label +
              " is highest at a rate of 0 per year; it has no standard error. " +
              (bounded ? "One-sided 95 % upper bound by profile likelihood: " + bound + " per year."
                       : std::string("These data set no upper bound on it.")) +
              " All other standard errors hold with this rate at 0.",
          .message_sv =
              "sannolikheten för " + label +
              " är störst vid intensiteten 0 per år; medelfel saknas. " +
              (bounded ? "Ensidig övre 95 %-gräns enligt profillikelihood: " + bound + " per år."
                       : std::string("Dessa data ger ingen övre gräns.")) +
              " Övriga medelfel gäller med denna intensitet satt till 0.",
          .remedy = "Keep the bound, or leave the transition out of the model.",
          .remedy_sv = "Använd gränsen, eller ta bort övergången ur modellen."};
}

finding diverging(const model& structure, int transition, double lower) {
  const auto label = structure.label(transition);
  const auto bound = three_digits(lower);
  return {.code = "D-DIVERGING",
          .severity = 'D',
          .column = label,
          .message = "the rate of " + label +
                     " grows without limit: everybody moved before being "
                     "seen again. One-sided 95 % lower bound by profile likelihood: " +
                     bound + " per year.",
          .message_sv = "intensiteten för " + label +
                        " växer utan gräns: alla hann flytta innan de "
                        "sågs igen. Ensidig undre 95 %-gräns enligt profillikelihood: " +
                        bound + " per år.",
          .remedy = "Use shorter gaps between visits, or fix the rate.",
          .remedy_sv = "Använd tätare observationer, eller bestäm intensiteten."};
}

finding separation(const intensity_model& intensities, int transition, const std::string& name) {
  const auto label = intensities.structure.label(transition);
  return {.code = "D-SEPARATION",
          .severity = 'D',
          .column = name,
          .message = "the effect " + name +
                     " has no finite estimate: the covariate separates those "
                     "who make the move " +
                     label + " from those who do not.",
          .message_sv = "effekten " + name +
                        " saknar ändlig skattning: variabeln skiljer helt dem "
                        "som gör övergången " +
                        label + " från övriga.",
          .remedy = "Take the covariate off this transition.",
          .remedy_sv = "Ta bort variabeln från denna övergång."};
}

finding ill_conditioned(double condition, bool replaced) {
  return {
      .code = "D-HESS-ILL",
      .severity = 'D',
      .message = "the information is nearly singular (condition number " + three_digits(condition) +
                 ")" + (replaced ? "; standard errors come from the expected information." : "."),
      .message_sv = "informationsmatrisen är nästan singulär (konditionstal " +
                    three_digits(condition) + ")" +
                    (replaced ? "; medelfel kommer från den förväntade informationen." : "."),
      .remedy = "Use fewer effects, or merge transitions that the data can hardly tell apart.",
      .remedy_sv = "Använd färre effekter, eller slå ihop övergångar som knappt går att skilja."};
}

finding not_converged(search_verdict verdict, int iterations) {
  const auto steps = std::to_string(iterations);
  const bool limit = verdict == search_verdict::iteration_limit;
  return {.code = "D-NOT-CONVERGED",
          .severity = 'D',
          .message = limit ? "the search was stopped after " + steps + " steps."
                           : "the search found no way up after " + steps + " steps.",
          .message_sv = limit ? "sökningen avbröts efter " + steps + " steg."
                              : "sökningen kom inte vidare efter " + steps + " steg.",
          .remedy = "Read the other diagnostics; use fewer effects.",
          .remedy_sv = "Läs övriga diagnoser; använd färre effekter."};
}

}  // namespace kohort
