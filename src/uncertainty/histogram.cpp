#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <string>

#include <boost/math/distributions/binomial.hpp>

#include <kohort/support/error.hpp>
#include <kohort/uncertainty/histogram.hpp>

namespace kohort {

namespace {

constexpr std::int64_t under = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t over = std::numeric_limits<std::int64_t>::max();

/// The bins of a rule, numbered so that larger values have larger numbers; 0 is the bin of 0.
class binning {
 public:
  explicit binning(const bin_rule& rule)
      : rule_(rule),
        log_base_(std::log1p(rule.error) - std::log1p(-rule.error)),
        lowest_(rule.logarithmic ? at_size(rule.low) : 0) {}

  [[nodiscard]] std::int64_t of(double x) const {
    if (!rule_.logarithmic) {
      if (x < rule_.low) return under;
      if (x > rule_.high) return over;
      return static_cast<std::int64_t>(std::floor((x - rule_.low) / (2 * rule_.error)));
    }
    const double size = std::abs(x);
    if (size > rule_.high) return x > 0 ? over : under;
    if (size < rule_.low) return 0;
    const std::int64_t place = at_size(size) - lowest_ + 1;
    return x > 0 ? place : -place;
  }

  [[nodiscard]] double value(std::int64_t bin) const {
    if (!rule_.logarithmic) {
      return rule_.low + (2 * static_cast<double>(bin) + 1) * rule_.error;
    }
    if (bin == 0) return 0;
    const double exponent = static_cast<double>(std::abs(bin) + lowest_ - 1);
    const double base = (1 + rule_.error) / (1 - rule_.error);
    const double size = 2 * std::exp(exponent * log_base_) / (base + 1);
    return bin > 0 ? size : -size;
  }

 private:
  [[nodiscard]] std::int64_t at_size(double size) const {
    return static_cast<std::int64_t>(std::ceil(std::log(size) / log_base_));
  }

  bin_rule rule_;
  double log_base_;
  std::int64_t lowest_;
};

}  // namespace

void check(const bin_rule& rule) {
  const bool fine = rule.logarithmic ? rule.error >= 1e-5 && rule.error <= 0.1 && rule.low > 0
                                     : rule.error > 0 && std::isfinite(rule.error) &&
                                           (rule.high - rule.low) / rule.error <= 1e8;
  if (fine && std::isfinite(rule.low) && std::isfinite(rule.high) && rule.high > rule.low) return;
  reject(
      "E-BINS", "bin_rule",
      "the error is " + shown(rule.error) + " from " + shown(rule.low) + " to " + shown(rule.high),
      "logarithmic bins have an error from 0.00001 to 0.1 and positive bounds, linear ones at "
      "most 5e7 bins",
      "Take an error of 0.001 between 0.000001 and 1e15, say");
}

std::int64_t histogram::total() const {
  return std::accumulate(counts.begin(), counts.end(), below + above);
}

void add(histogram& to, std::span<const double> values, const bin_rule& rule) {
  const binning bins(rule);
  std::int64_t least = over, most = under;
  std::vector<std::int64_t> places;
  places.reserve(values.size());
  for (const double x : values) {
    if (std::isnan(x)) {
      reject("E-NUM", "histogram", "a draw is not a number", "draws are", "Find out what made it");
    }
    const std::int64_t bin = bins.of(x);
    if (bin == under) {
      ++to.below;
    } else if (bin == over) {
      ++to.above;
    } else {
      places.push_back(bin);
      least = std::min(least, bin);
      most = std::max(most, bin);
    }
  }
  if (places.empty()) return;
  histogram more;
  more.first = least;
  more.counts.assign(static_cast<std::size_t>(most - least + 1), 0);
  for (const auto bin : places) ++more.counts[static_cast<std::size_t>(bin - least)];
  merge(to, more);
}

void merge(histogram& to, const histogram& other) {
  to.below += other.below;
  to.above += other.above;
  if (other.counts.empty()) return;
  if (to.counts.empty()) {
    to.first = other.first;
    to.counts = other.counts;
    return;
  }
  const auto end = [](const histogram& h) {
    return h.first + static_cast<std::int64_t>(h.counts.size());
  };
  const std::int64_t first = std::min(to.first, other.first), last = std::max(end(to), end(other));
  if (first < to.first || last > end(to)) {
    std::vector<std::int64_t> wider(static_cast<std::size_t>(last - first), 0);
    std::copy(to.counts.begin(), to.counts.end(), wider.begin() + (to.first - first));
    to.counts = std::move(wider);
    to.first = first;
  }
  for (std::size_t i = 0; i < other.counts.size(); ++i) {
    to.counts[static_cast<std::size_t>(other.first - to.first) + i] += other.counts[i];
  }
}

binned_quantile quantile(const histogram& of, double probability, const bin_rule& rule) {
  if (!(probability >= 0 && probability <= 1)) {
    reject("E-LEVEL", "quantile", "the probability is " + shown(probability),
           "it lies between 0 and 1", "Give 0.5 for the median");
  }
  const std::int64_t n = of.total();
  if (n == 0) return {};
  const binning bins(rule);
  const auto order = [&](std::int64_t rank) -> binned_quantile {  // from 0
    if (rank < of.below) return {};
    rank -= of.below;
    for (std::size_t i = 0; i < of.counts.size(); ++i) {
      if (rank < of.counts[i]) return {bins.value(of.first + static_cast<std::int64_t>(i)), true};
      rank -= of.counts[i];
    }
    return {};
  };
  const double place = probability * static_cast<double>(n - 1);
  const auto rank = static_cast<std::int64_t>(std::floor(place));
  const double between = place - static_cast<double>(rank);
  const auto lower = order(rank);
  if (between == 0 || !lower.known) return lower;
  const auto upper = order(rank + 1);
  if (!upper.known) return upper;
  return {lower.value + between * (upper.value - lower.value), true};
}

quantile_limits limits_of_quantile(std::int64_t n, double probability, double level) {
  if (n < 2 || !(probability > 0 && probability < 1) || !(level > 0 && level < 1)) {
    reject("E-LEVEL", "limits_of_quantile",
           "a probability of " + shown(probability) + " and a level of " + shown(level) + " from " +
               std::to_string(n) + " draws",
           "both lie between 0 and 1, and there are two draws at least", "Give 0.975 and 0.95");
  }
  const boost::math::binomial_distribution<double> below(static_cast<double>(n), probability);
  const double tail = (1 - level) / 2;
  // The number B of draws below the quantile: x_(i) <= quantile <= x_(j) if i <= B < j.
  const double last = static_cast<double>(n - 1);
  const double i = std::floor(boost::math::quantile(below, tail));
  const double j = std::ceil(boost::math::quantile(boost::math::complement(below, tail))) + 1;
  return {std::clamp((i - 1) / last, 0.0, 1.0), std::clamp((j - 1) / last, 0.0, 1.0)};
}

running_moments moments_of(std::span<const double> values) {
  running_moments found;
  found.n = static_cast<std::int64_t>(values.size());
  if (values.empty()) return found;
  double sum = 0;
  for (const double x : values) sum += x;
  found.mean = sum / static_cast<double>(found.n);
  for (const double x : values) found.squares += (x - found.mean) * (x - found.mean);
  return found;
}

running_moments joined(const running_moments& a, const running_moments& b) {
  if (a.n == 0) return b;
  if (b.n == 0) return a;
  const double na = static_cast<double>(a.n), nb = static_cast<double>(b.n);
  const double apart = b.mean - a.mean;
  return {a.n + b.n, a.mean + apart * nb / (na + nb),
          a.squares + b.squares + apart * apart * na * nb / (na + nb)};
}

}  // namespace kohort
