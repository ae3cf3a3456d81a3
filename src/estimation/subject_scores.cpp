#include <kohort/data/transitions.hpp>
#include <kohort/estimation/subject_scores.hpp>
#include <kohort/likelihood/detail/subject_scores.hpp>
#include <kohort/likelihood/log_likelihood.hpp>
#include <kohort/model/clock_columns.hpp>

namespace kohort {

namespace {

/// Per subject its first row; one more at the end.
std::vector<std::size_t> first_rows(const observations& seen) {
  std::vector<std::size_t> first(seen.subject_count() + 1, seen.rows());
  for (std::size_t i = seen.rows(); i-- > 0;) first[static_cast<std::size_t>(seen.subjects[i])] = i;
  for (std::size_t s = seen.subject_count(); s-- > 0;) first[s] = std::min(first[s], first[s + 1]);
  return first;
}

void append(const observations& seen, std::size_t begin, std::size_t end, std::int32_t number,
            observations& some) {
  const auto width = static_cast<std::ptrdiff_t>(seen.covariate_names.size());
  const auto b = static_cast<std::ptrdiff_t>(begin), e = static_cast<std::ptrdiff_t>(end);
  some.subjects.insert(some.subjects.end(), end - begin, number);
  some.times.insert(some.times.end(), seen.times.begin() + b, seen.times.begin() + e);
  some.states.insert(some.states.end(), seen.states.begin() + b, seen.states.begin() + e);
  some.kinds.insert(some.kinds.end(), seen.kinds.begin() + b, seen.kinds.begin() + e);
  some.covariates.insert(some.covariates.end(), seen.covariates.begin() + b * width,
                         seen.covariates.begin() + e * width);
  if (!seen.earliest.empty())
    some.earliest.insert(some.earliest.end(), seen.earliest.begin() + b, seen.earliest.begin() + e);
  if (!seen.start_probabilities.empty() && begin < end) {
    const auto states =
        static_cast<std::ptrdiff_t>(seen.start_probabilities.size() / seen.subject_count());
    const auto from = seen.start_probabilities.begin() + states * seen.subjects[begin];
    some.start_probabilities.insert(some.start_probabilities.end(), from, from + states);
  }
  if (!seen.source_rows.empty()) {
    some.source_rows.insert(some.source_rows.end(), seen.source_rows.begin() + b,
                            seen.source_rows.begin() + e);
  }
}

observations empty_like(const observations& seen) {
  observations some;
  some.units_per_year = seen.units_per_year;
  some.covariate_names = seen.covariate_names;
  some.sets = seen.sets;
  some.start = seen.start;
  return some;
}

}  // namespace

observations select(const observations& seen, const std::vector<std::int32_t>& subjects) {
  const auto first = first_rows(seen);
  auto some = empty_like(seen);
  for (const auto subject : subjects) {
    const auto s = static_cast<std::size_t>(subject);
    append(seen, first[s], first[s + 1], static_cast<std::int32_t>(some.subject_names.size()),
           some);
    some.subject_names.push_back(seen.subject_names[s]);
    if (!seen.weights.empty()) some.weights.push_back(seen.weights[s]);
  }
  return some;
}

subject_contributions subject_scores(const intensity_model& intensities, const observations& seen,
                                     const Eigen::VectorXd& coefficients, int threads,
                                     const progress& report) {
  if (!intensities.hidden() && clock_columns(intensities).none()) {
    subject_parts parts;
    const auto tables = aggregate(seen, intensities, report, &parts);
    auto sums = detail::score_subjects(intensities, tables, parts, coefficients, threads, report);
    for (Eigen::Index s = 0; s < sums.log_likelihoods.size(); ++s) {
      const double weight = seen.weight(static_cast<std::int32_t>(s));
      sums.log_likelihoods[s] *= weight;
      sums.scores.row(s) *= weight;
    }
    return {std::move(sums.log_likelihoods), std::move(sums.scores)};
  }
  const auto first = first_rows(seen);
  const auto count = seen.subject_count();
  subject_contributions all{
      Eigen::VectorXd::Zero(static_cast<Eigen::Index>(count)),
      Eigen::MatrixXd::Zero(static_cast<Eigen::Index>(count), coefficients.size())};
  constexpr std::size_t block = 256;
  for_each_block((count + block - 1) / block, threads,
                 [&](std::size_t b) {
                   for (std::size_t s = b * block; s < std::min((b + 1) * block, count); ++s) {
                     if (seen.weight(static_cast<std::int32_t>(s)) == 0) continue;
                     auto one = empty_like(seen);
                     append(seen, first[s], first[s + 1], 0, one);
                     one.subject_names.resize(1);
                     if (!seen.weights.empty()) one.weights = {seen.weights[s]};
                     bool informative = false;
                     for (const auto kind : one.kinds)
                       informative |= kind != observation_kind::start;
                     if (!informative) continue;
                     const auto l = log_likelihood_gradient(
                         intensities, aggregate(one, intensities), coefficients, 1);
                     all.log_likelihoods[static_cast<Eigen::Index>(s)] = l.value;
                     all.scores.row(static_cast<Eigen::Index>(s)) = l.gradient.transpose();
                   }
                 },
                 report);
  return all;
}

}  // namespace kohort
