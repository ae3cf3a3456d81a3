#include <algorithm>
#include <cmath>

#include <kohort/estimation/constraints.hpp>
#include <kohort/estimation/detail/linear_system.hpp>
#include <kohort/support/error.hpp>

namespace kohort {

constraint equal(std::string a, std::string b) {
  return {{{std::move(a), 1.0}, {std::move(b), -1.0}}};
}

constraint fixed(std::string name, double value) { return {{{std::move(name), 1.0}}, {}, value}; }

constraint at_least(std::string name, double value) {
  return {{{std::move(name), 1.0}}, relation::at_least, value};
}

constraint at_most(std::string name, double value) {
  return {{{std::move(name), 1.0}}, relation::at_most, value};
}

std::string words(const constraint& one) {
  std::string text;
  for (const auto& [name, factor] : one.terms) {
    const double size = std::abs(factor);
    text += text.empty() ? (factor < 0 ? "-" : "") : (factor < 0 ? " - " : " + ");
    if (size != 1) text += shown(size) + " ";
    text += "'" + name + "'";
  }
  text += one.is == relation::equal ? " = " : one.is == relation::at_least ? " >= " : " <= ";
  return text + shown(one.value);
}

namespace detail {

linear_system resolve(const std::vector<constraint>& given, const std::vector<std::string>& names) {
  const auto refuse = [](const std::string& seen, const std::string& needed,
                         const std::string& remedy) {
    reject("E-CONSTRAINT", "constraints", seen, needed, remedy);
  };
  linear_system system;
  const auto p = static_cast<Eigen::Index>(names.size());
  for (const auto& one : given) {
    Eigen::RowVectorXd row = Eigen::RowVectorXd::Zero(p);
    for (const auto& [name, factor] : one.terms) {
      const auto place = std::find(names.begin(), names.end(), name) - names.begin();
      if (place == p) {
        std::string all;
        for (const auto& known : names) all += (all.empty() ? "'" : ", '") + known + "'";
        refuse("there is no coefficient '" + name + "'", "the coefficients are: " + all,
               "Use one of these names");
      }
      if (!std::isfinite(factor)) {
        refuse("the factor of '" + name + "' is " + shown(factor), "it must be finite",
               "Mend that factor");
      }
      row[place] += factor;
    }
    if (!std::isfinite(one.value)) {
      refuse("the value of " + words(one) + " is not finite", "it must be",
             "To have no such move, leave the transition out of the model");
    }
    if (!(row.cwiseAbs().maxCoeff() > 0)) {
      refuse(one.terms.empty() ? std::string("a constraint names no coefficient")
                               : words(one) + " says nothing of any coefficient",
             "at least one must stand in it", "Leave the constraint out, or mend it");
    }
    auto& block = one.is == relation::equal ? system.equal : system.at_least;
    const double sign = one.is == relation::at_most ? -1 : 1;
    block.rows.conservativeResize(block.rows.rows() + 1, p);
    block.values.conservativeResize(block.rows.rows());
    block.rows.row(block.rows.rows() - 1) = sign * row;
    block.values[block.rows.rows() - 1] = sign * one.value;
    block.words.push_back(words(one));
  }
  return system;
}

free_coefficients restrict(const free_coefficients& base, const linear_block& block,
                           std::vector<std::size_t>* depends) {
  const auto m = base.A.cols();
  Eigen::MatrixXd C = block.rows * base.A;
  Eigen::VectorXd d = block.values - block.rows * base.b;
  const auto count = C.rows();
  std::vector<Eigen::VectorXd> made;  // of which given rows each row is made, for messages
  for (Eigen::Index i = 0; i < count; ++i) {
    made.push_back(Eigen::VectorXd::Unit(count, i));
    const double scale = block.rows.row(i).cwiseAbs().maxCoeff();
    C.row(i) /= scale;
    d[i] /= scale;
  }
  std::vector<Eigen::Index> pivot_of(static_cast<std::size_t>(count), -1);
  std::vector<char> pivoted(static_cast<std::size_t>(m), 0);
  for (Eigen::Index i = 0; i < count; ++i) {
    for (Eigen::Index r = 0; r < i; ++r) {
      const auto j = pivot_of[static_cast<std::size_t>(r)];
      if (j < 0 || C(i, j) == 0) continue;
      const double by = C(i, j);
      C.row(i) -= by * C.row(r);
      C(i, j) = 0;
      d[i] -= by * d[r];
      made[static_cast<std::size_t>(i)] -= by * made[static_cast<std::size_t>(r)];
    }
    Eigen::Index j = 0;
    const double largest = m > 0 ? C.row(i).cwiseAbs().maxCoeff(&j) : 0;
    if (!(largest > 1e-11)) {
      if (std::abs(d[i]) > 1e-9 * (1 + block.values.cwiseAbs().maxCoeff())) {
        if (depends) {
          for (Eigen::Index r = 0; r < count; ++r) {
            if (std::abs(made[static_cast<std::size_t>(i)][r]) > 1e-9)
              depends->push_back(static_cast<std::size_t>(r));
          }
        }
        return {};
      }
      continue;  // said by others already
    }
    const double by = C(i, j);
    C.row(i) /= by;
    d[i] /= by;
    made[static_cast<std::size_t>(i)] /= by;
    for (Eigen::Index r = 0; r < i; ++r) {
      if (pivot_of[static_cast<std::size_t>(r)] < 0 || C(r, j) == 0) continue;
      const double times = C(r, j);
      C.row(r) -= times * C.row(i);
      C(r, j) = 0;
      d[r] -= times * d[i];
      made[static_cast<std::size_t>(r)] -= times * made[static_cast<std::size_t>(i)];
    }
    pivot_of[static_cast<std::size_t>(i)] = j;
    pivoted[static_cast<std::size_t>(j)] = 1;
  }
  // beta = T beta' + t, beta' the coefficients that were no pivot
  free_coefficients rest;
  std::vector<Eigen::Index> kept;
  for (Eigen::Index j = 0; j < m; ++j) {
    if (pivoted[static_cast<std::size_t>(j)]) continue;
    kept.push_back(j);
    rest.free.push_back(base.free[static_cast<std::size_t>(j)]);
  }
  const auto width = static_cast<Eigen::Index>(kept.size());
  Eigen::MatrixXd T = Eigen::MatrixXd::Zero(m, width);
  Eigen::VectorXd t = Eigen::VectorXd::Zero(m);
  for (Eigen::Index c = 0; c < width; ++c) T(kept[static_cast<std::size_t>(c)], c) = 1;
  for (Eigen::Index i = 0; i < count; ++i) {
    const auto j = pivot_of[static_cast<std::size_t>(i)];
    if (j < 0) continue;
    for (Eigen::Index c = 0; c < width; ++c) T(j, c) = -C(i, kept[static_cast<std::size_t>(c)]);
    t[j] = d[i];
  }
  rest.A = base.A * T;
  rest.b = base.b + base.A * t;
  return rest;
}

free_coefficients eliminate(const linear_block& equal, Eigen::Index size) {
  const auto all = all_free(size);
  if (equal.rows.rows() == 0) return all;
  std::vector<std::size_t> depends;
  auto rest = restrict(all, equal, &depends);
  if (rest.b.size() == 0) {
    std::string listed;
    for (const auto i : depends) listed += (listed.empty() ? "" : ", ") + equal.words[i];
    reject("E-CONSTRAINT", "constraints", "these cannot hold together: " + listed,
           "one set of coefficients must fulfil them all", "Leave one of them out");
  }
  return rest;
}

}  // namespace detail

}  // namespace kohort
