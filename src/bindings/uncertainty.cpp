#include <kohort/support/random.hpp>
#include <kohort/uncertainty/pick_freeze.hpp>
#include <kohort/uncertainty/population_error.hpp>
#include <kohort/uncertainty/price_paths.hpp>

#include "arrays.hpp"
#include "casters.hpp"

namespace {

using kohort::bindings::array;
using kohort::bindings::flat;

kohort::population_error error_model(double sigma, double power, double age_scale,
                                     double between_sexes) {
  return {sigma, power, age_scale, between_sexes};
}

py::dict as_dict(const kohort::variance_table& table) {
  py::dict d;
  d["variance"] = table.variance;
  d["variance_error"] = table.variance_error;
  d["mean"] = table.mean;
  py::list parts;
  for (const auto& p : table.parts) {
    parts.append(py::make_tuple(p.name, p.alone, p.alone_error, p.first_order, p.first_order_error,
                                p.shapley, p.shapley_error));
  }
  d["parts"] = parts;
  return d;
}

}  // namespace

void bind_uncertainty(py::module_& m) {
  m.def(
      "population_paths",
      [](double sigma, double power, double age_scale, double between_sexes, int years, int ages,
         int first, int n, std::uint64_t seed) {
        return array(kohort::population_paths(error_model(sigma, power, age_scale, between_sexes),
                                              years, ages, first, n, seed),
                     {n, years + 1, 2, ages});
      },
      "sigma"_a, "power"_a, "age_scale"_a, "between_sexes"_a, "years"_a, "ages"_a, "first"_a, "n"_a,
      "seed"_a);
  m.def(
      "population_error_variance",
      [](double sigma, double power, double age_scale, double between_sexes, const flat& expected,
         double h) {
        return kohort::population_error_variance(
            error_model(sigma, power, age_scale, between_sexes),
            {expected.data(), static_cast<std::size_t>(expected.size())}, h);
      },
      "sigma"_a, "power"_a, "age_scale"_a, "between_sexes"_a, "expected"_a, "h"_a);
  m.def(
      "price_paths",
      [](const std::vector<std::tuple<std::string, double, double>>& components,
         const Eigen::MatrixXd& correlation, int years, int first, int n, std::uint64_t seed) {
        kohort::price_model prices{{}, correlation};
        for (const auto& [name, growth, sd] : components) {
          prices.components.push_back({name, growth, sd});
        }
        return array(kohort::price_paths(prices, years, first, n, seed),
                     {n, years + 1, static_cast<py::ssize_t>(components.size())});
      },
      "components"_a, "correlation"_a, "years"_a, "first"_a, "n"_a, "seed"_a);

  m.def(
      "variant_uniforms",
      [](int first, int n, std::uint64_t seed) {
        const kohort::random_stream random(seed, kohort::purpose::variants);
        std::vector<double> found;
        for (int k = 0; k < n; ++k) {
          found.push_back(random.uniform(static_cast<std::uint32_t>(first + k), 0, 0));
        }
        return array(found, {n});
      },
      "first"_a, "n"_a, "seed"_a);

  m.def(
      "variance_by_group",
      [](const std::vector<std::string>& groups, const flat& y, const Eigen::MatrixXd& frozen,
         double chance, double chance_error) {
        return as_dict(kohort::variance_by_group(
            groups, {y.data(), static_cast<std::size_t>(y.size())}, frozen, chance, chance_error));
      },
      "groups"_a, "y"_a, "frozen"_a, "chance"_a, "chance_error"_a);
  m.def(
      "closed_variance_by_group",
      [](const std::vector<std::string>& groups, const Eigen::VectorXd& closed, double chance) {
        return as_dict(kohort::variance_by_group(groups, closed, chance));
      },
      "groups"_a, "closed_variances"_a, "chance"_a);
}
