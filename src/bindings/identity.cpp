#include <kohort/data/decisions.hpp>
#include <kohort/data/personal_number.hpp>

#include "casters.hpp"

namespace {

kohort::century_policy century_of(const std::string& name) {
  if (name == "separator") return kohort::century_policy::separator;
  if (name == "older") return kohort::century_policy::older;
  kohort::reject("E-SETTING", "personal numbers", "century is '" + name + "'",
                 "it must be separator or older", "Choose one of them");
}

/// All verdicts of a column: fault (0: none), birth, male, coordination, in doubt, and the numbers
/// in the one form, empty where there is a fault.
py::tuple read_personal_numbers(const std::vector<std::string>& texts, std::optional<int> reference,
                                const std::string& century) {
  const auto policy = century_of(century);
  const auto n = static_cast<py::ssize_t>(texts.size());
  py::array_t<std::int8_t> faults(n);
  py::array_t<std::int32_t> births(n);
  py::array_t<bool> male(n), coordination(n), in_doubt(n);
  std::vector<std::string> numbers(texts.size());
  {
    auto* const fault = faults.mutable_data();
    auto* const birth = births.mutable_data();
    auto* const man = male.mutable_data();
    auto* const plus60 = coordination.mutable_data();
    auto* const doubt = in_doubt.mutable_data();
    const py::gil_scoped_release free;
    for (py::ssize_t i = 0; i < n; ++i) {
      const auto at = static_cast<std::size_t>(i);
      const auto number = kohort::parse_personal_number(texts[at], reference, policy);
      const bool good = number.fault == kohort::personal_number_fault::none;
      fault[i] = static_cast<std::int8_t>(number.fault);
      birth[i] = good ? number.birth : 0;
      man[i] = good && number.male;
      plus60[i] = good && number.coordination;
      doubt[i] = good && number.century_in_doubt;
      if (good) numbers[at] = number.text();
    }
  }
  return py::make_tuple(faults, births, male, coordination, in_doubt, std::move(numbers));
}

}  // namespace

void bind_identity(py::module_& m) {
  m.def("read_personal_numbers", &read_personal_numbers, "texts"_a, py::kw_only(), "reference"_a,
        "century"_a = "separator");
  std::vector<std::string> codes{""};
  for (int fault = 1; fault <= static_cast<int>(kohort::personal_number_fault::reference);
       ++fault) {
    codes.emplace_back(kohort::code_of(static_cast<kohort::personal_number_fault>(fault)));
  }
  m.attr("personal_number_codes") = py::tuple(py::cast(codes));

  m.def("person_names", [](const kohort::decisions& of) {
    std::vector<std::string> names;
    for (const auto& who : of.persons) names.push_back(who.id);
    return names;
  });
  m.def(
      "rename_persons",
      [](kohort::decisions& of, const std::vector<std::string>& names) {
        if (names.size() != of.persons.size()) throw py::value_error("a name for each person");
        for (std::size_t i = 0; i < names.size(); ++i) of.persons[i].id = names[i];
        of.observations.subject_names = names;
      },
      "of"_a, "names"_a);
  m.def("personal_ids",
        [](const kohort::decisions& of) { return of.settings.ids == kohort::id_kind::personal; });
}
