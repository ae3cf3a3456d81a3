#include <kohort/data/detail/catalogue.hpp>
#include <kohort/data/findings.hpp>
#include <kohort/data/observations.hpp>

#include "data.hpp"

namespace {

using kohort::finding;
using kohort::bindings::column;
using kohort::bindings::copied;
using kohort::bindings::own;
using kohort::bindings::view;

void bind_findings(py::module_& m) {
  py::class_<finding>(m, "Finding",
                      "One thing to know about the data or a fit: a rule, where it was broken, and "
                      "what to do.\n\n"
                      "It never holds a person's identity or the text of a cell, only rows and "
                      "columns. `row` is the physical row of a file (the header is row 1), or the "
                      "position in a table from 0; None if it concerns no row. `severity` is E "
                      "(stops), W (counts), I (informs) or D (diagnostic of a fit).")
      .def(py::init([](std::string code, std::string severity, std::string message,
                       std::string message_sv, std::string remedy, std::string remedy_sv,
                       std::string file, std::optional<std::int64_t> row,
                       std::vector<std::int64_t> related, std::string column, std::int64_t count,
                       std::string cell) {
             if (severity.size() != 1 || std::string("EWID").find(severity) == std::string::npos) {
               throw py::value_error("a finding's severity is one of E, W, I and D");
             }
             return finding{.code = std::move(code),
                            .severity = severity.front(),
                            .file = std::move(file),
                            .row = row.value_or(-1),
                            .related = std::move(related),
                            .column = std::move(column),
                            .message = std::move(message),
                            .message_sv = std::move(message_sv),
                            .remedy = std::move(remedy),
                            .remedy_sv = std::move(remedy_sv),
                            .count = count,
                            .cell = std::move(cell)};
           }),
           py::kw_only(), "code"_a, "severity"_a, "message"_a, "message_sv"_a = "", "remedy"_a = "",
           "remedy_sv"_a = "", "file"_a = "", "row"_a = py::none(),
           "related"_a = std::vector<std::int64_t>{}, "column"_a = "", "count"_a = 1, "cell"_a = "")
      .def_readonly("code", &finding::code)
      .def_property_readonly("severity",
                             [](const finding& f) { return std::string(1, f.severity); })
      .def_readonly("file", &finding::file)
      .def_property_readonly("row",
                             [](const finding& f) -> std::optional<std::int64_t> {
                               if (f.row < 0) return {};
                               return f.row;
                             })
      .def_property_readonly("related",
                             [](const finding& f) { return py::tuple(py::cast(f.related)); })
      .def_readonly("column", &finding::column)
      .def_readonly("message", &finding::message)
      .def_readonly("message_sv", &finding::message_sv)
      .def_readonly("remedy", &finding::remedy)
      .def_readonly("remedy_sv", &finding::remedy_sv)
      .def_readonly("count", &finding::count)
      .def_readonly("cell", &finding::cell)
      .def(
          "at_cell",
          [](finding f, std::string cell) {
            f.cell = std::move(cell);
            return f;
          },
          "cell"_a, "The same finding, placed in a workbook.")
      .def("__eq__",
           [](const finding& a, const py::object& b) {
             return py::isinstance<finding>(b) && a == b.cast<const finding&>();
           })
      .def("__hash__",
           [](const finding& f) { return py::hash(py::make_tuple(f.code, f.row, f.message)); })
      .def("__str__",
           [](const finding& f) {
             auto text = kohort::findings_text({f});
             text.pop_back();
             return text;
           })
      .def("__repr__", [](const finding& f) {
        return "<Finding " + f.code + (f.row < 0 ? "" : " row " + std::to_string(f.row)) + ">";
      });

  m.def(
      "catalogued",
      [](const std::string& code, std::optional<std::int64_t> row, std::string column,
         std::vector<std::int64_t> related, std::int64_t count, const std::string& detail,
         const std::string& detail_sv, std::string file, std::string cell) {
        auto f = kohort::detail::catalogued(code, row.value_or(-1), std::move(column),
                                            std::move(related), count);
        if (!detail.empty()) f.message += " " + detail;
        if (!detail_sv.empty()) f.message_sv += " " + detail_sv;
        f.file = std::move(file);
        f.cell = std::move(cell);
        return f;
      },
      "code"_a, py::kw_only(), "row"_a = py::none(), "column"_a = "",
      "related"_a = std::vector<std::int64_t>{}, "count"_a = 1, "detail"_a = "", "detail_sv"_a = "",
      "file"_a = "", "cell"_a = "",
      "The finding with this code, worded as in the catalogue; details follow the message.");
  m.def("findings_text", &kohort::findings_text, "findings"_a, "language"_a = "en", "cap"_a = 1000);
  m.def("findings_json", &kohort::findings_json, "findings"_a);
  m.def(
      "refuse",
      [](std::vector<finding> findings) { throw kohort::data_refused(std::move(findings)); },
      "findings"_a, "Raises DataRefused with these findings.");

  static py::exception<kohort::data_refused> refused(m, "DataRefused", m.attr("InvalidInput"));
  py::register_exception_translator([](std::exception_ptr thrown) {
    try {
      if (thrown) std::rethrow_exception(thrown);
    } catch (const kohort::data_refused& error) {
      py::object refusal = py::reinterpret_borrow<py::object>(refused)(error.what());
      refusal.attr("code") = error.code();
      refusal.attr("findings") = py::tuple(py::cast(error.findings()));
      PyErr_SetObject(refused.ptr(), refusal.ptr());
    }
  });
}

void bind_observations(py::module_& m) {
  using kohort::observations;
  py::class_<observations>(m, "Observations")
      .def_readonly("subject_names", &observations::subject_names)
      .def_readonly("units_per_year", &observations::units_per_year)
      .def_readonly("covariate_names", &observations::covariate_names)
      .def_readonly("findings", &observations::findings)
      .def_readonly("sets", &observations::sets)
      .def_property_readonly("earliest",
                             [](const py::object& self) {
                               return view(self, self.cast<const observations&>().earliest);
                             })
      .def_property_readonly("subjects",
                             [](const py::object& self) {
                               return view(self, self.cast<const observations&>().subjects);
                             })
      .def_property_readonly(
          "times",
          [](const py::object& self) { return view(self, self.cast<const observations&>().times); })
      .def_property_readonly("states",
                             [](const py::object& self) {
                               return view(self, self.cast<const observations&>().states);
                             })
      .def_property_readonly("kinds",
                             [](const py::object& self) {
                               const auto& kinds = self.cast<const observations&>().kinds;
                               std::vector<std::uint8_t> codes;
                               for (const auto k : kinds) {
                                 codes.push_back(static_cast<std::uint8_t>(k));
                               }
                               return own(codes);
                             })
      .def_property_readonly("covariates",
                             [](const py::object& self) {
                               const auto& o = self.cast<const observations&>();
                               return view(self, o.covariates,
                                           {static_cast<py::ssize_t>(o.rows()),
                                            static_cast<py::ssize_t>(o.covariate_names.size())});
                             })
      .def_property_readonly("weights",
                             [](const py::object& self) {
                               return view(self, self.cast<const observations&>().weights);
                             })
      .def_property_readonly("source_rows", [](const py::object& self) {
        return view(self, self.cast<const observations&>().source_rows);
      });

  m.def(
      "validate",
      [](const kohort::model& structure, std::vector<std::string> subject_names,
         const column<std::int32_t>& subjects, const column<double>& times, double units_per_year,
         const column<int>& states, const column<std::uint8_t>& kinds,
         std::vector<std::string> covariate_names, const column<double>& covariates,
         const column<double>& weights, const column<std::int64_t>& source_rows,
         std::vector<std::vector<kohort::state>> sets, const column<double>& earliest,
         const std::string& start, const column<double>& start_probabilities) {
        observations raw;
        raw.sets = std::move(sets);
        raw.earliest = copied(earliest);
        raw.start_probabilities = copied(start_probabilities);
        raw.start = start == "uniform" ? kohort::first_state::uniform
                    : start == "given" ? kohort::first_state::given
                                       : kohort::first_state::conditioned;
        raw.subject_names = std::move(subject_names);
        raw.subjects = copied(subjects);
        raw.times = copied(times);
        raw.units_per_year = units_per_year;
        raw.states = copied(states);
        for (const auto k : copied(kinds)) {
          raw.kinds.push_back(static_cast<kohort::observation_kind>(k));
        }
        raw.covariate_names = std::move(covariate_names);
        raw.covariates = copied(covariates);
        raw.weights = copied(weights);
        raw.source_rows = copied(source_rows);
        const auto poll = kohort::bindings::polling(py::none());
        const py::gil_scoped_release release;
        return kohort::validate(structure, std::move(raw), poll);
      },
      "model"_a, py::kw_only(), "subject_names"_a, "subjects"_a, "times"_a, "units_per_year"_a,
      "states"_a, "kinds"_a, "covariate_names"_a, "covariates"_a, "weights"_a, "source_rows"_a,
      "sets"_a = std::vector<std::vector<kohort::state>>{}, "earliest"_a = column<double>(),
      "start"_a = "condition", "start_probabilities"_a = column<double>());
}

}  // namespace

void bind_data(py::module_& m) {
  bind_findings(m);
  bind_observations(m);
  bind_extracts(m);
}
