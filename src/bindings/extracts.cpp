#include <kohort/data/as_known_on.hpp>
#include <kohort/data/decision_tables.hpp>
#include <kohort/data/decisions.hpp>
#include <kohort/data/level_rule.hpp>

#include "data.hpp"
#include "texts.hpp"

namespace {

using kohort::bindings::choice;
using kohort::bindings::form_of_text;
using kohort::bindings::own;
using kohort::bindings::text_of;

py::dict columns_of(const kohort::count_table& table) {
  py::dict columns;
  columns["year"] = own(table.years);
  columns["male"] = own(table.males);
  columns["age"] = own(table.ages);
  columns["state"] = own(table.states);
  if (!table.to_states.empty() || table.size() == 0) columns["to"] = own(table.to_states);
  columns["count"] = own(table.counts);
  return columns;
}

void bind_level_rules(py::module_& m) {
  using kohort::level_rule;
  py::class_<level_rule>(m, "LevelRule",
                         "How a decision tells the level of dependency. Make one with "
                         "`hours_rule` or `named_levels`, or use `SUPPORT_RULE`.")
      .def_readonly("name", &level_rule::name, "What results made under the rule call it.")
      .def_property_readonly(
          "source",
          [](const level_rule& rule) {
            constexpr const char* names[] = {"level", "support", "hours"};
            return names[static_cast<int>(rule.source)];
          },
          "The column that it reads: level, support or hours.")
      .def_property_readonly(
          "levels", [](const level_rule& rule) { return py::tuple(py::cast(rule.levels)); })
      .def_property_readonly(
          "codes",
          [](const level_rule& rule) {
            std::map<std::string, std::optional<std::string>> codes;
            for (const auto& [code, level] : rule.codes) {
              if (level == level_rule::left_out) {
                codes[code] = std::nullopt;
              } else {
                codes[code] = rule.levels[static_cast<std::size_t>(level)];
              }
            }
            return codes;
          },
          "Code in the form in which it is compared, and its level; None: left "
          "out.")
      .def_property_readonly(
          "thresholds", [](const level_rule& rule) { return py::tuple(py::cast(rule.thresholds)); })
      .def_property_readonly(
          "short_stays",
          [](const level_rule& rule) {
            return py::tuple(
                py::cast(std::vector(rule.short_stays.begin(), rule.short_stays.end())));
          },
          "Codes of a stay that is meant to be short, in the form in which they are compared.")
      .def_readonly("most_demanding", &level_rule::most_demanding,
                    "Whether the highest of several levels in force together is the person's.")
      .def(
          "with_codes",
          [](const level_rule& rule,
             const std::map<std::string, std::optional<std::string>>& codes) {
            std::vector<std::pair<std::string, std::string>> pairs;
            for (const auto& [code, level] : codes) pairs.emplace_back(code, level.value_or(""));
            return kohort::with_codes(rule, pairs);
          },
          "codes"_a,
          "The rule with further codes, {code: level}; None leaves such rows out. A code that it "
          "knew already gets the new meaning.")
      .def("__eq__",
           [](const level_rule& a, const py::object& b) {
             return py::isinstance<level_rule>(b) && a == b.cast<const level_rule&>();
           })
      .def("__hash__", [](const level_rule& rule) { return py::hash(py::str(rule.name)); })
      .def("__repr__", [](const level_rule& rule) { return "<LevelRule " + rule.name + ">"; });

  m.def("support_type_rule", &kohort::support_type_rule);
  m.def(
      "declared_rule",
      [](std::string name, const std::string& source, std::vector<std::string> levels,
         const std::vector<std::pair<std::string, std::string>>& codes,
         std::vector<double> thresholds, bool most_demanding,
         const std::vector<std::string>& short_stays) {
        const auto reads = source == "hours"     ? kohort::level_source::hours
                           : source == "support" ? kohort::level_source::support
                                                 : kohort::level_source::level;
        return kohort::declared_rule(std::move(name), reads, std::move(levels), codes,
                                     std::move(thresholds), most_demanding, short_stays);
      },
      "name"_a, "source"_a, "levels"_a, "codes"_a, "thresholds"_a, "most_demanding"_a,
      "short_stays"_a);
  m.def("hours_rule", &kohort::hours_rule, "thresholds"_a, "levels"_a);
  m.def("named_levels", &kohort::named_levels, "levels"_a);
}

void bind_decisions(py::module_& m) {
  using kohort::decisions;
  py::class_<decisions>(m, "Decisions")
      .def_property_readonly(
          "observations",
          [](const decisions& d) -> const kohort::observations& { return d.observations; },
          py::return_value_policy::reference_internal)
      .def_readonly("findings", &decisions::findings)
      .def_readonly("counts", &decisions::counts)
      .def_property_readonly("form",
                             [](const decisions& d) {
                               const auto mark = [](char c) {
                                 return c == 0 ? std::string() : std::string(1, c);
                               };
                               return py::make_tuple(std::string(name_of(d.form.encoding)),
                                                     mark(d.form.delimiter), mark(d.form.decimal));
                             })
      .def_property_readonly("costs",
                             [](const decisions& d) {
                               py::list rows;
                               for (const auto& c : d.costs) {
                                 rows.append(py::make_tuple(c.decisions, c.hundredths));
                               }
                               return rows;
                             })
      .def_readonly("rule", &decisions::rule)
      .def_property_readonly(
          "extraction",
          [](const decisions& d) {
            return d.settings.extraction ? kohort::to_text(*d.settings.extraction) : std::string();
          })
      .def("stays",
           [](const decisions& d) {
             std::vector<std::int32_t> persons, states, from, to;
             for (const auto& s : d.stays) {
               persons.push_back(s.person);
               states.push_back(s.at);
               from.push_back(s.from);
               to.push_back(s.to);
             }
             return py::make_tuple(own(persons), own(states), own(from), own(to));
           })
      .def("bridged",
           [](const decisions& d) {
             std::vector<std::int32_t> from, to;
             for (const auto& s : d.bridged) {
               from.push_back(s.from);
               to.push_back(s.to);
             }
             return py::make_tuple(own(from), own(to));
           })
      .def_property_readonly("entered",
                             [](const decisions& d) {
                               std::vector<std::uint8_t> entered;
                               for (const auto& who : d.persons)
                                 entered.push_back(who.entered ? 1 : 0);
                               return own(entered);
                             })
      .def_readonly("units", &decisions::units)
      .def_readonly("unit_column", &decisions::unit_column)
      .def("started",
           [](const decisions& d) {
             std::vector<std::int32_t> units, months;
             std::vector<std::int64_t> counts;
             for (const auto& month : d.started) {
               units.push_back(month.unit);
               months.push_back(month.month);
               counts.push_back(month.count);
             }
             return py::make_tuple(own(units), own(months), own(counts));
           })
      .def(
          "first_entries",
          [](const decisions& d, int first, int last, bool returns) {
            return columns_of(kohort::first_entries(d, first, last, returns));
          },
          "first_year"_a, "last_year"_a, "returns"_a = false)
      .def("stock", [](const decisions& d, int day) { return columns_of(kohort::stock(d, day)); })
      .def(
          "stock_by_entry",
          [](const decisions& d, int day, int parts_a_year) {
            const auto found = kohort::stock_by_entry(d, day, parts_a_year);
            auto columns = columns_of(found.counts);
            columns["part"] = own(found.parts);
            return columns;
          },
          "day"_a, "parts_a_year"_a)
      .def("exposure_days",
           [](const decisions& d, int first, int last) {
             return columns_of(kohort::exposure_days(d, first, last));
           })
      .def("moves", [](const decisions& d, int first,
                       int last) { return columns_of(kohort::moves(d, first, last)); })
      .def("as_panel", [](const decisions& d, const std::vector<int>& visits,
                          bool exact_deaths) { return kohort::as_panel(d, visits, exact_deaths); })
      .def("as_known_on", &kohort::as_known_on, "day"_a, py::call_guard<py::gil_scoped_release>());
}

void bind_reading(py::module_& m) {
  m.def(
      "read_decisions",
      [](const py::object& source, const std::string& file, const kohort::model& structure,
         const kohort::level_rule& rule, std::optional<int> extraction,
         std::optional<int> observed_from, const std::string& overlap, int gap_days,
         int short_stay_days, const std::string& ended, const std::string& date_format,
         const std::string& delimiter, const std::string& decimal, const std::string& encoding,
         int header_row, std::optional<int> first_record,
         std::map<std::string, std::string> columns, const std::string& id,
         const std::string& century, const py::object& report) {
        kohort::decision_settings settings;
        settings.extraction = extraction;
        settings.observed_from = observed_from;
        settings.overlap = static_cast<kohort::overlap_policy>(
            choice("overlap", overlap, {"rule", "refuse", "highest"}));
        settings.gap_days = gap_days;
        settings.short_stay_days = short_stay_days;
        settings.ended = ended;
        settings.dates = static_cast<kohort::date_format>(
            choice("date_format", date_format,
                   {"iso", "excel_1900", "excel_1904", "day_month_year", "month_day_year"}));
        settings.csv = form_of_text(delimiter, decimal, encoding, header_row, first_record);
        settings.columns = std::move(columns);
        settings.ids =
            static_cast<kohort::id_kind>(choice("id", id, {"by header", "personnummer", "opaque"}));
        settings.century =
            static_cast<kohort::century_policy>(choice("century", century, {"separator", "older"}));
        const auto poll = kohort::bindings::polling(report);
        auto text = text_of(source, settings.csv.encoding);
        const py::gil_scoped_release free;
        return kohort::read_decisions(std::move(text), file, structure, rule, settings, poll);
      },
      "source"_a, "file"_a, py::kw_only(), "model"_a, "rule"_a, "extraction"_a, "observed_from"_a,
      "overlap"_a, "gap_days"_a, "short_stay_days"_a = 0, "ended"_a, "date_format"_a, "delimiter"_a,
      "decimal"_a, "encoding"_a = "", "header_row"_a = 0, "first_record"_a = py::none(),
      "columns"_a, "id"_a = "by header", "century"_a = "separator", "progress"_a = py::none(),
      "source: bytes, a path as str, or an iterator of bytes in UTF-8. first_record: rows are "
      "numbered by record, and the header has this number.");
  m.def("monthly_visits", &kohort::monthly_visits, "from_day"_a, "to_day"_a, "months"_a);

  m.def("decision_columns", [] {
    std::map<std::string, std::vector<std::string>> columns;
    for (const auto& [role, names] : kohort::decision_columns()) {
      columns[std::string(role)] = {names.begin(), names.end()};
    }
    return columns;
  });
}

}  // namespace

void bind_extracts(py::module_& m) {
  bind_level_rules(m);
  bind_decisions(m);
  bind_texts(m);
  bind_reading(m);
}
