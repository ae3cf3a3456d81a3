#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>

#include <boost/math/tools/toms748_solve.hpp>

#include <kohort/economics/sensitivity.hpp>
#include <kohort/support/error.hpp>

namespace kohort {

namespace {

double checked(double value, const char* where) {
  if (std::isfinite(value)) return value;
  reject("E-NUM", where, "the model gave " + shown(value), "its outcome must be finite",
         "Look at the model at that input, or narrow the range");
}

}  // namespace

std::vector<one_way_row> one_way(const std::function<double(const std::vector<double>&)>& model,
                                 const std::vector<input_range>& inputs, double& base) {
  if (inputs.empty()) {
    reject("E-SHAPE", "one_way", "no inputs", "at least one must vary",
           "Give a base, a low and a high value for each");
  }
  std::vector<double> at;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const auto& range = inputs[i];
    if (!(range.low <= range.high) || !std::isfinite(range.base) || !std::isfinite(range.low) ||
        !std::isfinite(range.high)) {
      reject("E-SETTING", "one_way",
             "input " + std::to_string(i) + " goes from " + shown(range.low) + " to " +
                 shown(range.high),
             "the low value comes first and all are finite", "Mend the range");
    }
    at.push_back(range.base);
  }
  base = checked(model(at), "one_way");
  std::vector<one_way_row> rows;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    one_way_row row{static_cast<int>(i)};
    at[i] = inputs[i].low;
    row.at_low = checked(model(at), "one_way");
    at[i] = inputs[i].high;
    row.at_high = checked(model(at), "one_way");
    at[i] = inputs[i].base;
    rows.push_back(row);
  }
  std::stable_sort(rows.begin(), rows.end(),
                   [](const auto& a, const auto& b) { return a.swing() > b.swing(); });
  return rows;
}

threshold find_threshold(const std::function<double(double)>& outcome, double low, double high,
                         double target, int pieces) {
  if (!(low < high) || !std::isfinite(low) || !std::isfinite(high) || pieces < 1) {
    reject("E-SETTING", "find_threshold",
           "a range from " + shown(low) + " to " + shown(high) + " in " + std::to_string(pieces) +
               " pieces",
           "it must be finite, not empty, and in at least one piece", "Mend the range");
  }
  const auto above = [&](double x) { return checked(outcome(x), "find_threshold") - target; };
  const auto place = [&](int i) { return i == pieces ? high : low + (high - low) * i / pieces; };
  threshold found;
  found.at_low = above(low);
  double before = low, value_before = found.at_low;
  int side = value_before > 0 ? 1 : (value_before < 0 ? -1 : 0);  // last sign that was not 0
  double zero_from = low;                                         // where a run of zeros began
  for (int i = 1; i <= pieces; ++i) {
    const double x = place(i), value = above(x);
    if (value == 0) {
      if (value_before != 0) zero_from = x;
    } else {
      const int now = value > 0 ? 1 : -1;
      if (value_before == 0) {
        if (side != now && (side != 0 || zero_from == low)) {
          found.crossings.push_back({zero_from, now > 0});
        }
      } else if (now != side) {
        std::uintmax_t steps = 200;
        const auto root =
            boost::math::tools::toms748_solve(above, before, x, value_before, value,
                                              boost::math::tools::eps_tolerance<double>(52), steps);
        found.crossings.push_back({(root.first + root.second) / 2, now > 0});
      }
      side = now;
    }
    before = x;
    value_before = value;
  }
  found.at_high = value_before;
  if (value_before == 0 && side != 0) found.crossings.push_back({zero_from, side < 0});
  return found;
}

}  // namespace kohort
