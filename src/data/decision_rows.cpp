#include <algorithm>
#include <array>
#include <cmath>
#include <set>
#include <tuple>
#include <unordered_map>

#include <kohort/data/detail/catalogue.hpp>
#include <kohort/data/detail/decision_rows.hpp>
#include <kohort/data/detail/digest.hpp>
#include <kohort/data/detail/plain_words.hpp>
#include <kohort/data/numbers.hpp>
#include <kohort/data/personal_number.hpp>

namespace kohort::detail {

namespace {

constexpr std::size_t absent = static_cast<std::size_t>(-1);

/// The columns, in the order of `decision_columns`.
enum class role : std::uint8_t {
  person,
  decision,
  start,
  end,
  level,
  support,
  hours,
  event,
  death,
  exit,
  sex,
  birth,
  period,
  cost,
  unit
};
constexpr std::size_t roles = 15;

std::string_view name_of(role which) {
  return decision_columns()[static_cast<std::size_t>(which)].first;
}

role source_role(level_source source) {
  switch (source) {
    case level_source::support:
      return role::support;
    case level_source::hours:
      return role::hours;
    default:
      return role::level;
  }
}

/// What few words of a file mean, each looked up once.
template <class Meaning>
class vocabulary {
 public:
  template <class LookUp>
  const Meaning& of(std::string_view word, const LookUp& look_up) {
    if (const auto at = known_.find(word); at != known_.end()) return at->second;
    if (known_.size() == most) known_.clear();  // these are no codes
    return known_.emplace(std::string(word), look_up(word)).first->second;
  }

 private:
  static constexpr std::size_t most = 4096;
  struct by_text {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return static_cast<std::size_t>(digest(text));
    }
  };
  std::unordered_map<std::string, Meaning, by_text, std::equal_to<>> known_;
};

/// The decimal marks that the numbers of a column were seen with.
struct marks {
  bool comma = false, point = false;
};

enum class event : std::uint8_t { decision, death, unknown };

event event_of(std::string_view word) {
  const auto key = header_key(word);
  for (const auto* death : {"dod", "death", "dead", "avliden", "dodsfall"}) {
    if (key == death) return event::death;
  }
  return key.empty() || key == "beslut" || key == "decision" ? event::decision : event::unknown;
}

std::optional<bool> sex_of(std::string_view word) {
  const auto key = header_key(word);
  for (const auto* man : {"m", "man", "male", "men", "1"}) {
    if (key == man) return true;
  }
  for (const auto* woman : {"k", "kvinna", "f", "female", "woman", "w", "2"}) {
    if (key == woman) return false;
  }
  return {};
}

/// The first and the last day of a month such as 202401 or 2024-01.
std::optional<std::pair<day_number, day_number>> month_of(std::string_view text) {
  const auto year = text.substr(0, std::min<std::size_t>(text.size(), 4));
  auto month = text.substr(year.size());
  if (month.starts_with('-')) month.remove_prefix(1);
  const auto digits = [](std::string_view part) {
    return std::all_of(part.begin(), part.end(), [](char c) { return c >= '0' && c <= '9'; });
  };
  if (year.size() != 4 || month.size() != 2 || !digits(year) || !digits(month)) return {};
  const int y = std::stoi(std::string(year)), m = std::stoi(std::string(month));
  if (y < 1850 || m < 1 || m > 12) return {};
  const auto first = to_day({y, m, 1});
  const auto next = m == 12 ? to_day({y + 1, 1, 1}) : to_day({y, m + 1, 1});
  return std::pair{first, next - 1};
}

std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

class row_reader {
 public:
  row_reader(encoded_text text, const std::string& file, const level_rule& rule,
             const decision_settings& settings, const progress& report)
      : csv_(std::move(text), file, settings.csv),
        rule_(rule),
        settings_(settings),
        report_(report) {
    where_.fill(absent);
  }

  decision_file read() {
    if (find_columns()) {
      csv_record record;
      while (csv_.next(record)) {
        if (report_ && out_.records % 8192 == 0) {
          const auto done = static_cast<std::size_t>(csv_.source().done());
          const auto size = static_cast<std::size_t>(csv_.source().size());
          if (!report_(done, size > 0 ? size : done)) throw interrupted();
        }
        read_record(record);
      }
      ask_numbers();
      list_unknown_codes();
      check_persons();
      check_serials();
      check_marks(role::hours, hours_marks_);
      check_marks(role::cost, cost_marks_);
      settle_extraction();
      sort_persons();
      drop_copies();
      check_ids();
      drop_future();
      hide_small_units();
      if (has(role::cost)) add_costs();
    }
    for (const auto& f : csv_.findings()) out_.findings.keep(f);
    out_.form.encoding = csv_.source().encoding();
    out_.form.delimiter = csv_.delimiter();
    return std::move(out_);
  }

 private:
  static constexpr std::size_t shown_from = 5;      // people who have a value before it is shown
  static constexpr std::size_t most_unknown = 200;  // more, and the column is another one

  struct unknown_code {
    std::string shown;
    std::int64_t rows = 0;
    std::set<std::string> persons;
  };

  // Where things stand.
  std::size_t column(role which) const { return where_[static_cast<std::size_t>(which)]; }
  bool has(role which) const { return column(which) != absent; }

  /// As it may be shown: a header whose words are known, else the column's place.
  std::string column_name(role which) const {
    return has(which) ? shown_header(csv_.header()[column(which)], column(which) + 1)
                      : std::string(name_of(which));
  }

  std::string_view cell(const csv_record& record, role which) const {
    const auto at = column(which);
    return at == absent ? std::string_view{} : record.fields[at];
  }

  /// Only heads that kohort knows are repeated: a file without a header line has a person there.
  void header_fault(const std::string& detail, const std::string& detail_sv) {
    std::vector<std::string> known;
    for (const auto& head : csv_.header()) {
      for (const auto& [role, names] : decision_columns()) {
        for (const auto name : names) {
          if (header_key(name) == header_key(head)) known.emplace_back(name);
        }
      }
    }
    const auto all = std::to_string(csv_.header().size());
    auto f = catalogued("E-HEADER", csv_.header_row());
    f.message += " " + detail + " Of the " + all + " columns these are known: " +
                 (known.empty() ? "none; is there a header line?" : listed(known) + ".");
    f.message_sv += " " + detail_sv + " Av de " + all + " kolumnerna känns dessa igen: " +
                    (known.empty() ? "ingen; finns det en rubrikrad?" : listed(known) + ".");
    out_.findings.add(std::move(f));
  }

  /// Whether what stands for the header is the first person's row; then that is said, once.
  bool header_is_missing(const std::vector<role>& needed) {
    const auto& header = csv_.header();
    const auto known =
        std::count_if(where_.begin(), where_.end(), [](std::size_t at) { return at != absent; });
    const auto data = std::count_if(header.begin(), header.end(), looks_like_data);
    if (data == 0 || 2 * known >= static_cast<std::ptrdiff_t>(header.size()) ||
        std::all_of(needed.begin(), needed.end(), [&](role which) { return has(which); })) {
      return false;
    }
    auto f = catalogued("E-HEADER-MISSING", csv_.header_row());
    const auto all = std::to_string(header.size()), those = std::to_string(data);
    f.message += " " + those + " of its " + all + " cells are dates or numbers.";
    f.message_sv += " " + those + " av dess " + all + " celler är datum eller tal.";
    out_.findings.add(std::move(f));
    return true;
  }

  bool find_columns() {
    const auto& header = csv_.header();
    if (header.empty()) return false;
    std::vector<std::string> heads;
    for (const auto& head : header) heads.push_back(header_key(head));
    std::size_t number = 0;
    std::array<bool, roles> told{};  // what is wrong with it
    for (const auto& [name, names] : decision_columns()) {
      auto& where = where_[number];
      auto& is_told = told[number++];
      const auto declared = settings_.columns.find(std::string(name));
      std::vector<std::string> keys;
      if (declared != settings_.columns.end()) {
        keys.push_back(header_key(declared->second));
      } else {
        for (const auto known : names) keys.push_back(header_key(known));
      }
      std::vector<std::size_t> found;
      for (std::size_t i = 0; i < header.size(); ++i) {
        if (std::find(keys.begin(), keys.end(), heads[i]) != keys.end()) found.push_back(i);
      }
      const std::string r(name);
      if (r == "unit" && found.size() > 1) found.resize(1);  // any division will do
      if (found.size() > 1) {
        std::string both;
        for (const auto i : found) {
          both += (both.empty() ? "" : ", ") + shown_header(header[i], i + 1);
        }
        header_fault("'" + r + "' could be any of " + both + ".",
                     "'" + r + "' kan vara någon av " + both + ".");
        is_told = true;
      } else if (found.size() == 1) {
        where = found.front();
      } else if (declared != settings_.columns.end()) {
        const bool plain = plain_words(declared->second);
        const auto& name_of_it = declared->second;
        header_fault("there is no " + (plain ? "'" + name_of_it + "'" : "column") +
                         " of the name declared to be '" + r + "'.",
                     (plain ? "'" + name_of_it + "'" : "kolumnen") + " som har angetts som '" + r +
                         "' finns inte.");
        is_told = true;
      }
    }
    std::vector<role> needed{role::person, source_role(rule_.source)};
    // A month says when as well as a start and an end do, which go before it.
    if (!has(role::period) || has(role::start) || has(role::end)) {
      needed.push_back(role::start);
      needed.push_back(role::end);
    }
    if (header_is_missing(needed)) return false;
    for (const auto which : needed) {
      auto& is_told = told[static_cast<std::size_t>(which)];
      if (has(which) || is_told) continue;
      const std::string r(name_of(which));
      header_fault("no column is known to be '" + r + "'.",
                   "ingen kolumn känns igen som '" + r + "'.");
      is_told = true;
    }
    const auto person_head = header_key(column_name(role::person));
    personal_ =
        settings_.ids == id_kind::personal ||
        (settings_.ids == id_kind::by_header &&
         (person_head == "personnummer" || person_head == "personnr" || person_head == "pnr"));
    out_.ids = personal_ ? id_kind::personal : id_kind::opaque;
    monthly_ = has(role::period) && !has(role::start);
    out_.has_birth = personal_ || has(role::birth);
    out_.has_sex = personal_ || has(role::sex);
    out_.start_column = column_name(monthly_ ? role::period : role::start);
    out_.end_column = column_name(monthly_ ? role::period : role::end);
    out_.level_column = column_name(source_role(rule_.source));
    out_.unit_column = column_name(role::unit);
    out_.death_column = column_name(has(role::death) ? role::death : role::event);
    return std::none_of(told.begin(), told.end(), [](bool one) { return one; });
  }

  /// Numbers of one column may not have both marks, unless one is declared.
  void check_marks(role which, const marks& seen) {
    if (seen.comma && seen.point) {
      auto f = catalogued("E-DIALECT", csv_.header_row(), column_name(which));
      f.message += " it has numbers with a comma and numbers with a point.";
      f.message_sv += " det finns tal med komma och tal med punkt.";
      out_.findings.add(std::move(f));
    }
    if (seen.comma || seen.point) out_.form.decimal = seen.point ? '.' : ',';
  }

  // One record.
  void fault(std::string_view code, const csv_record& record, role which,
             std::vector<std::int64_t> related = {}, std::string_view detail = {},
             std::string_view detail_sv = {}) {
    auto f = catalogued(code, record.row, column_name(which), std::move(related));
    if (!detail.empty()) f.message += " " + std::string(detail);
    if (!detail_sv.empty()) f.message_sv += " " + std::string(detail_sv);
    out_.findings.add(std::move(f));
    record_is_good_ = false;
  }

  std::optional<day_number> date(const csv_record& record, role which) {
    const auto text = cell(record, which);
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
      ++serials_;
      if (first_serial_ < 0) {
        first_serial_ = record.row;
        serial_column_ = column_name(which);
      }
      if (which == role::start || which == role::death) {
        last_serial_ = std::max(last_serial_, parsed.day);
      }
    }
    if (parsed.day < year_1850) {
      fault("E-DATE-RANGE", record, which, {}, "before 1850.", "före 1850.");
      return {};
    }
    return parsed.day;
  }

  std::optional<double> number(const csv_record& record, role which, marks& seen) {
    const auto text = cell(record, which);
    const char declared = settings_.csv.decimal;
    const char mark = declared != 0                              ? declared
                      : text.find(',') != std::string_view::npos ? ','
                                                                 : '.';
    const auto value = parse_number(text, mark);
    if (value && text.find(mark) != std::string_view::npos) {
      (mark == ',' ? seen.comma : seen.point) = true;
    }
    return value;
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
    }
    return at->second;
  }

  std::int32_t unit(const csv_record& record) {
    const auto name = cell(record, role::unit);
    if (!out_.units.empty() && out_.units[static_cast<std::size_t>(last_unit_)] == name) {
      return last_unit_;
    }
    const auto [at, added] =
        unit_index_.try_emplace(std::string(name), static_cast<std::int32_t>(out_.units.size()));
    if (added) out_.units.emplace_back(name);
    return last_unit_ = at->second;
  }

  /// Names of units that few persons have, or that are no names, could be persons': they become
  /// one, called "...".
  void hide_small_units() {
    if (!has(role::unit)) return;
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

  std::optional<bool> sex(const csv_record& record) {
    const auto text = cell(record, role::sex);
    if (text.empty()) return {};
    const auto found = sexes_.of(text, sex_of);
    if (!found) fault("E-SEX", record, role::sex);
    return found;
  }

  std::optional<int> level(const csv_record& record) {
    const auto which = source_role(rule_.source);
    if (rule_.source == level_source::hours) {
      const auto hours = number(record, which, hours_marks_);
      if (hours && *hours >= 0 && *hours <= 744) return level_of_hours(rule_, *hours);
      fault("E-HOURS", record, which);
      return {};
    }
    const auto found = levels_.of(
        cell(record, which), [&](std::string_view code) { return level_of_code(rule_, code); });
    if (!found) {
      fault("E-STATE-UNKNOWN", record, which);
      note_unknown(cell(record, which), cell(record, role::person));
    }
    return found;
  }

  /// Hundredths of the file's unit of money; a cost that is no number is a fault.
  std::optional<std::int64_t> cost(const csv_record& record) {
    if (cell(record, role::cost).empty()) return {};
    const auto value = number(record, role::cost, cost_marks_);
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
      const auto month = month_of(cell(record, role::period));
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

  /// Values that the rule does not know, to be listed if enough people have them.
  void note_unknown(std::string_view value, std::string_view person) {
    auto key = header_key(value);
    if (unknown_.size() >= most_unknown && !unknown_.contains(key)) return;
    auto& seen = unknown_[std::move(key)];
    if (seen.rows++ == 0 || value < seen.shown) seen.shown = std::string(value);
    if (seen.persons.size() < shown_from) seen.persons.insert(std::string(person));
  }

  /// A value that many people share is a code, no text about one of them, and can be shown.
  static bool may_be_shown(const unknown_code& seen) {
    return seen.persons.size() >= shown_from && !seen.shown.empty() && can_be_a_name(seen.shown);
  }

  /// Short enough for a code or a unit, and no personal number.
  static bool can_be_a_name(std::string_view text) {
    return text.size() <= 60 &&
           std::count_if(text.begin(), text.end(), [](char c) { return '0' <= c && c <= '9'; }) < 6;
  }

  void list_unknown_codes() {
    if (unknown_.empty() || unknown_.size() >= most_unknown) return;
    std::vector<const unknown_code*> shown;
    for (const auto& [key, seen] : unknown_) {
      if (may_be_shown(seen)) shown.push_back(&seen);
    }
    if (shown.empty()) return;
    std::stable_sort(shown.begin(), shown.end(),
                     [](const auto* a, const auto* b) { return a->rows > b->rows; });
    std::string list, list_sv;
    for (const auto* seen : shown) {
      const auto times = std::to_string(seen->rows);
      list += (list.empty() ? "'" : ", '") + seen->shown + "' (" + times + " rows)";
      list_sv += (list_sv.empty() ? "'" : ", '") + seen->shown + "' (" + times + " rader)";
    }
    auto f = catalogued("E-STATE-UNKNOWN", -1, column_name(source_role(rule_.source)), {},
                        static_cast<std::int64_t>(unknown_.size()));
    f.message = "the level rule does not know these values: " + list + ".";
    f.message_sv = "nivåregeln känner inte till dessa värden: " + list_sv + ".";
    if (const auto rest = unknown_.size() - shown.size(); rest > 0) {
      f.message += " " + std::to_string(rest) + " more, that few people have, are not shown here.";
      f.message_sv += " " + std::to_string(rest) + " till, som få personer har, visas inte här.";
    }
    out_.findings.add(std::move(f));
  }

  void read_record(const csv_record& record) {
    ++out_.records;
    record_is_good_ = true;
    auto id = cell(record, role::person);
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
      if (number.century_in_doubt) century_rows_.push_back(record.row);
      id = number.text();
    }
    const auto who = who_ = person(id, record.row);
    if (personal_ && out_.persons[static_cast<std::size_t>(who)].first_row == record.row) {
      told_by_number_.resize(out_.persons.size());
      told_by_number_[static_cast<std::size_t>(who)] = {number.birth, number.male};
    }
    const auto facts = [&]() -> person_facts& {
      return out_.persons[static_cast<std::size_t>(who)];
    };

    const auto happened =
        has(role::event) ? events_.of(cell(record, role::event), event_of) : event::decision;
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
    if (*at_level == level_rule::left_out) {
      ++out_.left_out;
      return;
    }
    if (settings_.short_stay_days > 0 && end != until_further_notice &&
        end - *start < settings_.short_stay_days &&
        rule_.short_stays.contains(header_key(cell(record, source_role(rule_.source))))) {
      ++out_.short_stays;
      return;
    }
    const auto text = digest(record.text);
    out_.rows.push_back(
        {who, *start, end, *at_level, record.row, text, money.value_or(-1), unit(record)});
    if (const auto decision = cell(record, role::decision); !decision.empty()) {
      ids_.push_back({digest(decision), digest(decision, 1), record.row, text});
    }
  }

  void number_fault(personal_number_fault why, const csv_record& record) {
    auto f = catalogued(code_of(why), record.row, column_name(role::person));
    if (why == personal_number_fault::reference) {
      f.message = "the personal number has no century, and no extraction date was given.";
      f.message_sv = "personnumret saknar sekel, och inget uttagsdatum har angetts.";
    }
    out_.findings.add(std::move(f));
    record_is_good_ = false;
  }

  // The file as a whole.
  /// What the numbers say of birth and sex, where no column of its own does.
  void ask_numbers() {
    std::vector<std::int64_t> shifted;
    for (std::size_t i = 0; i < told_by_number_.size(); ++i) {
      auto& who = out_.persons[i];
      const auto& [birth, male] = told_by_number_[i];
      if (who.birth.value && *who.birth.value != birth) shifted.push_back(who.birth.row);
      if (!who.birth.value) who.birth = {birth, who.first_row};
      if (!who.male.value) who.male = {male, who.first_row};
    }
    count_rows("W-BIRTH-DIFF", role::birth, std::move(shifted));
    count_rows("W-CENTURY", role::person, std::move(century_rows_));
  }

  void count_rows(std::string_view code, role which, std::vector<std::int64_t> rows) {
    if (rows.empty()) return;
    std::sort(rows.begin(), rows.end());
    const auto count = static_cast<std::int64_t>(rows.size());
    out_.findings.add(
        catalogued(code, rows.front(), column_name(which), {rows.begin() + 1, rows.end()}, count));
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
    for (std::size_t i = 0; i < out_.persons.size(); ++i) {
      auto& who = out_.persons[i];
      if (who.faulty) continue;  // whose facts may be missing for that reason
      if (out_.has_birth && !who.birth.value) {
        person_fault(who, "E-DATE-MISSING", who.first_row, column_name(role::birth));
      }
      if (out_.has_sex && !who.male.value) {
        person_fault(who, "E-SEX", who.first_row, column_name(role::sex));
      }
      if (who.birth.value && first[i] != until_further_notice && *who.birth.value > first[i]) {
        person_fault(who, "E-DATE-RANGE", who.birth.row, column_name(role::birth),
                     "a birth after the first decision.", "födelse efter första beslutet.");
      }
      if (who.death.value && settings_.extraction && *who.death.value > *settings_.extraction) {
        person_fault(who, "E-DATE-RANGE", who.death.row, out_.death_column,
                     "a death after the extraction date.", "dödsfall efter uttagsdatumet.");
      }
    }
  }

  /// Excel serials can be told from those of the 1904 system if the latter would be later than the
  /// extract itself.
  void check_serials() {
    if (serials_ == 0) return;
    const bool known =
        settings_.extraction && last_serial_ + excel_systems_apart > *settings_.extraction;
    auto f = catalogued(known ? "I-DATE-SERIAL" : "E-DATE-FORMAT", known ? -1 : first_serial_,
                        serial_column_, {}, serials_);
    if (!known) {
      f.message = "dates are numbers that may be Excel's of 1900 or of 1904.";
      f.message_sv = "datum är tal som kan vara Excels från 1900 eller från 1904.";
      f.remedy = "Declare date_format=\"excel_1900\" or \"excel_1904\".";
      f.remedy_sv = "Ange date_format=\"excel_1900\" eller \"excel_1904\".";
    }
    out_.findings.add(std::move(f));
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
      return std::tie(a.person, a.start, a.end, a.level, a.text, a.row) <
             std::tie(b.person, b.start, b.end, b.level, b.text, b.row);
    });
  }

  void drop_copies() {
    std::vector<std::int64_t> copies;
    const auto kept = std::unique(out_.rows.begin(), out_.rows.end(),
                                  [&](const decision_row& a, const decision_row& b) {
                                    const bool same = a.person == b.person && a.text == b.text;
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
    std::sort(ids_.begin(), ids_.end(), [](const id_row& a, const id_row& b) {
      return std::tie(a.id, a.more, a.row) < std::tie(b.id, b.more, b.row);
    });
    for (std::size_t i = 0, first = 0; i < ids_.size(); ++i) {
      if (ids_[i].id != ids_[first].id || ids_[i].more != ids_[first].more) first = i;
      if (i == first || ids_[i].text == ids_[first].text) continue;
      out_.findings.add(
          catalogued("E-DUP-ID", ids_[i].row, column_name(role::decision), {ids_[first].row}));
    }
    std::vector<id_row>().swap(ids_);
  }

  void drop_future() {
    if (!out_.extraction) return;
    const auto kept =
        std::remove_if(out_.rows.begin(), out_.rows.end(),
                       [&](const decision_row& row) { return row.start > *out_.extraction; });
    out_.future = out_.rows.end() - kept;
    out_.rows.erase(kept, out_.rows.end());
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

  struct id_row {
    std::uint64_t id, more;  // 128 bits that tell ids apart
    std::int64_t row;
    std::uint64_t text;
  };

  day_number year_1850 = to_day({1850, 1, 1}), year_2099 = to_day({2099, 1, 1});
  csv_reader csv_;
  const level_rule& rule_;
  const decision_settings& settings_;
  const progress& report_;
  decision_file out_;
  std::array<std::size_t, roles> where_{};
  std::unordered_map<std::string, std::int32_t> index_;
  bool personal_ = false;
  std::vector<std::pair<day_number, bool>> told_by_number_;  // birth and male, of each person
  std::vector<std::int64_t> century_rows_;
  std::vector<id_row> ids_;
  vocabulary<std::optional<int>> levels_;
  vocabulary<std::optional<bool>> sexes_;
  vocabulary<event> events_;
  marks hours_marks_, cost_marks_;
  bool monthly_ = false;  // a row says what was in force in a month
  std::map<std::string, unknown_code> unknown_;
  std::unordered_map<std::string, std::int32_t> unit_index_;
  std::int32_t last_unit_ = 0;
  std::set<std::tuple<std::string_view, std::int32_t, std::int64_t>> told_;  // disputed facts
  std::int32_t who_ = -1;
  bool record_is_good_ = true, disputed_ = false;
  std::int64_t serials_ = 0, first_serial_ = -1;
  std::string serial_column_;
  day_number last_serial_ = std::numeric_limits<day_number>::min() / 2;
};

}  // namespace

decision_file read_rows(encoded_text text, const std::string& file, const level_rule& rule,
                        const decision_settings& settings, const progress& report) {
  return row_reader(std::move(text), file, rule, settings, report).read();
}

}  // namespace kohort::detail
