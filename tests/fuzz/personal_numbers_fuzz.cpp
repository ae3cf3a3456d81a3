// Any bytes as a personal number: a number with the right day, sex and check digit, in one form
// however it is spelled, or one of the named faults; and in a file of decisions a fault whose words
// hold none of its digits.

#include <array>
#include <string>

#include <kohort/data/decisions.hpp>
#include <kohort/data/personal_number.hpp>

#include "fuzz.hpp"

namespace {

using fuzz::demand;
using kohort::century_policy;
using kohort::day_number;
using kohort::parse_personal_number;
using kohort::personal_number;
using kohort::personal_number_fault;

/// Luhn from the right, as it is told for cards.
bool luhn_fits(std::string_view digits) {
  int sum = 0;
  bool twice = false;
  for (auto at = digits.rbegin(); at != digits.rend(); ++at, twice = !twice) {
    const int digit = (*at - '0') * (twice ? 2 : 1);
    sum += digit > 9 ? digit - 9 : digit;
  }
  return sum % 10 == 0;
}

/// The same text with its ASCII in the wide forms of Japanese keyboards.
std::string in_full_width(std::string_view text) {
  std::string wide;
  for (const char c : text) {
    if (c == ' ') {
      wide += "\xE3\x80\x80";
    } else if (c > ' ' && c < '\x7F') {
      const int letter = 0xFF01 + (c - '!');
      wide += static_cast<char>(0xE0 | letter >> 12);
      wide += static_cast<char>(0x80 | (letter >> 6 & 0x3F));
      wide += static_cast<char>(0x80 | (letter & 0x3F));
    } else {
      wide += c;
    }
  }
  return wide;
}

bool all_ascii(std::string_view text) {
  for (const char c : text) {
    if (c < ' ' || c > '~') return false;  // those with a high bit are negative
  }
  return true;
}

void same_person(const personal_number& a, const personal_number& b) {
  demand(b.fault == personal_number_fault::none && a.text() == b.text());
  demand(a.birth == b.birth && a.male == b.male && a.coordination == b.coordination);
}

void look_at_number(const personal_number& read, std::optional<day_number> reference) {
  const auto text = read.text();
  demand(text.size() == 12 && text.find_first_not_of("0123456789") == std::string_view::npos);
  demand(luhn_fits(text.substr(2)));
  const auto born = kohort::to_civil(read.birth);
  const int day = std::stoi(std::string(text.substr(6, 2)));
  demand(born.year == std::stoi(std::string(text.substr(0, 4))));
  demand(born.month == std::stoi(std::string(text.substr(4, 2))));
  demand(born.day == day - (read.coordination ? 60 : 0) && (day > 60) == read.coordination);
  demand(read.male == ((text[10] - '0') % 2 == 1));
  demand(!reference || read.birth <= *reference);

  // Every spelling is the one person.
  const auto front = std::string(text.substr(0, 8)), last = std::string(text.substr(8));
  for (const auto* between : {"", "-", " ", "\xE2\x80\x93", "\xE2\x88\x92", "\xC2\xA0"}) {
    same_person(read, parse_personal_number(front + between + last, reference));
  }
  same_person(read, parse_personal_number(in_full_width(front + "-" + last), reference));
  if (!reference) return;
  const int years = kohort::to_civil(*reference).year - born.year;
  if (years >= 200) return;
  const auto short_form = front.substr(2) + (years >= 100 ? "+" : "-") + last;
  same_person(read, parse_personal_number(short_form, reference));
}

/// In a file: a fault of the row, and no six digits of the cell in anything that is said.
void look_at_file(std::string_view cell) {
  static const auto structure = kohort::dependency_model(true);
  static const auto rule = kohort::named_levels();
  kohort::decision_settings settings;
  settings.extraction = kohort::to_day({2024, 12, 31});
  std::string text = "personnummer;start;end;level\n";
  fuzz::written(text, cell);
  text += ";2024-01-01;2024-02-01;light\n";
  std::vector<kohort::finding> found;
  try {
    found = kohort::read_decisions(text, "x.csv", structure, rule, settings).findings;
  } catch (const kohort::data_refused& refusal) {
    found = refusal.findings();
  }
  fuzz::look_at(found);
  std::string said;
  for (const auto& f : found) {
    said += f.message + '|' + f.message_sv + '|' + f.remedy + '|' + f.remedy_sv + '|' + f.column;
  }
  for (std::size_t at = 0; at + 6 <= cell.size(); ++at) {
    const auto six = cell.substr(at, 6);
    if (six.find_first_not_of("0123456789") != std::string_view::npos) continue;
    demand(said.find(six) == std::string::npos);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  static const std::array<std::optional<day_number>, 4> references{
      std::nullopt, kohort::to_day({2024, 12, 31}), kohort::to_day({2000, 2, 29}),
      kohort::to_day({2099, 1, 1})};
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto reference = references[data[0] & 3];
  const auto century = (data[0] & 4) != 0 ? century_policy::older : century_policy::separator;
  const auto read = parse_personal_number(text, reference, century);
  if (read.fault == personal_number_fault::none) {
    look_at_number(read, reference);
  } else {
    const auto code = kohort::code_of(read.fault);
    demand(code.starts_with("E-PNR-") || (code == "E-EXTRACTION-DATE" && !reference));
  }
  if (all_ascii(text)) {
    const auto wide = parse_personal_number(in_full_width(text), reference, century);
    demand(wide.fault == read.fault && wide.text() == read.text());
  }
  if ((data[0] & 8) != 0 && text.size() < 200) look_at_file(text);
  return 0;
}
