#include <kohort/uncertainty/draw_summary.hpp>

#include <algorithm>
#include <cstdint>
#include <limits>

#include "arrays.hpp"
#include "casters.hpp"

namespace {

using kohort::bindings::flat;
using whole = py::array_t<std::int64_t, py::array::c_style | py::array::forcecast>;

/// Everything a summary holds, as arrays: what a worker sends and a checkpoint keeps.
py::dict state_of(const kohort::draw_summary& summary) {
  const auto m = static_cast<py::ssize_t>(summary.counts.size());
  whole bins(std::vector<py::ssize_t>{m, 5});  // first, bins, below, above, draws
  flat moments(std::vector<py::ssize_t>{m, 2});
  std::vector<std::int64_t> counts;
  for (py::ssize_t c = 0; c < m; ++c) {
    const auto& h = summary.counts[static_cast<std::size_t>(c)];
    const auto& of = summary.moments[static_cast<std::size_t>(c)];
    const std::int64_t row[5] = {h.first, static_cast<std::int64_t>(h.counts.size()), h.below,
                                 h.above, of.n};
    std::copy(row, row + 5, bins.mutable_data() + 5 * c);
    moments.mutable_at(c, 0) = of.mean;
    moments.mutable_at(c, 1) = of.squares;
    counts.insert(counts.end(), h.counts.begin(), h.counts.end());
  }
  whole all(static_cast<py::ssize_t>(counts.size()));
  std::copy(counts.begin(), counts.end(), all.mutable_data());
  py::dict d;
  d["bins"] = bins;
  d["moments"] = moments;
  d["counts"] = all;
  return d;
}

kohort::draw_summary summary_from(const whole& bins, const flat& moments, const whole& counts,
                                  const kohort::bin_rule& rule) {
  kohort::draw_summary summary;
  summary.rule = rule;
  const py::ssize_t m = bins.size() / 5;
  const std::int64_t* next = counts.data();
  std::int64_t left = counts.size();
  for (py::ssize_t c = 0; c < m; ++c) {
    const std::int64_t* row = bins.data() + 5 * c;
    if (row[1] < 0 || row[1] > left || moments.size() != 2 * m) {
      kohort::reject("E-SHAPE", "summary", "the counts do not fill the bins that are named",
                     "each quantity has as many counts as bins", "Make the summary anew");
    }
    summary.counts.push_back({row[0], {next, next + row[1]}, row[2], row[3]});
    next += row[1];
    left -= row[1];
    summary.moments.push_back({row[4], moments.data()[2 * c], moments.data()[2 * c + 1]});
  }
  return summary;
}

}  // namespace

void bind_draw_summary(py::module_& m) {
  py::class_<kohort::bin_rule>(m, "BinRule")
      .def(py::init([](bool logarithmic, double error, double low, double high) {
             const kohort::bin_rule rule{logarithmic, error, low, high};
             kohort::check(rule);
             return rule;
           }),
           "logarithmic"_a, "error"_a, "low"_a, "high"_a);
  m.def(
      "summarise",
      [](const flat& values, const kohort::bin_rule& rule) {
        kohort::draw_summary found;
        {
          const py::gil_scoped_release release;
          found = kohort::summarise({values.data(), static_cast<std::size_t>(values.size())},
                                    static_cast<std::size_t>(values.shape(1)), rule);
        }
        return state_of(found);
      },
      "values"_a, "rule"_a, "Counts and moments of the columns of (draws, quantities), as arrays.");
  py::class_<kohort::draw_summary>(m, "DrawSummary")
      .def(py::init(&summary_from), "bins"_a, "moments"_a, "counts"_a, "rule"_a)
      .def(
          "join",
          [](kohort::draw_summary& self, const whole& bins, const flat& moments,
             const whole& counts) {
            kohort::join(self, summary_from(bins, moments, counts, self.rule));
          },
          "bins"_a, "moments"_a, "counts"_a)
      .def(
          "limits",
          [](const kohort::draw_summary& self, double probability, double level) {
            const auto n = self.moments.empty() ? 0 : self.moments.front().n;
            const auto at = kohort::limits_of_quantile(n, probability, level);
            return std::pair(at.lower, at.upper);
          },
          "probability"_a, "level"_a)
      .def("state", &state_of)
      .def(
          "quantiles",
          [](const kohort::draw_summary& self, const std::vector<double>& at) {
            py::array_t<double> found(std::vector<py::ssize_t>{
                static_cast<py::ssize_t>(at.size()), static_cast<py::ssize_t>(self.counts.size())});
            for (std::size_t p = 0; p < at.size(); ++p) {
              for (std::size_t c = 0; c < self.counts.size(); ++c) {
                const auto one = kohort::quantile(self.counts[c], at[p], self.rule);
                found.mutable_at(p, c) =
                    one.known ? one.value : std::numeric_limits<double>::quiet_NaN();
              }
            }
            return found;
          },
          "probabilities"_a, "NaN where a quantile lies beyond the bins.");
}
