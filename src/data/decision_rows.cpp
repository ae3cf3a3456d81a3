#include <algorithm>
#include <array>
#include <tuple>
#include <unordered_map>

#include <kohort/data/detail/catalogue.hpp>
#include <kohort/data/detail/decision_rows.hpp>
#include <kohort/data/numbers.hpp>
#include <kohort/data/personal_number.hpp>

namespace kohort::detail {

namespace {

constexpr std::size_t absent = static_cast<std::size_t>(-1);

std::string_view source_role(level_source source) {
  switch (source) {
    case level_source::support:
      return "support";
    case level_source::hours:
      return "hours";
    default:
      return "level";
  }
}

std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

class row_reader {
 public:
  row_reader(std::string_view bytes, const std::string& file, const level_rule& rule,
             const decision_settings& settings, const progress& report)
      : csv_(bytes, file, settings.csv),
        rule_(rule),
        settings_(settings),
        report_(report),
        begin_(bytes.data()),
        size_(bytes.size()) {}

  decision_file read() {
    if (find_columns()) {
      find_decimal_mark();
      csv_record record;
      while (csv_.next(record)) {
        if (report_ && out_.records % 8192 == 0 &&
            !report_(static_cast<std::size_t>(record.text.data() - begin_), size_)) {
          throw interrupted();
        }
        read_record(record);
      }
      ask_numbers();
      check_persons();
      check_serials();
      settle_extraction();
      sort_persons();
      drop_copies();
      check_ids();
      drop_future();
    }
    const auto& text_faults = csv_.findings();
    out_.findings.insert(out_.findings.end(), text_faults.begin(), text_faults.end());
    return std::move(out_);
  }

 private:
  // Where things stand.
  std::size_t column(std::string_view role) const {
    const auto at = where_.find(std::string(role));
    return at == where_.end() ? absent : at->second;
  }

  std::string column_name(std::string_view role) const {
    const auto at = column(role);
    return at == absent ? std::string(role) : csv_.header()[at];
  }

  static std::string_view cell(const csv_record& record, std::size_t at) {
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
    auto f = catalogued("E-HEADER", 1);
    f.message += " " + detail + " Of the " + all + " columns these are known: " +
                 (known.empty() ? "none; is there a header line?" : listed(known) + ".");
    f.message_sv += " " + detail_sv + " Av de " + all + " kolumnerna känns dessa igen: " +
                    (known.empty() ? "ingen; finns det en rubrikrad?" : listed(known) + ".");
    out_.findings.push_back(std::move(f));
  }

  bool find_columns() {
    const auto& header = csv_.header();
    if (header.empty()) return false;
    bool good = true;
    const auto needed = [&](std::string_view role) {
      return role == "person" || role == "start" || role == "end" ||
             role == source_role(rule_.source);
    };
    for (const auto& [role, names] : decision_columns()) {
      const auto declared = settings_.columns.find(std::string(role));
      std::vector<std::string> keys;
      if (declared != settings_.columns.end()) {
        keys.push_back(header_key(declared->second));
      } else {
        for (const auto name : names) keys.push_back(header_key(name));
      }
      std::vector<std::size_t> found;
      for (std::size_t i = 0; i < header.size(); ++i) {
        if (std::find(keys.begin(), keys.end(), header_key(header[i])) != keys.end()) {
          found.push_back(i);
        }
      }
      const std::string r(role);
      if (found.size() > 1) {
        std::string both;
        for (const auto i : found) both += (both.empty() ? "" : ", ") + header[i];
        header_fault("'" + r + "' could be any of " + both + ".",
                     "'" + r + "' kan vara någon av " + both + ".");
        good = false;
      } else if (found.size() == 1) {
        where_[r] = found.front();
      } else if (declared != settings_.columns.end()) {
        header_fault("there is no '" + declared->second + "', declared to be '" + r + "'.",
                     "'" + declared->second + "' finns inte, men har angetts som '" + r + "'.");
        good = false;
      } else if (needed(role)) {
        header_fault("no column is known to be '" + r + "'.",
                     "ingen kolumn känns igen som '" + r + "'.");
        good = false;
      }
    }
    const auto person_head = header_key(column_name("person"));
    personal_ =
        settings_.ids == id_kind::personal ||
        (settings_.ids == id_kind::by_header &&
         (person_head == "personnummer" || person_head == "personnr" || person_head == "pnr"));
    out_.ids = personal_ ? id_kind::personal : id_kind::opaque;
    out_.has_birth = personal_ || column("birth") != absent;
    out_.has_sex = personal_ || column("sex") != absent;
    out_.start_column = column_name("start");
    out_.end_column = column_name("end");
    out_.level_column = column_name(source_role(rule_.source));
    out_.death_column = column_name(column("death") == absent ? "event" : "death");
    return good;
  }

  /// The decimal mark of the hours, from a pass over that column if it is not declared.
  void find_decimal_mark() {
    decimal_ = settings_.csv.decimal;
    if (decimal_ != 0 || rule_.source != level_source::hours) return;
    auto pass = csv_;
    csv_record record;
    bool comma = false, point = false;
    while (pass.next(record)) {
      const char mark = decimal_mark(cell(record, column("hours")));
      comma = comma || mark == ',';
      point = point || mark == '.';
    }
    if (comma && point) {
      auto f = catalogued("E-DIALECT", 1, column_name("hours"));
      f.message += " it has numbers with a comma and numbers with a point.";
      f.message_sv += " det finns tal med komma och tal med punkt.";
      out_.findings.push_back(std::move(f));
    }
    decimal_ = point ? '.' : ',';
  }

  // One record.
  void fault(std::string_view code, const csv_record& record, std::string_view role,
             std::vector<std::int64_t> related = {}) {
    auto f = catalogued(code, record.row, role.empty() ? std::string() : column_name(role),
                        std::move(related));
    out_.findings.push_back(std::move(f));
    record_is_good_ = false;
  }

  std::optional<day_number> date(const csv_record& record, std::string_view role) {
    const auto text = cell(record, column(role));
    if (text.empty()) return {};
    const auto parsed = parse_date(text, settings_.dates);
    if (parsed.fault == date_fault::unknown_format) {
      fault("E-DATE-FORMAT", record, role);
      return {};
    }
    if (parsed.fault == date_fault::no_such_day) {
      fault("E-DATE-INVALID", record, role);
      return {};
    }
    if (parsed.serial) {
      ++serials_;
      if (first_serial_ < 0) {
        first_serial_ = record.row;
        serial_column_ = column_name(role);
      }
      if (role == "start" || role == "death") last_serial_ = std::max(last_serial_, parsed.day);
    }
    if (to_civil(parsed.day).year < 1850) {
      fault("E-DATE-RANGE", record, role);
      out_.findings.back().message += " before 1850.";
      out_.findings.back().message_sv += " före 1850.";
      return {};
    }
    return parsed.day;
  }

  template <class Value>
  void state_fact(stated<Value>& fact, std::optional<Value> value, std::string_view code,
                  const csv_record& record, std::string_view role) {
    if (!value) return;
    if (!fact.value) {
      fact = {value, record.row};
    } else if (*fact.value != *value) {
      fault(code, record, role, {fact.row});
      disputed_ = true;
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

  std::optional<bool> sex(const csv_record& record) {
    const auto text = cell(record, column("sex"));
    if (text.empty()) return {};
    const auto key = header_key(text);
    for (const auto* word : {"m", "man", "male", "men", "1"}) {
      if (key == word) return true;
    }
    for (const auto* word : {"k", "kvinna", "f", "female", "woman", "w", "2"}) {
      if (key == word) return false;
    }
    fault("E-SEX", record, "sex");
    return {};
  }

  std::optional<int> level(const csv_record& record) {
    if (rule_.source == level_source::hours) {
      const auto hours = parse_number(cell(record, column("hours")), decimal_);
      if (hours && *hours >= 0 && *hours <= 744) return level_of_hours(rule_, *hours);
      fault("E-HOURS", record, "hours");
      return {};
    }
    const auto role = source_role(rule_.source);
    const auto found = level_of_code(rule_, cell(record, column(role)));
    if (!found) fault("E-STATE-UNKNOWN", record, role);
    return found;
  }

  void read_record(const csv_record& record) {
    ++out_.records;
    record_is_good_ = true;
    auto id = cell(record, column("person"));
    if (id.empty()) {
      fault("E-PERSON", record, "person");
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
    const auto who = person(id, record.row);
    if (personal_ && out_.persons[static_cast<std::size_t>(who)].first_row == record.row) {
      told_by_number_.resize(out_.persons.size());
      told_by_number_[static_cast<std::size_t>(who)] = {number.birth, number.male};
    }
    const auto facts = [&]() -> person_facts& {
      return out_.persons[static_cast<std::size_t>(who)];
    };

    bool death_row = false;
    if (const auto at = column("event"); at != absent) {
      const auto key = header_key(cell(record, at));
      death_row =
          key == "dod" || key == "death" || key == "dead" || key == "avliden" || key == "dodsfall";
      if (!death_row && !key.empty() && key != "beslut" && key != "decision") {
        fault("E-EVENT", record, "event");
      }
    }
    state_fact(facts().birth, date(record, "birth"), "E-BIRTH-DIFF", record, "birth");
    state_fact(facts().male, sex(record), "E-SEX-DIFF", record, "sex");
    state_fact(facts().exit, date(record, "exit"), "E-EXIT-DIFF", record, "exit");
    disputed_ = false;
    state_fact(facts().death, date(record, "death"), "E-DEATH-TWICE", record, "death");

    const auto before = out_.findings.size();
    auto start = date(record, "start");
    if (!start && out_.findings.size() == before) fault("E-DATE-MISSING", record, "start");
    if (death_row) {
      state_fact(facts().death, start, "E-DEATH-TWICE", record, "start");
    }
    if (disputed_) facts().death_disputed = true;
    if (death_row) {
      if (!record_is_good_) facts().faulty = true;
      return;
    }
    const auto before_end = out_.findings.size();
    auto end = date(record, "end");
    const bool end_is_good = out_.findings.size() == before_end;
    if (!end || to_civil(*end).year >= 2099) end = until_further_notice;
    if (start && end_is_good && *end < *start) fault("E-INTERVAL-NEG", record, "end");
    const auto at_level = level(record);
    if (end_is_good && *end == until_further_notice && !settings_.extraction) {
      fault("E-EXTRACTION-DATE", record, "end");
    }
    if (!record_is_good_) {
      facts().faulty = true;
      return;
    }
    if (*at_level == level_rule::left_out) {
      ++out_.left_out;
      return;
    }
    out_.rows.push_back({who, *start, *end, *at_level, record.row, record.text});
    if (const auto at = column("decision"); at != absent && !record.fields[at].empty()) {
      ids_.push_back({std::string(record.fields[at]), record.row, record.text});
    }
  }

  void number_fault(personal_number_fault why, const csv_record& record) {
    fault(code_of(why), record, "person");
    if (why != personal_number_fault::reference) return;
    out_.findings.back().message =
        "the personal number has no century, and no extraction date was given.";
    out_.findings.back().message_sv =
        "personnumret saknar sekel, och inget uttagsdatum har angetts.";
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
    count_rows("W-BIRTH-DIFF", "birth", std::move(shifted));
    count_rows("W-CENTURY", "person", std::move(century_rows_));
  }

  void count_rows(std::string_view code, std::string_view role, std::vector<std::int64_t> rows) {
    if (rows.empty()) return;
    std::sort(rows.begin(), rows.end());
    const auto count = static_cast<std::int64_t>(rows.size());
    out_.findings.push_back(
        catalogued(code, rows.front(), column_name(role), {rows.begin() + 1, rows.end()}, count));
  }

  void person_fault(person_facts& who, std::string_view code, std::int64_t row,
                    const std::string& role_column, const std::string& detail = {},
                    const std::string& detail_sv = {}) {
    auto f = catalogued(code, row, role_column);
    if (!detail.empty()) f.message += " " + detail;
    if (!detail_sv.empty()) f.message_sv += " " + detail_sv;
    out_.findings.push_back(std::move(f));
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
        person_fault(who, "E-DATE-MISSING", who.first_row, column_name("birth"));
      }
      if (out_.has_sex && !who.male.value) {
        person_fault(who, "E-SEX", who.first_row, column_name("sex"));
      }
      if (who.birth.value && first[i] != until_further_notice && *who.birth.value > first[i]) {
        person_fault(who, "E-DATE-RANGE", who.birth.row, column_name("birth"),
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
    out_.findings.push_back(std::move(f));
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
    out_.findings.push_back(catalogued("W-DUP-ROW", copies.front(), {},
                                       {copies.begin() + 1, copies.end()}, out_.copies));
  }

  void check_ids() {
    std::sort(ids_.begin(), ids_.end(), [](const id_row& a, const id_row& b) {
      return std::tie(a.id, a.row) < std::tie(b.id, b.row);
    });
    for (std::size_t i = 0, first = 0; i < ids_.size(); ++i) {
      if (ids_[i].id != ids_[first].id) first = i;
      if (i == first || ids_[i].text == ids_[first].text) continue;
      out_.findings.push_back(
          catalogued("E-DUP-ID", ids_[i].row, column_name("decision"), {ids_[first].row}));
    }
  }

  void drop_future() {
    if (!out_.extraction) return;
    const auto kept =
        std::remove_if(out_.rows.begin(), out_.rows.end(),
                       [&](const decision_row& row) { return row.start > *out_.extraction; });
    out_.future = out_.rows.end() - kept;
    out_.rows.erase(kept, out_.rows.end());
  }

  struct id_row {
    std::string id;
    std::int64_t row;
    std::string_view text;
  };

  csv_reader csv_;
  const level_rule& rule_;
  const decision_settings& settings_;
  const progress& report_;
  const char* begin_;
  std::size_t size_;
  decision_file out_;
  std::map<std::string, std::size_t> where_;
  std::unordered_map<std::string, std::int32_t> index_;
  bool personal_ = false;
  std::vector<std::pair<day_number, bool>> told_by_number_;  // birth and male, of each person
  std::vector<std::int64_t> century_rows_;
  std::vector<id_row> ids_;
  char decimal_ = 0;
  bool record_is_good_ = true, disputed_ = false;
  std::int64_t serials_ = 0, first_serial_ = -1;
  std::string serial_column_;
  day_number last_serial_ = std::numeric_limits<day_number>::min() / 2;
};

}  // namespace

decision_file read_rows(std::string_view bytes, const std::string& file, const level_rule& rule,
                        const decision_settings& settings, const progress& report) {
  return row_reader(bytes, file, rule, settings, report).read();
}

}  // namespace kohort::detail
