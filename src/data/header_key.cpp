#include <algorithm>
#include <array>
#include <utility>

#include <kohort/data/csv.hpp>
#include <kohort/data/detail/utf8.hpp>

namespace kohort {

std::string header_key(std::string_view name) {
  // The letters that Swedish headers hold beyond ASCII, composed; combining marks are dropped.
  constexpr std::array<std::pair<std::string_view, char>, 8> letters{{{"å", 'a'},
                                                                      {"Å", 'a'},
                                                                      {"ä", 'a'},
                                                                      {"Ä", 'a'},
                                                                      {"ö", 'o'},
                                                                      {"Ö", 'o'},
                                                                      {"é", 'e'},
                                                                      {"É", 'e'}}};
  std::string key;
  for (std::size_t i = 0; i < name.size();) {
    const auto rest = name.substr(i);
    const auto letter = std::find_if(letters.begin(), letters.end(),
                                     [&](const auto& l) { return rest.starts_with(l.first); });
    if (letter != letters.end()) {
      key += letter->second;
      i += letter->first.size();
      continue;
    }
    const auto c = static_cast<unsigned char>(rest.front());
    const auto length = std::max<std::size_t>(detail::utf8_length(rest), 1);
    if (c >= 'A' && c <= 'Z') {
      key += static_cast<char>(c - 'A' + 'a');
    } else if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) {
      key += static_cast<char>(c);
    } else if (c >= 0x80 && !rest.starts_with("\xCC\x8A") && !rest.starts_with("\xCC\x88") &&
               !rest.starts_with("\xCC\x81") && !rest.starts_with("\xC2\xA0") &&
               !rest.starts_with("\xE2\x80")) {
      key.append(rest.substr(0, length));  // another letter: kept as it is
    }
    i += length;
  }
  return key;
}

}  // namespace kohort
