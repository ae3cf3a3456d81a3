#include <algorithm>
#include <cmath>
#include <map>

#include <kohort/data/detail/aggregate_terms.hpp>
#include <kohort/model/clock_columns.hpp>
#include <kohort/support/error.hpp>

namespace kohort::detail {

void check_table_use(const observations& seen, const intensity_model& intensities,
                     bool by_subject) {
  if (seen.tables.empty()) return;
  if (by_subject) {
    reject("E-TABLE", seen.tables.front().name, "it has no persons one by one",
           "what is asked for adds up subject by subject", "Fit without the tables");
  }
  check_tables(intensities.structure, seen.tables);
  for (const auto& row : seen.tables) {
    if (row.covariates.size() == seen.covariate_names.size()) continue;
    reject("E-TABLE", row.name,
           "it has " + std::to_string(row.covariates.size()) + " covariates, the data have " +
               std::to_string(seen.covariate_names.size()),
           "its people's covariates are needed", "Give a value for each");
  }
  if (!clock_columns(intensities).none()) {
    reject("E-TABLE", seen.tables.front().name, "a clock of the model moves on within its years",
           "a table can be held against effects that are constant between cuts",
           "Use yearly or bands for that clock");
  }
  if (intensities.hidden()) {
    reject("E-TABLE", seen.tables.front().name,
           "the model has phases, or levels that are read with error",
           "a published table says neither", "Fit it without them");
  }
}

void add_aggregates(const observations& seen, const intensity_model& intensities,
                    transition_tables& tables) {
  if (seen.tables.empty()) return;
  const auto n = static_cast<std::size_t>(intensities.structure.size());
  const auto K = intensities.structure.transitions().size();
  const auto columns = static_cast<std::size_t>(tables.columns);
  std::map<std::vector<double>, std::int32_t> places;
  for (std::size_t p = 0; p < tables.pattern_count() && columns > 0; ++p) {
    const auto x = tables.pattern(p);
    places.try_emplace({x.begin(), x.end()}, static_cast<std::int32_t>(p));
  }
  // The path of covariates is that of somebody seen at its start and at its end.
  observations person;
  person.subject_names = {""};
  person.subjects = {0, 0};
  const auto first = intensities.structure.transitions().front().from;
  person.states = {first, first};
  person.kinds = {observation_kind::start, observation_kind::panel};
  person.covariate_names = seen.covariate_names;
  for (const auto& row : seen.tables) {
    person.times = {0, row.years};
    person.covariates = row.covariates;
    person.covariates.insert(person.covariates.end(), row.covariates.begin(), row.covariates.end());
    const auto path = aggregate(person, intensities);
    aggregate_term term{row.start, row.ends, row.counts, row.among,
                        row.table, row.name, {},         path.cells.front().elapsed};
    for (const auto p : path.cells.front().patterns) {
      const auto x = path.pattern(static_cast<std::size_t>(p));
      const auto next = static_cast<std::int32_t>(columns == 0 ? 0 : places.size());
      const auto [at, is_new] = places.try_emplace({x.begin(), x.end()}, next);
      if (is_new) tables.patterns.insert(tables.patterns.end(), x.begin(), x.end());
      term.patterns.push_back(at->second);
    }
    tables.aggregates.push_back(std::move(term));
    const double persons = row.total();
    tables.intervals += std::max<std::int64_t>(1, std::llround(persons));
    tables.person_years += persons * row.years;
    tables.weight += persons;
  }
  if (tables.exact.intervals > 0) {
    tables.exact.exposure.resize(tables.pattern_count() * n, 0.0);
    tables.exact.events.resize(tables.pattern_count() * K, 0.0);
  }
}

}  // namespace kohort::detail
