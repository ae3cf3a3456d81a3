#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include <kohort/data/dates.hpp>
#include <kohort/data/detail/digest.hpp>

namespace kohort::detail {

enum class event : std::uint8_t { decision, death, unknown };

/// What an event column says; nothing is a decision.
event event_of(std::string_view word);

/// Whether a word is for men; nothing if it is for neither sex.
std::optional<bool> sex_of(std::string_view word);

/// The first and the last day of a month such as 202401 or 2024-01.
std::optional<std::pair<day_number, day_number>> month_of(std::string_view text);

/// What few words of a file mean, each looked up once.
template <class Meaning>
class vocabulary {
 public:
  template <class LookUp>
  const Meaning& of(std::string_view word, const LookUp& look_up) {
    if (const auto at = known_.find(word); at != known_.end()) return at->second;
    if (known_.size() == most) known_.clear();  // these are no codes
    return known_.emplace(std::string(word), look_up(word)).first->second;
  }

 private:
  static constexpr std::size_t most = 4096;
  struct by_text {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return static_cast<std::size_t>(digest(text));
    }
  };
  std::unordered_map<std::string, Meaning, by_text, std::equal_to<>> known_;
};

}  // namespace kohort::detail
