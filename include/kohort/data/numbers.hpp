#pragma once

#include <optional>
#include <string_view>

namespace kohort {

/// Reads a number without regard to any locale: "12.5" or, with a decimal comma, "12,5".
///
/// Digits may be in groups of three with a space, a no-break space or a narrow no-break space
/// between them. Nothing else is forgiven: no exponent, no "inf", no text after the number, no
/// point for a comma.
///
/// @param decimal  '.' or ','
/// @return         the nearest double, or nothing if the text is no such number
std::optional<double> parse_number(std::string_view text, char decimal);

/// The decimal mark that a number is written with: '.' or ',', or 0 if it has none or is no number.
char decimal_mark(std::string_view text);

/// The text without spaces, tabs and no-break spaces at its ends.
std::string_view trimmed(std::string_view text);

}  // namespace kohort
