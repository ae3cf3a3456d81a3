#include <algorithm>
#include <cmath>
#include <string>

#include <boost/math/distributions/negative_binomial.hpp>

#include <kohort/projection/chance.hpp>
#include <kohort/projection/detail/yearly_ways.hpp>
#include <kohort/support/error.hpp>
#include <kohort/support/random.hpp>
#include <kohort/support/scores.hpp>

namespace kohort {

namespace {

using row_major = detail::yearly_ways::matrix;

std::size_t at(int i) { return static_cast<std::size_t>(i); }

/// Living states as they are seen.
int seen_count_of(const chance_inputs& in) {
  if (in.seen_of.empty()) return in.structure.size() - 1;
  return *std::max_element(in.seen_of.begin(), in.seen_of.end()) + 1;
}

void check_shares(const chance_inputs& in, int seen) {
  const auto living = in.seen_of.size();
  for (int cell = 0; cell < 2 * in.ages; ++cell) {
    std::vector<double> sums(at(seen), 0.0);
    for (std::size_t p = 0; p < living; ++p) {
      const double share = in.shares[at(cell) * living + p];
      sums[at(in.seen_of[p])] += share >= 0 ? share : NAN;
    }
    for (int v = 0; v < seen; ++v) {
      if (in.stock[at(cell * seen + v)] == 0 || std::abs(sums[at(v)] - 1) < 1e-9) continue;
      reject("E-NUM", "with_chance",
             "the shares of a state's phases sum to " + shown(sums[at(v)]) + " in a cell",
             "everybody is in one of them", "Divide them by their sum");
    }
  }
}

void check(const chance_inputs& in) {
  if (!in.structure.death()) {
    reject("E-MODEL", "with_chance", "the model has no death", "people die", "Name that state");
  }
  const int living = in.structure.size() - 1;
  const auto moves = in.structure.transitions().size();
  const auto shape = [](const char* what, std::size_t seen, std::size_t needed) {
    if (seen == needed) return;
    reject("E-SHAPE", "with_chance",
           std::string(what) + " has " + std::to_string(seen) + " entries",
           std::to_string(needed) + " are needed", "Give all tables for the same ages and states");
  };
  const auto outside = [&](int v) { return v < 0 || v >= living; };
  if (std::ranges::any_of(in.seen_of, outside)) {
    reject("E-SHAPE", "with_chance", "a phase is seen as a state that is not there",
           "states as they are seen are numbered from 0", "Mend the map");
  }
  if (!in.seen_of.empty()) {
    shape("the map of phases", in.seen_of.size(), at(living));
    shape("the table of phases' shares", in.shares.size(), at(2 * in.ages * living));
  }
  if (!in.seen_of.empty() && !in.entry_cuts.empty()) {
    reject("E-ENTRY-CLOCK", "with_chance",
           "states have phases, and there are bands of time since "
           "entry",
           "one of the two is followed", "Leave one out");
  }
  const auto clock =
      in.entry_cuts.empty() ? entry_clock() : entry_clock(in.entry_cuts, in.parts_a_year);
  const int seen = seen_count_of(in);
  shape("the stock", in.stock.size(), at(2 * in.ages * clock.stock_parts() * seen));
  shape("the table of rates", in.rates.size(), at(in.draws * 2 * in.ages * clock.bands()) * moves);
  shape("the projection", in.expected.size(), at(in.draws * (in.years + 1) * seen));
  if (!(in.dispersion >= 1) || !std::isfinite(in.dispersion)) {
    reject("E-NUM", "with_chance", "the dispersion is " + shown(in.dispersion),
           "it is 1 for the Poisson distribution and more for wider ones", "Give 1 or more");
  }
  for (const double n : in.stock) {
    if (n >= 0 && n < 1e9 && n == std::floor(n)) continue;
    reject("E-NUM", "with_chance", "the start has " + shown(n) + " persons in a cell",
           "it must be a whole number: single lives are drawn", "Give the counts themselves");
  }
  if (!in.seen_of.empty()) check_shares(in, seen);
  if (!in.staying.empty())
    shape("the table of who stays", in.staying.size(), at(in.years * 2 * in.ages));
  for (const double share : in.staying) {
    if (share >= 0 && share <= 1) continue;
    reject("E-NUM", "with_chance", "of those of a cohort " + shown(share) + " do not move away",
           "it is a share", "Take it from share_staying");
  }
}

/// The u-quantile of a count with this mean, and `dispersion` times it as variance.
double count_quantile(double mean, double dispersion, double u) {
  if (dispersion < 1 + 1e-9) return static_cast<double>(poisson_quantile(mean, u));
  using boost::math::policies::discrete_quantile;
  using boost::math::policies::integer_round_up;
  using boost::math::policies::policy;
  const boost::math::negative_binomial_distribution<double,
                                                    policy<discrete_quantile<integer_round_up>>>
      law(mean / (dispersion - 1), 1 / dispersion);
  return boost::math::quantile(law, u);
}

/// One draw: its yearly probabilities by sex and age, and what it makes of those at the start.
class draw {
 public:
  draw(const chance_inputs& in, int k)
      : in_(in),
        k_(k),
        n_(in.structure.size()),
        ways_(in.structure, in.ages,
              std::span(in.rates).subspan(at(k) * (in.rates.size() / at(in.draws)),
                                          in.rates.size() / at(in.draws)),
              in.entry_cuts, in.parts_a_year) {
    for (state s = 0; s < n_; ++s) {
      if (s == *in.structure.death()) {
        place_.push_back(-1);
        continue;
      }
      const auto living = living_states_.size();
      place_.push_back(in.seen_of.empty() ? static_cast<int>(living) : in.seen_of[living]);
      living_states_.push_back(s);
    }
  }

  void fill(const random_stream& random, double* into) const {
    std::vector<double> stays(at((in_.years + 1) * seen_), 0.0);  // expected of the start
    for_each_cell([&](int sex, int a, int v, int persons, const auto& years) {
      Eigen::RowVectorXd where = Eigen::RowVectorXd::Zero(n_);
      for (std::size_t p = 0; p < living_states_.size(); ++p) {
        const state s = living_states_[p];
        if (place_[at(s)] == v) where(s) = persons * share(sex, a, p);
      }
      for (int y = 0; y <= in_.years; ++y) {
        if (y > 0) where = (where * years[at(y - 1)]).eval();
        for (state to = 0; to < n_; ++to) {
          if (place_[at(to)] >= 0) stays[at(y * seen_ + place_[at(to)])] += where(to);
        }
      }
    });
    const auto expected = [&](int y, int s) {
      return in_.expected[at((k_ * (in_.years + 1) + y) * seen_ + s)];
    };
    const auto replicate = static_cast<std::uint32_t>(k_);
    std::uint32_t person = 0;
    for_each_cell([&](int sex, int a, int v, int persons, const auto& years) {
      for (int i = 0; i < persons; ++i, ++person) {
        state now = in_.seen_of.empty()
                        ? living_states_[at(v)]
                        : phase(sex, a, v, random.uniform(replicate, person, phase_index));
        into[v] += 1;
        for (int y = 1; y <= in_.years; ++y) {
          const double u = random.uniform(replicate, person, static_cast<std::uint32_t>(2 * y));
          now = next(years[at(y - 1)], now, u);
          const int p = place_[at(now)];
          if (p < 0) break;
          const double mean = expected(y, p), here = stays[at(y * seen_ + p)];
          if (mean < here &&
              random.uniform(replicate, person, static_cast<std::uint32_t>(2 * y + 1)) * here >
                  mean) {
            continue;  // counted elsewhere now
          }
          into[y * seen_ + p] += 1;
        }
      }
    });
    for (int y = 1; y <= in_.years; ++y) {
      for (int p = 0; p < seen_; ++p, ++person) {
        const double came = expected(y, p) - stays[at(y * seen_ + p)];
        if (came <= 0) continue;
        const double u = random.uniform(replicate, person, 0);
        into[y * seen_ + p] += count_quantile(came, in_.dispersion, u);
      }
    }
  }

 private:
  static constexpr std::uint32_t phase_index = 1;  // of the random numbers: no year uses it

  template <class Work>
  void for_each_cell(const Work& work) const {
    for (int sex = 0; sex < 2; ++sex) {
      for (int a = 0; a < in_.ages; ++a) {
        for (int part = 0; part < ways_.parts(); ++part) {
          const auto cell = at((sex * in_.ages + a) * ways_.parts() + part) * at(seen_);
          const auto stock = std::span(in_.stock).subspan(cell, at(seen_));
          if (std::ranges::all_of(stock, [](double persons) { return persons == 0; })) continue;
          const auto years = ways_.of_stock(sex, a, part, in_.years, in_.staying);
          for (int v = 0; v < seen_; ++v) {
            if (stock[at(v)] > 0) work(sex, a, v, static_cast<int>(stock[at(v)]), years);
          }
        }
      }
    }
  }

  /// Of those seen in a living state's own, who is in it.
  [[nodiscard]] double share(int sex, int a, std::size_t living) const {
    if (in_.seen_of.empty()) return 1;
    return in_.shares[at(sex * in_.ages + a) * living_states_.size() + living];
  }

  [[nodiscard]] state phase(int sex, int a, int v, double u) const {
    state last = 0;
    for (std::size_t p = 0; p < living_states_.size(); ++p) {
      const double part = share(sex, a, p);
      if (in_.seen_of[p] != v || part == 0) continue;
      last = living_states_[p];
      u -= part;
      if (u < 0) break;
    }
    return last;
  }

  [[nodiscard]] state next(const row_major& P, state from, double u) const {
    for (state s = 0; s + 1 < n_; ++s) {
      u -= P(from, s);
      if (u < 0) return s;
    }
    return n_ - 1;
  }

  const chance_inputs& in_;
  int k_, n_, seen_ = seen_count_of(in_);
  detail::yearly_ways ways_;
  std::vector<int> place_;            // of each state among the living as seen; -1 for death
  std::vector<state> living_states_;  // in the model's order
};

}  // namespace

std::vector<double> with_chance(const chance_inputs& inputs, std::uint64_t seed, int threads,
                                const progress& report) {
  check(inputs);
  const auto size = at((inputs.years + 1) * seen_count_of(inputs));
  std::vector<double> numbers(at(inputs.draws) * size, 0.0);
  const random_stream random(seed, purpose::chance);
  for_each_block(
      at(inputs.draws), threads,
      [&](std::size_t k) { draw(inputs, static_cast<int>(k)).fill(random, &numbers[k * size]); },
      report);
  return numbers;
}

}  // namespace kohort
