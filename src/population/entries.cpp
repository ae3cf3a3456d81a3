#include <algorithm>
#include <cmath>

#include <Eigen/Cholesky>

#include <kohort/population/detail/incidence.hpp>
#include <kohort/population/detail/newton.hpp>
#include <kohort/population/entries.hpp>
#include <kohort/population/entry_draws.hpp>
#include <kohort/population/lexis.hpp>
#include <kohort/population/shares.hpp>
#include <kohort/support/detail/spectrum.hpp>
#include <kohort/support/error.hpp>
#include <kohort/support/random.hpp>

namespace kohort {

using detail::newton_maximum;
using detail::slopes;

namespace {

std::size_t at(int i) { return static_cast<std::size_t>(i); }

void softmax(double* values, int n) {
  const double largest = *std::max_element(values, values + n);
  double sum = 0;
  for (int j = 0; j < n; ++j) sum += values[j] = std::exp(values[j] - largest);
  for (int j = 0; j < n; ++j) values[j] /= sum;
}

Eigen::VectorXd mix_row(const entry_options& o, int age, int male, int since) {
  Eigen::VectorXd x(o.mix_trend ? 4 : 3);
  x.head(3) << 1, (age - o.origin_age) / 10, male;
  if (o.mix_trend) x[3] = since;
  return x;
}

/// A square root L of a covariance, L L' = it; semidefinite is allowed.
Eigen::MatrixXd square_root(const Eigen::MatrixXd& covariance) {
  const auto spectrum = detail::spectrum_of(covariance);
  const Eigen::VectorXd values = spectrum.values;
  if (values.minCoeff() < -1e-10 * std::abs(values.maxCoeff())) {
    reject("D-HESS-ILL", "entries",
           "a covariance matrix has the eigenvalue " + shown(values.minCoeff()),
           "it must not be negative", "Leave out a term that the data cannot tell");
  }
  return spectrum.vectors * values.cwiseMax(0.0).cwiseSqrt().asDiagonal();
}

}  // namespace

double damped_years(double phi, int h) {
  if (h <= 0) return h;
  double sum = 0, worth = 1;
  for (int k = 0; k < h; ++k) {
    sum += worth;
    worth *= phi;
  }
  return sum;
}

void entry_rates::rates(int draw, int sex, int age, int h, bool with_incidence_trend,
                        bool with_mix_trend, double* out) const {
  const int cell = (draw * 2 + sex) * ages + age;
  const double years = with_incidence_trend ? damped_years(incidence_damping, h) : 0;
  const double drift = with_mix_trend ? damped_years(mix_damping, h) : 0;
  const double incidence = std::exp(log_incidence[at(cell)] + incidence_trend[at(draw)] * years);
  for (int j = 0; j < levels; ++j) {
    out[j] = log_odds[at(cell * levels + j)] + mix_trend[at(draw * levels + j)] * drift;
  }
  softmax(out, levels);
  for (int j = 0; j < levels; ++j) out[j] *= incidence;
}

entry_rates entry_table(const Eigen::MatrixXd& incidence, const std::vector<double>& mix,
                        int levels) {
  const int ages = static_cast<int>(incidence.cols());
  if (incidence.rows() != 2 || levels < 1 || mix.size() != at(2 * ages * levels)) {
    reject("E-NUM", "entry_table",
           "incidence is " + std::to_string(incidence.rows()) + " x " + std::to_string(ages) +
               " and the mix has " + std::to_string(mix.size()) + " entries",
           "incidence is 2 x ages and the mix 2 x ages x levels", "Give men first, then women");
  }
  entry_rates rates;
  rates.draws = 1;
  rates.ages = ages;
  rates.levels = levels;
  rates.incidence_trend = {0};
  rates.mix_trend.assign(at(levels), 0.0);
  for (int sex = 0; sex < 2; ++sex) {
    for (int a = 0; a < ages; ++a) {
      const double value = incidence(sex, a);
      if (!(value >= 0) || !std::isfinite(value)) {
        reject("E-NUM", "entry_table", "an incidence is " + shown(value),
               "it must be finite and not negative", "Give entries per person-year");
      }
      rates.log_incidence.push_back(std::log(value));
      const auto of_cell = checked_shares(
          Eigen::Map<const Eigen::VectorXd>(&mix[at((sex * ages + a) * levels)], levels),
          "entry_table");
      for (int j = 0; j < levels; ++j) rates.log_odds.push_back(std::log(of_cell.values[j]));
    }
  }
  return rates;
}

entry_counts count_entries(int first_year, int years, int first_age, int ages, int levels,
                           std::vector<double> entries, const std::vector<double>& year_ends,
                           const std::vector<double>& supported) {
  const int row = 2 * ages;
  if (years < 1 || ages < 1 || levels < 1 || entries.size() != at(years * row * levels) ||
      year_ends.size() != at((years + 1) * row) || supported.size() != at(years * row)) {
    reject("E-NUM", "count_entries", "the tables do not have one shape",
           "entries and person-years are of the same years and ages, the population of one more "
           "year-end",
           "Give the population from the 31 December before the first year");
  }
  entry_counts counts{first_year, years, first_age, ages, levels, std::move(entries), {}, {}};
  for (int y = 0; y < years; ++y) {
    const auto everyone = lexis_person_years({&year_ends[at(y * row)], at(row)},
                                             {&year_ends[at((y + 1) * row)], at(row)});
    counts.population.insert(counts.population.end(), everyone.begin(), everyone.end());
    for (int c = 0; c < row; ++c) {
      counts.exposure.push_back(everyone[at(c)] - supported[at(y * row + c)]);
    }
    for (int sex = 0; sex < 2; ++sex) {
      for (int a = ages - 1; a >= 0; --a) {
        const int cell = y * row + sex * ages + a;
        double came = 0;
        for (int j = 0; j < levels; ++j) came += counts.entries[at(cell * levels + j)];
        double& left = counts.exposure[at(cell)];
        if (left > 0) continue;
        if (came > 0 && a > 0) {
          counts.exposure[at(cell - 1)] += left;
          counts.population[at(cell - 1)] += counts.population[at(cell)];
          counts.population[at(cell)] = 0;
          for (int j = 0; j < levels; ++j) {
            counts.entries[at((cell - 1) * levels + j)] += counts.entries[at(cell * levels + j)];
            counts.entries[at(cell * levels + j)] = 0;
          }
          left = 0;
        } else if (came == 0) {
          left = 0;
        }
      }
    }
  }
  return counts;
}

entry_model fit_entries(const entry_counts& counts, const entry_options& options) {
  const int cells = counts.years * 2 * counts.ages, levels = counts.levels;
  if (counts.years < 1 || counts.ages < 1 || levels < 1 ||
      counts.entries.size() != at(cells * levels) || counts.exposure.size() != at(cells) ||
      counts.population.size() != at(cells)) {
    reject("E-NUM", "fit_entries", "the counts do not have one shape",
           "entries are years x 2 x ages x levels, person-years the same without levels",
           "Give them for the same years and ages");
  }
  entry_model fitted;
  fitted.options = options;
  fitted.levels = levels;
  fitted.reference_year = counts.first_year + counts.years - 1;
  Eigen::VectorXd by_level = Eigen::VectorXd::Zero(levels);
  std::vector<double> total(at(cells), 0.0);
  double thin = 0, events_of[2] = {}, exposure_of[2] = {};
  for (int c = 0; c < cells; ++c) {
    for (int j = 0; j < levels; ++j) {
      const double n = counts.entries[at(c * levels + j)];
      if (!(n >= 0) || !std::isfinite(n)) {
        reject("E-NUM", "fit_entries", "a number of entries is " + shown(n),
               "it must be finite and not negative", "Mend the counts");
      }
      total[at(c)] += n;
      by_level[j] += n;
    }
    const double exposure = counts.exposure[at(c)];
    const int age = counts.first_age + c % counts.ages,
              year = counts.first_year + c / (2 * counts.ages);
    if (!(exposure >= 0) || (exposure == 0 && total[at(c)] > 0)) {
      reject("E-EXPOSURE", "fit_entries",
             "age " + std::to_string(age) + " in " + std::to_string(year) + " has " +
                 shown(exposure) + " person-years without support",
             "people must have been there to come in",
             "Compare the population with the decisions: more people have support than live there");
    }
    if (exposure < 0.2 * counts.population[at(c)]) ++thin;
    const int sex = c / counts.ages % 2;
    events_of[sex] += total[at(c)];
    exposure_of[sex] += exposure;
    fitted.events += total[at(c)];
    fitted.exposure += exposure;
  }
  if (fitted.events < 10) {
    reject("E-ENTRIES", "fit_entries", shown(fitted.events) + " first entries",
           "at least 10 are needed for a model of incidence",
           "Give a longer period, or incidence from elsewhere as a table");
  }
  for (const int sex : {0, 1}) {
    if (events_of[sex] > 0 || exposure_of[sex] == 0) continue;
    reject("E-ENTRIES", "fit_entries",
           std::string("no first entries of ") + (sex == 0 ? "men" : "women") + ", who had " +
               shown(std::round(exposure_of[sex])) + " person-years without support",
           "somebody of each sex that lives there must have come in",
           "Give a longer period, or incidence from elsewhere as a table; if the decisions are of "
           "one sex only, give a population with 0 persons of the other");
  }
  for (int j = 0; j < levels; ++j) {
    if (by_level[j] > 0) continue;
    reject("D-SEPARATION", "fit_entries", "nobody came in at level number " + std::to_string(j),
           "the entry mix needs some at each level",
           "Pool levels, give a longer period, or give the mix as a table");
  }
  if (thin > 0) {
    fitted.notices.push_back(
        {"W-EXPOSURE",
         std::to_string(static_cast<int>(thin)) +
             " cells have less than 20 % of their person-years without support",
         thin});
  }
  if (options.trend && counts.years < 5) {
    fitted.notices.push_back(
        {"W-TREND-SHORT",
         "the trend of incidence rests on " + std::to_string(counts.years) + " years",
         static_cast<double>(counts.years)});
  }

  const auto cell_of = [&](int y, int s, int a) { return (y * 2 + s) * counts.ages + a; };
  const auto male = [](int sex) { return sex == 0 ? 1 : 0; };
  const auto each_cell = [&](const auto& visit) {
    for (int y = 0; y < counts.years; ++y) {
      for (int s = 0; s < 2; ++s) {
        for (int a = 0; a < counts.ages; ++a) {
          visit(cell_of(y, s, a), counts.first_age + a, male(s), y - (counts.years - 1));
        }
      }
    }
  };

  detail::fit_incidence(counts, total, fitted);
  slopes at_end;

  // Entry mix: multinomial logit against the first level.
  const int q = options.mix_trend ? 4 : 3, k = q * (levels - 1);
  const char* terms[4] = {"intercept", "age", "male", "year"};
  for (int j = 1; j < levels; ++j) {
    for (int t = 0; t < q; ++t) {
      fitted.mix_names.push_back("level " + std::to_string(j + 1) + ": " + terms[t]);
    }
  }
  fitted.mix = Eigen::VectorXd::Zero(k);
  fitted.mix_covariance = Eigen::MatrixXd::Zero(k, k);
  if (k > 0) {
    // A level at which nobody of one sex, or of one half of the ages, came in has no finite effect:
    // a weak normal prior (sd 3 on the log-odds of everything but the intercept) keeps it finite.
    bool separated = false;
    for (int j = 0; j < levels; ++j) {
      double men = 0, women = 0;
      each_cell([&](int c, int, int man, int) {
        (man ? men : women) += counts.entries[at(c * levels + j)];
      });
      separated = separated || men == 0 || women == 0;
    }
    if (separated) {
      fitted.notices.push_back(
          {"D-SEPARATION", "at some level only men or only women came in; a weak prior is used",
           1});
    }
    const double precision = separated ? 1.0 / 9 : 0;
    Eigen::VectorXd begin = Eigen::VectorXd::Zero(k);
    for (int j = 1; j < levels; ++j) begin[(j - 1) * q] = std::log(by_level[j] / by_level[0]);
    fitted.mix = newton_maximum(
        begin,
        [&](const Eigen::VectorXd& b) {
          slopes s{0, Eigen::VectorXd::Zero(k), Eigen::MatrixXd::Zero(k, k)};
          for (int t = 0; t < k; ++t) {
            if (t % q == 0) continue;
            s.value -= precision * b[t] * b[t] / 2;
            s.gradient[t] -= precision * b[t];
            s.information(t, t) += precision;
          }
          each_cell([&](int c, int age, int man, int since) {
            const double n = total[at(c)];
            if (n == 0) return;
            const Eigen::VectorXd x = mix_row(options, age, man, since);
            Eigen::VectorXd share(levels);
            share[0] = 0;
            for (int j = 1; j < levels; ++j) share[j] = b.segment((j - 1) * q, q).dot(x);
            softmax(share.data(), levels);
            for (int j = 0; j < levels; ++j) {
              const double seen = counts.entries[at(c * levels + j)];
              if (seen > 0) s.value += seen * std::log(share[j]);
              if (j == 0) continue;
              s.gradient.segment((j - 1) * q, q) += (seen - n * share[j]) * x;
              for (int i = 1; i < levels; ++i) {
                s.information.block((j - 1) * q, (i - 1) * q, q, q) +=
                    n * share[j] * ((i == j ? 1.0 : 0.0) - share[i]) * x * x.transpose();
              }
            }
          });
          return s;
        },
        at_end);
    fitted.mix_covariance = at_end.information.ldlt().solve(Eigen::MatrixXd::Identity(k, k));
  }
  if (!fitted.incidence.allFinite() || !fitted.mix.allFinite() ||
      !fitted.incidence_covariance.allFinite() || !fitted.mix_covariance.allFinite()) {
    reject("D-NONIDENT", "fit_entries", "the entries cannot tell all terms of the model apart",
           "each needs entries of both sexes and several ages (and years, for a trend)",
           "Leave out the trend, or give a longer period");
  }
  return fitted;
}

entry_rates rates_of(const entry_model& model, int first_age, int ages, int draws,
                     std::uint64_t seed) {
  const int size = entry_normals(model);
  return rates_from(
      model, first_age, ages,
      draws > 0 ? entry_numbers_of(model, 0, draws, seed) : Eigen::MatrixXd::Zero(1, size));
}

int entry_normals(const entry_model& model) {
  return static_cast<int>(model.incidence.size() + model.mix.size());
}

Eigen::MatrixXd entry_numbers_of(const entry_model& model, int first, int n, std::uint64_t seed) {
  const auto p = model.incidence.size(), k = model.mix.size();
  Eigen::MatrixXd numbers(n, p + k);
  const random_stream normals(seed, purpose::entries);
  for (int d = 0; d < n; ++d) {
    const auto draw = static_cast<std::uint32_t>(first + d);
    for (Eigen::Index i = 0; i < p; ++i) {
      numbers(d, i) = normals.normal(draw, 0, static_cast<std::uint32_t>(i));
    }
    for (Eigen::Index i = 0; i < k; ++i) {
      numbers(d, p + i) = normals.normal(draw, 1, static_cast<std::uint32_t>(i));
    }
  }
  return numbers;
}

entry_rates rates_from(const entry_model& model, int first_age, int ages,
                       const Eigen::MatrixXd& normals) {
  const auto p = model.incidence.size(), k = model.mix.size();
  const int levels = model.levels, q = levels > 1 ? static_cast<int>(k) / (levels - 1) : 0;
  if (normals.cols() != p + k) {
    reject("E-SHAPE", "rates_from", std::to_string(normals.cols()) + " normals a draw",
           std::to_string(p + k) + " are needed", "Give one for each coefficient");
  }
  const auto& o = model.options;
  entry_rates rates;
  rates.draws = static_cast<int>(normals.rows());
  rates.ages = ages;
  rates.levels = levels;
  rates.incidence_damping = o.damping;
  rates.mix_damping = o.mix_damping;
  const Eigen::MatrixXd incidence_root = square_root(model.incidence_covariance);
  const Eigen::MatrixXd mix_root = k > 0 ? square_root(model.mix_covariance) : Eigen::MatrixXd();
  std::vector<Eigen::VectorXd> incidence_rows, mix_rows;  // alike in all draws
  for (int sex = 0; sex < 2; ++sex) {
    for (int a = 0; a < ages; ++a) {
      incidence_rows.push_back(incidence_terms(model, first_age + a, sex == 0));
      mix_rows.push_back(mix_row(o, first_age + a, sex == 0 ? 1 : 0, 0));
    }
  }
  for (int d = 0; d < rates.draws; ++d) {
    Eigen::VectorXd b = model.incidence, c = model.mix;
    const Eigen::VectorXd z = normals.row(d).head(p), w = normals.row(d).tail(k);
    b += incidence_root * z;
    if (k > 0) c += mix_root * w;
    for (int cell = 0; cell < 2 * ages; ++cell) {
      rates.log_incidence.push_back(b.dot(incidence_rows[at(cell)]));
      for (int j = 0; j < levels; ++j) {
        rates.log_odds.push_back(j == 0 ? 0.0 : c.segment((j - 1) * q, q).dot(mix_rows[at(cell)]));
      }
    }
    rates.incidence_trend.push_back(o.trend ? b[4] : 0);
    for (int j = 0; j < levels; ++j) {
      rates.mix_trend.push_back(j == 0 || !o.mix_trend ? 0.0 : c[(j - 1) * q + 3]);
    }
  }
  return rates;
}

}  // namespace kohort
