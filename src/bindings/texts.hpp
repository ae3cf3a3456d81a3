#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include <kohort/data/csv.hpp>
#include <kohort/data/encoded_text.hpp>

#include "casters.hpp"

/// Texts and workbooks before anybody takes them for decisions.
void bind_texts(py::module_& m);

namespace kohort::bindings {

/// Where `name` stands among the choices, or a refusal that lists them.
std::size_t choice(const char* what, const std::string& name,
                   const std::vector<std::string>& names);

/// How a text is written, from what Python says of it; empty: to be found.
csv_options form_of_text(const std::string& delimiter, const std::string& decimal,
                         const std::string& encoding, int header_row,
                         std::optional<int> first_record);

/// A text from bytes, from the file of a path, or from an iterator's pieces.
encoded_text text_of(const py::object& source, std::optional<text_encoding> declared);

}  // namespace kohort::bindings
