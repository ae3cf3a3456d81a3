#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include <kohort/estimation/detail/asker.hpp>
#include <kohort/estimation/detail/passage_time.hpp>
#include <kohort/estimation/detail/point_values.hpp>
#include <kohort/support/error.hpp>

namespace kohort::detail {

namespace {

constexpr double infinite = std::numeric_limits<double>::infinity();
constexpr double step = 0.25;  // years: errors of 1e-7 before extrapolation, 3e-11 after

}  // namespace

asker::asker(const intensity_model& intensities, const question& asked,
             std::span<const course> persons, std::span<const double> weights)
    : model_(intensities), asked_(asked), where_(layout(intensities)) {
  check(persons.size(), weights);
  const int n = states();
  starts_ =
      asked.starts.size() > 0 ? asked.starts : Eigen::MatrixXd(Eigen::MatrixXd::Identity(n, n));
  if (passage()) stopped_ = asked.targets;
  for (const auto& person : persons) {
    grids_.push_back({lay_out(intensities, person, asked.over, step), {}});
    if (grids_.back().first.moving)
      grids_.back().second = lay_out(intensities, person, asked.over, step / 2);
    points_.push_back(design_row(intensities, person.changes.front().x));
  }
  double total = 0;
  for (const double w : weights) total += w;
  for (std::size_t i = 0; i < persons.size(); ++i)
    weights_.push_back(weights.empty() ? 1.0 / static_cast<double>(persons.size())
                                       : weights[i] / total);
  make_rewards();
}

scale asker::on() const {
  switch (asked_.what) {
    case quantity::transition_probability:
    case quantity::passage_probability:
    case quantity::next_state:
      return scale::logit;
    case quantity::stay:
      return (asked_.rewards.array() < 0).any() ? scale::plain : scale::logarithm;
    default:
      return scale::logarithm;
  }
}

value_sums asker::values(std::span<const double> coefficients, bool slopes) const {
  value_sums total;
  for (std::size_t i = 0; i < grids_.size(); ++i) {
    if (weights_[i] == 0) continue;
    const auto one = of_person(i, coefficients, slopes);
    if (total.values.size() == 0) {
      total.values = Eigen::VectorXd::Zero(one.values.size());
      if (slopes) total.slopes = Eigen::MatrixXd::Zero(one.slopes.rows(), one.slopes.cols());
    }
    total.values += weights_[i] * one.values;
    if (slopes) total.slopes += weights_[i] * one.slopes;
  }
  return asked_.what == quantity::passage_time ? mean_time(total) : total;
}

void asker::check(std::size_t persons, std::span<const double> weights) const {
  if (persons == 0) {
    reject("E-SHAPE", "ask", "nobody is asked about", "at least one person is needed",
           "Give the covariates of one");
  }
  double total = 0;
  bool good = weights.empty() || weights.size() == persons;
  for (const double w : weights) {
    good = good && w >= 0 && std::isfinite(w);
    total += w;
  }
  if (!good || (!weights.empty() && !(total > 0))) {
    reject("E-WEIGHT", "ask", "the weights are not one for each row, or not weights",
           "they must be finite, not negative, and not all 0", "Give one weight for each row");
  }
  if (!(asked_.discount >= 0) || !std::isfinite(asked_.discount)) {
    reject("E-DISCOUNT", "ask", "the discount rate is " + shown(asked_.discount),
           "it must be finite and not negative", "Write 0.03 for 3 % a year");
  }
  if (asked_.what == quantity::transition_probability && asked_.over.years == infinite) {
    reject("E-TIME", "transition_probability", "the time is infinite", "it must be finite",
           "Ask first_passage() for what happens in the end");
  }
  if (asked_.starts.size() > 0 && asked_.starts.cols() != states()) {
    reject("E-SHAPE", "ask", "the start has " + std::to_string(asked_.starts.cols()) + " shares",
           "the model has " + std::to_string(states()) + " states",
           "Give one share for each state");
  }
  if (asked_.rewards.size() > 0 && asked_.rewards.rows() != states()) {
    reject("E-SHAPE", "ask", std::to_string(asked_.rewards.rows()) + " rewards were given",
           "the model has " + std::to_string(states()) + " states", "Give one for each state");
  }
  if (!asked_.rewards.allFinite() || !asked_.starts.allFinite()) {
    reject("E-NUM", "ask", "a cost or a share is not finite", "all must be", "Mend that number");
  }
  check_targets();
}

void asker::check_targets() const {
  const int moves = static_cast<int>(model_.structure.transitions().size());
  const int least = ratio() ? 2 : passage() ? 1 : 0;
  const int below = ratio() ? moves : states();
  for (const int t : asked_.targets) {
    if (t >= 0 && t < below) continue;
    reject("E-STATE-UNKNOWN", "ask", "there is no number " + std::to_string(t),
           "they run from 0 to " + std::to_string(below - 1), "Mend that number");
  }
  if (static_cast<int>(asked_.targets.size()) < least) {
    reject("E-STATE-UNKNOWN", "ask", "too few were named",
           ratio() ? "two transitions are compared" : "a passage leads to at least one state",
           "Name them");
  }
}

void asker::make_rewards() {
  const int n = states();
  const auto& moves = model_.structure.transitions();
  const Eigen::MatrixXd none = Eigen::MatrixXd::Zero(n, n), each = Eigen::MatrixXd::Identity(n, n);
  rewards_ = {none, none, {}, std::log1p(asked_.discount)};
  switch (asked_.what) {
    case quantity::transition_probability:
      rewards_.terminal = each;
      rewards_.force = 0;
      break;
    case quantity::stay:
      rewards_.running = asked_.rewards.size() > 0 ? asked_.rewards : each;
      rewards_.terminal = Eigen::MatrixXd::Zero(n, rewards_.running.cols());
      break;
    case quantity::visits:
      rewards_.entering = Eigen::MatrixXd::Zero(static_cast<Eigen::Index>(moves.size()), n);
      for (std::size_t k = 0; k < moves.size(); ++k)
        rewards_.entering(static_cast<Eigen::Index>(k), moves[k].to) = 1;
      break;
    default:
      rewards_.force = 0;
      rewards_.terminal = rewards_.running = Eigen::MatrixXd::Zero(n, 1);
      for (const int t : stopped_) rewards_.terminal(t, 0) = 1;
  }
}

value_sums asker::of_person(std::size_t i, std::span<const double> b, bool slopes) const {
  switch (asked_.what) {
    case quantity::sojourn:
    case quantity::next_state:
    case quantity::rate_ratio:
      return point_values({model_, where_, asked_, starts_}, points_[i], b, slopes);
    default:
      break;
  }
  const auto& [coarse, fine] = grids_[i];
  auto found = along(coarse, b, slopes);
  if (coarse.moving) {
    const auto finer = along(fine, b, false);
    for (Eigen::Index r = 0; r < found.values.size(); ++r) {
      if (std::isfinite(found.values[r]))
        found.values[r] = (16 * finer.values[r] - found.values[r]) / 15;
      if (on() == scale::logit) found.values[r] = std::clamp(found.values[r], 0.0, 1.0);
    }
  }
  return found;
}

value_sums asker::along(const course_grid& grid, std::span<const double> b, bool slopes) const {
  auto path = intensities_along(model_, where_, grid, b, stopped_);
  if (asked_.what == quantity::passage_time)
    return until_passage({model_, where_, stopped_, starts_}, grid, std::move(path), b, slopes);
  const Eigen::Index M = rewards_.terminal.cols(), S = starts_.rows();
  value_sums found{Eigen::VectorXd(S * M), {}};
  if (!slopes) {
    const Eigen::MatrixXd V = path_value(path, rewards_);
    for (Eigen::Index s = 0; s < S; ++s) {
      for (Eigen::Index m = 0; m < M; ++m) found.values[s * M + m] = weighed(starts_.row(s), V, m);
    }
    return found;
  }
  const auto gradient = path_value_gradient(path, rewards_, starts_);
  found.slopes.resize(S * M, static_cast<Eigen::Index>(b.size()));
  for (Eigen::Index r = 0; r < S * M; ++r) {
    found.values[r] = gradient.value(r / M, r % M);
    found.slopes.row(r) = coefficient_slopes(model_, where_, grid, b, stopped_,
                                             gradient.by[static_cast<std::size_t>(r)]);
  }
  return found;
}

}  // namespace kohort::detail
