#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include <kohort/data/observations.hpp>
#include <kohort/model/intensity_model.hpp>

namespace kohort::detail {

/// The place of a covariate among those of the observations.
///
/// @param where  who asks, for the refusal
/// @throws invalid_input  `E-COLUMN`, with those that are there
std::size_t column_of(const observations& seen, const std::string& covariate, const char* where);

/// The places of the columns that terms read.
///
/// @throws invalid_input  as `column_of`
std::vector<std::size_t> columns_of(const observations& seen, const std::vector<term>& terms);

}  // namespace kohort::detail
