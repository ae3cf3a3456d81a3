#include <kohort/data/decisions.hpp>
#include <kohort/data/detail/plain_words.hpp>
#include <kohort/data/sheet_scan.hpp>

#include "data.hpp"
#include "texts.hpp"

namespace kohort::bindings {

namespace {

/// The pieces that a Python iterator of bytes gives.
encoded_text::supplier pieces(const py::object& source) {
  struct held {
    py::object iterator, piece;
  };
  // Let go of with the interpreter lock held, wherever that happens.
  const std::shared_ptr<held> kept(new held{py::iter(source), py::none()}, [](held* it) {
    const py::gil_scoped_acquire hold;
    delete it;
  });
  return [kept]() -> std::string_view {
    const py::gil_scoped_acquire hold;
    kept->piece = py::reinterpret_steal<py::object>(PyIter_Next(kept->iterator.ptr()));
    if (PyErr_Occurred() != nullptr) throw py::error_already_set();
    if (!kept->piece) return {};
    return kept->piece.cast<std::string_view>();
  };
}

}  // namespace

std::size_t choice(const char* what, const std::string& name,
                   const std::vector<std::string>& names) {
  const auto at = std::find(names.begin(), names.end(), name);
  if (at == names.end()) {
    std::string listed;
    for (const auto& n : names) listed += (listed.empty() ? "" : ", ") + n;
    reject("E-SETTING", "read_decisions", std::string(what) + " is '" + name + "'",
           "it must be one of " + listed, "Choose one of them");
  }
  return static_cast<std::size_t>(at - names.begin());
}

csv_options form_of_text(const std::string& delimiter, const std::string& decimal,
                         const std::string& encoding, int header_row,
                         std::optional<int> first_record) {
  csv_options form;
  form.delimiter =
      std::string{'\0', ';', ',', '\t'}[choice("delimiter", delimiter, {"", ";", ",", "\t"})];
  form.decimal = std::string{'\0', ',', '.'}[choice("decimal", decimal, {"", ",", "."})];
  const auto at =
      choice("encoding", encoding, {"", "utf-8", "utf-16-le", "utf-16-be", "windows-1252"});
  if (at > 0) form.encoding = static_cast<text_encoding>(at - 1);
  form.header_row = header_row;
  form.by_record = first_record.has_value();
  form.first_row = first_record.value_or(1);
  return form;
}

encoded_text text_of(const py::object& source, std::optional<text_encoding> declared) {
  if (py::isinstance<py::bytes>(source)) {
    const auto bytes = source.cast<std::string_view>();
    const py::gil_scoped_release free;
    return encoded_text(bytes, declared);
  }
  if (py::isinstance<py::str>(source)) {
    const std::filesystem::path path(source.cast<std::string>());
    const py::gil_scoped_release free;
    return encoded_text(path, declared);
  }
  return encoded_text(pieces(source));
}

}  // namespace kohort::bindings

namespace {

using kohort::bindings::form_of_text;
using kohort::bindings::own;
using kohort::bindings::text_of;

void bind_records(py::module_& m) {
  m.def(
      "peek",
      [](const py::object& source, const std::string& file, const std::string& delimiter,
         const std::string& decimal, const std::string& encoding, int header_row,
         std::optional<int> first_record, int rows) {
        const auto form = form_of_text(delimiter, decimal, encoding, header_row, first_record);
        kohort::csv_reader reader(text_of(source, form.encoding), file, form);
        std::vector<std::vector<std::string>> records;
        kohort::csv_record record;
        while (static_cast<int>(records.size()) < rows && reader.next(record)) {
          records.emplace_back(record.fields.begin(), record.fields.end());
        }
        py::dict seen;
        seen["header"] = reader.header();
        seen["records"] = records;
        seen["encoding"] = std::string(name_of(reader.source().encoding()));
        seen["delimiter"] =
            reader.delimiter() == 0 ? std::string() : std::string(1, reader.delimiter());
        seen["findings"] = reader.findings();
        return seen;
      },
      "source"_a, "file"_a, py::kw_only(), "delimiter"_a = "", "decimal"_a = "", "encoding"_a = "",
      "header_row"_a = 0, "first_record"_a = py::none(), "rows"_a = 200,
      "The header and the first records. Personal data: it stays in memory.");
  m.def(
      "text_columns",
      [](const py::object& source, const std::string& file, const std::vector<std::size_t>& wanted,
         const std::string& delimiter, const std::string& decimal, const std::string& encoding,
         int header_row, std::optional<int> first_record) {
        const auto form = form_of_text(delimiter, decimal, encoding, header_row, first_record);
        kohort::csv_reader reader(text_of(source, form.encoding), file, form);
        std::vector<py::list> columns(wanted.size());
        std::vector<std::int64_t> rows;
        kohort::csv_record record;
        while (reader.next(record)) {
          rows.push_back(record.row);
          for (std::size_t k = 0; k < wanted.size(); ++k) {
            columns[k].append(py::str(std::string(record.fields[wanted[k]])));
          }
        }
        py::dict seen;
        seen["columns"] = columns;
        seen["rows"] = own(rows);
        seen["findings"] = reader.findings();
        return seen;
      },
      "source"_a, "file"_a, "wanted"_a, py::kw_only(), "delimiter"_a = "", "decimal"_a = "",
      "encoding"_a = "", "header_row"_a = 0, "first_record"_a = py::none(),
      "The texts of some columns, by place, and the row of each record. Personal data: it stays in "
      "memory.");
}

void bind_words(py::module_& m) {
  m.def("header_key", &kohort::header_key, "name"_a,
        "The form in which headers and codes are compared.");
  m.def("plain_words", &kohort::detail::plain_words, "text"_a,
        "Whether a text holds words that extracts are made of and nothing else.");
  m.def("shown_header", &kohort::detail::shown_header, "header"_a, "place"_a,
        "A header as it may be shown: its place, unless its words are known ones.");
  m.def("looks_like_data", &kohort::detail::looks_like_data, "head"_a,
        "Whether a cell of a header line looks like a date or a number.");
}

void bind_sheets(py::module_& m) {
  using kohort::sheet_scan;
  py::class_<sheet_scan>(m, "SheetScan", "What a sheet's XML holds, seen before it is opened.")
      .def(py::init<>())
      .def(
          "add",
          [](sheet_scan& scan, const py::bytes& piece) {
            scan.add(piece.cast<std::string_view>());
          },
          "piece"_a)
      .def_property_readonly("cells", &sheet_scan::cells)
      .def_property_readonly("last_row", &sheet_scan::last_row)
      .def_property_readonly("last_column", &sheet_scan::last_column)
      .def_property_readonly("declares", &sheet_scan::declares)
      .def_property_readonly("misnamed", &sheet_scan::misnamed)
      .def_property_readonly("formulas", &sheet_scan::formulas)
      .def_property_readonly("formula_count", &sheet_scan::formula_count)
      .def_property_readonly("errors", &sheet_scan::errors)
      .def_property_readonly("merged", &sheet_scan::merged);
  m.def("column_letters", &kohort::column_letters, "column"_a);
  m.def("cell_position", &kohort::cell_position, "name"_a, "Row and column, from 1; zeros: none.");
}

}  // namespace

void bind_texts(py::module_& m) {
  bind_records(m);
  bind_words(m);
  bind_sheets(m);
}
