#include <algorithm>

#include <kohort/data/detail/covariate_columns.hpp>
#include <kohort/support/detail/listed.hpp>
#include <kohort/support/error.hpp>

namespace kohort::detail {

std::size_t column_of(const observations& seen, const std::string& covariate, const char* where) {
  const auto& known = seen.covariate_names;
  const auto at = std::find(known.begin(), known.end(), covariate);
  if (at == known.end()) {
    reject("E-COLUMN", where, "the observations have no covariate '" + covariate + "'",
           known.empty() ? "they have none at all" : "those there are: " + listed(known),
           "Use one of these, or hand the column over");
  }
  return static_cast<std::size_t>(at - known.begin());
}

std::vector<std::size_t> columns_of(const observations& seen, const std::vector<term>& terms) {
  std::vector<std::size_t> columns;
  for (const auto& covariate : terms)
    columns.push_back(column_of(seen, covariate.column, "aggregate"));
  return columns;
}

}  // namespace kohort::detail
