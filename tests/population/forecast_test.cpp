#include <kohort/population/forecast.hpp>  // first, so the header must stand on its own

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <kohort/support/error.hpp>

#include "catch.hpp"

using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;

namespace {

// Rows of one of our own small files, without comments and header.
std::vector<std::vector<std::string>> rows_of(const std::string& name) {
  std::ifstream file(std::string(KOHORT_SOURCE_DIR) + "/data/published/" + name);
  std::vector<std::vector<std::string>> rows;
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line[0] == '#') continue;
    std::istringstream cells(line);
    rows.emplace_back();
    for (std::string cell; std::getline(cells, cell, ',');) rows.back().push_back(cell);
  }
  rows.erase(rows.begin());
  return rows;
}

struct sweden {
  kohort::group_population groups{{65, 70, 75, 80, 85, 90, 95, 100},
                                  {2010, 2015, 2020, 2025, 2030, 2035, 2040},
                                  {Eigen::MatrixXd(7, 8), Eigen::MatrixXd(7, 8)}};
  kohort::risk_table table{65, 2016.5, {Eigen::VectorXd(36), Eigen::VectorXd(36)}};
  std::array<kohort::group_mortality, 2> mortality;

  sweden() {
    for (auto& m : mortality) {
      m = {groups.group_starts, {2017.5, 2022.5, 2027.5, 2032.5, 2037.5}, Eigen::MatrixXd(5, 8)};
    }
    for (const auto& row : rows_of("un_wpp2019_sweden_population_65plus.csv")) {
      groups.persons[row[0] == "women"]((std::stoi(row[2]) - 2010) / 5,
                                        (std::stoi(row[1]) - 65) / 5) = 1000 * std::stod(row[4]);
    }
    for (const auto& row : rows_of("scb_lifetable_2016_qx.csv")) {
      for (std::size_t sex = 0; sex < 2; ++sex) {
        table.risks[sex][std::stoi(row[0]) - 65] = std::stod(row[1 + sex]) / 1000;
      }
    }
    for (const auto& row : rows_of("un_wpp2024_sweden_mx_65plus.csv")) {
      mortality[row[0] == "women"].rates((std::stoi(row[2]) - 2015) / 5,
                                         (std::stoi(row[1]) - 65) / 5) = std::stod(row[3]);
    }
  }
};

double sum_from(const kohort::population_forecast& f, int year, int age) {
  double sum = 0;
  for (int sex = 0; sex < 2; ++sex) {
    for (int a = age - f.first_age; a < f.ages; ++a) {
      sum += f.persons[static_cast<std::size_t>(((year - f.base_year) * 2 + sex) * f.ages + a)];
    }
  }
  return sum;
}

}  // namespace

TEST_CASE("Sweden 80+ on 31 December lies between the published first of Julys", "[population]") {
  const sweden s;
  const auto f = kohort::forecast_from_groups(s.groups, s.table, s.mortality, {}, 2024, 10);
  REQUIRE(f.ages == 46);
  const auto july = [&](int year) {
    return (s.groups.persons[0].row((year - 2010) / 5).tail(5).sum() +
            s.groups.persons[1].row((year - 2010) / 5).tail(5).sum());
  };
  // 31 December 2024 is half a year before 1 July 2025; the group 80+ grows 3 % a year there.
  CHECK_THAT(sum_from(f, 2024, 80), WithinRel(july(2025), 0.03));
  CHECK(sum_from(f, 2024, 80) < july(2025));
  CHECK(sum_from(f, 2025, 80) > july(2025));
  CHECK(sum_from(f, 2029, 80) < july(2030));
  CHECK(sum_from(f, 2030, 80) > july(2030));
  CHECK_THAT(std::sqrt(sum_from(f, 2029, 80) * sum_from(f, 2030, 80)),
             WithinRel(july(2030), 0.005));
  for (const double n : f.persons) CHECK(n > 0);
  for (int y = 1; y <= 10; ++y) {  // mortality falls, at every age and for both sexes
    for (int c = 0; c < 2 * 46; ++c) {
      const double now = f.mortality[static_cast<std::size_t>(y * 92 + c)];
      const double then = f.mortality[static_cast<std::size_t>((y - 1) * 92 + c)];
      CHECK((now <= then || c % 46 >= 25));
    }
  }
}

TEST_CASE("two parts of the nation add up to it in every year", "[population]") {
  const sweden s;
  const auto nation = kohort::forecast_from_groups(s.groups, s.table, s.mortality, {}, 2024, 10);
  Eigen::MatrixXd part(2, 46), rest(2, 46);
  for (int sex = 0; sex < 2; ++sex) {
    for (int a = 0; a < 46; ++a) {
      const double n = nation.persons[static_cast<std::size_t>(sex * 46 + a)];
      part(sex, a) = n * (0.004 + 0.0001 * a);
      rest(sex, a) = n - part(sex, a);
    }
  }
  const auto one = kohort::forecast_from_groups(s.groups, s.table, s.mortality, part, 2024, 10);
  const auto other = kohort::forecast_from_groups(s.groups, s.table, s.mortality, rest, 2024, 10);
  for (std::size_t i = 0; i < nation.persons.size(); ++i) {
    CHECK_THAT(one.persons[i] + other.persons[i], WithinRel(nation.persons[i], 1e-11));
  }
  CHECK(one.mortality == nation.mortality);
}

TEST_CASE("nothing is extrapolated beyond the published years", "[population]") {
  const sweden s;
  const auto code = [&](int base, int years, const Eigen::MatrixXd& counts) {
    try {
      kohort::forecast_from_groups(s.groups, s.table, s.mortality, counts, base, years);
      return std::string("accepted");
    } catch (const kohort::invalid_input& error) {
      return error.code();
    }
  };
  CHECK(code(2024, 15, {}) == "accepted");
  CHECK(code(2024, 16, {}) == "E-POP-MISSING");
  CHECK(code(2009, 3, {}) == "E-POP-MISSING");
  CHECK(code(2024, 3, Eigen::MatrixXd::Ones(2, 30)) == "E-POP-SHAPE");
}
