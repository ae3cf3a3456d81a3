#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace kohort::detail {

/// Whether a text says nothing but what extracts are made of: every word is one of the headers that
/// kohort knows or of a short list of others ("beslutets", "datum", "nr"), one letter, or two such
/// words written as one; no number has more than two digits.
///
/// What else stands where a name of a column is expected may be a person's name or number: a file
/// without a header line has its first person there.
bool plain_words(std::string_view text);

/// A header as it may be shown: itself if it is `plain_words`, else its place, the first being 1.
std::string shown_header(std::string_view header, std::size_t place);

/// Whether a cell of a header line looks like a value: a date, a number of six digits or more.
bool looks_like_data(std::string_view head);

}  // namespace kohort::detail
