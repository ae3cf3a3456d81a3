#include <cmath>
#include <string>
#include <utility>

#include <kohort/economics/demand.hpp>
#include <kohort/support/error.hpp>

namespace kohort {

namespace {

void check(const demand_rates& rates) {
  const auto L = rates.hours.size();
  const std::pair<const char*, const Eigen::VectorXd*> shares[] = {
      {"share performed", &rates.performed},
      {"share in care homes", &rates.in_homes},
      {"share with heavy home help", &rates.heavy}};
  const std::pair<const char*, const Eigen::VectorXd*> hours[] = {
      {"hours a month", &rates.hours}, {"hours of heavy home help", &rates.heavy_hours}};
  const auto each = [&](const char* what, const Eigen::VectorXd& values, double highest) {
    if (values.size() != L) {
      reject("E-SHAPE", "demand", std::to_string(values.size()) + " of '" + what + "'",
             "there are " + std::to_string(L) + " levels", "Give one for each level");
    }
    for (Eigen::Index l = 0; l < L; ++l) {
      if (values[l] >= 0 && values[l] <= highest) continue;
      reject("E-NUM", "demand",
             std::string(what) + " of level " + std::to_string(l) + " is " + shown(values[l]),
             "it lies between 0 and " + shown(highest), "Mend it");
    }
  };
  for (const auto& [what, values] : shares) each(what, *values, 1);
  for (const auto& [what, values] : hours) each(what, *values, 744);  // of the longest month
  if (!(rates.occupancy > 0 && rates.occupancy <= 1)) {
    reject("E-SETTING", "demand", "the occupancy is " + shown(rates.occupancy),
           "it is above 0 and at most 1", "Write 0.97 if 3 % of the places cannot be used");
  }
  for (const auto& [what, value] : {std::pair{"vacancy in days", rates.vacancy_days},
                                    std::pair{"hours of a post", rates.hours_per_post},
                                    std::pair{"posts of a place", rates.posts_per_place}}) {
    if (value >= 0 && std::isfinite(value)) continue;
    reject("E-NUM", "demand", std::string(what) + " is " + shown(value),
           "it is finite and not negative", "Mend it");
  }
}

}  // namespace

demand_totals demand_of(const demand_rates& rates, int runs, int years,
                        std::span<const double> person_years, std::span<const double> exits) {
  check(rates);
  const auto L = rates.hours.size();
  const auto cells = static_cast<std::size_t>(runs) * static_cast<std::size_t>(years);
  if (runs < 0 || years < 0 || person_years.size() != cells * static_cast<std::size_t>(L) ||
      exits.size() != cells) {
    reject("E-SHAPE", "demand",
           std::to_string(person_years.size()) + " person-years and " +
               std::to_string(exits.size()) + " exits",
           std::to_string(runs) + " runs of " + std::to_string(years) + " years and " +
               std::to_string(L) + " levels are needed",
           "Give them run by run, year by year");
  }
  const Eigen::ArrayXd home = 1 - rates.in_homes.array();
  const Eigen::ArrayXd heavy = 12 * home * rates.heavy.array() * rates.heavy_hours.array();
  const Eigen::ArrayXd granted =
      12 * home * (1 - rates.heavy.array()) * rates.hours.array() + heavy;
  demand_totals out;
  for (std::size_t c = 0; c < cells; ++c) {
    const auto lived =
        Eigen::Map<const Eigen::ArrayXd>(person_years.data() + c * static_cast<std::size_t>(L), L);
    if (!lived.isFinite().all() || (L > 0 && lived.minCoeff() < 0) || !(exits[c] >= 0)) {
      reject("E-NUM", "demand", "person-years or exits are negative or not finite",
             "they are counts", "Look at the projection");
    }
    const double performed = (lived * granted * rates.performed.array()).sum();
    const double residents = (lived * rates.in_homes.array()).sum();
    const double places = (residents + exits[c] * rates.vacancy_days / 365.25) / rates.occupancy;
    out.person_years.push_back(lived.sum());
    out.granted_hours.push_back((lived * granted).sum());
    out.performed_hours.push_back(performed);
    out.heavy_persons.push_back((lived * home * rates.heavy.array()).sum());
    out.heavy_hours.push_back((lived * heavy).sum());
    out.residents.push_back(residents);
    out.places.push_back(places);
    out.posts_home.push_back(rates.hours_per_post > 0 ? performed / rates.hours_per_post : 0);
    out.posts_homes.push_back(places * rates.posts_per_place);
  }
  return out;
}

}  // namespace kohort
