#include <kohort/simulation/histories.hpp>

#include "data.hpp"

namespace {

using kohort::bindings::column;
using kohort::bindings::copied;

template <class Value>
py::array_t<Value> own(const std::vector<Value>& values) {
  return py::array_t<Value>(static_cast<py::ssize_t>(values.size()), values.data());
}

}  // namespace

void bind_simulation(py::module_& m) {
  m.def(
      "draw_states",
      [](const std::vector<double>& shares, std::size_t persons, std::uint64_t seed) {
        return own(kohort::draw_states(shares, persons, seed));
      },
      "shares"_a, "persons"_a, "seed"_a);

  m.def(
      "simulate",
      [](const kohort::intensity_model& im, const std::vector<double>& coefficients,
         const column<int>& starts, const std::vector<double>& visits,
         std::vector<std::string> names, const column<double>& covariates,
         const std::vector<bool>& clocks, bool exact_times, const std::string& deaths,
         std::uint64_t seed, std::uint32_t replicate, int threads, const py::object& report) {
        const auto poll = kohort::bindings::polling(report);
        auto first = copied(starts);
        const auto values = copied(covariates);
        kohort::observations seen;
        {
          const py::gil_scoped_release free;
          auto plan =
              kohort::same_visits(std::move(first), visits, std::move(names), values, clocks);
          if (exact_times) {
            plan.kinds.assign(plan.times.size(), kohort::observation_kind::exact_transition);
          }
          seen = kohort::simulate(im, coefficients, plan,
                                  {seed, replicate,
                                   deaths == "exact"   ? kohort::death_record::exact
                                   : deaths == "month" ? kohort::death_record::month
                                                       : kohort::death_record::panel,
                                   threads, poll});
        }
        std::vector<std::uint8_t> kinds;
        kinds.reserve(seen.rows());
        for (const auto kind : seen.kinds) kinds.push_back(static_cast<std::uint8_t>(kind));
        auto x = own(seen.covariates);
        return py::make_tuple(own(seen.subjects), own(seen.times), own(seen.states), own(kinds),
                              x.reshape({static_cast<py::ssize_t>(seen.rows()),
                                         static_cast<py::ssize_t>(seen.covariate_names.size())}),
                              own(seen.earliest));
      },
      "model"_a, "coefficients"_a, "starts"_a, "visits"_a, "names"_a, "covariates"_a, "clocks"_a,
      py::kw_only(), "exact_times"_a, "deaths"_a, "seed"_a, "replicate"_a = 0, "threads"_a = 0,
      "progress"_a = py::none(),
      "Columns of simulated observations: subjects, times, states, kinds, covariates, earliest.");
}
