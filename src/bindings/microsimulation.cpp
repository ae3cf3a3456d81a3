#include <memory>
#include <tuple>
#include <utility>

#include <kohort/microsimulation/agreement.hpp>
#include <kohort/microsimulation/arrivals.hpp>
#include <kohort/microsimulation/covariate_patterns.hpp>
#include <kohort/microsimulation/lives.hpp>
#include <kohort/microsimulation/municipality.hpp>
#include <kohort/microsimulation/places.hpp>
#include <kohort/microsimulation/queues.hpp>

#include "arrays.hpp"
#include "casters.hpp"
#include "strategies.hpp"

namespace {

using kohort::bindings::array;
using kohort::bindings::flat;
using kohort::bindings::strategy_given;
using kohort::bindings::strategy_of;
using integers = py::array_t<std::int32_t, py::array::c_style | py::array::forcecast>;

template <class Array>
auto values(const Array& from) {
  using Value = typename std::remove_const_t<std::remove_pointer_t<decltype(from.data())>>;
  return std::vector<Value>(from.data(), from.data() + from.size());
}

template <class To>
void take(const py::dict& from, const char* name, To& to) {
  if (from.contains(name)) to = from[name].cast<To>();
}

/// The columns of a dict of arrays.
kohort::life_starts starts_of(const py::dict& columns) {
  kohort::life_starts list;
  const auto ints = [&](const char* name, std::vector<std::int32_t>& to) {
    if (columns.contains(name)) to = values(columns[name].cast<integers>());
  };
  const auto doubles = [&](const char* name, std::vector<double>& to) {
    if (columns.contains(name)) to = values(columns[name].cast<flat>());
  };
  ints("states", list.states);
  ints("patterns", list.patterns);
  ints("ages", list.ages);
  doubles("times", list.times);
  doubles("to_birthday", list.to_birthday);
  doubles("since_entry", list.since_entry);
  doubles("in_state", list.in_state);
  doubles("factors", list.factors);
  return list;
}

kohort::life_settings settings_of(const py::dict& given, std::shared_ptr<kohort::progress> poll) {
  kohort::life_settings s;
  take(given, "periods", s.periods);
  take(given, "step", s.step);
  take(given, "cost", s.cost);
  take(given, "move_cost", s.move_cost);
  take(given, "discount", s.discount);
  take(given, "seed", s.seed);
  take(given, "replicates", s.replicates);
  take(given, "first_replicate", s.first_replicate);
  take(given, "threads", s.threads);
  take(given, "allow_lanes", s.allow_lanes);
  if (given.contains("instruction_set")) {
    const auto name = given["instruction_set"].cast<std::string>();
    s.with = name == "avx512" ? kohort::instruction_set::avx512
             : name == "avx2" ? kohort::instruction_set::avx2
                              : kohort::instruction_set::baseline;
    s.with = std::min(s.with, kohort::best_instruction_set());
  }
  s.report = [poll = std::move(poll)](std::size_t done, std::size_t total) {
    return (*poll)(done, total);
  };
  return s;
}

kohort::place_rules rules_of(const py::dict& given) {
  kohort::place_rules r;
  take(given, "from", r.from);
  take(given, "places", r.places);
  take(given, "asks", r.asks);
  take(given, "asks_at_start", r.asks_at_start);
  if (given.contains("holds")) {
    for (const bool holds : given["holds"].cast<std::vector<bool>>()) r.holds.push_back(holds);
  }
  take(given, "waiting_ratio", r.waiting_ratio);
  take(given, "placed_ratio", r.placed_ratio);
  take(given, "waiting_cost", r.waiting_cost);
  take(given, "placed_cost", r.placed_cost);
  take(given, "vacancy", r.vacancy);
  take(given, "rank", r.rank);
  if (!r.rank.empty()) r.order = kohort::place_order::by_level;
  return r;
}

py::dict as_dict(const kohort::life_results& r) {
  const py::ssize_t R = r.replicates, T = r.periods, G = r.groups, S = r.states, K = r.transitions;
  py::dict d;
  d["occupancy"] = array(r.occupancy, {R, T + 1, G, S});
  d["person_years"] = array(r.person_years, {R, T, G, S});
  d["moves"] = array(r.moves, {R, T, K});
  d["entered"] = array(r.entered, {R, T, S});
  d["cost"] = array(r.cost, {R, T});
  d["enrolled"] = array(r.enrolled, {R, T});
  d["enrolled_years"] = array(r.enrolled_years, {R, T});
  return d;
}

py::dict as_dict(const kohort::place_results& r) {
  const py::ssize_t R = r.lives.replicates, T = r.lives.periods, S = r.lives.states;
  py::dict d = as_dict(r.lives);
  d["asked"] = array(r.asked, {R, T});
  d["placed"] = array(r.placed, {R, T});
  d["died_waiting"] = array(r.died_waiting, {R, T});
  d["left_waiting"] = array(r.left_waiting, {R, T});
  d["waiting_years"] = array(r.waiting_years, {R, T, S});
  d["placed_years"] = array(r.placed_years, {R, T, S});
  d["vacant_years"] = array(r.vacant_years, {R, T});
  d["available_years"] = array(r.available_years, {T});
  d["queue"] = array(r.queue, {R, T + 1});
  d["occupied"] = array(r.occupied, {R, T + 1});
  const auto n = static_cast<py::ssize_t>(r.waits.size());
  py::array_t<std::int32_t> replicate(n), level(n), end(n);
  py::array_t<double> asked(n), years(n);
  py::array_t<bool> from_start(n);
  for (py::ssize_t i = 0; i < n; ++i) {
    const auto& wait = r.waits[static_cast<std::size_t>(i)];
    replicate.mutable_at(i) = static_cast<std::int32_t>(wait.replicate);
    level.mutable_at(i) = wait.level;
    end.mutable_at(i) = static_cast<std::int32_t>(wait.end);
    asked.mutable_at(i) = wait.asked;
    years.mutable_at(i) = wait.years;
    from_start.mutable_at(i) = wait.from_start;
  }
  py::dict waits;
  waits["replicate"] = replicate;
  waits["asked"] = asked;
  waits["years"] = years;
  waits["level"] = level;
  waits["end"] = end;
  waits["from_start"] = from_start;
  d["waits"] = waits;
  return d;
}

/// Both simulations, with or without places, released from the interpreter lock.
py::list simulated(const kohort::life_rates& rates, const kohort::life_starts& everybody,
                   const kohort::life_arrivals& arrivals,
                   const std::vector<kohort::life_strategy>& strategies, const py::object& places,
                   const py::dict& settings, py::object report) {
  const auto poll =
      std::make_shared<kohort::progress>(kohort::bindings::polling(std::move(report)));
  const auto how = settings_of(settings, poll);
  py::list out;
  if (places.is_none()) {
    std::vector<kohort::life_results> found;
    {
      const py::gil_scoped_release release;
      found = kohort::simulate_lives(rates, everybody, arrivals, strategies, how);
    }
    for (const auto& one : found) out.append(as_dict(one));
    return out;
  }
  const auto rules = rules_of(places.cast<py::dict>());
  std::vector<kohort::place_results> found;
  {
    const py::gil_scoped_release release;
    found = kohort::simulate_places(rates, everybody, arrivals, strategies, rules, how);
  }
  for (const auto& one : found) out.append(as_dict(one));
  return out;
}

}  // namespace

void bind_microsimulation(py::module_& m) {
  const auto queue = [](const kohort::queue_means& q) {
    return py::make_tuple(q.waits, q.queue, q.occupied, q.wait, q.gives_up);
  };
  m.def(
      "erlang_c",
      [queue](int places, double arrivals, double stay) {
        return queue(kohort::erlang_c(places, arrivals, stay));
      },
      "places"_a, "arrivals"_a, "stay"_a);
  m.def(
      "queue_with_abandonment",
      [queue](int places, double arrivals, double stay, double gives_up) {
        return queue(kohort::queue_with_abandonment(places, arrivals, stay, gives_up));
      },
      "places"_a, "arrivals"_a, "stay"_a, "gives_up"_a);

  m.def(
      "find_patterns",
      [](const flat& rows) {
        const auto n = rows.ndim() > 0 ? rows.shape(0) : 0;
        const auto columns = rows.ndim() > 1 ? rows.shape(1) : 0;
        kohort::covariate_patterns found;
        {
          const py::gil_scoped_release release;
          found = kohort::find_patterns(rows.data(), static_cast<std::size_t>(n),
                                        static_cast<std::size_t>(columns));
        }
        return py::make_tuple(
            py::array_t<std::int32_t>(static_cast<py::ssize_t>(found.of_row.size()),
                                      found.of_row.data()),
            array(found.values, {static_cast<py::ssize_t>(found.count), columns}));
      },
      "rows"_a, "The pattern of each row, and the patterns.");

  py::class_<kohort::life_strategy>(m, "LifeStrategy")
      .def(py::init([](std::string name, std::vector<double> newcomers, std::vector<double> stock,
                       double from, double until) {
             return kohort::life_strategy{std::move(name),  {},   std::move(newcomers),
                                          std::move(stock), from, until};
           }),
           "name"_a, "enrols_newcomers"_a, "enrols_stock"_a, "enrols_from"_a, "enrols_until"_a)
      .def(
          "add",
          [](kohort::life_strategy& s, int transition, int first_age, int last_age,
             const std::vector<bool>& patterns, bool since_enrolment, double starts,
             std::vector<double> log_ratio, double step) {
            kohort::life_effect e{
                transition,           first_age, last_age, {}, since_enrolment, starts,
                std::move(log_ratio), step};
            for (const bool acts : patterns) e.patterns.push_back(acts);
            s.effects.push_back(std::move(e));
          },
          "transition"_a, "first_age"_a, "last_age"_a, "patterns"_a, "since_enrolment"_a,
          "starts"_a, "log_ratio"_a, "step"_a);

  m.def(
      "simulate_lives",
      [](const kohort::model& structure, const py::dict& table, const py::dict& everybody,
         const py::object& entries, const std::vector<kohort::life_strategy>& strategies,
         const py::object& places, const py::dict& settings, py::object report) {
        kohort::life_rates rates{.structure = structure};
        take(table, "patterns", rates.patterns);
        take(table, "first_age", rates.first_age);
        take(table, "ages", rates.ages);
        take(table, "years", rates.years);
        take(table, "since_entry_cuts", rates.since_entry_cuts);
        take(table, "in_state_cuts", rates.in_state_cuts);
        take(table, "outside", rates.outside);
        take(table, "groups", rates.group_of_pattern);
        rates.rates = values(table["rates"].cast<flat>());
        if (table.contains("frail")) {
          for (const bool acts : table["frail"].cast<std::vector<bool>>())
            rates.frail.push_back(acts);
        }
        kohort::life_arrivals arrivals;
        if (!entries.is_none()) {
          const auto given = entries.cast<py::dict>();
          kohort::life_entries come;
          come.states = values(given["states"].cast<integers>());
          if (given.contains("patterns"))
            come.patterns = values(given["patterns"].cast<integers>());
          if (given.contains("ages")) come.ages = values(given["ages"].cast<integers>());
          take(given, "years", come.years);
          come.rates = values(given["rates"].cast<flat>());
          const auto seed = settings["seed"].cast<std::uint64_t>();
          const double horizon =
              settings["periods"].cast<double>() * settings["step"].cast<double>();
          arrivals = [come, seed, horizon](std::uint32_t replicate) {
            return kohort::draw_entries(come, horizon, seed, replicate);
          };
        }
        return simulated(rates, starts_of(everybody), arrivals, strategies, places, settings,
                         std::move(report));
      },
      "model"_a, "rates"_a, "everybody"_a, "entries"_a, "strategies"_a, "places"_a, "settings"_a,
      "progress"_a);

  py::class_<kohort::municipality>(m, "Municipality")
      .def(py::init([](const kohort::model& structure, const std::string& ended, int first_age,
                       int base_year, const flat& persons, const flat& mortality, const flat& stock,
                       const flat& rates, const kohort::entry_rates& entries, bool scale,
                       double floor, const std::vector<double>& entry_cuts, int enrolments_a_year,
                       std::uint64_t seed) {
             const int ages = static_cast<int>(stock.shape(1));
             const int years = static_cast<int>(persons.size()) / (2 * ages) - 1;
             const kohort::open_cohort_inputs inputs{
                 structure,
                 ended,
                 {first_age, ages, base_year, years, values(persons), values(mortality)},
                 values(stock),
                 values(rates),
                 entries,
                 {},
                 {},
                 entry_cuts};
             kohort::open_cohort_options options;
             options.closure =
                 scale ? kohort::closure_policy::scale : kohort::closure_policy::strict;
             options.floor = floor;
             options.enrolments_a_year = enrolments_a_year;
             options.group_of_age.assign(static_cast<std::size_t>(ages), 0);
             options.threads = 1;
             const py::gil_scoped_release release;
             return kohort::municipality(inputs, options, seed);
           }),
           "model"_a, "ended"_a, "first_age"_a, "base_year"_a, "persons"_a, "mortality"_a,
           "stock"_a, "rates"_a, "entries"_a, "scale"_a, "floor"_a, "entry_cuts"_a,
           "enrolments_a_year"_a, "seed"_a)
      .def_property_readonly(
          "states", [](const kohort::municipality& p) { return p.rates().structure.states(); })
      .def_property_readonly("moves",
                             [](const kohort::municipality& p) {
                               std::vector<std::pair<int, int>> moves;
                               for (const auto& move : p.rates().structure.transitions())
                                 moves.emplace_back(move.from, move.to);
                               return moves;
                             })
      .def_property_readonly("living", &kohort::municipality::living)
      .def(
          "translate",
          [](const kohort::municipality& p, const strategy_given& given) {
            return p.translate(strategy_of(given));
          },
          "plan"_a,
          "A strategy of the projection, as `kohort.projection.strategy_setting` lowers it.")
      .def(
          "expected",
          [](const kohort::municipality& p, int threads) {
            std::vector<kohort::occupancy_moments> found;
            {
              const py::gil_scoped_release release;
              found = p.expected(threads);
            }
            py::list out;
            for (const auto& m_ : found) out.append(py::make_tuple(m_.mean, m_.covariance));
            return out;
          },
          "threads"_a)
      .def(
          "simulate",
          [](const kohort::municipality& p, const std::vector<kohort::life_strategy>& strategies,
             const py::object& places, const py::dict& settings, py::object report) {
            return simulated(
                p.rates(), {}, [&p](std::uint32_t r) { return p.persons(r); }, strategies, places,
                settings, std::move(report));
          },
          "strategies"_a, "places"_a, "settings"_a, "progress"_a);

  m.def(
      "closed_moments",
      [](int dates, int states, const std::vector<double>& persons, const flat& starts,
         const flat& between) {
        kohort::occupancy_moments moments(dates, states);
        const py::ssize_t n = static_cast<py::ssize_t>(persons.size()), S = states;
        for (py::ssize_t i = 0; i < n; ++i) {
          std::vector<Eigen::MatrixXd> P;
          for (py::ssize_t j = 0; j + 1 < dates; ++j) {
            P.emplace_back(
                Eigen::Map<
                    const Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>>(
                    between.data() + (i * (dates - 1) + j) * S * S, S, S));
          }
          moments.add_persons(persons[static_cast<std::size_t>(i)],
                              Eigen::Map<const Eigen::RowVectorXd>(starts.data() + i * S, S), P);
        }
        return py::make_tuple(moments.mean, moments.covariance);
      },
      "dates"_a, "states"_a, "persons"_a, "starts"_a, "between"_a,
      "Mean and covariance of the numbers at dates x states: kinds of persons, their starts and "
      "P.");
  m.def(
      "agreement",
      [](const Eigen::VectorXd& mean, const Eigen::MatrixXd& covariance,
         const std::vector<double>& seen, int replicates) {
        kohort::occupancy_moments expected(1, static_cast<int>(mean.size()));
        expected.mean = mean;
        expected.covariance = covariance;
        const auto found = kohort::compare(expected, seen, replicates);
        return py::make_tuple(found.z, found.largest, found.chi_square, found.degrees,
                              found.p_value);
      },
      "mean"_a, "covariance"_a, "seen"_a, "replicates"_a);
}
