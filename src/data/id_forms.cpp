#include <algorithm>

#include <kohort/data/detail/catalogue.hpp>
#include <kohort/data/detail/id_forms.hpp>
#include <kohort/data/personal_number.hpp>

namespace kohort::detail {

namespace {

bool looks_personal(std::string_view id, std::optional<day_number> reference) {
  switch (parse_personal_number(id, reference, century_policy::separator).fault) {
    case personal_number_fault::none:
    case personal_number_fault::reference:
      return true;
    case personal_number_fault::notation:  // 1,93E+11, but not an id such as 12E5
      return id.find_first_of(",.") != std::string_view::npos;
    default:
      return false;
  }
}

}  // namespace

bool are_personal_numbers(std::vector<std::string> ids, std::optional<day_number> reference) {
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  std::erase(ids, "");
  const auto numbers = std::count_if(
      ids.begin(), ids.end(), [&](const std::string& id) { return looks_personal(id, reference); });
  return numbers > 0 && 5 * numbers >= 4 * static_cast<std::ptrdiff_t>(ids.size());
}

void id_forms::note(std::string_view id, std::optional<day_number> reference) {
  if (looks_personal(id, reference)) ++numbers_;
}

std::optional<finding> id_forms::fault(std::size_t persons) const {
  if (numbers_ == 0 || 5 * numbers_ < static_cast<std::int64_t>(persons)) return {};
  return catalogued("E-ID-KIND", -1, {}, {}, numbers_);
}

}  // namespace kohort::detail
