#pragma once

#include <cmath>
#include <limits>

namespace kohort::detail {

/// int e^{c x} dx over [low, high] and its first two derivatives by c, without cancellation where c
/// is near 0. `low` may be -infinity if c > 0; if c <= 0 the integral is then infinite.
///
/// A Gompertz hazard e^{gamma (z - a)} is integrated with x = z - a and c = gamma; a Weibull hazard
/// z^{g} with x = log z and c = g + 1, and the derivatives are those by gamma and by g.
struct exponential_integral {
  double value = 0, first = 0, second = 0;

  exponential_integral(double c, double low, double high) {
    if (low == high) return;
    if (low == -std::numeric_limits<double>::infinity()) {
      if (!(c > 0)) {
        value = std::numeric_limits<double>::infinity();
        return;
      }
      const double top = std::exp(c * high);
      value = top / c;
      first = top * (high - 1 / c) / c;
      second = top * (high * high - 2 * high / c + 2 / (c * c)) / c;
      return;
    }
    // e^{c m} L S(y), m the middle, L the length, y = c L / 2, S = sinh y / y
    const double L = high - low, half = L / 2, m = low + half, y = c * half;
    double S, dS, ddS;
    if (std::abs(y) < 1) {
      S = dS = ddS = 0;
      double term = 1;  // y^{2i} / (2i + 1)!
      for (int i = 0; i < 12; ++i) {
        const double next = term / ((2 * i + 2) * (2 * i + 3));
        S += term;
        dS += next * (2 * i + 2);  // times y
        ddS += next * (2 * i + 2) * (2 * i + 1);
        term = next * y * y;
      }
      dS *= y;
    } else {
      S = std::sinh(y) / y;
      dS = (std::cosh(y) - S) / y;
      ddS = S - 2 * dS / y;
    }
    const double scale = std::exp(c * m) * L;
    value = scale * S;
    first = scale * (m * S + half * dS);
    second = scale * (m * m * S + 2 * m * half * dS + half * half * ddS);
  }
};

}  // namespace kohort::detail
