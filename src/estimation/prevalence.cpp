#include <algorithm>
#include <cmath>

#include <kohort/data/detail/plain_rows.hpp>
#include <kohort/estimation/detail/path_probability.hpp>
#include <kohort/estimation/prevalence.hpp>
#include <kohort/support/error.hpp>

namespace kohort {

namespace {

constexpr std::size_t subjects_a_block = 256;

struct sums {
  Eigen::VectorXd persons, unknown;
  Eigen::MatrixXd observed, expected;
};

/// One follow-up: rows from a `start` to the next.
struct follow_up {
  std::size_t first, last;
  double end;  // planned, years since the first row
};

class counting {
 public:
  counting(const intensity_model& intensities, std::span<const double> coefficients,
           const observations& seen, std::span<const double> times,
           const prevalence_settings& settings, const std::vector<std::size_t>& columns,
           bool deaths_dated)
      : intensities_(intensities),
        seen_(seen),
        times_(times),
        settings_(settings),
        columns_(columns),
        deaths_dated_(deaths_dated),
        probability_(intensities, coefficients),
        values_(columns.size()) {}

  void add(const follow_up& one, sums& to) {
    const double weight = seen_.weight(seen_.subjects[one.first]);
    const auto n = intensities_.structure.size();
    Eigen::RowVectorXd row = Eigen::RowVectorXd::Zero(n);
    row[seen_.states[one.first]] = 1;
    double now = 0;
    std::size_t at = one.first;  // the row last reached
    for (std::size_t t = 0; t < times_.size() && times_[t] <= one.end; ++t) {
      while (true) {  // along the rows, whose covariates change
        const double next = at < one.last ? time_of(one, at + 1) : INFINITY;
        const double until = std::min(next, times_[t]);
        if (until > now) {
          row = row * over(one, at, now, until);
          now = until;
        }
        if (next > times_[t]) break;
        ++at;
      }
      to.persons[static_cast<Eigen::Index>(t)] += weight;
      to.expected.row(static_cast<Eigen::Index>(t)) += weight * row;
      if (settings_.bridge) {
        to.observed.row(static_cast<Eigen::Index>(t)) += weight * bridge(one, at, times_[t]);
      } else if (known(one, at, times_[t])) {
        to.observed(static_cast<Eigen::Index>(t), seen_.states[at]) += weight;
      } else {
        to.unknown[static_cast<Eigen::Index>(t)] += weight;
      }
    }
  }

 private:
  [[nodiscard]] double time_of(const follow_up& one, std::size_t row) const {
    return (seen_.times[row] - seen_.times[one.first]) / seen_.units_per_year;
  }

  /// P from one time to another within an interval, or after the last row.
  const Eigen::MatrixXd& over(const follow_up& one, std::size_t at, double from, double to) {
    // The last row's own covariates are never used: those before it go on.
    const auto row = at == one.last && at > one.first ? at - 1 : at;
    const auto x = seen_.row_covariates(row);
    const double since = from - time_of(one, row);
    for (std::size_t c = 0; c < columns_.size(); ++c) {
      values_[c] = x[columns_[c]];
      if (intensities_.terms[c].path != covariate_path::held) values_[c] += since;
    }
    return probability_.over(values_, to - from);
  }

  [[nodiscard]] bool absorbed(std::size_t row) const {
    return intensities_.structure.absorbing(seen_.states[row]);
  }

  [[nodiscard]] bool known(const follow_up& one, std::size_t at, double t) const {
    if (absorbed(at)) return true;
    if (at < one.last && seen_.kinds[at + 1] == observation_kind::exact_transition) return true;
    return t - time_of(one, at) <= settings_.window;
  }

  Eigen::RowVectorXd bridge(const follow_up& one, std::size_t at, double t) {
    const auto n = intensities_.structure.size();
    Eigen::RowVectorXd here = Eigen::RowVectorXd::Zero(n);
    here[seen_.states[at]] = 1;
    const double from = time_of(one, at);
    const bool sure = at < one.last && seen_.kinds[at + 1] == observation_kind::exact_transition;
    if (absorbed(at) || sure || t == from) return here;
    here = here * over(one, at, from, t);
    if (at == one.last) {
      if (const auto death = intensities_.structure.death(); death && deaths_dated_)
        here[*death] = 0;
      return here / here.sum();
    }
    const double next = time_of(one, at + 1);
    Eigen::VectorXd there = over(one, at, t, next).col(seen_.states[at + 1]);
    if (seen_.kinds[at + 1] == observation_kind::exact_death) {
      const auto rates = probability_.rates_at_end(values_, next - t);
      Eigen::VectorXd deaths = Eigen::VectorXd::Zero(n);
      for (std::size_t k = 0; k < rates.size(); ++k) {
        const auto& move = intensities_.structure.transitions()[k];
        if (move.to == seen_.states[at + 1]) deaths[move.from] = rates[k];
      }
      there = over(one, at, t, next) * deaths;
    }
    here = here.cwiseProduct(there.transpose());
    return here / here.sum();
  }

  const intensity_model& intensities_;
  const observations& seen_;
  std::span<const double> times_;
  const prevalence_settings& settings_;
  const std::vector<std::size_t>& columns_;
  bool deaths_dated_;
  detail::path_probability probability_;
  std::vector<double> values_;
};

}  // namespace

prevalence observed_and_expected(const intensity_model& intensities,
                                 std::span<const double> coefficients, const observations& seen,
                                 std::span<const double> times,
                                 std::span<const double> planned_ends,
                                 const prevalence_settings& settings) {
  if (planned_ends.size() != seen.subject_count()) {
    reject("E-PLAN", "prevalence", std::to_string(planned_ends.size()) + " planned ends",
           "there are " + std::to_string(seen.subject_count()) + " subjects",
           "Give one for each, in the order of their names");
  }
  detail::refuse_several_states(seen, intensities.structure.size(), "prevalence");
  prevalence found;
  found.times.assign(times.begin(), times.end());
  std::sort(found.times.begin(), found.times.end());
  for (const double time : found.times) {
    if (std::isfinite(time) && time >= 0) continue;
    reject("E-TIME", "prevalence", "a time is " + shown(time),
           "times are years since the first row, finite and 0 or more", "Mend it");
  }
  const auto columns = detail::places_of_terms(intensities, seen.covariate_names, "prevalence");
  const bool deaths_dated = std::find(seen.kinds.begin(), seen.kinds.end(),
                                      observation_kind::exact_death) != seen.kinds.end();

  std::vector<follow_up> all;
  for (std::size_t first = 0; first < seen.rows();) {
    auto last = first;
    while (last + 1 < seen.rows() && seen.kinds[last + 1] != observation_kind::start) ++last;
    const double length = (seen.times[last] - seen.times[first]) / seen.units_per_year;
    const bool final_one =
        last + 1 == seen.rows() || seen.subjects[last + 1] != seen.subjects[first];
    double end = length;  // a follow-up with a later one ended at its last row
    if (final_one) {
      auto begun = first;
      while (begun > 0 && seen.subjects[begun - 1] == seen.subjects[first]) --begun;
      const double before = (seen.times[first] - seen.times[begun]) / seen.units_per_year;
      end = planned_ends[static_cast<std::size_t>(seen.subjects[first])] - before;
      if (!(end >= length - 1e-9)) {
        reject("E-PLAN", "prevalence",
               "subject " + std::to_string(seen.subjects[first]) + " was to be observed until " +
                   shown(end) + " years and was seen at " + shown(length),
               "the planned end is not before the last row",
               "Give the end of the whole observation, reached alive or not");
      }
    }
    all.push_back({first, last, std::max(end, length)});
    first = last + 1;
  }

  const auto n = intensities.structure.size();
  const auto T = static_cast<Eigen::Index>(found.times.size());
  const sums nothing{Eigen::VectorXd::Zero(T), Eigen::VectorXd::Zero(T),
                     Eigen::MatrixXd::Zero(T, n), Eigen::MatrixXd::Zero(T, n)};
  const auto blocks = (all.size() + subjects_a_block - 1) / subjects_a_block;
  std::vector<sums> parts(blocks, nothing);
  for_each_block(
      blocks, settings.threads,
      [&](std::size_t block) {
        counting worker(intensities, coefficients, seen, found.times, settings, columns,
                        deaths_dated);
        const auto end = std::min((block + 1) * subjects_a_block, all.size());
        for (auto i = block * subjects_a_block; i < end; ++i) worker.add(all[i], parts[block]);
      },
      settings.report);
  found.persons = nothing.persons;
  found.unknown = nothing.unknown;
  found.observed = nothing.observed;
  found.expected = nothing.expected;
  for (const auto& part : parts) {
    found.persons += part.persons;
    found.unknown += part.unknown;
    found.observed += part.observed;
    found.expected += part.expected;
  }
  return found;
}

}  // namespace kohort
