#include <algorithm>

#include <kohort/data/personal_number.hpp>

namespace kohort {

namespace {

using enum personal_number_fault;

constexpr std::size_t longest = 13;  // YYYYMMDD-NNNC

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_letter(char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }

/// The text with one character for each that counts, without spaces at its ends.
class plain_text {
 public:
  explicit plain_text(std::string_view text) {
    std::size_t spaces = 0;  // since the last character that is none
    while (!text.empty() && !too_long_) {
      const auto [c, bytes] = next(text);
      text.remove_prefix(bytes);
      if (c == ' ') {
        if (size_ > 0) ++spaces;
        continue;
      }
      too_long_ = size_ + spaces >= characters_.size();
      if (too_long_) return;
      for (; spaces > 0; --spaces) characters_[size_++] = ' ';
      characters_[size_++] = c;
    }
  }

  /// Empty if the text is longer than anything that is known.
  [[nodiscard]] std::string_view view() const {
    return too_long_ ? std::string_view{} : std::string_view{characters_.data(), size_};
  }

 private:
  static std::pair<char, std::size_t> next(std::string_view text) {
    if (text.size() >= 3 && text.starts_with("\xE2\x80")) {
      const auto last = static_cast<unsigned char>(text[2]);
      if (last >= 0x90 && last <= 0x95) return {'-', 3};  // U+2010 to U+2015
      if (last == 0x89 || last == 0xAF) return {' ', 3};  // thin and narrow no-break space
    }
    if (text.starts_with("\xE2\x88\x92")) return {'-', 3};  // minus sign
    if (text.starts_with("\xC2\xA0")) return {' ', 2};      // no-break space
    if (text.starts_with("\xE3\x80\x80")) return {' ', 3};  // ideographic space
    if (text.size() >= 3 && text[0] == '\xEF' && (text[1] == '\xBC' || text[1] == '\xBD')) {
      const int place =
          (text[1] == '\xBC' ? 0 : 0x40) + (static_cast<unsigned char>(text[2]) & 0x3F);
      if (place >= 0x01 && place <= 0x5E) return {static_cast<char>(0x20 + place), 3};  // U+FF01 on
    }
    return {text.front(), 1};
  }

  std::array<char, 64> characters_{};
  std::size_t size_ = 0;
  bool too_long_ = false;
};

/// 1,93E+11 or 193E11, and no interim number: those have more than two digits after the letter.
bool in_scientific_notation(std::string_view text) {
  std::size_t at = 0;
  const auto digits = [&] {
    const auto from = at;
    while (at < text.size() && is_digit(text[at])) ++at;
    return at - from;
  };
  if (digits() == 0) return false;
  if (at < text.size() && (text[at] == ',' || text[at] == '.')) {
    ++at;
    if (digits() == 0) return false;
  }
  if (at >= text.size() || (text[at] != 'E' && text[at] != 'e')) return false;
  ++at;
  if (at < text.size() && text[at] == '+') ++at;
  const auto exponent = digits();
  return at == text.size() && exponent >= 1 && exponent <= 2;
}

int number(std::string_view digits) {
  int value = 0;
  for (const char c : digits) value = 10 * value + (c - '0');
  return value;
}

/// Luhn: every other digit is doubled, from the first of the nine; digits of the products add up.
bool check_digit_fits(std::string_view ten) {
  int sum = 0;
  for (std::size_t i = 0; i < 10; ++i) {
    const int product = (ten[i] - '0') * (i % 2 == 0 ? 2 : 1);
    sum += product / 10 + product % 10;
  }
  return sum % 10 == 0;
}

personal_number refused(personal_number_fault why) {
  personal_number result;
  result.fault = why;
  return result;
}

/// The latest year up to `last` that ends in these two digits.
int year_ending_in(int two_digits, int last) {
  return last - ((last - two_digits) % 100 + 100) % 100;
}

}  // namespace

personal_number parse_personal_number(std::string_view text, std::optional<day_number> reference,
                                      century_policy century) {
  const plain_text plain(text);
  const auto all = plain.view();
  if (in_scientific_notation(all)) return refused(notation);
  if (all.size() < 10 || all.size() > longest) return refused(length);
  char separator = 0;
  auto front = all.substr(0, all.size() - 4);
  if (front.size() % 2 == 1) {
    separator = front.back();
    front.remove_suffix(1);
  }
  const auto last = all.substr(all.size() - 4);
  const bool has_century = front.size() == 8;
  if ((front.size() != 6 && !has_century) || !std::all_of(front.begin(), front.end(), is_digit) ||
      (separator != 0 && separator != '-' && separator != '+' && separator != ' ')) {
    return refused(length);
  }
  if (!std::all_of(last.begin(), last.end(), is_digit)) {
    const bool letters =
        std::all_of(last.begin(), last.end(), [](char c) { return is_digit(c) || is_letter(c); });
    return refused(letters ? reserve : length);
  }
  if (has_century && front.starts_with("99")) return refused(reserve);
  if (!has_century && !reference) return refused(personal_number_fault::reference);

  personal_number result;
  const auto six = front.substr(front.size() - 6);
  const int two_digits = number(six.substr(0, 2));
  civil_date born{0, number(six.substr(2, 2)), number(six.substr(4, 2))};
  result.coordination = born.day > 60;
  if (result.coordination) born.day -= 60;

  const auto year_now = reference ? to_civil(*reference).year : 0;
  if (has_century) {
    born.year = number(front.substr(0, 4));
    if (born.year < 1800) return refused(date);
  } else {
    born.year = year_ending_in(two_digits, separator == '+' ? year_now - 100 : year_now);
    if (separator != '+' && valid(born) && to_day(born) > *reference) born.year -= 100;
  }
  if (!valid(born) || (reference && to_day(born) > *reference)) return refused(date);
  if (has_century) {
    result.century_in_doubt = separator == '+' && reference && born.year > year_now - 100;
  } else if (separator != '+' && completed_age(to_day(born), *reference) < minor_below) {
    result.century_in_doubt = true;
    if (century == century_policy::older) {
      born.year -= 100;
      if (!valid(born)) return refused(date);
    }
  }
  result.birth = to_day(born);

  auto out = result.digits.begin();
  for (int power = 1000, year = born.year; power > 0; power /= 10) {
    *out++ = static_cast<char>('0' + year / power % 10);
  }
  out = std::copy(six.begin() + 2, six.end(), out);
  std::copy(last.begin(), last.end(), out);
  if (!check_digit_fits(result.text().substr(2))) return refused(check);
  result.male = (last[2] - '0') % 2 == 1;
  return result;
}

std::string_view code_of(personal_number_fault fault) {
  switch (fault) {
    case length:
      return "E-PNR-LENGTH";
    case notation:
      return "E-PNR-SCI";
    case reserve:
      return "E-PNR-INTERIM";
    case date:
      return "E-PNR-DATE";
    case check:
      return "E-PNR-CHECK";
    default:
      return "E-EXTRACTION-DATE";
  }
}

}  // namespace kohort
