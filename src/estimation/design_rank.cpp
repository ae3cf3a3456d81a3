#include <algorithm>
#include <cmath>

#include <Eigen/QR>

#include <kohort/estimation/detail/design_rank.hpp>
#include <kohort/support/error.hpp>

namespace kohort::detail {

void check_design(const search_problem& problem) {
  const auto& intensities = problem.wanted.intensities();
  const auto& structure = intensities.structure;
  const auto& starts = problem.rows.where().starts;
  const auto names = coefficient_names(intensities);
  Eigen::MatrixXd design = problem.triangle * problem.free.A;
  const auto width = design.cols();
  if (width == 0) return;
  const Eigen::VectorXd lengths = design.colwise().norm().transpose();
  for (Eigen::Index c = 0; c < width; ++c) {
    if (lengths[c] > 0) {
      design.col(c) /= lengths[c];
      continue;
    }
    const auto i = problem.free.free[static_cast<std::size_t>(c)];
    const auto k =
        std::find(starts.begin(), starts.end() - 1, static_cast<int>(i)) - starts.begin();
    if (k == static_cast<std::ptrdiff_t>(starts.size()) - 1) continue;  // an effect: see below
    const auto from = structure.transitions()[static_cast<std::size_t>(k)].from;
    reject("D-NONIDENT", "fit",
           "nobody was ever at risk of " + structure.label(static_cast<int>(k)),
           "its rate can be learnt only from time in '" + structure.name(from) + "'",
           "Leave the transition out of the model");
  }
  Eigen::ColPivHouseholderQR<Eigen::MatrixXd> qr(design);
  qr.setThreshold(1e-9);
  if (qr.rank() == width) return;

  // The null vector of the first dependent column tells which columns say the same.
  const auto rank = qr.rank();
  Eigen::VectorXd null = Eigen::VectorXd::Zero(width);
  const Eigen::MatrixXd R = qr.matrixR();
  null[rank] = 1;
  null.head(rank) =
      -R.topLeftCorner(rank, rank).triangularView<Eigen::Upper>().solve(R.col(rank).head(rank));
  null = qr.colsPermutation() * null;
  std::vector<std::string> effects;  // that take part
  bool intercept = false;
  int transition = -1;
  bool several = false;
  for (Eigen::Index c = 0; c < width; ++c) {
    if (std::abs(null[c]) < 1e-6) continue;
    const auto i = static_cast<int>(problem.free.free[static_cast<std::size_t>(c)]);
    const auto k =
        static_cast<int>(std::upper_bound(starts.begin(), starts.end(), i) - starts.begin()) - 1;
    several |= transition >= 0 && k != transition;
    transition = k;
    if (i == starts[static_cast<std::size_t>(k)]) {
      intercept = true;
      if (!several) continue;
    }
    effects.push_back(names[static_cast<std::size_t>(i)]);
  }
  const auto listed = [](const std::vector<std::string>& all) {
    std::string text;
    for (const auto& one : all) text += (text.empty() ? "'" : ", '") + one + "'";
    return text;
  };
  if (several || transition >= static_cast<int>(structure.transitions().size())) {
    reject("D-NONIDENT", "fit",
           "only a combination of " + listed(effects) + " is visible in these data",
           "each needs a variation of its own among the persons at risk",
           "Leave one of them out, or fix its value");
  }
  const auto label = structure.label(transition);
  for (auto& name : effects) name = name.substr(label.size() + 2);
  const bool constant = intercept || effects.size() == 1;
  const std::string plural = effects.size() > 1 ? "s " : " ";
  reject("D-NONIDENT", "fit",
         "on " + label + " the column" + plural + listed(effects) +
             (effects.size() > 1 ? (constant ? " add up to a constant" : " say the same")
              : intercept        ? " does not vary"
                                 : " is zero throughout"),
         "each effect needs a variation of its own among the persons at risk",
         "Leave one column out, or take it off that transition");
}

}  // namespace kohort::detail
