// Any bytes as an extract of decisions, under a map that they choose too: read or refused, with
// findings whose words are valid UTF-8 and that name rows, and nothing else ever happens. What is
// read gives the same stays when it is written anew, in quotes and with its rows the other way
// round.

#include <string>
#include <vector>

#include <kohort/data/decisions.hpp>

#include "fuzz.hpp"

namespace {

using fuzz::demand;

/// The same table from the last row to the first.
std::string turned(std::string_view text, const kohort::csv_options& form) {
  kohort::csv_reader reader(text, "", form);
  const auto line = [](const auto& fields) {
    std::string made;
    for (const auto& field : fields) {
      if (!made.empty()) made += ';';
      fuzz::written(made, field);
    }
    return made + '\n';
  };
  std::vector<std::string> lines;
  kohort::csv_record record;
  while (reader.next(record)) lines.push_back(line(record.fields));
  auto all = line(reader.header());
  for (auto last = lines.rbegin(); last != lines.rend(); ++last) all += *last;
  return all;
}

void same_stays(const kohort::decisions& one, const kohort::decisions& other) {
  demand(one.stays.size() == other.stays.size() && one.persons.size() == other.persons.size());
  for (std::size_t k = 0; k < one.stays.size(); ++k) {
    const auto &a = one.stays[k], &b = other.stays[k];
    demand(a.person == b.person && a.at == b.at && a.from == b.from && a.to == b.to);
  }
  demand(one.observations.times == other.observations.times);
  demand(one.observations.covariates == other.observations.covariates);
  for (std::size_t k = 0; k < one.persons.size(); ++k) {
    demand(one.persons[k].id == other.persons[k].id);
    demand(one.persons[k].death == other.persons[k].death);
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
    const auto head = text.substr(0, text.find_first_of(" ;\n"));
    if (!kohort::detail::is_utf8(head)) return 0;  // settings are texts
    settings.columns[role] = std::string(head);
  }
  const auto& rule = rules[data[1] % 3];
  try {
    const auto read = kohort::read_decisions(text, "x.csv", structure, rule, settings);
    fuzz::look_at(read.findings);
    for (const auto& s : read.stays) demand(s.from < s.to);
    demand(read.observations.rows() > 0 || read.stays.empty());
    const auto other = turned(text, settings.csv);
    settings.csv.delimiter = ';';
    settings.csv.encoding = kohort::text_encoding::utf_8;
    same_stays(read, kohort::read_decisions(other, "x.csv", structure, rule, settings));
  } catch (const kohort::data_refused& refusal) {
    fuzz::look_at(refusal.findings());
    demand(kohort::has_errors(refusal.findings()));
  } catch (const kohort::invalid_input& refusal) {
    demand(std::string(refusal.code()).starts_with("E-"));
  }
  return 0;
}
