#include <array>
#include <cmath>
#include <utility>

#include <kohort/projection/accounting.hpp>

namespace kohort {

namespace {

constexpr std::array<std::pair<std::string_view, accounting>, 7> names{{
    {"start", accounting::start},
    {"end", accounting::end},
    {"trapezoid", accounting::trapezoid},
    {"continuous", accounting::continuous},
    {"life_table", accounting::life_table},
    {"simpson", accounting::simpson},
    {"simpson_published", accounting::simpson_published},
}};

// Simpson's weights in cycles, at the K + 1 ends of cycles, split between the cycles they join.
void simpson(int K, Eigen::VectorXd& first, Eigen::VectorXd& last) {
  const int pairs_until = K % 2 == 0 ? K : K - 3;
  for (int k = 0; k < pairs_until; k += 2) {
    first[k] = last[k + 1] = 1.0 / 3;
    last[k] = first[k + 1] = 2.0 / 3;
  }
  if (K % 2 == 0) return;
  const int k = pairs_until;
  first[k] = last[k + 2] = 3.0 / 8;
  last[k] = first[k + 1] = last[k + 1] = first[k + 2] = 9.0 / 16;
}

}  // namespace

accounting accounting_named(std::string_view name) {
  for (const auto& [known, convention] : names) {
    if (known == name) return convention;
  }
  reject("E-ACCOUNTING", "accounting", "there is no convention '" + std::string(name) + "'",
         "the conventions are start, end, trapezoid and continuous, and, to compare with others, "
         "life_table, simpson and simpson_published",
         "Use one of these names");
}

std::string_view name_of(accounting convention) {
  return names[static_cast<std::size_t>(convention)].first;
}

void check_discount(double discount, std::string_view where) {
  if (discount >= 0 && std::isfinite(discount)) return;
  reject("E-DISCOUNT", where, "the discount rate is " + shown(discount),
         "it must be finite and not negative", "Write 0.03 for 3 % a year");
}

Eigen::VectorXd discount_factors(double discount, int cycles, double cycle_length) {
  check_discount(discount, "discount_factors");
  if (cycles < 0 || !(cycle_length > 0) || !std::isfinite(cycle_length)) {
    reject("E-GRID", "discount_factors",
           std::to_string(cycles) + " cycles of " + shown(cycle_length) + " years",
           "there must be a whole number of cycles of positive length",
           "Give cycles >= 0 and cycle_length > 0, in years");
  }
  Eigen::VectorXd v(cycles + 1);
  for (int k = 0; k <= cycles; ++k) v[k] = std::pow(1 + discount, -k * cycle_length);
  return v;
}

accounting_weights weights_of(const accounting_settings& settings, int cycles) {
  if (settings.convention == accounting::continuous) {
    reject("E-ACCOUNTING", "accounting",
           "the continuous convention was asked for as a sum over cycles",
           "it is an integral over the time inside them, which needs intensities",
           "Give intensities, or choose start, end, trapezoid, life_table or simpson");
  }
  const double e = settings.counted_at;
  if (settings.convention == accounting::life_table && e != 0 && e != 0.5 && e != 1) {
    reject("E-ACCOUNTING", "accounting",
           "the life table is to be counted " + shown(e) + " into a cycle",
           "packages count it at its beginning (0), its middle (0.5) or its end (1)",
           "Choose one of the three");
  }
  const auto v = discount_factors(settings.discount, cycles, settings.cycle_length);
  const int K = cycles;
  const auto from = v.head(K), to = v.tail(K);
  accounting_weights w{Eigen::VectorXd::Zero(K), Eigen::VectorXd::Zero(K), (from + to) / 2,
                       std::string(name_of(settings.convention))};
  switch (settings.convention) {
    case accounting::start:
      w.first.setOnes();
      w.event = from;
      break;
    case accounting::end:
      w.last.setOnes();
      w.event = to;
      break;
    case accounting::simpson:
      if (K == 1 || (K % 2 == 1 && settings.strict)) {
        reject("E-SIMPSON-ODD", "accounting",
               "Simpson's rule was asked for over " + std::to_string(K) +
                   (K == 1 ? " cycle" : " cycles"),
               K == 1 ? "a parabola needs two" : "it takes cycles two by two",
               K == 1 ? "Use shorter cycles, or the trapezoid"
                      : "Choose an even number, or drop strict, which takes the 3/8 rule over the "
                        "last three");
      }
      if (K > 0) simpson(K, w.first, w.last);
      if (K % 2 == 1) w.rule = "simpson, with the 3/8 rule over the last three cycles";
      break;
    case accounting::simpson_published:
      for (int k = 0; k < K; ++k) {  // the point at the end of cycle k has 2/3 if k is even
        w.first[k] = k == 0 ? 1.0 / 3 : (k % 2 == 1 ? 1.0 / 3 : 2.0 / 3);
        w.last[k] = k == K - 1 ? 1.0 / 3 : (k % 2 == 0 ? 1.0 / 3 : 2.0 / 3);
      }
      w.rule = "simpson_published (inner weights exchanged, for replication only)";
      break;
    default:  // trapezoid, life_table
      w.first.setConstant(0.5);
      w.last.setConstant(0.5);
      break;
  }
  if (settings.convention == accounting::life_table) {
    const double into = std::pow(1 + settings.discount, -e * settings.cycle_length);
    w.event = from * into;
    w.first = settings.cycle_length * w.first.cwiseProduct(w.event);
    w.last = settings.cycle_length * w.last.cwiseProduct(w.event);
    w.rule = "life_table, counted at the " +
             std::string(e == 0 ? "beginning" : (e == 1 ? "end" : "middle")) + " of each cycle";
    return w;
  }
  w.first = settings.cycle_length * w.first.cwiseProduct(from);
  w.last = settings.cycle_length * w.last.cwiseProduct(to);
  return w;
}

}  // namespace kohort
