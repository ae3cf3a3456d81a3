#include <algorithm>
#include <cmath>

#include <kohort/estimation/detail/sighted.hpp>
#include <kohort/estimation/prevalence.hpp>
#include <kohort/support/error.hpp>

namespace kohort {

namespace {

constexpr std::size_t subjects_a_block = 256;

struct sums {
  Eigen::VectorXd persons, unknown, shared;
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
           const prevalence_settings& settings, bool deaths_dated)
      : intensities_(intensities),
        seen_(seen),
        times_(times),
        settings_(settings),
        deaths_dated_(deaths_dated),
        rows_(intensities, coefficients, seen, "prevalence") {
    in_doubt_ = settings.bridge || !seen.sets.empty();
  }

  void add(const follow_up& one, sums& to) {
    const double weight = seen_.weight(seen_.subjects[one.first]);
    Eigen::RowVectorXd expected = rows_.first(one.first);
    Eigen::RowVectorXd given = expected;  // all that was seen so far, at the row last reached
    double now = 0;
    std::size_t at = one.first;  // the row last reached
    for (std::size_t t = 0; t < times_.size() && times_[t] <= one.end; ++t) {
      while (true) {  // along the rows, whose covariates change
        const double next = at < one.last ? time_of(one, at + 1) : INFINITY;
        const double until = std::min(next, times_[t]);
        if (until > now) {
          expected = expected * over(one, at, now, until);
          now = until;
        }
        if (next > times_[t]) break;
        ++at;
        if (in_doubt_) given = rows_.next(at, given);
      }
      const auto here = static_cast<Eigen::Index>(t);
      to.persons[here] += weight;
      // The first row is conditioned on: what it says, not what it might have said.
      to.expected.row(here) +=
          weight * (times_[t] == 0 ? rows_.said(one.first, given) : rows_.readings(expected, at));
      if (settings_.bridge) {
        to.observed.row(here) += weight * bridge(one, at, times_[t], given);
      } else if (known(one, at, times_[t])) {
        to.observed.row(here) += weight * rows_.said(at, given);
        if (rows_.names_several(at)) to.shared[here] += weight;
      } else {
        to.unknown[here] += weight;
      }
    }
  }

 private:
  [[nodiscard]] double time_of(const follow_up& one, std::size_t row) const {
    return (seen_.times[row] - seen_.times[one.first]) / seen_.units_per_year;
  }

  /// The row whose covariates hold after one: the last row's own are never used.
  static std::size_t covariates(const follow_up& one, std::size_t at) {
    return at == one.last && at > one.first ? at - 1 : at;
  }

  /// P from one time to another within an interval, or after the last row.
  const Eigen::MatrixXd& over(const follow_up& one, std::size_t at, double from, double to) {
    const auto row = covariates(one, at);
    return rows_.over(row, from - time_of(one, row), to - time_of(one, row));
  }

  /// Whether the state as it is seen is known all the time until the next row.
  [[nodiscard]] bool watched(const follow_up& one, std::size_t at) const {
    if (at == one.last || intensities_.misread) return false;
    const auto kind = seen_.kinds[at + 1];
    return kind == observation_kind::exact_transition || kind == observation_kind::exact_stay;
  }

  [[nodiscard]] bool known(const follow_up& one, std::size_t at, double t) const {
    if (rows_.absorbed(at) || watched(one, at)) return true;
    return t - time_of(one, at) <= settings_.window;
  }

  Eigen::RowVectorXd bridge(const follow_up& one, std::size_t at, double t,
                            const Eigen::RowVectorXd& given) {
    const double from = time_of(one, at);
    if (rows_.absorbed(at) || watched(one, at) || t == from) return rows_.said(at, given);
    Eigen::RowVectorXd here = at == one.last ? Eigen::RowVectorXd(given * over(one, at, from, t))
                                             : rows_.until(at + 1, given, t - from);
    if (at == one.last) {
      if (const auto death = intensities_.structure.death(); death && deaths_dated_)
        here[*death] = 0;
    } else {
      here = here.cwiseProduct(rows_.evidence(at + 1, t - from).transpose());
    }
    return rows_.readings(here / here.sum(), at);
  }

  const intensity_model& intensities_;
  const observations& seen_;
  std::span<const double> times_;
  const prevalence_settings& settings_;
  bool deaths_dated_, in_doubt_;
  detail::sighted rows_;
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
  prevalence found;
  found.times.assign(times.begin(), times.end());
  std::sort(found.times.begin(), found.times.end());
  for (const double time : found.times) {
    if (std::isfinite(time) && time >= 0) continue;
    reject("E-TIME", "prevalence", "a time is " + shown(time),
           "times are years since the first row, finite and 0 or more", "Mend it");
  }
  const bool deaths_dated = std::ranges::any_of(seen.kinds, [](observation_kind kind) {
    return kind == observation_kind::exact_death || kind == observation_kind::window_death;
  });
  // Refuses a column that is not there before any work.
  const detail::sighted door(intensities, coefficients, seen, "prevalence");

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

  const auto n = door.seen_states();
  const auto T = static_cast<Eigen::Index>(found.times.size());
  const sums nothing{Eigen::VectorXd::Zero(T), Eigen::VectorXd::Zero(T), Eigen::VectorXd::Zero(T),
                     Eigen::MatrixXd::Zero(T, n), Eigen::MatrixXd::Zero(T, n)};
  const auto blocks = (all.size() + subjects_a_block - 1) / subjects_a_block;
  std::vector<sums> parts(blocks, nothing);
  for_each_block(
      blocks, settings.threads,
      [&](std::size_t block) {
        counting worker(intensities, coefficients, seen, found.times, settings, deaths_dated);
        const auto end = std::min((block + 1) * subjects_a_block, all.size());
        for (auto i = block * subjects_a_block; i < end; ++i) worker.add(all[i], parts[block]);
      },
      settings.report);
  found.persons = nothing.persons;
  found.unknown = nothing.unknown;
  found.shared = nothing.shared;
  found.observed = nothing.observed;
  found.expected = nothing.expected;
  for (const auto& part : parts) {
    found.persons += part.persons;
    found.unknown += part.unknown;
    found.shared += part.shared;
    found.observed += part.observed;
    found.expected += part.expected;
  }
  return found;
}

}  // namespace kohort
