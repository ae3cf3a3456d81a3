// Any bytes as an extract of decisions, under a map that they choose too: read or refused, with
// findings whose words are valid UTF-8, and nothing else ever happens.

#include <cstdlib>
#include <string>
#include <vector>

#include <kohort/data/decisions.hpp>
#include <kohort/data/detail/utf8.hpp>

namespace {

void demand(bool holds) {
  if (!holds) std::abort();
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const auto length = kohort::detail::utf8_length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

void look_at(const std::vector<kohort::finding>& findings) {
  for (const auto& f : findings) {
    demand(is_utf8(f.message) && is_utf8(f.message_sv) && is_utf8(f.column) && is_utf8(f.remedy));
    demand(!f.code.empty() && f.count >= 1);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto structure = kohort::dependency_model(true);
  static const std::vector<kohort::level_rule> rules{
      kohort::named_levels(), kohort::support_type_rule(), kohort::hours_rule()};
  if (size < 2) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 2, size - 2);
  kohort::decision_settings settings;
  if (data[0] & 1) settings.extraction = kohort::to_day({2024, 12, 31});
  if (data[0] & 2) settings.observed_from = kohort::to_day({2015, 1, 1});
  settings.overlap = static_cast<kohort::overlap_policy>((data[0] >> 2) % 3);
  settings.gap_days = (data[0] >> 4) % 3 * 30;
  settings.dates = static_cast<kohort::date_format>(data[1] % 5);
  const auto& columns = kohort::decision_columns();
  if (data[1] &
      128) {  // the first words of the text are a map: role by number, header up to a space
    const auto role = std::string(columns[(data[1] >> 2) % columns.size()].first);
    settings.columns[role] = std::string(text.substr(0, text.find_first_of(" ;\n")));
  }
  try {
    const auto read =
        kohort::read_decisions(text, "x.csv", structure, rules[data[1] % 3], settings);
    look_at(read.findings);
    for (const auto& s : read.stays) demand(s.from < s.to);
    demand(read.observations.rows() > 0 || read.stays.empty());
  } catch (const kohort::data_refused& refusal) {
    look_at(refusal.findings());
  } catch (const kohort::invalid_input&) {
  }
  return 0;
}
