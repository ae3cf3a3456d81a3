// At how many enrolled does a rehabilitation team pay for itself? The figures are constructed.

#include <cstdio>
#include <vector>

#include <kohort/kohort.hpp>

int main() {
  const std::vector<kohort::post> posts = {{"occupational therapist", 2, 38'000},
                                           {"physiotherapist", 1, 38'000},
                                           {"assistant nurse", 2.5, 30'400}};
  kohort::programme team;
  team.fixed_cost = kohort::team_cost(posts, 0.45, 14'000, 10'500);
  team.variable_cost = 2'000;
  team.capacity = 45;
  team.hours = 40;
  team.hour_cost = 500;
  team.double_work = 0.25;
  team.otherwise_helped = 0.8;
  team.stay = 3;

  const auto found = kohort::break_even(team);
  std::printf("A team of %.0f kronor a month pays for itself at %.1f enrolled.\n", team.fixed_cost,
              found.enrolled);
  const auto now = kohort::stock_and_flow({.starts = 15, .stay = team.stay});
  std::printf("15 new a month who stay 3 months are %.0f on a day: net %+.0f kronor a month.\n",
              now.enrolled, kohort::net_per_month(team, now.enrolled));
  for (const auto& t : kohort::find_thresholds(team, now.enrolled)) {
    if (t.crosses) {
      std::printf("  %s: at %s %g\n", std::string(t.input).c_str(), t.at_least ? "least" : "most",
                  t.at);
    }
  }
}
