#include <kohort/interventions/break_even.hpp>
#include <kohort/interventions/payback.hpp>
#include <kohort/interventions/programme.hpp>
#include <kohort/interventions/programme_draws.hpp>
#include <kohort/interventions/stock_flow.hpp>

#include "casters.hpp"

namespace {

using kohort::programme;
using doubles = std::vector<double>;

programme programme_of(const std::map<std::string, double>& values, doubles course,
                       doubles team_costs) {
  programme p;
  for (const auto& [name, value] : values) {
    p.*(kohort::programme_input_named(name).value) = value;
  }
  p.course = std::move(course);
  p.team_costs = std::move(team_costs);
  kohort::check(p);
  return p;
}

std::vector<std::pair<std::string, std::string>> notices_of(
    const std::vector<kohort::notice>& notices) {
  std::vector<std::pair<std::string, std::string>> found;
  for (const auto& n : notices) found.emplace_back(n.code, n.message);
  return found;
}

py::dict points_of(const kohort::break_even_points& found) {
  constexpr const char* verdicts[] = {"pays", "no_saving", "beyond_capacity"};
  return py::dict("verdict"_a = verdicts[static_cast<int>(found.verdict)],
                  "net_saving"_a = found.net_saving, "enrolled"_a = found.enrolled,
                  "starts"_a = found.starts, "rises"_a = found.rises, "drops"_a = found.drops,
                  "for_good"_a = found.for_good, "smallest_whole"_a = found.smallest_whole,
                  "goes_on"_a = found.goes_on);
}

py::dict threshold_of(const kohort::programme_threshold& t) {
  return py::dict("input"_a = std::string(t.input), "value"_a = t.value, "low"_a = t.low,
                  "high"_a = t.high, "net_low"_a = t.net_low, "net_high"_a = t.net_high,
                  "crosses"_a = t.crosses, "at"_a = t.at, "at_least"_a = t.at_least);
}

std::vector<kohort::uncertain_input> uncertain_of(
    const std::vector<std::tuple<std::string, std::string, double, double>>& given) {
  const std::map<std::string, kohort::uncertainty_shape> shapes = {
      {"normal", kohort::uncertainty_shape::normal},
      {"gamma", kohort::uncertainty_shape::gamma},
      {"beta", kohort::uncertainty_shape::beta},
      {"uniform", kohort::uncertainty_shape::uniform}};
  std::vector<kohort::uncertain_input> found;
  for (const auto& [input, shape, first, second] : given) {
    const auto known = shapes.find(shape);
    if (known == shapes.end()) {
      kohort::reject("E-SETTING", "uncertain", "the distribution '" + shape + "' was given",
                     "normal, gamma, beta and uniform are known", "Take one of them");
    }
    found.push_back({input, known->second, first, second});
  }
  return found;
}

void bind_programme(py::module_& m) {
  py::class_<kohort::programme_draws>(m, "ProgrammeDraws")
      .def(
          "net_saving",
          [](const kohort::programme_draws& d, bool narrow) {
            Eigen::VectorXd found(static_cast<Eigen::Index>(d.programmes.size()));
            for (std::size_t k = 0; k < d.programmes.size(); ++k) {
              found(static_cast<Eigen::Index>(k)) = kohort::net_saving(d.programmes[k], narrow);
            }
            return found;
          },
          "narrow"_a)
      .def(
          "value",
          [](const kohort::programme_draws& d, const std::string& name) {
            Eigen::VectorXd found(static_cast<Eigen::Index>(d.programmes.size()));
            for (std::size_t k = 0; k < d.programmes.size(); ++k) {
              found(static_cast<Eigen::Index>(k)) =
                  name == "enrolled" ? d.enrolled[k]
                                     : d.programmes[k].*(kohort::programme_input_named(name).value);
            }
            return found;
          },
          "input"_a)
      .def(
          "net",
          [](const kohort::programme_draws& d, bool narrow) {
            const auto net = kohort::net_of(d, narrow);
            return Eigen::VectorXd(Eigen::Map<const Eigen::VectorXd>(
                net.data(), static_cast<Eigen::Index>(net.size())));
          },
          "narrow"_a)
      .def(
          "net_by_enrolled",
          [](const kohort::programme_draws& d, const doubles& enrolled,
             const doubles& probabilities,
             bool narrow) { return kohort::net_by_enrolled(d, enrolled, probabilities, narrow); },
          "enrolled"_a, "probabilities"_a, "narrow"_a)
      .def(
          "chance_of_gain",
          [](const kohort::programme_draws& d, const doubles& enrolled, bool narrow) {
            return kohort::chance_of_gain(d, enrolled, narrow);
          },
          "enrolled"_a, "narrow"_a);

  py::class_<programme>(m, "Programme")
      .def(py::init(&programme_of), "values"_a, "course"_a, "team_costs"_a)
      .def("value",
           [](const programme& p, const std::string& name) {
             return p.*(kohort::programme_input_named(name).value);
           })
      .def("saving_while_enrolled", &kohort::saving_while_enrolled)
      .def("saving_after_discharge", &kohort::saving_after_discharge)
      .def("net_saving", &kohort::net_saving, "narrow"_a)
      .def("teams", &kohort::teams_for, "enrolled"_a)
      .def("cost_of_teams", &kohort::cost_of_teams, "teams"_a)
      .def("net", &kohort::net_per_month, "enrolled"_a, "narrow"_a)
      .def("expected_teams", &kohort::expected_teams, "mean_enrolled"_a)
      .def("expected_net", &kohort::expected_net_per_month, "mean_enrolled"_a)
      .def(
          "break_even",
          [](const programme& p, bool narrow, double above) {
            return points_of(kohort::break_even(p, {narrow, above}));
          },
          "narrow"_a, "above"_a)
      .def(
          "threshold",
          [](const programme& p, const std::string& input, double enrolled, bool narrow,
             double above) {
            return threshold_of(kohort::find_threshold(p, input, enrolled, {narrow, above}));
          },
          "input"_a, "enrolled"_a, "narrow"_a, "above"_a)
      .def(
          "thresholds",
          [](const programme& p, double enrolled, bool narrow, double above) {
            std::vector<py::dict> found;
            for (const auto& t : kohort::find_thresholds(p, enrolled, {narrow, above})) {
              found.push_back(threshold_of(t));
            }
            return found;
          },
          "enrolled"_a, "narrow"_a, "above"_a)
      .def(
          "pay_back",
          [](const programme& p, doubles enrolled, doubles discharged, int housing_month) {
            const auto found =
                kohort::pay_back(p, {std::move(enrolled), std::move(discharged)}, housing_month);
            return py::dict(
                "cash"_a = found.cash, "accrual"_a = found.accrual,
                "cash_so_far"_a = found.cash_so_far, "accrual_so_far"_a = found.accrual_so_far,
                "cash_month"_a = found.cash_month, "cash_for_good"_a = found.cash_for_good,
                "accrual_month"_a = found.accrual_month,
                "accrual_for_good"_a = found.accrual_for_good, "deepest"_a = found.deepest);
          },
          "enrolled"_a, "discharged"_a, "housing_month"_a)
      .def(
          "draws",
          [](const programme& p, double enrolled,
             const std::vector<std::tuple<std::string, std::string, double, double>>& uncertain,
             int draws, std::uint64_t seed) {
            const auto inputs = uncertain_of(uncertain);
            const py::gil_scoped_release free;
            return kohort::draw_programmes(p, enrolled, inputs, draws, seed);
          },
          "enrolled"_a, "uncertain"_a, "draws"_a, "seed"_a);
}

void bind_break_even(py::module_& m) {
  m.def("programme_inputs", [] {
    constexpr const char* ranges[] = {"amount", "positive", "share", "effect"};
    std::vector<std::tuple<std::string, double, std::string>> found;
    const programme defaults;
    for (const auto& input : kohort::programme_inputs()) {
      found.emplace_back(std::string(input.name), defaults.*(input.value),
                         ranges[static_cast<int>(input.range)]);
    }
    return found;
  });
  m.def(
      "team_cost",
      [](const std::vector<std::tuple<std::string, double, double>>& posts, double on_cost,
         double premises, double other) {
        std::vector<kohort::post> found;
        for (const auto& [name, number, salary] : posts) found.push_back({name, number, salary});
        return kohort::team_cost(found, on_cost, premises, other);
      },
      "posts"_a, "on_cost"_a, "premises"_a, "other"_a);
  m.def("deferred_housing_value", &kohort::deferred_housing_value, "months"_a, "from_month"_a,
        "place"_a, "home_help"_a, "discount"_a);
  m.def(
      "fill_up",
      [](double starts, double stay, double growing, int months) {
        const auto found = kohort::fill_up(starts, stay, growing, months);
        return std::pair(found.enrolled, found.discharged);
      },
      "starts"_a, "stay"_a, "growing"_a, "months"_a);
  m.def(
      "caseload", [](const doubles& starts, double stay) { return kohort::caseload(starts, stay); },
      "starts"_a, "stay"_a);
  m.def(
      "expected_teams",
      [](double capacity, const Eigen::VectorXd& mean_enrolled) {
        return Eigen::VectorXd(mean_enrolled.unaryExpr(
            [&](double mean) { return kohort::poisson_teams(capacity, mean); }));
      },
      "capacity"_a, "mean_enrolled"_a);
  m.def(
      "full_at_once",
      [](double enrolled, double stay, int months) {
        const auto found = kohort::full_at_once(enrolled, stay, months);
        return std::pair(found.enrolled, found.discharged);
      },
      "enrolled"_a, "stay"_a, "months"_a);
  m.def(
      "stock_and_flow",
      [](std::optional<double> enrolled, std::optional<double> starts, std::optional<double> stay,
         std::optional<double> head_count, double enrolled_variance, double starts_counted,
         double stays_counted, double stay_cv, double window) {
        const auto found =
            kohort::stock_and_flow({enrolled, starts, stay, head_count, enrolled_variance,
                                    starts_counted, stays_counted, stay_cv, window});
        return py::dict("enrolled"_a = found.enrolled, "starts"_a = found.starts,
                        "stay"_a = found.stay, "head_count"_a = found.head_count,
                        "checked"_a = found.checked, "gap"_a = found.gap,
                        "gap_error"_a = found.gap_error, "notices"_a = notices_of(found.notices));
      },
      "enrolled"_a, "starts"_a, "stay"_a, "head_count"_a, "enrolled_variance"_a, "starts_counted"_a,
      "stays_counted"_a, "stay_cv"_a, "window"_a);
  m.def(
      "read_three_ways",
      [](double figure, double stay) {
        const auto read = kohort::read_three_ways(figure, stay);
        return std::tuple(read.as_stock, read.as_flow, read.as_head_count);
      },
      "figure"_a, "stay"_a);
  m.def(
      "interval_of_break_even",
      [](const doubles& saving, const doubles& fixed, const doubles& capacity, double level) {
        const auto f = kohort::interval_of_break_even(saving, fixed, capacity, level);
        return py::dict("low"_a = f.low, "high"_a = f.high, "median"_a = f.median,
                        "never"_a = f.never, "no_saving"_a = f.no_saving,
                        "beyond_capacity"_a = f.beyond_capacity);
      },
      "saving"_a, "fixed"_a, "capacity"_a, "level"_a);
  m.def(
      "fieller",
      [](double mean, double variance_m, double F, double variance_F, double covariance,
         double level) {
        constexpr const char* shapes[] = {"interval", "outside", "everywhere"};
        const auto f = kohort::fieller(mean, variance_m, F, variance_F, covariance, level);
        return std::tuple(shapes[static_cast<int>(f.shape)], f.low, f.high);
      },
      "m"_a, "variance_m"_a, "F"_a, "variance_F"_a, "covariance"_a, "level"_a);
  m.def("normal_chance_of_gain", &kohort::normal_chance_of_gain, "enrolled"_a, "m"_a,
        "variance_m"_a, "F"_a, "variance_F"_a, "covariance"_a);
  m.def(
      "compare_ways",
      [](const Eigen::MatrixXd& net) {
        auto found = kohort::compare_ways(net);
        return std::tuple(found.best, found.better, found.regret);
      },
      "net"_a);
}

}  // namespace

void bind_interventions(py::module_& m) {
  bind_programme(m);
  bind_break_even(m);
}
