#include <kohort/interventions/programme.hpp>

#include <algorithm>
#include <array>
#include <cmath>

#include <boost/math/special_functions/gamma.hpp>

#include <kohort/support/error.hpp>

namespace kohort {

namespace {

constexpr std::array<programme_input, 17> inputs = {{
    {"fixed_cost", &programme::fixed_cost, programme_input_kind::amount},
    {"variable_cost", &programme::variable_cost, programme_input_kind::amount},
    {"capacity", &programme::capacity, programme_input_kind::positive},
    {"hours", &programme::hours, programme_input_kind::amount},
    {"double_work", &programme::double_work, programme_input_kind::share},
    {"otherwise_helped", &programme::otherwise_helped, programme_input_kind::share},
    {"hour_cost", &programme::hour_cost, programme_input_kind::amount},
    {"performed", &programme::performed, programme_input_kind::share},
    {"released", &programme::released, programme_input_kind::share},
    {"stay", &programme::stay, programme_input_kind::positive},
    {"hours_avoided", &programme::hours_avoided, programme_input_kind::effect},
    {"months_avoided", &programme::months_avoided, programme_input_kind::amount},
    {"fade", &programme::fade, programme_input_kind::share},
    {"staying", &programme::staying, programme_input_kind::share},
    {"deferred_housing", &programme::deferred_housing, programme_input_kind::effect},
    {"discount", &programme::discount, programme_input_kind::amount},
    {"start_up", &programme::start_up, programme_input_kind::amount},
}};

constexpr double almost = 1e-12;  // relative, where a whole number is meant
constexpr double longest = 1200;  // months after discharge

double hour_value(const programme& p) { return p.hour_cost * p.performed * p.released; }

[[noreturn]] void refuse_value(std::string_view code, std::string_view name, double value,
                               std::string_view needed, std::string_view remedy) {
  reject(code, "programme", std::string(name) + " = " + shown(value), needed, remedy);
}

}  // namespace

std::span<const programme_input> programme_inputs() { return inputs; }

const programme_input& programme_input_named(std::string_view name) {
  const auto found = std::find_if(inputs.begin(), inputs.end(),
                                  [&](const programme_input& i) { return i.name == name; });
  if (found == inputs.end()) {
    std::string known;
    for (const auto& i : inputs) known.append(known.empty() ? "" : ", ").append(i.name);
    reject("E-SETTING", "programme", "there is no input '" + std::string(name) + "'",
           "one of them is needed", "Known are " + known);
  }
  return *found;
}

void check(const programme& p) {
  for (const auto& input : inputs) {
    const double x = p.*(input.value);
    const bool endless = input.value == &programme::capacity && x > 0 && std::isinf(x);
    if (!std::isfinite(x) && !endless) {
      refuse_value("E-NUM", input.name, x, "a number is needed", "Give one");
    }
    if (input.range == programme_input_kind::amount && x < 0) {
      const bool money =
          input.name.find("cost") != std::string_view::npos || input.value == &programme::start_up;
      refuse_value(money ? "E-COST" : "E-SETTING", input.name, x, "it must not be negative",
                   "Give what is spent or avoided as a positive number");
    }
    if (input.range == programme_input_kind::positive && !(x > 0)) {
      refuse_value("E-SETTING", input.name, x, "it must be above 0",
                   "Leave it out if there is no limit, or give it in months or persons");
    }
    if (input.range == programme_input_kind::share && !(x >= 0 && x <= 1)) {
      refuse_value("E-SETTING", input.name, x, "it is a share between 0 and 1",
                   "Divide per cent by 100");
    }
  }
  if (p.months_avoided > longest || static_cast<double>(p.course.size()) > longest) {
    refuse_value("E-SETTING", "months_avoided",
                 std::max(p.months_avoided, static_cast<double>(p.course.size())),
                 "a hundred years are the most", "Give months");
  }
  for (const double part : p.course) {
    if (!std::isfinite(part)) {
      refuse_value("E-NUM", "course", part, "numbers are needed", "Give one for each month");
    }
  }
  double before = 0;
  for (const double cost : p.team_costs) {
    if (!std::isfinite(cost)) {
      refuse_value("E-NUM", "team_costs", cost, "numbers are needed", "Give kronor a month");
    }
    if (cost < before) {
      refuse_value(cost < 0 ? "E-COST" : "E-SETTING", "team_costs", cost,
                   "more teams must not cost less than fewer",
                   "Give the whole cost a month of one team, of two, and so on");
    }
    before = cost;
  }
}

double saving_while_enrolled(const programme& p) {
  return p.otherwise_helped * p.hours * hour_value(p) * (1 - p.double_work);
}

double saving_after_discharge(const programme& p) {
  const double months = p.course.empty() ? p.months_avoided : static_cast<double>(p.course.size());
  const double monthly = p.fade * p.staying * std::pow(1 + p.discount, -1.0 / 12);
  double sum = 0, left = 1;
  for (int t = 1; t < months + 1; ++t) {
    left *= monthly;
    const double shape = p.course.empty() ? std::min(1.0, months - (t - 1)) : p.course[t - 1];
    sum += shape * left;
  }
  return p.otherwise_helped * p.hours_avoided * sum * hour_value(p) + p.deferred_housing;
}

double net_saving(const programme& p, bool narrow) {
  const double after = narrow ? 0 : saving_after_discharge(p) / p.stay;
  return saving_while_enrolled(p) + after - p.variable_cost;
}

double teams_for(const programme& p, double enrolled) {
  return std::max(1.0, std::ceil(enrolled / p.capacity * (1 - almost)));
}

double cost_of_teams(const programme& p, double teams) {
  if (p.team_costs.empty()) return p.fixed_cost * teams;
  if (teams > static_cast<double>(p.team_costs.size())) {
    reject("E-SETTING", "programme", shown(teams) + " teams are needed",
           "costs are given for " + std::to_string(p.team_costs.size()),
           "Give the cost of more teams, or a larger capacity");
  }
  return p.team_costs[static_cast<std::size_t>(teams) - 1];
}

double net_per_month(const programme& p, double enrolled, bool narrow) {
  return enrolled * net_saving(p, narrow) - cost_of_teams(p, teams_for(p, enrolled));
}

double poisson_teams(double capacity, double mean_enrolled) {
  if (!(mean_enrolled > 0) || std::isinf(capacity)) return 1;
  double teams = 1;
  for (int j = 1;; ++j) {  // P(N > n) for Poisson N is the regularised gamma function
    const double more = boost::math::gamma_p(std::floor(j * capacity) + 1, mean_enrolled);
    teams += more;
    if (more < 1e-17 * teams && j * capacity > mean_enrolled) return teams;
  }
}

double expected_teams(const programme& p, double mean_enrolled) {
  return poisson_teams(p.capacity, mean_enrolled);
}

double expected_net_per_month(const programme& p, double mean_enrolled) {
  const double spent = mean_enrolled * net_saving(p);
  if (p.team_costs.empty()) return spent - p.fixed_cost * expected_teams(p, mean_enrolled);
  double cost = p.team_costs.front();
  for (std::size_t j = 1; j < p.team_costs.size() && mean_enrolled > 0; ++j) {
    const double more =
        boost::math::gamma_p(std::floor(static_cast<double>(j) * p.capacity) + 1, mean_enrolled);
    cost += more * (p.team_costs[j] - p.team_costs[j - 1]);
  }
  return spent - cost;
}

double team_cost(std::span<const post> posts, double on_cost, double premises, double other) {
  double salaries = 0;
  for (const auto& p : posts) {
    if (!std::isfinite(p.number) || !std::isfinite(p.monthly_salary)) {
      reject("E-NUM", "team_cost", "'" + p.name + "' has no number", "posts and salary are needed",
             "Give both");
    }
    if (p.number < 0 || p.monthly_salary < 0) {
      reject("E-COST", "team_cost", "'" + p.name + "' has a negative number",
             "posts and salaries are not negative", "Mend it");
    }
    salaries += p.number * p.monthly_salary;
  }
  for (const double amount : {on_cost, premises, other}) {
    if (std::isfinite(amount) && amount >= 0) continue;
    reject(std::isfinite(amount) ? "E-COST" : "E-NUM", "team_cost", shown(amount) + " was given",
           "on-cost, premises and other costs are numbers that are not negative", "Mend it");
  }
  return salaries * (1 + on_cost) + premises + other;
}

double deferred_housing_value(double months, double from_month, double place, double home_help,
                              double discount) {
  for (const double x : {months, from_month, place, home_help, discount}) {
    if (std::isfinite(x) && x >= 0) continue;
    reject(std::isfinite(x) ? "E-COST" : "E-NUM", "deferred_housing_value", shown(x) + " was given",
           "numbers that are not negative are needed", "Mend it");
  }
  if (months > longest) {
    reject("E-SETTING", "deferred_housing_value", shown(months) + " months were given",
           "a hundred years are the most", "Give months");
  }
  double sum = 0;
  for (int t = 1; t < months + 1; ++t) {
    sum += std::min(1.0, months - (t - 1)) * std::pow(1 + discount, -(from_month + t) / 12);
  }
  return sum * (place - home_help);
}

}  // namespace kohort
