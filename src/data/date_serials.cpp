#include <algorithm>

#include <kohort/data/detail/catalogue.hpp>
#include <kohort/data/detail/date_serials.hpp>

namespace kohort::detail {

void date_serials::note(day_number day, std::int64_t row, const std::string& column, bool past) {
  if (count_++ == 0) {
    first_row_ = row;
    first_column_ = column;
  }
  if (past) last_ = std::max(last_, day);
}

std::optional<finding> date_serials::told(std::optional<day_number> extraction) const {
  if (count_ == 0) return {};
  const bool known = extraction && last_ + excel_systems_apart > *extraction;
  auto f = catalogued(known ? "I-DATE-SERIAL" : "E-DATE-FORMAT", known ? -1 : first_row_,
                      first_column_, {}, count_);
  if (!known) {
    f.message = "dates are numbers that may be Excel's of 1900 or of 1904.";
    f.message_sv = "datum är tal som kan vara Excels från 1900 eller från 1904.";
    f.remedy = "Declare date_format=\"excel_1900\" or \"excel_1904\".";
    f.remedy_sv = "Ange date_format=\"excel_1900\" eller \"excel_1904\".";
  }
  return f;
}

}  // namespace kohort::detail
