#include <kohort/interventions/effects.hpp>
#include <kohort/interventions/lowering.hpp>
#include <kohort/interventions/places.hpp>
#include <kohort/interventions/ratio_split.hpp>
#include <kohort/interventions/redistribution.hpp>

#include "casters.hpp"

namespace {

using doubles = std::vector<double>;

std::vector<kohort::transition> moves_of(const std::vector<std::pair<int, int>>& pairs) {
  std::vector<kohort::transition> moves;
  for (const auto& [from, to] : pairs) moves.push_back({from, to});
  return moves;
}

void bind_effects(py::module_& m) {
  m.def(
      "ratios_for_probabilities",
      [](const Eigen::MatrixXd& Q, const std::vector<std::tuple<int, int, double>>& targets,
         double h) {
        std::vector<kohort::probability_target> wanted;
        for (const auto& [from, to, k] : targets) wanted.push_back({from, to, k});
        return kohort::ratios_for_probabilities(kohort::intensity_matrix<>(Q), wanted, h);
      },
      "intensities"_a, "targets"_a, "years"_a, py::call_guard<py::gil_scoped_release>());
  m.def(
      "ratios_for_shares",
      [](const Eigen::MatrixXd& Q, const Eigen::VectorXd& start, const std::vector<int>& inside,
         const std::vector<std::pair<int, int>>& moves, const doubles& times,
         const doubles& shares) {
        return kohort::ratios_for_shares(kohort::intensity_matrix<>(Q), start, inside,
                                         moves_of(moves), times, shares);
      },
      "intensities"_a, "start"_a, "inside"_a, "moves"_a, "times"_a, "shares"_a,
      py::call_guard<py::gil_scoped_release>());
  m.def("after_odds_ratio", &kohort::after_odds_ratio, "probability"_a, "odds_ratio"_a);
  m.def("rate_ratio", &kohort::rate_ratio, "before"_a, "after"_a);
  m.def("cause_specific_ratio", &kohort::cause_specific_ratio, "all_before"_a, "cause_before"_a,
        "all_after"_a, "cause_after"_a);
  m.def(
      "entry_ratios",
      [](const doubles& mix, const doubles& factors, bool softmax) {
        return kohort::entry_ratios(
            mix, factors, softmax ? kohort::mix_rule::softmax : kohort::mix_rule::to_none);
      },
      "mix"_a, "factors"_a, "softmax"_a);
  m.def(
      "boosted_trace",
      [](const Eigen::MatrixXd& Q, const Eigen::VectorXd& start,
         const std::vector<std::pair<int, int>>& moves, double ratio, double fade, double lasts,
         doubles boosters, std::vector<int> eligible, int months) {
        return kohort::boosted_trace(
            kohort::intensity_matrix<>(Q), start,
            {moves_of(moves), ratio, fade, lasts, std::move(boosters), std::move(eligible)},
            months);
      },
      "intensities"_a, "start"_a, "moves"_a, "ratio"_a, "fade"_a, "lasts"_a, "boosters"_a,
      "eligible"_a, "months"_a);
  m.def(
      "redistributed",
      [](const Eigen::MatrixXd& P, const std::vector<std::tuple<int, int, double>>& effects,
         const std::string& rule, int death) {
        std::vector<kohort::chain_effect> wanted;
        for (const auto& [from, to, k] : effects) wanted.push_back({from, to, k});
        using kohort::redistribution_rule;
        const auto by = rule == "from_stay"      ? redistribution_rule::from_stay
                        : rule == "proportional" ? redistribution_rule::proportional
                                                 : redistribution_rule::living;
        if (rule != "from_stay" && rule != "proportional" && rule != "living") {
          kohort::reject("E-EFFECT", "redistributed", "the rule '" + rule + "' was given",
                         "from_stay, proportional and living are known", "Take one of them");
        }
        return kohort::redistributed(kohort::probability_matrix<>(P), wanted, by, death).matrix();
      },
      "probabilities"_a, "effects"_a, "rule"_a, "death"_a);
  m.def(
      "split_difference",
      [](const std::tuple<double, double, double>& before,
         const std::tuple<double, double, double>& after) {
        const auto group = [](const std::tuple<double, double, double>& g) {
          return kohort::group_cost{std::get<0>(g), std::get<1>(g), std::get<2>(g)};
        };
        const auto f = kohort::split_difference(group(before), group(after));
        return py::dict("share_ratio"_a = f.share_ratio, "share_difference"_a = f.share_difference,
                        "needed_to_treat"_a = f.needed_to_treat, "each_before"_a = f.each_before,
                        "each_after"_a = f.each_after, "each_ratio"_a = f.each_ratio,
                        "cost_ratio"_a = f.cost_ratio, "log_part_of_users"_a = f.log_part_of_users,
                        "saved_by_fewer"_a = f.saved_by_fewer,
                        "saved_by_less_each"_a = f.saved_by_less_each);
      },
      "before"_a, "after"_a);
  m.def(
      "fill_places",
      [](double places, double stay, double leaving, const doubles& arrivals, double enrolled,
         double waiting) {
        const auto f = kohort::fill_places({places, stay, leaving}, arrivals, enrolled, waiting);
        return std::tuple(f.enrolled, f.waiting, f.starts, f.left);
      },
      "places"_a, "stay"_a, "leaving"_a, "arrivals"_a, "enrolled"_a, "waiting"_a);
  m.def(
      "steady_queue",
      [](double places, double stay, double leaving, double arrivals) {
        const auto f = kohort::steady_queue({places, stay, leaving}, arrivals);
        return py::dict("chance_to_wait"_a = f.chance_to_wait, "queue"_a = f.queue,
                        "occupied"_a = f.occupied, "wait"_a = f.wait,
                        "fluid_queue"_a = f.fluid_queue, "gives_up"_a = f.gives_up);
      },
      "places"_a, "stay"_a, "leaving"_a, "arrivals"_a);
}

// Effects as plain tuples, in the order of `intensity_effect`.
using effect_tuple = std::tuple<int, int, int, int, int, bool, double, doubles, double>;

std::vector<effect_tuple> tuples_of(const std::vector<kohort::intensity_effect>& effects) {
  std::vector<effect_tuple> found;
  for (const auto& e : effects) {
    found.emplace_back(e.from, e.to, e.first_age, e.last_age, e.sex,
                       e.clock == kohort::effect_clock::since_enrolment, e.starts, e.log_ratio,
                       e.step);
  }
  return found;
}

using window_tuple = std::tuple<bool, double, int, double, int, int, int>;

kohort::effect_window window_of(const window_tuple& given) {
  kohort::effect_window w;
  bool since = false;
  std::tie(since, w.from, w.months, w.fade, w.first_age, w.last_age, w.sex) = given;
  w.clock = since ? kohort::effect_clock::since_enrolment : kohort::effect_clock::calendar;
  return w;
}

kohort::rate_table table_of(int first_age, const py::array_t<double>& rates) {
  const auto dense = py::array_t<double, py::array::c_style | py::array::forcecast>(rates);
  if (dense.ndim() != 3 || dense.shape(0) != 2) {
    kohort::reject("E-SHAPE", "strategy", "rates of another shape", "2 x ages x transitions",
                   "Give them so");
  }
  return {first_age, static_cast<int>(dense.shape(1)),
          doubles(dense.data(), dense.data() + dense.size())};
}

void bind_lowering(py::module_& m) {
  m.def(
      "ratio_effects",
      [](const std::vector<std::pair<int, int>>& moves, double ratio, const window_tuple& window) {
        return tuples_of(kohort::ratio_effects(moves_of(moves), ratio, window_of(window)));
      },
      "moves"_a, "ratio"_a, "window"_a);
  m.def("strategy_state", &kohort::strategy_state, "model"_a, "state"_a);
  m.def(
      "probability_effects",
      [](const kohort::model& structure, int first_age, const py::array_t<double>& rates,
         const std::vector<std::tuple<int, int, double>>& targets, double over,
         const window_tuple& window) {
        std::vector<kohort::probability_target> wanted;
        for (const auto& [from, to, k] : targets) wanted.push_back({from, to, k});
        const auto table = table_of(first_age, rates);
        const auto when = window_of(window);
        const py::gil_scoped_release free;
        return tuples_of(kohort::probability_effects(structure, table, wanted, over, when));
      },
      "model"_a, "first_age"_a, "rates"_a, "targets"_a, "over"_a, "window"_a);
  m.def(
      "odds_effects",
      [](const kohort::model& structure, int first_age, const py::array_t<double>& rates,
         std::vector<int> inside, const std::vector<std::pair<int, int>>& moves, doubles months,
         doubles odds_ratios, const Eigen::VectorXd& start, bool since_enrolment) {
        const auto table = table_of(first_age, rates);
        const kohort::odds_at_times wanted{std::move(inside), moves_of(moves), std::move(months),
                                           std::move(odds_ratios)};
        const py::gil_scoped_release free;
        return tuples_of(kohort::odds_effects(structure, table, wanted, start,
                                              since_enrolment
                                                  ? kohort::effect_clock::since_enrolment
                                                  : kohort::effect_clock::calendar));
      },
      "model"_a, "first_age"_a, "rates"_a, "inside"_a, "moves"_a, "months"_a, "odds_ratios"_a,
      "start"_a, "since_enrolment"_a);
  m.def(
      "mix_effects",
      [](const doubles& mix, int first_age, int ages, const std::vector<int>& levels,
         const doubles& factors, bool softmax, const window_tuple& window) {
        return tuples_of(kohort::mix_effects(
            mix, first_age, ages, levels, factors,
            softmax ? kohort::mix_rule::softmax : kohort::mix_rule::to_none, window_of(window)));
      },
      "mix"_a, "first_age"_a, "ages"_a, "levels"_a, "factors"_a, "softmax"_a, "window"_a);
}

}  // namespace

void bind_strategies(py::module_& m) {
  bind_effects(m);
  bind_lowering(m);
}
