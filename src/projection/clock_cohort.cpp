#include <algorithm>
#include <cmath>

#include "cohort_block.hpp"

// Usual care where intensities depend on time since entry. People are carried cell by cell of the
// clock (`entry_clock`); the mortality of those without support is solved with the cells of one
// band taken together, since all of them move alike.

namespace kohort::detail {

namespace {

constexpr double same_time = 1e-9;  // years

}  // namespace

/// The ends of a stretch of the year, and the times inside at which anything happens.
std::vector<double> cohort_block::stops(double from, double to,
                                        const std::vector<double>& cuts) const {
  std::vector<double> times{from};
  const auto note = [&](double t) {
    if (t > from + same_time && t < to - same_time) times.push_back(t);
  };
  for (const double t : cuts) note(t);
  for (const auto& event : f.clock.events()) note(event.time);
  std::sort(times.begin(), times.end());
  std::vector<double> kept;
  for (const double t : times) {
    if (kept.empty() || t > kept.back() + same_time) kept.push_back(t);
  }
  kept.push_back(to);
  return kept;
}

const clock_event* cohort_block::event_at(double time) const {
  for (const auto& event : f.clock.events()) {
    if (std::abs(event.time - time) <= same_time) return &event;
  }
  return nullptr;
}

/// What happens to the people of all cells when a part begins, or some pass the last cut.
void cohort_block::turn(double* people, const clock_event& what) const {
  const int S = f.S, last = f.C - 1;
  const auto put = [&](int from, int to) {
    double* here = people + at((from * S + 1) * lanes);
    double* there = people + at((to * S + 1) * lanes);
    for (int j = 0; j < (S - 1) * lanes; ++j) {
      there[j] += here[j];
      here[j] = 0;
    }
  };
  if (what.shifts) {
    for (int cell = last - 1; cell >= 0; --cell) put(cell, cell + 1);
  }
  if (what.passes) put(last - 1, last);
}

/// One node over one piece in which nobody passes a cut.
void cohort_block::advance_by_clock(piece& now, double mortality, double* people, double* drift,
                                    int period, bool count, int sex) {
  const int S = f.S, F = f.banded.size, moves = static_cast<int>(f.banded.from.size());
  const double length = now.to - now.from, middle = (now.from + now.to) / 2;
  // The cells of a band together.
  std::fill(banded_.begin(), banded_.end(), 0.0);
  for (int w = 0; w < f.W; ++w) {
    const int s = w % S;
    if (s == 0 && w > 0) continue;
    double* sum = row(banded_, f.banded.place(f.clock.band(w / S, middle), s, S));
    for (int lane = 0; lane < lanes; ++lane) sum[lane] += people[w * lanes + lane];
  }
  banded_rates_.clear();
  banded_ratios_.clear();
  for (int k = 0; k < moves; ++k) {
    banded_rates_.push_back(now.rates[at(f.banded.band_of[at(k)] * M + f.banded.move_of[at(k)])]);
  }
  banded_ratios_.push_back(now.ratios[0]);
  for (int b = 0; b < f.B; ++b) {
    for (int s = 1; s < S; ++s) banded_ratios_.push_back(now.ratios[at(b * S + s)]);
  }
  std::fill(banded_tally_.begin(), banded_tally_.end(), 0.0);
  double* years = banded_tally_.data();
  double* moved = years + F * lanes;
  double* died = moved + moves * lanes;
  double* migrated = died + F * lanes;
  advance_({F, moves, f.banded.into.data(), f.banded.from.data(), banded_rates_.data(),
            banded_ratios_.data(), lanes, length, mortality, now.migration, survivors_.data()},
           {banded_.data(), drift, years, moved, died, migrated, force_.data()});
  now.force = force_;
  if (count) {
    for (int i = 0; i < F; ++i) {
      const int s = i == 0 ? 0 : (i - 1) % (S - 1) + 1;
      double* lived = row(u.years, group_cell(period, sex, now.age) + s);
      double* deaths = row(u.died, period * S + s);
      double* net = row(u.migrated, period * S + s);
      for (int lane = 0; lane < lanes; ++lane) {
        lived[lane] += years[i * lanes + lane];
        deaths[lane] += died[i * lanes + lane];
        net[lane] += migrated[i * lanes + lane];
      }
    }
    for (int k = 0; k < moves; ++k) {
      double* sum = row(u.moved, period * M + f.banded.move_of[at(k)]);
      for (int lane = 0; lane < lanes; ++lane) sum[lane] += moved[k * lanes + lane];
    }
  }
  // Each cell on its own, the mortality known.
  double* spare = scratch_.data();
  const carried_flows flows{spare, spare + S * lanes, spare + (S + M) * lanes,
                            spare + (2 * S + M) * lanes, nullptr};
  for (int b = 0; b < f.B; ++b) {
    groups_.clear();
    double* first = nullptr;
    for (int cell = 0; cell < f.C; ++cell) {
      if (f.clock.band(cell, middle) != b) continue;
      double* here = people + at(cell * S * lanes);
      if (!anybody(here)) continue;
      if (first) {
        groups_.push_back({here, 0, nullptr});
      } else {
        first = here;
      }
    }
    if (!first) continue;
    carrying_.carry(
        {S, M, b == 0 ? 0 : 1, f.map.from.data(), f.map.to.data(), now.rates.data() + b * M,
         now.ratios.data() + b * S, force_.data(), now.migration, lanes, length,
         static_cast<int>(groups_.size()), groups_.data(), nullptr, nullptr, nullptr},
        {first, &flows});
  }
  // Rounding aside, these are the people of the bands.
  for (int lane = 0; lane < lanes; ++lane) {
    double sum = 0, of_bands = 0;
    for (int w = 0; w < f.W; ++w) sum += people[w * lanes + lane];
    for (int i = 0; i < F; ++i) of_bands += banded_[at(i * lanes + lane)];
    const double exact = sum > 0 ? of_bands / sum : 1.0;
    for (int w = 0; w < f.W; ++w) people[w * lanes + lane] *= exact;
  }
}

/// Usual care of one node before or after its birthday.
void cohort_block::live_by_clock(cohort_year& c, int age, double from, double to,
                                 const double* migration, double* people, double* drift) {
  const int P = f.options.periods_a_year;
  const auto& cuts = f.cuts[at(c.year)];
  const auto times = stops(from, to, cuts);
  for (std::size_t i = 0; i + 1 < times.size(); ++i) {
    auto& now = c.next();
    set_piece(now, c.sex, age, c.year + 1);
    now.from = times[i];
    now.to = times[i + 1];
    now.migration = migration;
    // Those who come on their birthday come with the clock turned.
    const auto* event = c.age < 0 && c.count == 1 ? nullptr : event_at(now.from);
    now.turns = event != nullptr;
    if (event) turn(people, *event);
    for (std::size_t k = 0; k < cuts.size(); ++k) {
      if (std::abs(cuts[k] - now.from) > same_time) continue;
      std::copy_n(people, f.W * lanes, c.found[k].data());
      const double period = cuts[k] * P;
      if (cuts[k] > 0 && P > 1 && std::abs(period - std::round(period)) < 1e-9 * P) {
        add_persons(c.year * P + static_cast<int>(std::round(period)), c.sex, age, people,
                    u.persons);
      }
    }
    advance(now, f.mortality(c.year + 1, c.sex, age), people, drift,
            period_of(c.year, (now.from + now.to) / 2), true, c.sex);
  }
}

bool cohort_block::anybody(const double* people) const {
  return std::any_of(people, people + f.S * lanes, [](double n) { return n != 0; });
}

}  // namespace kohort::detail
