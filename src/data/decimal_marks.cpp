#include <algorithm>

#include <kohort/data/detail/catalogue.hpp>
#include <kohort/data/detail/decimal_marks.hpp>
#include <kohort/data/numbers.hpp>

namespace kohort::detail {

namespace {

char other(char mark) { return mark == ',' ? '.' : ','; }

/// "1.234", but not "0.234" or "1234.567".
bool may_be_thousands(std::string_view text, std::size_t mark) {
  const auto first = text.find_first_not_of('-');
  const auto before = mark - first;
  return text.size() - mark == 4 && before >= 1 && before <= 3 && text[first] != '0';
}

}  // namespace

std::optional<double> decimal_marks::read(std::string_view text) {
  text = trimmed(text);
  const char mark = declared_ != 0                             ? declared_
                    : text.find(',') != std::string_view::npos ? ','
                                                               : '.';
  auto value = parse_number(text, mark);
  if (!value && declared_ != 0) {  // then the other mark can only stand between thousands
    std::string spaced(text);
    std::replace(spaced.begin(), spaced.end(), other(mark), ' ');
    value = parse_number(spaced, mark);
  }
  const auto at = text.find(mark);
  if (!value || at == std::string_view::npos) return value;
  (mark == ',' ? comma_ : point_) = true;
  (may_be_thousands(text, at) ? doubtful_ : certain_) += 1;
  return value;
}

std::optional<finding> decimal_marks::fault(std::int64_t header_row,
                                            const std::string& column) const {
  if (comma_ && point_) {
    auto f = catalogued("E-DIALECT", header_row, column);
    f.message += " it has numbers with a comma and numbers with a point.";
    f.message_sv += " det finns tal med komma och tal med punkt.";
    return f;
  }
  if (declared_ != 0 || !thousands_ || certain_ > 0 || doubtful_ == 0) return {};
  auto f = catalogued("E-DIALECT", header_row, column, {}, doubtful_);
  const std::string mark = point_ ? "point" : "comma", mark_sv = point_ ? "punkt" : "komma";
  f.message += " three digits follow every " + mark + ". Is 1" + seen() +
               "234 a little more than one, or a thousand and more?";
  f.message_sv += " tre siffror följer efter varje " + mark_sv + ". Är 1" + seen() +
                  "234 något mer än ett, eller drygt tusen?";
  f.remedy = std::string("Declare the decimal mark: decimal=\"") + seen() +
             "\" if it is the decimal mark, decimal=\"" + other(seen()) +
             "\" if it stands between thousands.";
  f.remedy_sv = std::string("Ange decimaltecknet: decimal=\"") + seen() +
                "\" om det är decimaltecknet, decimal=\"" + other(seen()) +
                "\" om det står mellan tusental.";
  return f;
}

}  // namespace kohort::detail
