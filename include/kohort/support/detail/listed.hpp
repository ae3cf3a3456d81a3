#pragma once

#include <string>
#include <vector>

namespace kohort::detail {

/// Names one after the other: "light, moderate, high".
inline std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& name : names) text.append(text.empty() ? "" : ", ").append(name);
  return text;
}

}  // namespace kohort::detail
