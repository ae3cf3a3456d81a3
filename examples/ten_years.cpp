// Ten years of care for a municipality: dated decisions and a population forecast in, a table out.
//
//   ten_years DECISIONS.csv FORECAST.csv EXTRACTION-DATE
//
// FORECAST.csv has the columns year,sex,age,persons,mortality (31 December, sexes men and women,
// the last age open), as `Population.to_frame` gives them.
#include <algorithm>
#include <cstdio>
#include <exception>
#include <fstream>
#include <map>
#include <numeric>
#include <string>

#include <kohort/kohort.hpp>

namespace {

kohort::population_forecast read_forecast(const char* path) {
  std::map<int, std::map<int, std::map<int, std::pair<double, double>>>> cells;  // year, sex, age
  std::ifstream file(path);
  int year, age;
  char sex[8];
  double persons, mortality;
  for (std::string line; std::getline(file, line);) {
    const char* format = "%d,%7[a-z],%d,%lf,%lf";
    if (std::sscanf(line.c_str(), format, &year, sex, &age, &persons, &mortality) != 5) continue;
    cells[year][sex[0] == 'w'][age] = {persons, mortality};
  }
  if (cells.empty())
    kohort::reject("E-EMPTY", path, "no rows", "a forecast is needed", "Look at it");
  const auto& first = cells.begin()->second.begin()->second;
  kohort::population_forecast forecast{.first_age = first.begin()->first,
                                       .ages = static_cast<int>(first.size()),
                                       .base_year = cells.begin()->first,
                                       .years = static_cast<int>(cells.size()) - 1,
                                       .persons = {},
                                       .mortality = {}};
  for (const auto& [y, sexes] : cells)
    for (const auto& [s, ages] : sexes)
      for (const auto& [a, cell] : ages) {
        forecast.persons.push_back(cell.first);
        forecast.mortality.push_back(cell.second);
      }
  return forecast;
}

}  // namespace

int main(int count, char** arguments) try {
  if (count != 4)
    return std::puts("usage: ten_years DECISIONS.csv FORECAST.csv EXTRACTION-DATE"), 2;
  const auto structure = kohort::dependency_model(true);
  const auto forecast = read_forecast(arguments[2]);
  kohort::decision_settings settings;
  settings.extraction = kohort::parse_date(arguments[3]).day;
  settings.observed_from = kohort::to_day({2015, 1, 1});
  settings.gap_days = 30;
  const auto decisions = kohort::read_decisions(std::filesystem::path(arguments[1]), structure,
                                                kohort::support_type_rule(), settings);

  const kohort::term age{"age", kohort::covariate_path::yearly, {}, 80}, male{"male"};
  const auto fitted = kohort::fit(decisions.observations, {structure, {age, male}});

  // Today's users, and the rates at each age and sex.
  const auto cell = [&](int sex, int a) { return sex * forecast.ages + a; };
  const int living = structure.size() - 1;
  kohort::projection_inputs inputs{.point = {.structure = structure, .population = forecast}};
  inputs.point.stock.assign(static_cast<std::size_t>(2 * forecast.ages * living), 0.0);
  const auto users = kohort::stock(decisions, *settings.extraction);
  for (std::size_t i = 0; i < users.size(); ++i) {
    const int a = std::clamp(users.ages[i] - forecast.first_age, 0, forecast.ages - 1);
    const auto at =
        static_cast<std::size_t>(cell(1 - users.males[i], a) * living + users.states[i]);
    if (users.ages[i] >= forecast.first_age) inputs.point.stock[at] += double(users.counts[i]);
  }
  for (int sex = 0; sex < 2; ++sex)
    for (int a = 0; a < forecast.ages; ++a) {
      const double x[] = {forecast.first_age + a + 0.5, sex == 0 ? 1.0 : 0.0};
      const auto rates = kohort::intensities(
          fitted.intensities, {fitted.coefficients.data(), std::size_t(fitted.coefficients.size())},
          x);
      inputs.point.rates.insert(inputs.point.rates.end(), rates.begin(), rates.end());
    }
  // Two in a hundred without support come to need it each year, at the published entry mix.
  const auto incidence = Eigen::MatrixXd::Constant(2, forecast.ages, 0.02);
  std::vector<double> mix;
  for (int i = 0; i < 2 * forecast.ages; ++i) mix.insert(mix.end(), {0.53, 0.16, 0.24, 0.07});
  inputs.point.entries = kohort::entry_table(incidence, mix, 4);
  inputs.cost = Eigen::VectorXd::Zero(living + 1);
  inputs.cost.segment(1, 4) << 20e3, 80e3, 240e3, 800e3;

  kohort::open_cohort_options options{.closure = kohort::closure_policy::scale};
  for (int a = 0; a < forecast.ages; ++a) options.group_of_age.push_back(std::min(a / 5, 6));
  const auto result = kohort::project(inputs, options);

  std::printf("year,state,persons\n");
  auto next = result.usual.persons.begin();  // by year, state, sex and age group
  for (int y = 0; y <= result.years; ++y)
    for (const auto& name : result.states) {
      const auto end = next + 2 * result.groups;
      const double persons = std::accumulate(next, end, 0.0);
      std::printf("%d,%s,%.17g\n", forecast.base_year + y, name.c_str(), persons);
      next = end;
    }
} catch (const std::exception& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 2;
}
