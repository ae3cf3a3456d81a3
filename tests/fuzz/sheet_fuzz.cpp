// Any bytes as the XML of a sheet: the same is seen however the text is cut, cells stay within what
// a name can say, and a name says the cell that it was made for.

#include <string>

#include <kohort/data/sheet_scan.hpp>

#include "fuzz.hpp"

using fuzz::demand;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  kohort::sheet_scan whole, pieces;
  whole.add(text);
  const std::size_t step = 1 + data[0] % 17;
  for (std::size_t i = 0; i < text.size(); i += step) pieces.add(text.substr(i, step));
  demand(whole.cells() == pieces.cells() && whole.last_row() == pieces.last_row());
  demand(whole.last_column() == pieces.last_column() && whole.declares() == pieces.declares());
  demand(whole.formulas() == pieces.formulas() && whole.merged() == pieces.merged());
  demand(whole.errors() == pieces.errors() && whole.formula_count() == pieces.formula_count());
  demand(whole.misnamed() == pieces.misnamed());
  if (!whole.misnamed()) {
    demand(whole.last_row() <= kohort::sheet_scan::most_rows);
    demand(whole.last_column() <= kohort::sheet_scan::most_columns);
  }
  demand(whole.cells() >= 0 && whole.last_row() >= 0 && whole.last_column() >= 0);
  demand(static_cast<std::size_t>(whole.cells()) <= text.size());
  demand(static_cast<std::size_t>(whole.formula_count()) >= whole.formulas().size());
  for (const auto& name : whole.formulas()) {
    demand(name.size() < 64);
    const auto [row, column] = kohort::cell_position(name);
    if (row > 0) demand(kohort::column_letters(column) + std::to_string(row) == name);
  }
  return 0;
}
