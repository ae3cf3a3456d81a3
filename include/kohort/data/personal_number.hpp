#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include <kohort/data/dates.hpp>

namespace kohort {

/// What the person column of a file holds.
enum class id_kind : std::uint8_t {
  by_header,  // personal numbers if the column is called personnummer, personnr or pnr
  personal,   // Swedish personal and coordination numbers, checked
  opaque      // texts that say nothing but who is who
};

/// How a number of ten digits gets its century.
enum class century_policy : std::uint8_t {
  separator,  // as the law has it: "+" from the year in which one turns 100, "-" or nothing before
  older       // the same, but whoever would be a minor is read as born a century earlier
};

enum class personal_number_fault : std::uint8_t {
  none,
  length,    // not ten or twelve digits: a leading zero is lost, or it is another kind of number
  notation,  // 1,93E+11, as spreadsheets write long numbers
  reserve,   // interim or reserve number: a letter in the last four, or the regional series 99...
  date,      // no such day, or one after the day of reference
  check,     // the last digit does not fit
  reference  // ten digits, and no day of reference to tell the century by
};

/// A Swedish personal number (personnummer) or coordination number (samordningsnummer) as read.
struct personal_number {
  personal_number_fault fault = personal_number_fault::none;
  bool coordination = false;      // 60 was added to the day
  bool century_in_doubt = false;  // the form says one century, good sense another
  bool male = false;              // the third digit of the birth number is odd
  day_number birth = 0;
  std::array<char, 12> digits{};  // the one form that all spellings of a number have in common

  [[nodiscard]] std::string_view text() const { return {digits.data(), digits.size()}; }
};

/// Age at the day of reference below which a number without a century is in doubt.
inline constexpr int minor_below = 18;

/// Reads YYMMDD-NNNC and YYYYMMDD-NNNC, with "-", "+", a space or nothing before the last four.
///
/// C is the Luhn check digit over the nine digits before it (the century takes no part). A
/// coordination number has 60 added to the day. Of ten digits, "+" stands from the year in which
/// the person turns 100: the birth year is then the latest one that ends in YY and lies 100 years
/// or more before that of `reference`; otherwise it is the latest with which the birth is not after
/// `reference`. Dashes and spaces that word processors put in (U+2010 to U+2015, U+2212, U+00A0,
/// U+2009, U+202F) count as "-" and space, and the full-width forms of Asian keyboards (U+FF01 to
/// U+FF5E, U+3000) as what they are forms of. Nothing is padded, repaired or guessed.
///
/// @param reference  day of the extract; without it a number of ten digits has the fault
/// `reference`
/// @see  Folkbokföringslagen (1991:481), 18 and 18 a §; lagen (2022:1697) om samordningsnummer
personal_number parse_personal_number(std::string_view text, std::optional<day_number> reference,
                                      century_policy century = century_policy::separator);

/// The code under which a fault is reported: "E-PNR-CHECK".
/// @pre  fault is not `none`
std::string_view code_of(personal_number_fault fault);

}  // namespace kohort
