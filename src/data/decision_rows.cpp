#include <algorithm>
#include <array>
#include <cmath>
#include <set>
#include <tuple>
#include <unordered_map>

#include <kohort/data/detail/catalogue.hpp>
#include <kohort/data/detail/composed.hpp>
#include <kohort/data/detail/date_serials.hpp>
#include <kohort/data/detail/decimal_marks.hpp>
#include <kohort/data/detail/decision_header.hpp>
#include <kohort/data/detail/decision_persons.hpp>
#include <kohort/data/detail/decision_rows.hpp>
#include <kohort/data/detail/decision_words.hpp>
#include <kohort/data/detail/digest.hpp>
#include <kohort/data/detail/id_forms.hpp>
#include <kohort/data/detail/record_meaning.hpp>
#include <kohort/data/detail/unknown_codes.hpp>
#include <kohort/data/personal_number.hpp>

namespace kohort::detail {

namespace {

/// A record that outlives the reading of the next one.
class kept_record {
 public:
  explicit kept_record(const csv_record& record)
      : row_(record.row), fields_(record.fields.begin(), record.fields.end()) {}

  [[nodiscard]] csv_record record() const {
    return {.row = row_, .text = {}, .fields = {fields_.begin(), fields_.end()}};
  }

 private:
  std::int64_t row_;
  std::vector<std::string> fields_;
};

class row_reader {
 public:
  row_reader(encoded_text text, const std::string& file, const level_rule& rule,
             const decision_settings& settings, const progress& report)
      : csv_(std::move(text), file, settings.csv),
        rule_(rule),
        settings_(settings),
        report_(report),
        hours_marks_(settings.csv.decimal, false),
        cost_marks_(settings.csv.decimal, true) {}

  decision_file read() {
    const bool clear = header_.find(csv_.header(), csv_.header_row(), rule_.source,
                                    settings_.columns, out_.findings);
    if (!csv_.header().empty()) note_columns();
    if (clear) {
      csv_record record;
      if (!personal_ && settings_.ids == id_kind::by_header) read_beginning();
      while (csv_.next(record)) {
        read_record(record);
      }
      const auto source = header_.name(source_role(rule_.source));
      if (auto codes = unknown_.listed(source)) out_.findings.add(std::move(*codes));
      if (auto mixed = ids_.fault(out_.persons.size())) {
        mixed->row = csv_.header_row();
        mixed->column = header_.name(role::person);
        out_.findings.add(std::move(*mixed));
      }
      if (auto told = serials_.told(settings_.extraction)) out_.findings.add(std::move(*told));
      check_marks(role::hours, hours_marks_);
      check_marks(role::cost, cost_marks_);
      settle_persons(out_, std::move(also_), header_, rule_, settings_);
    }
    for (const auto& f : csv_.findings()) out_.findings.keep(f);
    out_.form.encoding = csv_.source().encoding();
    out_.form.delimiter = csv_.delimiter();
    return std::move(out_);
  }

 private:
  void note_columns() {
    personal_ = settings_.ids == id_kind::personal ||
                (settings_.ids == id_kind::by_header && header_.says_personal_number());
    monthly_ = header_.monthly();
    out_.ids = personal_ ? id_kind::personal : id_kind::opaque;
    out_.has_birth = personal_ || header_.has(role::birth);
    out_.has_sex = personal_ || header_.has(role::sex);
    out_.start_column = header_.name(monthly_ ? role::period : role::start);
    out_.end_column = header_.name(monthly_ ? role::period : role::end);
    out_.level_column = header_.name(source_role(rule_.source));
    out_.unit_column = header_.name(role::unit);
    out_.death_column = header_.name(header_.has(role::death) ? role::death : role::event);
  }

  /// Reads the first records, after a look at their ids: whatever the column is called, ids that
  /// are personal numbers are read as such.
  void read_beginning() {
    std::vector<kept_record> first;
    std::vector<std::string> ids;
    csv_record record;
    while (first.size() < looked_at && csv_.next(record)) {
      first.emplace_back(record);
      ids.emplace_back(header_.cell(record, role::person));
    }
    if (are_personal_numbers(std::move(ids), settings_.extraction)) {
      personal_ = out_.has_birth = out_.has_sex = true;
      out_.ids = id_kind::personal;
      out_.findings.add(catalogued("I-ID-NUMBERS", -1, header_.name(role::person)));
    }
    for (const auto& kept : first) read_record(kept.record());
  }

  void check_marks(role which, const decimal_marks& marks) {
    if (auto f = marks.fault(csv_.header_row(), header_.name(which))) {
      out_.findings.add(std::move(*f));
    }
    if (marks.seen() != 0) out_.form.decimal = marks.seen();
  }

  // One record.
  void fault(std::string_view code, const csv_record& record, role which,
             std::vector<std::int64_t> related = {}, std::string_view detail = {},
             std::string_view detail_sv = {}) {
    auto f = catalogued(code, record.row, header_.name(which), std::move(related));
    if (!detail.empty()) f.message += " " + std::string(detail);
    if (!detail_sv.empty()) f.message_sv += " " + std::string(detail_sv);
    out_.findings.add(std::move(f));
    record_is_good_ = false;
  }

  std::optional<day_number> date(const csv_record& record, role which) {
    const auto text = header_.cell(record, which);
    if (text.empty()) return {};
    const auto parsed = parse_date(text, settings_.dates);
    if (parsed.fault == date_fault::unknown_format) {
      fault("E-DATE-FORMAT", record, which);
      return {};
    }
    if (parsed.fault == date_fault::no_such_day) {
      fault("E-DATE-INVALID", record, which);
      return {};
    }
    if (parsed.serial) {
      serials_.note(parsed.day, record.row, header_.name(which),
                    which == role::start || which == role::death);
    }
    if (parsed.day < year_1850) {
      fault("E-DATE-RANGE", record, which, {}, "before 1850.", "före 1850.");
      return {};
    }
    return parsed.day;
  }

  template <class Value>
  void state_fact(stated<Value>& fact, std::optional<Value> value, std::string_view code,
                  const csv_record& record, role which) {
    if (!value) return;
    if (!fact.value) {
      fact = {value, record.row};
    } else if (*fact.value != *value) {
      disputed_ = true;
      record_is_good_ = false;
      // Once for each further value, however many rows tell it and in whatever order.
      if (told_.emplace(code, who_, static_cast<std::int64_t>(*value)).second) {
        fault(code, record, which, {fact.row});
      }
    }
  }

  std::int32_t person(std::string_view id, std::int64_t row) {
    const auto [at, added] =
        index_.try_emplace(std::string(id), static_cast<std::int32_t>(out_.persons.size()));
    if (added) {
      out_.persons.emplace_back();
      out_.persons.back().id = std::string(id);
      out_.persons.back().first_row = row;
      if (!personal_ && settings_.ids == id_kind::by_header) ids_.note(id, settings_.extraction);
    }
    return at->second;
  }

  std::int32_t unit(const csv_record& record) {
    const auto name = header_.cell(record, role::unit);
    if (!out_.units.empty() && out_.units[static_cast<std::size_t>(last_unit_)] == name) {
      return last_unit_;
    }
    const auto [at, added] =
        unit_index_.try_emplace(std::string(name), static_cast<std::int32_t>(out_.units.size()));
    if (added) out_.units.emplace_back(name);
    return last_unit_ = at->second;
  }

  std::optional<bool> sex(const csv_record& record) {
    const auto text = header_.cell(record, role::sex);
    if (text.empty()) return {};
    const auto found = sexes_.of(text, sex_of);
    if (!found) fault("E-SEX", record, role::sex);
    return found;
  }

  std::optional<int> level(const csv_record& record) {
    const auto which = source_role(rule_.source);
    if (rule_.source == level_source::hours) {
      const auto hours = hours_marks_.read(header_.cell(record, which));
      if (hours && *hours >= 0 && *hours <= 744) return level_of_hours(rule_, *hours);
      fault("E-HOURS", record, which);
      return {};
    }
    const auto found = levels_.of(header_.cell(record, which), [&](std::string_view code) {
      return level_of_code(rule_, code);
    });
    if (!found) {
      fault("E-STATE-UNKNOWN", record, which);
      unknown_.note(header_.cell(record, which), header_.cell(record, role::person));
    }
    return found;
  }

  /// Hundredths of the file's unit of money; a cost that is no number is a fault.
  std::optional<std::int64_t> cost(const csv_record& record) {
    if (header_.cell(record, role::cost).empty()) return {};
    const auto value = cost_marks_.read(header_.cell(record, role::cost));
    if (value && *value >= 0 && *value < 1e12) return std::llround(*value * 100);
    fault("E-COST", record, role::cost);
    return {};
  }

  struct days {
    std::optional<day_number> start, end;
    bool good = true;  // the end is not at fault
  };

  days when(const csv_record& record, bool death_row) {
    days found;
    if (monthly_) {
      const auto month = month_of(header_.cell(record, role::period));
      if (month) {
        std::tie(found.start, found.end) = *month;
      } else {
        fault("E-PERIOD", record, role::period);
        found.good = false;
      }
      return found;
    }
    const bool was_good = record_is_good_;
    record_is_good_ = true;
    found.start = date(record, role::start);
    if (!found.start && record_is_good_) fault("E-DATE-MISSING", record, role::start);
    const bool start_is_good = record_is_good_;
    record_is_good_ = true;
    if (!death_row) found.end = date(record, role::end);
    found.good = record_is_good_;
    record_is_good_ = was_good && start_is_good && found.good;
    return found;
  }

  void read_record(const csv_record& record) {
    if (report_ && out_.records % 8192 == 0) {
      const auto done = static_cast<std::size_t>(csv_.source().done());
      const auto size = static_cast<std::size_t>(csv_.source().size());
      if (!report_(done, size > 0 ? size : done)) throw interrupted();
    }
    ++out_.records;
    record_is_good_ = true;
    auto id = header_.cell(record, role::person);
    if (id.empty()) {
      fault("E-PERSON", record, role::person);
      return;
    }
    personal_number number;
    if (personal_) {
      number = parse_personal_number(id, settings_.extraction, settings_.century);
      if (number.fault != personal_number_fault::none) {
        number_fault(number.fault, record);
        return;
      }
      if (number.century_in_doubt) also_.century_rows.push_back(record.row);
      id = number.text();
    } else if (may_be_composed(id)) {
      id = composed_id_ = composed(id);
    }
    const auto who = who_ = person(id, record.row);
    if (personal_ && out_.persons[static_cast<std::size_t>(who)].first_row == record.row) {
      also_.numbers.resize(out_.persons.size());
      also_.numbers[static_cast<std::size_t>(who)] = {number.birth, number.male};
    }
    const auto facts = [&]() -> person_facts& {
      return out_.persons[static_cast<std::size_t>(who)];
    };

    const auto happened = header_.has(role::event)
                              ? events_.of(header_.cell(record, role::event), event_of)
                              : event::decision;
    if (happened == event::unknown) fault("E-EVENT", record, role::event);
    const bool death_row = happened == event::death;
    state_fact(facts().birth, date(record, role::birth), "E-BIRTH-DIFF", record, role::birth);
    state_fact(facts().male, sex(record), "E-SEX-DIFF", record, role::sex);
    state_fact(facts().exit, date(record, role::exit), "E-EXIT-DIFF", record, role::exit);
    disputed_ = false;
    state_fact(facts().death, date(record, role::death), "E-DEATH-TWICE", record, role::death);

    const auto found = when(record, death_row);
    const auto start = found.start;
    if (death_row) state_fact(facts().death, start, "E-DEATH-TWICE", record, role::start);
    if (disputed_) facts().death_disputed = true;
    if (death_row) {
      ++out_.deaths;
      if (!record_is_good_) facts().faulty = true;
      return;
    }
    const auto end = found.end && *found.end < year_2099 ? *found.end : until_further_notice;
    if (start && found.good && end < *start) fault("E-INTERVAL-NEG", record, role::end);
    const auto at_level = level(record);
    const auto money = cost(record);
    if (found.good && end == until_further_notice && !settings_.extraction) {
      fault("E-EXTRACTION-DATE", record, role::end);
    }
    if (!record_is_good_) {
      facts().faulty = true;
      return;
    }
    const auto decision = header_.cell(record, role::decision);
    const auto said =
        meaning_.of(record, {*start, end, *at_level, money.value_or(-1)}, !decision.empty());
    if (!decision.empty()) {
      const auto name = may_be_composed(decision) ? composed(decision) : std::string(decision);
      also_.ids.push_back({digest(name), digest(name, 1), record.row, who, said});
    }
    if (*at_level == level_rule::left_out) {
      ++out_.left_out;
      also_.aside.push_back({who, *start, record.row});
      return;
    }
    if (settings_.short_stay_days > 0 && end != until_further_notice &&
        end - *start < settings_.short_stay_days &&
        rule_.short_stays.contains(header_key(header_.cell(record, source_role(rule_.source))))) {
      ++out_.short_stays;
      also_.aside.push_back({who, *start, record.row});
      return;
    }
    out_.rows.push_back(
        {who, *start, end, *at_level, record.row, said, money.value_or(-1), unit(record)});
  }

  void number_fault(personal_number_fault why, const csv_record& record) {
    auto f = catalogued(code_of(why), record.row, header_.name(role::person));
    if (why == personal_number_fault::reference) {
      f.message = "the personal number has no century, and no extraction date was given.";
      f.message_sv = "personnumret saknar sekel, och inget uttagsdatum har angetts.";
    }
    out_.findings.add(std::move(f));
    record_is_good_ = false;
  }

  day_number year_1850 = to_day({1850, 1, 1}), year_2099 = to_day({2099, 1, 1});
  csv_reader csv_;
  const level_rule& rule_;
  const decision_settings& settings_;
  const progress& report_;
  decision_file out_;
  told_by_rows also_;
  decision_header header_;
  std::unordered_map<std::string, std::int32_t> index_;
  bool personal_ = false;
  vocabulary<std::optional<int>> levels_;
  vocabulary<std::optional<bool>> sexes_;
  vocabulary<event> events_;
  decimal_marks hours_marks_, cost_marks_;
  record_meaning meaning_{header_};
  id_forms ids_;
  std::string composed_id_;
  bool monthly_ = false;  // a row says what was in force in a month
  unknown_codes unknown_;
  std::unordered_map<std::string, std::int32_t> unit_index_;
  std::int32_t last_unit_ = 0;
  std::set<std::tuple<std::string_view, std::int32_t, std::int64_t>> told_;  // disputed facts
  std::int32_t who_ = -1;
  bool record_is_good_ = true, disputed_ = false;
  date_serials serials_;
};

}  // namespace

decision_file read_rows(encoded_text text, const std::string& file, const level_rule& rule,
                        const decision_settings& settings, const progress& report) {
  return row_reader(std::move(text), file, rule, settings, report).read();
}

}  // namespace kohort::detail
