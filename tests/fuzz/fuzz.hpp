// What every target in C++ shares: a demand that stops it, and what findings must be like.

#pragma once

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include <kohort/data/detail/utf8.hpp>
#include <kohort/data/findings.hpp>

namespace fuzz {

inline void demand(bool holds) {
  if (!holds) std::abort();
}

/// Words that can be shown, and a row wherever one row is at fault.
inline void look_at(const std::vector<kohort::finding>& findings) {
  for (const auto& f : findings) {
    for (const auto* said : {&f.message, &f.message_sv, &f.remedy, &f.remedy_sv, &f.column}) {
      demand(kohort::detail::is_utf8(*said));
    }
    demand(!f.code.empty() && !f.message.empty() && f.count >= 1);
    demand(f.severity != 'E' || !f.remedy.empty());
    // Of a file as a whole: that it is empty, and the list of codes that its level rule lacks.
    const bool of_all = f.code == "E-EMPTY" || f.code == "E-STATE-UNKNOWN";
    demand(f.severity != 'E' || f.row >= 1 || of_all);
  }
}

inline void written(std::string& to, std::string_view field) {
  to += '"';
  for (const char c : field) {
    if (c == '"') to += '"';
    to += c;
  }
  to += '"';
}

}  // namespace fuzz
