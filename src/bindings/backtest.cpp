#include <kohort/projection/chance.hpp>
#include <kohort/projection/returns.hpp>
#include <kohort/support/random.hpp>
#include <kohort/support/scores.hpp>

#include "arrays.hpp"
#include "casters.hpp"

namespace {

using kohort::bindings::flat;
using kohort::bindings::numbers;

}  // namespace

void bind_backtest(py::module_& m) {
  m.def(
      "with_chance",
      [](const kohort::model& structure, const flat& stock, const flat& rates, const flat& expected,
         double dispersion, std::uint64_t seed, int threads, const std::vector<int>& seen_of,
         const flat& shares, const std::vector<double>& entry_cuts, int parts_a_year,
         const flat& staying) {
        const kohort::chance_inputs inputs{structure,
                                           static_cast<int>(stock.shape(1)),
                                           static_cast<int>(expected.shape(1)) - 1,
                                           static_cast<int>(expected.shape(0)),
                                           dispersion,
                                           numbers(stock),
                                           numbers(rates),
                                           numbers(expected),
                                           seen_of,
                                           numbers(shares),
                                           entry_cuts,
                                           parts_a_year,
                                           numbers(staying)};
        const auto poll = kohort::bindings::polling(py::none());
        std::vector<double> drawn;
        {
          const py::gil_scoped_release release;
          drawn = kohort::with_chance(inputs, seed, threads, poll);
        }
        return kohort::bindings::array(drawn,
                                       {expected.shape(0), expected.shape(1), expected.shape(2)});
      },
      "model"_a, "stock"_a, "rates"_a, "expected"_a, "dispersion"_a, "seed"_a, "threads"_a,
      "seen_of"_a = std::vector<int>(), "shares"_a = flat(), "entry_cuts"_a = std::vector<double>(),
      "parts_a_year"_a = 12, "staying"_a = flat(),
      "Numbers of persons as they may turn out, from what each draw expects.");

  m.def(
      "crps",
      [](const flat& draws, double seen, bool fair) {
        return kohort::crps({draws.data(), static_cast<std::size_t>(draws.size())}, seen,
                            fair ? kohort::crps_form::fair : kohort::crps_form::plain);
      },
      "draws"_a, "seen"_a, "fair"_a = true);
  m.def("poisson_crps", &kohort::poisson_crps, "mean"_a, "seen"_a);
  m.def("poisson_quantile", &kohort::poisson_quantile, "mean"_a, "probability"_a);
  m.def(
      "randomised_pit",
      [](const flat& draws, double seen, std::uint64_t seed, std::uint32_t index) {
        const kohort::random_stream random(seed, kohort::purpose::chance);
        return kohort::randomised_pit({draws.data(), static_cast<std::size_t>(draws.size())}, seen,
                                      random.uniform(0xFFFFFFFFU, index, 0));
      },
      "draws"_a, "seen"_a, "seed"_a, "index"_a);

  m.def(
      "returns_as_new",
      [](const kohort::model& structure, const std::string& ended,
         const kohort::entry_rates& entries,
         const py::array_t<double, py::array::c_style | py::array::forcecast>& rates) {
        std::vector<double> values(rates.data(), rates.data() + rates.size());
        kohort::returns_as_new(structure, ended, entries, values);
        py::array_t<double> result(
            std::vector<py::ssize_t>(rates.shape(), rates.shape() + rates.ndim()));
        std::copy(values.begin(), values.end(), result.mutable_data());
        return result;
      },
      "model"_a, "ended"_a, "entries"_a, "rates"_a,
      "Rates, (draws, 2, ages, transitions), with those from `ended` as of coming in anew.");
}
