// Any bytes as a delimited text: from memory and from a supplier's pieces the same records and the
// same faults, rows that only increase, no field beyond the limit, and a fault for all that is not
// read. What is read without a fault is read the same when it is written anew, all of it in quotes.

#include <algorithm>
#include <string>
#include <vector>

#include <kohort/data/csv.hpp>

#include "fuzz.hpp"

namespace {

using fuzz::demand;

struct seen {
  std::string all;                               // rows, fields and faults
  std::vector<std::vector<std::string>> fields;  // the header's and those of each record
};

seen read(kohort::csv_reader& reader) {
  seen result;
  if (!reader.header().empty()) result.fields.push_back(reader.header());
  kohort::csv_record record;
  std::int64_t last = 0;
  while (reader.next(record)) {
    demand(record.row > last);
    demand(record.fields.size() == reader.header().size());
    last = record.row;
    result.all += std::to_string(record.row);
    result.fields.emplace_back();
    for (const auto field : record.fields) {
      demand(field.size() <= (std::size_t{1} << 20));
      result.all += '\x1f';
      result.all += field;
      result.fields.back().emplace_back(field);
    }
  }
  for (const auto& f : reader.findings()) result.all += f.code + std::to_string(f.row);
  fuzz::look_at(reader.findings());
  demand(result.fields.size() > 1 || kohort::has_errors(reader.findings()));  // nothing read: why?
  return result;
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
  // Every fault is of some line, and a line has a handful of them at most.
  const auto lines =
      1 + std::count(text.begin(), text.end(), '\n') + std::count(text.begin(), text.end(), '\r');
  demand(static_cast<std::int64_t>(whole.findings().size()) <= 4 * lines);

  const auto& told = whole.findings();
  const bool accepted =
      std::all_of(told.begin(), told.end(), [](const auto& f) { return f.severity == 'I'; });
  if (accepted) {
    std::string anew;
    for (const auto& record : once.fields) {
      for (std::size_t k = 0; k < record.size(); ++k) {
        if (k > 0) anew += ';';
        fuzz::written(anew, record[k]);
      }
      anew += '\n';
    }
    kohort::csv_options plain;
    plain.delimiter = ';';
    plain.encoding = kohort::text_encoding::utf_8;
    kohort::csv_reader again(anew, "", plain);
    demand(read(again).fields == once.fields && again.findings().empty());
  }

  if (whole.source().encoding() == kohort::text_encoding::utf_8 &&
      whole.source().faults().empty()) {
    std::size_t given = 0;
    const std::size_t step = 1 + (data[0] >> 5);
    kohort::csv_reader pieces(kohort::encoded_text([&]() -> std::string_view {
                                const auto piece = text.substr(std::min(given, text.size()), step);
                                given += piece.size();
                                return piece;
                              }),
                              "", options);
    // The delimiter may be seen from other samples; where it is the same, all is the same.
    if (pieces.delimiter() == whole.delimiter() && options.delimiter != 0) {
      demand(read(pieces).all == once.all);
    }
  }
  return 0;
}
