#pragma once

#include <charconv>
#include <stdexcept>
#include <string>
#include <string_view>

namespace kohort {

/// Input that cannot be used, found before any work is done.
///
/// `code()` names the rule (`E-TIME`, `E-IMPOSSIBLE`, `D-NONIDENT` ...), so that programs can tell
/// the cases apart without reading the message. In Python this is `kohort.InvalidInput`, a
/// `ValueError`.
class invalid_input : public std::invalid_argument {
 public:
  invalid_input(std::string code, const std::string& message)
      : std::invalid_argument(message), code_(std::move(code)) {}

  [[nodiscard]] const std::string& code() const noexcept { return code_; }

 private:
  std::string code_;
};

/// The caller asked a long computation to stop (Ctrl-C in Python). Nothing was half-written.
class interrupted : public std::runtime_error {
 public:
  interrupted() : std::runtime_error("kohort: interrupted by the caller") {}
};

/// A number as messages show it: six digits, a point whatever the locale.
inline std::string shown(double number) {
  char text[32];
  const auto end = std::to_chars(text, text + sizeof text, number, std::chars_format::general, 6);
  return {text, end.ptr};
}

/// Words every refusal the same way: where, what was seen, what is needed, how to mend it.
///
/// @param code    rule that was broken, as in the catalogue of findings
/// @param where   function, file or row that found it
/// @param seen    what was seen there, with the user's own names
/// @param needed  what would have been right
/// @param remedy  one sentence, what to do
/// @throws invalid_input always
[[noreturn]] inline void reject(std::string_view code, std::string_view where,
                                std::string_view seen, std::string_view needed,
                                std::string_view remedy) {
  std::string message;
  message.append(where).append(": ").append(seen).append(", but ").append(needed).append(". ");
  message.append(remedy).append(" [").append(code).append("]");
  throw invalid_input(std::string(code), message);
}

}  // namespace kohort
