// Any bytes as the XML of a sheet: the same is seen however the text is cut, and cells stay within
// what a name can say.

#include <cstdlib>
#include <string>

#include <kohort/data/sheet_scan.hpp>

namespace {

void demand(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

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
  demand(whole.cells() >= 0 && whole.last_row() >= 0 && whole.last_column() >= 0);
  for (const auto& name : whole.formulas()) demand(name.size() < 64);
  return 0;
}
