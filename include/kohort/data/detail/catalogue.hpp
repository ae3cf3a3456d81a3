#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <kohort/data/findings.hpp>

namespace kohort::detail {

/// The finding with this code, worded in English and Swedish as in the catalogue.
/// @pre  the code stands in the catalogue
finding catalogued(std::string_view code, std::int64_t row = -1, std::string column = {},
                   std::vector<std::int64_t> related = {}, std::int64_t count = 1);

}  // namespace kohort::detail
