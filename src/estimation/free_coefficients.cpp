#include <kohort/estimation/detail/free_coefficients.hpp>

namespace kohort::detail {

free_coefficients all_free(Eigen::Index size) {
  free_coefficients all;
  for (Eigen::Index i = 0; i < size; ++i) all.free.push_back(i);
  all.A = Eigen::MatrixXd::Identity(size, size);
  all.b = Eigen::VectorXd::Zero(size);
  return all;
}

free_coefficients hold(const free_coefficients& all, const std::vector<char>& held,
                       const Eigen::VectorXd& theta) {
  free_coefficients rest;
  rest.b = all.b;
  std::vector<Eigen::Index> kept;
  for (Eigen::Index j = 0; j < all.A.cols(); ++j) {
    const auto i = all.free[static_cast<std::size_t>(j)];
    if (!held[static_cast<std::size_t>(j)]) {
      kept.push_back(j);
      rest.free.push_back(i);
      continue;
    }
    for (Eigen::Index r = 0; r < all.A.rows(); ++r) {
      if (all.A(r, j) != 0)
        rest.b[r] += all.A(r, j) * theta[i];  // theta may be -infinity: a rate of 0
    }
  }
  rest.A.resize(all.A.rows(), static_cast<Eigen::Index>(kept.size()));
  for (std::size_t j = 0; j < kept.size(); ++j)
    rest.A.col(static_cast<Eigen::Index>(j)) = all.A.col(kept[j]);
  return rest;
}

}  // namespace kohort::detail
