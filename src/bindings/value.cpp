// Accounting of closed cohorts, evaluation of options, value of information, sensitivity.

#include <kohort/economics/closed_cohort.hpp>
#include <kohort/economics/evaluation.hpp>
#include <kohort/economics/partial_information.hpp>
#include <kohort/economics/probabilistic_analysis.hpp>
#include <kohort/economics/sensitivity.hpp>

#include <array>
#include <functional>
#include <tuple>

#include "arrays.hpp"
#include "casters.hpp"

namespace {

using kohort::bindings::row_major;
using stack = kohort::bindings::flat;

// matrices x n x n
std::vector<Eigen::MatrixXd> matrices(const stack& all) {
  if (all.ndim() != 3 || all.shape(1) != all.shape(2)) {
    kohort::reject("E-SHAPE", "follow", "an array of " + std::to_string(all.ndim()) + " axes",
                   "matrices are (cycles, n, n)", "Give one matrix, or one for each cycle");
  }
  const auto n = all.shape(1);
  std::vector<Eigen::MatrixXd> made;
  for (py::ssize_t k = 0; k < all.shape(0); ++k) {
    made.emplace_back(Eigen::Map<const row_major>(all.data() + k * n * n, n, n));
  }
  return made;
}

kohort::accounting_settings settings(const std::string& accounting, double discount,
                                     double cycle_length, double counted_at, bool strict) {
  return {.convention = kohort::accounting_named(accounting),
          .discount = discount,
          .cycle_length = cycle_length,
          .counted_at = counted_at,
          .strict = strict};
}

std::vector<std::pair<int, int>> pairs(const std::vector<kohort::transition>& moves) {
  std::vector<std::pair<int, int>> made;
  for (const auto& [from, to] : moves) made.emplace_back(from, to);
  return made;
}

}  // namespace

void bind_value(py::module_& m) {
  py::class_<kohort::closed_cohort>(m, "ClosedCohort")
      .def_readonly("cycle_length", &kohort::closed_cohort::cycle_length)
      .def_readonly("persons", &kohort::closed_cohort::persons)
      .def_property_readonly("occupancy",
                             [](const kohort::closed_cohort& c) { return row_major(c.occupancy); })
      .def_property_readonly("moves", [](const kohort::closed_cohort& c) { return pairs(c.moves); })
      .def_property_readonly("moved",
                             [](const kohort::closed_cohort& c) { return row_major(c.moved); })
      .def_property_readonly("movers",
                             [](const kohort::closed_cohort& c) { return row_major(c.movers); })
      .def(
          "accrue",
          [](const kohort::closed_cohort& cohort, const Eigen::MatrixXd& state,
             const std::vector<std::tuple<int, int, double>>& move,
             const std::vector<std::pair<double, double>>& once, double entry, double newcomers,
             bool count_movers, const std::string& accounting, double discount, double counted_at,
             bool strict) {
            kohort::amounts per{.state = state,
                                .move = {},
                                .once = {},
                                .entry = entry,
                                .newcomers = newcomers,
                                .count_movers = count_movers};
            for (const auto& [from, to, amount] : move) per.move.push_back({{from, to}, amount});
            for (const auto& [years, amount] : once) per.once.push_back({years, amount});
            const auto sum = kohort::accrue(
                cohort, per,
                settings(accounting, discount, cohort.cycle_length, counted_at, strict));
            return std::array<double, 4>{sum.states, sum.moves, sum.once, sum.entry};
          },
          "state"_a, "move"_a, "once"_a, "entry"_a, "newcomers"_a, "count_movers"_a, "accounting"_a,
          "discount"_a, "counted_at"_a, "strict"_a);

  m.def(
      "follow",
      [](const stack& all, bool intensities, const Eigen::VectorXd& start, int cycles,
         double cycle_length, double persons) {
        const auto given = matrices(all);
        const kohort::trace_options options{
            .cycles = cycles, .cycle_length = cycle_length, .persons = persons};
        const py::gil_scoped_release release;
        if (intensities) {
          std::vector<kohort::intensity_matrix<>> Q;
          for (const auto& one : given) Q.emplace_back(one);
          return kohort::follow(Q, start, options);
        }
        std::vector<kohort::probability_matrix<>> P;
        for (const auto& one : given) P.emplace_back(one);
        return kohort::follow(P, start, options);
      },
      "matrices"_a, "intensities"_a, "start"_a, "cycles"_a, "cycle_length"_a, "persons"_a);

  m.def(
      "accounting_weights",
      [](const std::string& accounting, int cycles, double discount, double cycle_length,
         double counted_at, bool strict) {
        const auto w = kohort::weights_of(
            settings(accounting, discount, cycle_length, counted_at, strict), cycles);
        return py::make_tuple(w.first, w.last, w.event, w.rule);
      },
      "accounting"_a, "cycles"_a, "discount"_a, "cycle_length"_a, "counted_at"_a, "strict"_a);

  m.def("discount_factors", &kohort::discount_factors, "discount"_a, "cycles"_a, "cycle_length"_a);

  m.def(
      "incremental_analysis",
      [](const Eigen::VectorXd& costs, const Eigen::VectorXd& effects) {
        constexpr const char* statuses[] = {"reference", "efficient", "extendedly dominated",
                                            "dominated"};
        constexpr const char* quadrants[] = {"", "north-east", "south-east", "south-west",
                                             "north-west"};
        py::list rows;
        for (const auto& row : kohort::incremental_analysis(costs, effects)) {
          py::dict d;
          d["option"] = row.option;
          d["cost"] = row.cost;
          d["effect"] = row.effect;
          d["status"] = statuses[static_cast<std::size_t>(row.status)];
          d["compared_with"] = row.compared_with;
          d["and_with"] = row.and_with;
          d["added_cost"] = row.added_cost;
          d["added_effect"] = row.added_effect;
          d["icer"] = row.icer;
          d["quadrant"] = quadrants[static_cast<std::size_t>(
              kohort::quadrant_of(row.added_cost, row.added_effect))];
          rows.append(d);
        }
        return rows;
      },
      "costs"_a, "effects"_a);

  m.def(
      "quadrant_of",
      [](double added_cost, double added_effect) {
        constexpr const char* quadrants[] = {"", "north-east", "south-east", "south-west",
                                             "north-west"};
        return std::string(
            quadrants[static_cast<std::size_t>(kohort::quadrant_of(added_cost, added_effect))]);
      },
      "added_cost"_a, "added_effect"_a);

  m.def(
      "acceptability",
      [](const Eigen::MatrixXd& costs, const Eigen::MatrixXd& effects,
         const Eigen::VectorXd& willingness_to_pay) {
        const auto a = [&] {
          const py::gil_scoped_release release;
          return kohort::acceptability_of(costs, effects, willingness_to_pay);
        }();
        py::dict d;
        d["mean_benefit"] = row_major(a.mean_benefit);
        d["best"] = row_major(a.best);
        d["expected_loss"] = row_major(a.expected_loss);
        d["choice"] = a.choice;
        d["frontier"] = a.frontier;
        d["evpi"] = a.evpi;
        d["evpi_se"] = a.evpi_se;
        return d;
      },
      "costs"_a, "effects"_a, "willingness_to_pay"_a);

  m.def("discounted_decisions", &kohort::discounted_decisions, "decisions"_a, "discount"_a);

  m.def(
      "value_of_knowing",
      [](const Eigen::MatrixXd& benefit, const Eigen::MatrixXd& parameters, int intervals,
         int folds, int repeats, std::uint64_t seed) {
        const auto found = [&] {
          const py::gil_scoped_release release;
          return kohort::value_of_knowing(
              benefit, parameters,
              {.intervals = intervals, .folds = folds, .repeats = repeats, .seed = seed});
        }();
        py::dict d;
        d["in_sample"] = found.in_sample;
        d["cross_fit"] = found.cross_fit;
        d["se"] = found.se;
        d["evpi"] = found.evpi;
        d["degrees_of_freedom"] = found.degrees_of_freedom;
        d["pattern"] = found.pattern;
        return d;
      },
      "benefit"_a, "parameters"_a, "intervals"_a, "folds"_a, "repeats"_a, "seed"_a);

  m.def(
      "one_way",
      [](const std::function<double(const std::vector<double>&)>& model,
         const std::vector<std::array<double, 3>>& inputs) {
        std::vector<kohort::input_range> ranges;
        for (const auto& [base, low, high] : inputs) ranges.push_back({base, low, high});
        double base = 0;
        std::vector<std::tuple<int, double, double>> rows;
        for (const auto& row : kohort::one_way(model, ranges, base)) {
          rows.emplace_back(row.input, row.at_low, row.at_high);
        }
        return py::make_tuple(base, rows);
      },
      "model"_a, "inputs"_a);

  m.def(
      "find_threshold",
      [](const std::function<double(double)>& outcome, double low, double high, double target,
         int pieces) {
        const auto found = kohort::find_threshold(outcome, low, high, target, pieces);
        std::vector<std::pair<double, bool>> crossings;
        for (const auto& one : found.crossings) crossings.emplace_back(one.at, one.upwards);
        return py::make_tuple(crossings, found.at_low, found.at_high);
      },
      "outcome"_a, "low"_a, "high"_a, "target"_a, "pieces"_a);
}
