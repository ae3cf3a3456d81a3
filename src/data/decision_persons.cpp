#include <algorithm>
#include <set>
#include <tuple>

#include <kohort/data/detail/catalogue.hpp>
#include <kohort/data/detail/decision_persons.hpp>
#include <kohort/data/detail/unknown_codes.hpp>

namespace kohort::detail {

namespace {

class settler {
 public:
  settler(decision_file& file, told_by_rows told, const decision_header& header,
          const level_rule& rule, const decision_settings& settings)
      : out_(file), told_(std::move(told)), header_(header), rule_(rule), settings_(settings) {}

  void settle() {
    settle_extraction();
    ask_numbers();
    check_persons();
    check_aside();
    sort_persons();
    drop_copies();
    check_ids();
    drop_future();
    hide_small_units();
    if (header_.has(role::cost)) add_costs();
  }

 private:
  /// What the numbers say of birth and sex, where no column of its own does.
  void ask_numbers() {
    std::vector<std::int64_t> shifted;
    for (std::size_t i = 0; i < told_.numbers.size(); ++i) {
      auto& who = out_.persons[i];
      const auto& [birth, male] = told_.numbers[i];
      if (who.birth.value && *who.birth.value != birth) shifted.push_back(who.birth.row);
      if (!who.birth.value) who.birth = {birth, who.first_row};
      if (!who.male.value) who.male = {male, who.first_row};
    }
    count_rows("W-BIRTH-DIFF", role::birth, std::move(shifted));
    count_rows("W-CENTURY", role::person, std::move(told_.century_rows));
  }

  void count_rows(std::string_view code, role which, std::vector<std::int64_t> rows) {
    if (rows.empty()) return;
    std::sort(rows.begin(), rows.end());
    const auto count = static_cast<std::int64_t>(rows.size());
    out_.findings.add(
        catalogued(code, rows.front(), header_.name(which), {rows.begin() + 1, rows.end()}, count));
  }

  void person_fault(person_facts& who, std::string_view code, std::int64_t row,
                    const std::string& role_column, const std::string& detail = {},
                    const std::string& detail_sv = {}) {
    auto f = catalogued(code, row, role_column);
    if (!detail.empty()) f.message += " " + detail;
    if (!detail_sv.empty()) f.message_sv += " " + detail_sv;
    out_.findings.add(std::move(f));
    who.faulty = true;
  }

  void check_persons() {
    std::vector<day_number> first(out_.persons.size(), until_further_notice);
    for (const auto& row : out_.rows) {
      auto& start = first[static_cast<std::size_t>(row.person)];
      start = std::min(start, row.start);
    }
    for (const auto& row : told_.aside) {
      auto& start = first[static_cast<std::size_t>(row.person)];
      start = std::min(start, row.start);
    }
    for (std::size_t i = 0; i < out_.persons.size(); ++i) {
      auto& who = out_.persons[i];
      if (who.faulty) continue;  // whose facts may be missing for that reason
      if (out_.has_birth && !who.birth.value) {
        person_fault(who, "E-DATE-MISSING", who.first_row, header_.name(role::birth));
      }
      if (out_.has_sex && !who.male.value) {
        person_fault(who, "E-SEX", who.first_row, header_.name(role::sex));
      }
      if (who.birth.value && first[i] != until_further_notice && *who.birth.value > first[i]) {
        // Where no column tells the birth, the person's number did.
        const auto told = header_.has(role::birth) ? role::birth : role::person;
        person_fault(who, "E-DATE-RANGE", who.birth.row, header_.name(told),
                     "a birth after the first decision.", "födelse efter första beslutet.");
      }
      if (who.death.value && settings_.extraction && *who.death.value > *settings_.extraction) {
        person_fault(who, "E-DATE-RANGE", who.death.row, out_.death_column,
                     "a death after the extraction date.", "dödsfall efter uttagsdatumet.");
      }
    }
  }

  /// Decisions that give no level, against the person's death and exit.
  void check_aside() {
    for (const auto& row : told_.aside) {
      auto& who = out_.persons[static_cast<std::size_t>(row.person)];
      if (out_.extraction && row.start > *out_.extraction) continue;  // as any other of the future
      const bool dead = who.death.value && !who.death_disputed && row.start > *who.death.value;
      const bool gone = who.exit.value && row.start > *who.exit.value;
      if (!dead && !gone) continue;
      out_.findings.add(catalogued(dead ? "E-AFTER-DEATH" : "E-AFTER-EXIT", row.row,
                                   out_.start_column, {dead ? who.death.row : who.exit.row}));
      who.faulty = true;
    }
  }

  void settle_extraction() {
    out_.extraction = settings_.extraction;
    if (out_.extraction || out_.rows.empty()) return;
    day_number last = out_.rows.front().end;
    for (const auto& row : out_.rows) {
      if (row.end != until_further_notice) last = std::max(last, row.end);
    }
    for (const auto& who : out_.persons) last = std::max(last, who.death.value.value_or(last));
    out_.extraction = last;
  }

  void sort_persons() {
    std::vector<std::int32_t> order(out_.persons.size()), place(out_.persons.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = static_cast<std::int32_t>(i);
    std::sort(order.begin(), order.end(), [&](std::int32_t a, std::int32_t b) {
      return out_.persons[static_cast<std::size_t>(a)].id <
             out_.persons[static_cast<std::size_t>(b)].id;
    });
    std::vector<person_facts> sorted;
    sorted.reserve(order.size());
    for (std::size_t i = 0; i < order.size(); ++i) {
      place[static_cast<std::size_t>(order[i])] = static_cast<std::int32_t>(i);
      sorted.push_back(std::move(out_.persons[static_cast<std::size_t>(order[i])]));
    }
    out_.persons = std::move(sorted);
    for (auto& row : out_.rows) row.person = place[static_cast<std::size_t>(row.person)];
    std::sort(out_.rows.begin(), out_.rows.end(), [](const decision_row& a, const decision_row& b) {
      return std::tie(a.person, a.start, a.end, a.level, a.said, a.row) <
             std::tie(b.person, b.start, b.end, b.level, b.said, b.row);
    });
  }

  void drop_copies() {
    std::vector<std::int64_t> copies;
    const auto kept = std::unique(out_.rows.begin(), out_.rows.end(),
                                  [&](const decision_row& a, const decision_row& b) {
                                    const bool same = a.person == b.person && a.said == b.said;
                                    if (same) copies.push_back(b.row);
                                    return same;
                                  });
    out_.rows.erase(kept, out_.rows.end());
    out_.copies = static_cast<std::int64_t>(copies.size());
    if (copies.empty()) return;
    std::sort(copies.begin(), copies.end());
    out_.findings.add(catalogued("W-DUP-ROW", copies.front(), {},
                                 {copies.begin() + 1, copies.end()}, out_.copies));
  }

  void check_ids() {
    std::sort(told_.ids.begin(), told_.ids.end(),
              [](const told_by_rows::decision_id& a, const told_by_rows::decision_id& b) {
                return std::tie(a.id, a.more, a.row) < std::tie(b.id, b.more, b.row);
              });
    for (std::size_t i = 0, first = 0; i < told_.ids.size(); ++i) {
      if (told_.ids[i].id != told_.ids[first].id || told_.ids[i].more != told_.ids[first].more)
        first = i;
      if (i == first || (told_.ids[i].person == told_.ids[first].person &&
                         told_.ids[i].said == told_.ids[first].said)) {
        continue;
      }
      out_.findings.add(catalogued("E-DUP-ID", told_.ids[i].row, header_.name(role::decision),
                                   {told_.ids[first].row}));
    }
    std::vector<told_by_rows::decision_id>().swap(told_.ids);
  }

  void drop_future() {
    if (!out_.extraction) return;
    const auto kept =
        std::remove_if(out_.rows.begin(), out_.rows.end(),
                       [&](const decision_row& row) { return row.start > *out_.extraction; });
    out_.future = out_.rows.end() - kept;
    out_.rows.erase(kept, out_.rows.end());
  }

  /// Names of units that few persons have, or that are no names, could be persons': they become
  /// one, called "...".
  void hide_small_units() {
    if (!header_.has(role::unit)) return;
    std::vector<std::set<std::int32_t>> persons(out_.units.size());
    for (const auto& row : out_.rows) {
      auto& some = persons[static_cast<std::size_t>(row.unit)];
      if (some.size() < shown_from) some.insert(row.person);
    }
    std::vector<std::int32_t> place(out_.units.size());
    std::vector<std::string> kept;
    std::int32_t rest = -1;
    for (std::size_t i = 0; i < place.size(); ++i) {
      if (persons[i].empty()) continue;
      const auto& name = out_.units[i];
      const bool shown = name.empty() || (persons[i].size() >= shown_from && can_be_a_name(name));
      if (!shown && rest >= 0) {
        place[i] = rest;
        continue;
      }
      place[i] = static_cast<std::int32_t>(kept.size());
      if (!shown) rest = place[i];
      kept.push_back(shown ? name : "\u2026");
    }
    for (auto& row : out_.rows) row.unit = place[static_cast<std::size_t>(row.unit)];
    out_.units = std::move(kept);
  }

  void add_costs() {
    out_.costs.resize(rule_.levels.size());
    for (const auto& row : out_.rows) {
      if (row.cost < 0) continue;
      auto& sum = out_.costs[static_cast<std::size_t>(row.level)];
      ++sum.decisions;
      sum.hundredths += row.cost;
    }
  }

  decision_file& out_;
  told_by_rows told_;
  const decision_header& header_;
  const level_rule& rule_;
  const decision_settings& settings_;
};

}  // namespace

void settle_persons(decision_file& file, told_by_rows told, const decision_header& header,
                    const level_rule& rule, const decision_settings& settings) {
  settler(file, std::move(told), header, rule, settings).settle();
}

}  // namespace kohort::detail
