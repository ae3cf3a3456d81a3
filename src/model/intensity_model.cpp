#include <cmath>
#include <cstdio>
#include <limits>
#include <set>

#include <kohort/model/clock_spline.hpp>
#include <kohort/model/intensity_model.hpp>
#include <kohort/model/misclassification.hpp>
#include <kohort/support/error.hpp>

namespace kohort {

namespace {

std::string plain(double number) {
  char text[32];
  std::snprintf(text, sizeof text, "%.10g", number);
  return text;
}

std::string column_name(const term& covariate, int column) {
  if (covariate.path == covariate_path::weibull) return "log " + covariate.column;
  if (covariate.path == covariate_path::spline && column > 0)
    return covariate.column + " bend " + std::to_string(column);
  if (covariate.path != covariate_path::bands) return covariate.column;
  const auto& cuts = covariate.cuts;
  const auto i = static_cast<std::size_t>(column);
  if (i + 1 == cuts.size()) return covariate.column + " " + plain(cuts[i]) + "+";
  return covariate.column + " " + plain(cuts[i]) + "-" + plain(cuts[i + 1]);
}

}  // namespace

coefficient_layout layout(const intensity_model& intensities) {
  const auto& terms = intensities.terms;
  const auto refuse = [](const std::string& seen, const std::string& needed,
                         const std::string& remedy) {
    reject("E-MODEL", "intensity_model", seen, needed, remedy);
  };
  for (std::size_t i = 0; i < terms.size(); ++i) {
    const auto& covariate = terms[i];
    if (covariate.path == covariate_path::bands && covariate.cuts.empty()) {
      refuse("the bands of '" + covariate.column + "' have no cut", "at least one is needed",
             "Say where the second band begins");
    }
    if (covariate.path == covariate_path::spline &&
        (covariate.cuts.size() != 2 || covariate.segments < 1)) {
      refuse("the spline of '" + covariate.column + "' has " +
                 std::to_string(covariate.cuts.size()) + " ends and " +
                 std::to_string(covariate.segments) + " segments",
             "it needs two ends and at least one segment",
             "Give both, or let `with_ends` find the ends in the observations");
    }
    for (std::size_t c = 0; c < covariate.cuts.size(); ++c) {
      if (!std::isfinite(covariate.cuts[c]) ||
          (c > 0 && covariate.cuts[c] <= covariate.cuts[c - 1]))
        refuse("the cuts of '" + covariate.column + "' do not increase",
               "each band must begin after the one before", "Sort the cuts");
    }
    if (!std::isfinite(covariate.origin)) {
      refuse("the origin of '" + covariate.column + "' is not a number", "it must be finite",
             "Give it in years");
    }
    for (std::size_t other = 0; other < i; ++other) {
      if (terms[other].column == covariate.column && terms[other].path == covariate.path)
        refuse("the covariate '" + covariate.column + "' stands twice", "each may stand once",
               "Remove one of them");
    }
  }
  const auto transitions = intensities.structure.transitions().size();
  if (!intensities.uses.empty() && intensities.uses.size() != transitions) {
    refuse("`uses` has " + std::to_string(intensities.uses.size()) + " rows",
           "the model has " + std::to_string(transitions) + " transitions",
           "Give one row for each transition, or none");
  }
  coefficient_layout where;
  std::vector<int> first;
  for (const auto& covariate : terms) {
    first.push_back(where.design_columns);
    where.design_columns += covariate.columns();
  }
  int next = 0;
  for (std::size_t k = 0; k < transitions; ++k) {
    where.starts.push_back(next++);
    std::vector<int> used;
    if (!intensities.uses.empty() && intensities.uses[k].size() != terms.size()) {
      refuse("row " + std::to_string(k) + " of `uses` has " +
                 std::to_string(intensities.uses[k].size()) + " entries",
             "the model has " + std::to_string(terms.size()) + " terms", "Give one for each term");
    }
    std::set<std::string> names;
    for (std::size_t i = 0; i < terms.size(); ++i) {
      if (!intensities.uses.empty() && !intensities.uses[k][i]) continue;
      for (int c = 0; c < terms[i].columns(); ++c) {
        used.push_back(first[i] + c);
        const auto name = column_name(terms[i], c);
        if (names.insert(name).second) continue;
        refuse("two effects would be called '" + name + "'", "each needs a name of its own",
               "Rename the column of one of them");
      }
    }
    next += static_cast<int>(used.size());
    where.columns.push_back(std::move(used));
  }
  where.starts.push_back(next);
  where.further = further_coefficients(intensities);
  return where;
}

std::vector<std::string> coefficient_names(const intensity_model& intensities) {
  const auto where = layout(intensities);
  std::vector<std::string> columns, names;
  for (const auto& covariate : intensities.terms) {
    for (int c = 0; c < covariate.columns(); ++c) columns.push_back(column_name(covariate, c));
  }
  for (std::size_t k = 0; k < where.columns.size(); ++k) {
    const auto label = intensities.structure.label(static_cast<int>(k));
    names.push_back(label);
    for (const int c : where.columns[k])
      names.push_back(label + ": " + columns[static_cast<std::size_t>(c)]);
  }
  for (auto& name : further_names(intensities)) names.push_back(std::move(name));
  return names;
}

void term_columns(const term& covariate, double value, double* out) {
  switch (covariate.path) {
    case covariate_path::held:
      *out = value;
      break;
    case covariate_path::yearly:
      *out = std::floor(value) + 0.5 - covariate.origin;
      break;
    case covariate_path::bands:
      for (std::size_t c = 0; c < covariate.cuts.size(); ++c) {
        const bool below_next = c + 1 == covariate.cuts.size() || value < covariate.cuts[c + 1];
        out[c] = value >= covariate.cuts[c] && below_next ? 1.0 : 0.0;
      }
      break;
    case covariate_path::gompertz:
      *out = value - covariate.origin;
      break;
    case covariate_path::weibull:
      *out = std::log(value);
      break;
    case covariate_path::spline:
      clock_spline(covariate.cuts[0], covariate.cuts[1], covariate.segments, covariate.origin)
          .at(value, out);
      break;
  }
}

std::vector<double> design_row(const intensity_model& intensities, std::span<const double> x) {
  std::vector<double> columns;
  for (std::size_t i = 0; i < intensities.terms.size(); ++i) {
    const auto& covariate = intensities.terms[i];
    columns.resize(columns.size() + static_cast<std::size_t>(covariate.columns()));
    term_columns(covariate, x[i], columns.data() + columns.size() - covariate.columns());
  }
  for (auto& value : columns) value += 0.0;  // -0 and 0 are one pattern
  return columns;
}

void rates_at(const coefficient_layout& where, std::span<const double> coefficients,
              std::span<const double> columns, std::span<double> rates) {
  for (std::size_t k = 0; k < where.columns.size(); ++k) {
    auto at = static_cast<std::size_t>(where.starts[k]);
    double log_rate = coefficients[at];
    for (const int c : where.columns[k]) {
      const double coefficient = coefficients[++at];
      if (coefficient != 0) log_rate += coefficient * columns[static_cast<std::size_t>(c)];
    }
    rates[k] = std::exp(log_rate);
  }
}

}  // namespace kohort
