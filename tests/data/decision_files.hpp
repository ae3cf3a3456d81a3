#pragma once

// Small files of decisions: how they are read, and what is said of them in few words.

#include <string>
#include <vector>

#include <kohort/data/decisions.hpp>

#include "catch.hpp"

namespace decision_files {

using namespace kohort;

inline const model with_ended = dependency_model(true);
inline const model without_ended = dependency_model(false);
constexpr auto header = "person;start;end;level;death\n";

inline day_number on(const std::string& text) { return parse_date(text).day; }

inline decision_settings until(const std::string& extraction) {
  decision_settings settings;
  settings.extraction = on(extraction);
  return settings;
}

inline decisions read(const std::string& text,
                      const decision_settings& settings = until("2024-12-31"),
                      const level_rule& rule = named_levels(),
                      const model& structure = with_ended) {
  return read_decisions(text, "test.csv", structure, rule, settings);
}

/// "E-OVERLAP 3 (2)", of errors only unless all are asked for.
inline std::vector<std::string> codes(const std::vector<finding>& findings, bool all = false) {
  std::vector<std::string> result;
  for (const auto& f : findings) {
    if (!all && f.severity != 'E') continue;
    auto text = f.code + " " + std::to_string(f.row);
    for (const auto r : f.related) text += " (" + std::to_string(r) + ")";
    result.push_back(text);
  }
  return result;
}

inline std::vector<std::string> faults(const std::string& text,
                                       const decision_settings& settings = until("2024-12-31"),
                                       const level_rule& rule = named_levels(),
                                       const model& structure = with_ended) {
  try {
    (void)read(text, settings, rule, structure);
    return {};
  } catch (const data_refused& refusal) {
    for (const auto& f : refusal.findings()) {
      CHECK(f.file == "test.csv");
      CHECK_FALSE(f.message.empty());
      CHECK_FALSE(f.message_sv.empty());
      if (f.severity == 'E') CHECK_FALSE(f.remedy_sv.empty());
    }
    return codes(refusal.findings());
  }
}

inline std::int64_t count_of(const decisions& d, const std::string& code) {
  for (const auto& f : d.findings) {
    if (f.code == code) return f.count;
  }
  return 0;
}

/// "light 2020-01-01 to 2020-07-01"
inline std::vector<std::string> stays_of(const decisions& d) {
  std::vector<std::string> result;
  for (const auto& s : d.stays) {
    result.push_back(d.structure.name(s.at) + " " + to_text(s.from) + " to " + to_text(s.to));
  }
  return result;
}

/// "start light 2020-01-01", the kinds by their letters s, t (exact transition), p, d
inline std::vector<std::string> rows_of(const model& structure, const observations& o) {
  std::vector<std::string> result;
  for (std::size_t i = 0; i < o.rows(); ++i) {
    result.push_back(std::string(1, "sptd"[static_cast<int>(o.kinds[i])]) + " " +
                     structure.name(o.states[i]) + " " +
                     to_text(static_cast<day_number>(o.times[i])));
  }
  return result;
}

using strings = std::vector<std::string>;

}  // namespace decision_files
