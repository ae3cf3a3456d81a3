#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <set>

#include <Eigen/QR>

#include <kohort/data/detail/run_reach.hpp>
#include <kohort/estimation/detail/hidden_start.hpp>
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

std::string comma_separated(const std::vector<std::string>& names) {
  std::string listed;
  for (const auto& name : names) listed += (listed.empty() ? "'" : ", '") + name + "'";
  return listed;
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
  for (const auto& term : tables.aggregates) {
    for (std::size_t c = 0; c < term.ends.size(); ++c) {
      for (std::size_t s = 0; s < n; ++s) {
        double came = 0;  // share of the start that may have passed through
        for (std::size_t r = 0; r < n; ++r) came += reach[r * n + s] ? term.start[r] : 0;
        const bool goes_on = std::any_of(term.ends[c].begin(), term.ends[c].end(), [&](state to) {
          return reach[s * n + static_cast<std::size_t>(to)];
        });
        if (!goes_on || came == 0) continue;
        for (std::size_t j = 0; j < term.elapsed.size(); ++j) {
          years[static_cast<std::size_t>(term.patterns[j]) * n + s] +=
              term.counts[c] * came * term.elapsed[j];
        }
      }
    }
  }
  detail::add_hidden_exposure(structure, tables.hidden, years);
  return years;
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
  return {
      .code = "D-DIVERGING",
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
      .remedy = "Use shorter gaps between visits, fix the rate, or give it a prior (gamma_prior).",
      .remedy_sv =
          "Använd tätare observationer, bestäm intensiteten, eller ge den en prior (gamma_prior)."};
}

finding separation(const intensity_model& intensities, int transition, const std::string& name) {
  const auto& structure = intensities.structure;
  const bool on_rate = transition < static_cast<int>(structure.transitions().size());
  const auto label = on_rate ? structure.label(transition) : std::string();
  return {.code = "D-SEPARATION",
          .severity = 'D',
          .column = name,
          .message = "the effect " + name + " has no finite estimate: " +
                     (on_rate ? "the covariate separates those who make the move " + label +
                                    " from those who do not."
                              : std::string("the likelihood rises as long as it grows.")) +
                     " It has no standard error; the others hold with it far out.",
          .message_sv =
              "effekten " + name + " saknar ändlig skattning: " +
              (on_rate ? "variabeln skiljer helt dem som gör övergången " + label + " från övriga."
                       : std::string("sannolikheten ökar så länge den växer.")) +
              " Den saknar medelfel; övriga gäller med effekten mycket stor.",
          .remedy = "Take the covariate off, or give the effect a prior (normal_prior).",
          .remedy_sv = "Ta bort variabeln, eller ge effekten en prior (normal_prior)."};
}

finding ill_conditioned(double condition, bool replaced, const std::vector<std::string>& names) {
  const auto listed = comma_separated(names);
  const auto number = " (condition number " + three_digits(condition) + ")";
  const auto number_sv = " (konditionstal " + three_digits(condition) + ")";
  return {.code = "D-HESS-ILL",
          .severity = 'D',
          .column = names.empty() ? std::string() : names.front(),
          .message = (names.empty() ? "the information is nearly singular" + number + "."
                                    : listed + " can hardly be told apart" + number +
                                          ": ask for profile intervals of these.") +
                     (replaced ? " Standard errors come from the expected information." : ""),
          .message_sv = (names.empty() ? "informationsmatrisen är nästan singulär" + number_sv + "."
                                       : listed + " går knappt att skilja åt" + number_sv +
                                             ": beräkna profilintervall för dessa.") +
                        (replaced ? " Medelfel kommer från den förväntade informationen." : ""),
          .remedy =
              "Use fewer effects, give one a prior, or merge transitions that the data can "
              "hardly tell apart.",
          .remedy_sv =
              "Använd färre effekter, ge en av dem en prior, eller slå ihop övergångar som "
              "knappt går att skilja."};
}

finding not_identifiable(const std::vector<std::string>& names) {
  const auto listed = comma_separated(names);
  return {
      .code = "D-NONIDENT",
      .severity = 'D',
      .column = names.empty() ? std::string() : names.front(),
      .message = "only a combination of " + listed +
                 " is visible in these data; they have no standard errors.",
      .message_sv = "bara en kombination av " + listed + " syns i dessa data; de saknar medelfel.",
      .remedy = "Fix one of them, give it a prior, or leave it out of the model.",
      .remedy_sv = "Bestäm en av dem, ge den en prior, eller ta bort den ur modellen."};
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

finding limit_met(const std::string& constraint) {
  return {.code = "I-LIMIT",
          .severity = 'I',
          .message = "the limit " + constraint +
                     " is met: what it holds has no Wald interval; ask for a profile interval.",
          .message_sv = "gränsen " + constraint +
                        " är nådd: det som den håller fast saknar Wald-intervall; beräkna ett "
                        "profilintervall.",
          .remedy = "Nothing to do, if the limit is meant.",
          .remedy_sv = "Ingen åtgärd, om gränsen är avsedd."};
}

void report_starts(fitted_model& fitted) {
  const start_outcome *high = nullptr, *low = nullptr;
  int lower = 0;
  for (const auto& one : fitted.starts) {
    if (one.verdict != search_verdict::converged) continue;
    if (!high || one.log_likelihood > high->log_likelihood) high = &one;
    if (!low || one.log_likelihood < low->log_likelihood) low = &one;
  }
  if (!high || !(2 * (high->log_likelihood - low->log_likelihood) > 0.01)) return;
  for (const auto& one : fitted.starts) {
    lower += one.verdict == search_verdict::converged &&
             2 * (high->log_likelihood - one.log_likelihood) > 0.01;
  }
  Eigen::Index most = 0;
  double largest = -1;
  for (Eigen::Index i = 0; i < high->coefficients.size(); ++i) {
    const double apart = std::abs(high->coefficients[i] - low->coefficients[i]);
    if (std::isfinite(apart) && apart > largest) {
      largest = apart;
      most = i;
    }
  }
  const auto& name = fitted.names[static_cast<std::size_t>(most)];
  const auto shown = [](double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%.4f", -2 * value);
    return std::string(text);
  };
  const auto of = std::to_string(lower), all = std::to_string(fitted.starts.size());
  const auto best = three_digits(std::exp(high->coefficients[most]));
  const auto worst = three_digits(std::exp(low->coefficients[most]));
  fitted.diagnostics.push_back(
      {.code = "D-LOCALMAX",
       .severity = 'D',
       .column = name,
       .message = of + " of " + all + " starts ended at a lower maximum: -2 log L " +
                  shown(low->log_likelihood) + " there, " + shown(high->log_likelihood) +
                  " at the highest. They differ most in " + name + ": " + worst + " against " +
                  best + ". The highest is reported; `starts` holds all.",
       .message_sv = of + " av " + all + " startpunkter slutade i ett lägre maximum: -2 log L " +
                     shown(low->log_likelihood) + " där, " + shown(high->log_likelihood) +
                     " i det högsta. De skiljer sig mest i " + name + ": " + worst + " mot " +
                     best + ". Det högsta redovisas; `starts` har alla.",
       .remedy = "Use more starts, fewer effects, or a prior.",
       .remedy_sv = "Använd fler startpunkter, färre effekter eller en prior."});
}

}  // namespace kohort
