// Any bytes as a delimited text: from memory and from a supplier's pieces the same records and the
// same faults, rows that only increase, and no field beyond the limit.

#include <cstdlib>
#include <string>
#include <vector>

#include <kohort/data/csv.hpp>

namespace {

void demand(bool holds) {
  if (!holds) std::abort();
}

std::string read(kohort::csv_reader& reader) {
  std::string all;
  kohort::csv_record record;
  std::int64_t last = 0;
  while (reader.next(record)) {
    demand(record.row > last);
    demand(record.fields.size() == reader.header().size());
    last = record.row;
    all += std::to_string(record.row);
    for (const auto field : record.fields) {
      demand(field.size() <= (std::size_t{1} << 20));
      all += '\x1f';
      all += field;
    }
  }
  for (const auto& f : reader.findings()) all += f.code + std::to_string(f.row);
  return all;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  kohort::csv_options options;
  options.delimiter = std::string{'\0', ';', ',', '\t'}[data[0] & 3];
  if (data[0] & 4) options.by_record = true;
  if (data[0] & 8) options.header_row = 2;
  if (data[0] & 16) options.encoding = kohort::text_encoding::windows_1252;
  kohort::csv_reader whole(text, "", options);
  const auto once = read(whole);
  if (whole.source().encoding() == kohort::text_encoding::utf_8 &&
      whole.source().faults().empty()) {
    std::size_t given = 0;
    const std::size_t step = 1 + (data[0] >> 5);
    kohort::csv_reader pieces(kohort::encoded_text([&]() -> std::string_view {
                                const auto piece = text.substr(given, step);
                                given += piece.size();
                                return piece;
                              }),
                              "", options);
    // The delimiter may be seen from other samples; where it is the same, all is the same.
    if (pieces.delimiter() == whole.delimiter() && options.delimiter != 0) {
      demand(read(pieces) == once);
    }
  }
  return 0;
}
