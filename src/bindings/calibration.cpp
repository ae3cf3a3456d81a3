#include <kohort/support/random.hpp>
#include <kohort/uncertainty/open_cohort_calibration.hpp>

#include "arrays.hpp"
#include "casters.hpp"
#include "normals.hpp"
#include "open_cohort.hpp"

namespace {

using kohort::bindings::flat;
using kohort::bindings::numbers;
using kohort::bindings::row_major;

py::dict as_dict(const kohort::calibration& c) {
  py::dict d;
  d["beta"] = c.beta;
  d["covariance"] = row_major(c.covariance);
  d["before"] = c.before;
  d["after"] = c.after;
  d["residuals"] = c.residuals;
  d["prior_part"] = c.prior_part;
  d["singular_values"] = c.singular_values;
  d["direction"] = c.direction;
  d["identified"] = c.identified;
  d["converged"] = c.converged;
  d["iterations"] = c.iterations;
  std::vector<double> errors;
  for (const auto& t : c.targets) errors.push_back(t.error);
  d["errors"] = errors;
  d["notices"] = c.notices;
  return d;
}

using multiplier_row = std::tuple<std::string, std::string, int, int, int, std::vector<std::string>,
                                  double>;  // name, kind, ages, sex, levels, prior
using target_row = std::tuple<std::string, std::string, int, int, int, int,
                              std::vector<std::string>, double, double, double>;

template <class Kind>
Kind kind_of(const std::string& name, const std::vector<std::pair<const char*, Kind>>& known) {
  std::string all;
  for (const auto& [word, kind] : known) {
    if (name == word) return kind;
    all += (all.empty() ? "" : ", ") + std::string(word);
  }
  kohort::reject("E-TARGET", "calibrate", "there is no kind '" + name + "'", "the kinds are " + all,
                 "Use one of these names");
}

std::vector<kohort::rate_multiplier> multipliers_of(const std::vector<multiplier_row>& rows) {
  std::vector<kohort::rate_multiplier> made;
  for (const auto& [name, kind, first, last, sex, levels, prior] : rows) {
    using kohort::calibrated_rate;
    made.push_back({name,
                    kind_of<calibrated_rate>(kind, {{"incidence", calibrated_rate::incidence},
                                                    {"exits", calibrated_rate::exits},
                                                    {"mortality", calibrated_rate::mortality}}),
                    first, last, sex, levels, prior});
  }
  return made;
}

std::vector<kohort::rate_target> targets_of(const std::vector<target_row>& rows) {
  std::vector<kohort::rate_target> made;
  for (const auto& [name, kind, year, first, last, sex, levels, observed, error, dispersion] :
       rows) {
    using kohort::calibrated_measure;
    made.push_back(
        {name,
         kind_of<calibrated_measure>(kind, {{"prevalence", calibrated_measure::prevalence},
                                            {"new_users", calibrated_measure::new_users},
                                            {"turnover", calibrated_measure::turnover},
                                            {"mean_stay", calibrated_measure::mean_stay}}),
         year, first, last, sex, levels, observed, error, dispersion});
  }
  return made;
}

}  // namespace

void bind_calibration(py::module_& m) {
  m.def("log_count_error", &kohort::log_count_error, "count"_a, "dispersion"_a);
  m.def("log_share_error", &kohort::log_share_error, "share"_a, "persons"_a, "dispersion"_a);
  m.def(
      "calibrate",
      [](const std::vector<std::tuple<std::string, double, double>>& targets,
         const std::vector<std::pair<std::string, double>>& multipliers,
         const std::function<Eigen::VectorXd(const Eigen::VectorXd&)>& function) {
        std::vector<kohort::calibration_target> wanted;
        for (const auto& [name, observed, error] : targets) {
          wanted.push_back({name, observed, error, 1});
        }
        std::vector<kohort::calibration_multiplier> named;
        for (const auto& [name, prior] : multipliers) named.push_back({name, prior});
        return as_dict(kohort::calibrate(wanted, named, [&](const Eigen::MatrixXd& betas) {
          Eigen::MatrixXd values(betas.rows(), static_cast<Eigen::Index>(wanted.size()));
          for (Eigen::Index k = 0; k < betas.rows(); ++k) {
            const Eigen::VectorXd f = function(betas.row(k));
            if (f.size() != values.cols()) return Eigen::MatrixXd(betas.rows(), f.size());
            values.row(k) = f;
          }
          return values;
        }));
      },
      "targets"_a, "multipliers"_a, "function"_a);
  m.def(
      "calibration_normals",
      [](int n, int size, std::uint64_t seed) {
        return kohort::bindings::normals({seed, kohort::purpose::calibration}, n, size);
      },
      "n"_a, "size"_a, "seed"_a);
  m.def(
      "repeated_entries",
      [](kohort::entry_rates entries, int n) {
        entries.draws = n;
        for (auto* values : {&entries.log_incidence, &entries.log_odds, &entries.incidence_trend,
                             &entries.mix_trend}) {
          const auto once = *values;
          for (int k = 1; k < n; ++k) values->insert(values->end(), once.begin(), once.end());
        }
        return entries;
      },
      "entries"_a, "n"_a);
  m.def(
      "multiplier_loads",
      [](const std::vector<multiplier_row>& rows, const kohort::model& structure,
         const std::string& ended, int first_age, int ages) {
        const auto loads =
            kohort::loads_of(multipliers_of(rows), structure, ended, first_age, ages);
        return std::pair(row_major(loads.rates), row_major(loads.incidence));
      },
      "multipliers"_a, "model"_a, "ended"_a, "first_age"_a, "ages"_a);
  m.def(
      "calibrate_open_cohort",
      [](const kohort::model& structure, const std::string& ended, int first_age, int base_year,
         const flat& persons, const flat& mortality, const flat& stock, const flat& rates,
         const kohort::entry_rates& entries, const std::vector<target_row>& targets,
         const std::vector<multiplier_row>& multipliers, bool settled, bool scale, double floor,
         const std::vector<double>& entry_cuts, int enrolments_a_year, int threads) {
        const int ages = static_cast<int>(persons.shape(2));
        const kohort::open_cohort_inputs inputs{
            structure,
            ended,
            {first_age, ages, base_year, static_cast<int>(persons.shape(0)) - 1, numbers(persons),
             numbers(mortality)},
            numbers(stock),
            numbers(rates),
            entries,
            {},
            {},
            entry_cuts};
        const auto options =
            kohort::bindings::open_cohort_run(scale, floor, enrolments_a_year, threads);
        const auto wanted = targets_of(targets);
        const auto varied = multipliers_of(multipliers);
        kohort::calibration found;
        {
          const py::gil_scoped_release release;
          found = kohort::calibrate_open_cohort(inputs, wanted, varied, settled, options);
        }
        return as_dict(found);
      },
      "model"_a, "ended"_a, "first_age"_a, "base_year"_a, "persons"_a, "mortality"_a, "stock"_a,
      "rates"_a, "entries"_a, "targets"_a, "multipliers"_a, "settled"_a, "scale"_a, "floor"_a,
      "entry_cuts"_a, "enrolments_a_year"_a, "threads"_a);
}
