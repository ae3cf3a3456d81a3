#pragma once

#include <functional>
#include <vector>

#include <Eigen/Core>

namespace kohort {

/// One uncertain input of a model and the range to try.
struct input_range {
  double base, low, high;
};

/// What a model says with one input at its low and at its high value, all others at base.
struct one_way_row {
  int input = 0;  // position among those given
  double at_low = 0, at_high = 0;
  [[nodiscard]] double swing() const {
    return at_high > at_low ? at_high - at_low : at_low - at_high;
  }
};

/// One-way analysis for a tornado: widest swing first, ties by position.
///
/// @param model  from the inputs, in order, to the outcome
/// @param base   out: the outcome with every input at its base value
/// @throws invalid_input  `E-SHAPE`: no inputs; `E-SETTING`: low > high; `E-NUM`: an outcome that
/// is
///                        not finite
std::vector<one_way_row> one_way(const std::function<double(const std::vector<double>&)>& model,
                                 const std::vector<input_range>& inputs, double& base);

/// A place where an outcome crosses a value as one input goes through its range.
struct crossing {
  double at;
  bool upwards;  // the outcome is below the value before, above after
};

/// Where one input makes the outcome cross a value, and what it is at both ends if nowhere.
struct threshold {
  std::vector<crossing> crossings;  // by rising input; empty: see the ends
  double at_low = 0, at_high = 0;   // outcome minus the value at the two ends of the range
};

/// All crossings of `target` by an outcome of one input on [low, high].
///
/// The range is cut into pieces of equal width; in each piece whose ends differ in sign the root is
/// found by TOMS 748 to the last bits. Two crossings within one piece go unseen: raise `pieces`.
///
/// @throws invalid_input  `E-SETTING`: an empty range or no pieces; `E-NUM`: an outcome that is not
///                        finite
/// @see    Alefeld, Potra & Shi (1995), ACM Trans Math Softw 21:327-344
threshold find_threshold(const std::function<double(double)>& outcome, double low, double high,
                         double target = 0, int pieces = 64);

}  // namespace kohort
