#pragma once

#include <limits>
#include <string_view>
#include <vector>

#include <kohort/interventions/programme.hpp>

namespace kohort {

/// Why a programme never pays for itself, or that it does.
enum class break_even_verdict {
  pays,             ///< there is a number of enrolled at which it does
  no_saving,        ///< s <= v: each enrolled person costs more than is saved
  beyond_capacity,  ///< F / (s - v) > K: even a full team loses, however many teams there are
};

/// At how many enrolled a programme pays for itself.
struct break_even_points {
  break_even_verdict verdict = break_even_verdict::pays;
  double net_saving = 0;  ///< s - v, per enrolled person and month
  /// N* of one team, F / (s - v); infinite if it never pays.
  double enrolled = std::numeric_limits<double>::infinity();
  double starts = std::numeric_limits<double>::infinity();  ///< lambda* = N* / L, a month
  std::vector<double> rises;  ///< where net turns from below to at least 0, as N grows
  std::vector<double> drops;  ///< where the next team makes it negative again, just above this N
  double for_good = std::numeric_limits<double>::infinity();  ///< from here on it stays
  /// The smallest whole number of enrolled at which net is not negative; infinite if none.
  double smallest_whole = std::numeric_limits<double>::infinity();
  bool goes_on = false;  ///< rises and drops repeat for ever, or too often to be listed
};

/// How break-even is asked for.
struct break_even_options {
  bool narrow = false;  ///< B = 0: nothing is saved after discharge
  double above = 0;     ///< net must reach this much a month, another way's net for instance
};

/// All points at which net(N) = N (s - v) - F max(1, ceil(N / K)) reaches 0 (or `above`).
///
/// With one cost F for each team and N1 = F / (s - v) <= K, net is at least 0 on the union of
/// [j N1, j K], j = 1, 2, ...: it rises at j N1 and drops just above j K until the gain of j full
/// teams carries one more. N1 = K: only with full teams. N1 > K: never, however many teams.
///
/// @throws invalid_input  as `check`
break_even_points break_even(const programme& p, const break_even_options& options = {});

/// The value of one input at which net(N) is 0, all others as they are.
struct programme_threshold {
  std::string_view input;
  double value = 0;                  ///< as given
  double low = 0, high = 0;          ///< the range searched
  double net_low = 0, net_high = 0;  ///< net a month at its ends
  bool crosses = false;              ///< whether there is such a value in the range
  double at = std::numeric_limits<double>::quiet_NaN();  ///< that value
  bool at_least = false;  ///< net is not negative from `at` upwards; otherwise up to it
};

/// The threshold of one input at so many enrolled, by TOMS 748; of `capacity` the smallest that is
/// enough. Shares are searched on [0, 1]; hours avoided on [-hours, hours]; other amounts from 0 to
/// as far as it takes.
///
/// @param input    see `programme_inputs`; not `start_up`, which net a month knows nothing of
/// @throws invalid_input  `E-SETTING`, or as `check`
/// @see  Alefeld, Potra & Shi (1995), ACM Trans Math Softw 21:327-344
programme_threshold find_threshold(const programme& p, std::string_view input, double enrolled,
                                   const break_even_options& options = {});

/// Those of all inputs that net depends on.
std::vector<programme_threshold> find_thresholds(const programme& p, double enrolled,
                                                 const break_even_options& options = {});

}  // namespace kohort
