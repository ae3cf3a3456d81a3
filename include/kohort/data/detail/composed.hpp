#pragma once

#include <string>
#include <string_view>

namespace kohort::detail {

/// Whether `composed` may change a text: nearly never, and cheap to see.
bool may_be_composed(std::string_view text);

/// A text whose letters with a combining mark are one character each, as Unicode's form C has them,
/// for the letters of Latin-1 and Latin Extended-A.
std::string composed(std::string_view text);

}  // namespace kohort::detail
