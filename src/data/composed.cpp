#include <array>

#include <kohort/data/detail/composed.hpp>

namespace kohort::detail {

namespace {

/// Letters that take a combining mark, and the letters that both make (U+00C0 to U+017F).
struct marked_letters {
  std::string_view mark, letters, composed;
};

constexpr std::array marked{
    marked_letters{"\xCC\x80", "AEIOUaeiou", "ÀÈÌÒÙàèìòù"},
    marked_letters{"\xCC\x81", "AEIOUYaeiouyCcLlNnRrSsZz", "ÁÉÍÓÚÝáéíóúýĆćĹĺŃńŔŕŚśŹź"},
    marked_letters{"\xCC\x82", "AEIOUaeiouCcGgHhJjSsWwYy", "ÂÊÎÔÛâêîôûĈĉĜĝĤĥĴĵŜŝŴŵŶŷ"},
    marked_letters{"\xCC\x83", "ANOanoIiUu", "ÃÑÕãñõĨĩŨũ"},
    marked_letters{"\xCC\x84", "AaEeIiOoUu", "ĀāĒēĪīŌōŪū"},
    marked_letters{"\xCC\x86", "AaEeGgIiOoUu", "ĂăĔĕĞğĬĭŎŏŬŭ"},
    marked_letters{"\xCC\x87", "CcEeGgIZz", "ĊċĖėĠġİŻż"},
    marked_letters{"\xCC\x88", "AEIOUaeiouyY", "ÄËÏÖÜäëïöüÿŸ"},
    marked_letters{"\xCC\x8A", "AaUu", "ÅåŮů"},
    marked_letters{"\xCC\x8B", "OoUu", "ŐőŰű"},
    marked_letters{"\xCC\x8C", "CcDdEeLlNnRrSsTtZz", "ČčĎďĚěĽľŇňŘřŠšŤťŽž"},
    marked_letters{"\xCC\xA7", "CcGgKkLlNnRrSsTt", "ÇçĢģĶķĻļŅņŖŗŞşŢţ"},
    marked_letters{"\xCC\xA8", "AaEeIiUu", "ĄąĘęĮįŲų"},
};

}  // namespace

bool may_be_composed(std::string_view text) {
  return text.find_first_of("\xCC\xCD\xE2") != std::string_view::npos;
}

std::string composed(std::string_view text) {
  constexpr std::string_view angstrom = "\xE2\x84\xAB", ring = "\xC3\x85";
  std::string result;
  for (std::size_t i = 0; i < text.size();) {
    const auto rest = text.substr(i);
    if (rest.starts_with(angstrom)) {
      result += ring;
      i += angstrom.size();
      continue;
    }
    bool done = false;
    for (const auto& [mark, letters, made] : marked) {
      if (!rest.substr(1).starts_with(mark)) continue;
      const auto at = letters.find(rest.front());
      if (at == std::string_view::npos) break;
      result += made.substr(2 * at, 2);  // each has two bytes
      i += 1 + mark.size();
      done = true;
      break;
    }
    if (done) continue;
    result += rest.front();
    ++i;
  }
  return result;
}

}  // namespace kohort::detail
