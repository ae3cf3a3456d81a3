#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>
#include <unordered_map>

#include <kohort/likelihood/detail/cells.hpp>
#include <kohort/likelihood/detail/scoring.hpp>
#include <kohort/likelihood/detail/table_kinds.hpp>
#include <kohort/support/patience.hpp>

namespace kohort::detail {

namespace {

/// Adds sum_i weight_i u_i u_i', u_i the score of cell i.
void add_outer_products(const likelihood_input& in, const cell_table& cells,
                        const cell_values& values, const std::vector<double>& weights,
                        Eigen::MatrixXd& information) {
  const auto J = static_cast<std::size_t>(cells.pieces);
  std::vector<double> score(in.K);
  if (J == 1) {  // patterns stand together: one K x K sum for each, expanded once
    std::vector<double> part(in.K * in.K, 0.0);
    for (std::size_t i = 0; i < cells.size(); ++i) {
      const auto p = static_cast<std::size_t>(cells.patterns[i]);
      for (std::size_t k = 0; k < in.K; ++k)
        score[k] = values.slopes[i * in.K + k] * in.rates[p * in.K + k];
      for (std::size_t k = 0; k < in.K; ++k) {
        const double scaled = weights[i] * score[k];
        for (std::size_t l = 0; l <= k; ++l) part[k * in.K + l] += scaled * score[l];
      }
      if (i + 1 == cells.size() || cells.patterns[i + 1] != cells.patterns[i]) {
        for (std::size_t k = 0; k < in.K; ++k) {
          for (std::size_t l = 0; l < k; ++l) part[l * in.K + k] = part[k * in.K + l];
        }
        add_expanded(in, p, part.data(), information);
        std::fill(part.begin(), part.end(), 0.0);
      }
    }
    return;
  }
  constexpr Eigen::Index batch = 64;
  Eigen::MatrixXd scores = Eigen::MatrixXd::Zero(in.where.size(), batch);
  Eigen::Index filled = 0;
  const auto flush = [&] {
    information.noalias() += scores.leftCols(filled) * scores.leftCols(filled).transpose();
    scores.setZero();
    filled = 0;
  };
  for (std::size_t i = 0; i < cells.size(); ++i) {
    auto column = scores.col(filled);
    add_score(in, cells.patterns.data() + i * J,
              std::span(values.slopes).subspan(i * J * in.K, J * in.K), column);
    column *= std::sqrt(weights[i]);
    if (++filled == batch) flush();
  }
  flush();
}

/// Cells that stand as one, named by any of them.
class groups_of_cells {
 public:
  groups_of_cells(const cell_table& cells, double spread, patience& go_on)
      : cells_(cells), J_(static_cast<std::size_t>(cells.pieces)), bins_(cells.size(), 0) {
    if (spread > 0) {
      const double step = std::log1p(spread);
      for (std::size_t i = 0; i < cells.size(); ++i) {
        double length = 0;
        for (std::size_t j = 0; j < J_; ++j) length += cells.elapsed[i * J_ + j];
        if (length > 0) bins_[i] = std::lround(std::log(length) / step) + 1'000'000;
      }
    }
    const auto hash = [this](std::size_t i) { return mixed(i); };
    const auto same = [this, spread](std::size_t a, std::size_t b) {
      return alike(a, b) && (spread > 0 || same_times(a, b));
    };
    std::unordered_map<std::size_t, std::size_t, decltype(hash), decltype(same)> found(64, hash,
                                                                                       same);
    for (std::size_t i = 0; i < cells.size(); ++i) {
      go_on();
      const auto at = found.try_emplace(i, first.size()).first->second;
      if (at == first.size()) {
        first.push_back(i);
        weights.push_back(0);
        elapsed.resize(elapsed.size() + J_, 0.0);
      }
      weights[at] += cells.weights[i];
      for (std::size_t j = 0; j < J_; ++j)
        elapsed[at * J_ + j] += cells.weights[i] * cells.elapsed[i * J_ + j];
    }
    for (std::size_t g = 0; g < first.size(); ++g) {
      for (std::size_t j = 0; j < J_; ++j) {
        auto& mean = elapsed[g * J_ + j];
        mean = spread > 0 ? mean / weights[g] : cells.elapsed[first[g] * J_ + j];
      }
    }
  }

  std::vector<std::size_t> first;  // a cell of each group
  std::vector<double> weights;     // of its cells together
  std::vector<double> elapsed;     // groups x pieces: their mean

 private:
  [[nodiscard]] bool of_deaths() const { return cells_.kind == observation_kind::exact_death; }
  [[nodiscard]] bool alike(std::size_t a, std::size_t b) const {
    if (cells_.from[a] != cells_.from[b] || bins_[a] != bins_[b]) return false;
    if (of_deaths() && cells_.to[a] != cells_.to[b]) return false;
    const auto* const p = cells_.patterns.data();
    return std::equal(p + a * J_, p + (a + 1) * J_, p + b * J_);
  }
  [[nodiscard]] bool same_times(std::size_t a, std::size_t b) const {
    const auto* const t = cells_.elapsed.data();
    return std::equal(t + a * J_, t + (a + 1) * J_, t + b * J_);
  }
  [[nodiscard]] std::size_t mixed(std::size_t i) const {
    std::uint64_t h = static_cast<std::uint64_t>(bins_[i]);
    const auto add = [&h](std::uint64_t x) {
      h = (h ^ x) * 0x9e3779b97f4a7c15;
      h ^= h >> 29;
    };
    add(static_cast<std::uint64_t>(cells_.from[i]));
    if (of_deaths()) add(static_cast<std::uint64_t>(cells_.to[i]));
    for (std::size_t j = 0; j < J_; ++j) {
      add(static_cast<std::uint64_t>(cells_.patterns[i * J_ + j]));
      if (bins_[i] == 0) add(std::bit_cast<std::uint64_t>(cells_.elapsed[i * J_ + j]));
    }
    return h;
  }

  const cell_table& cells_;
  std::size_t J_;
  std::vector<long> bins_;  // of length; 0 where every length is its own
};

/// Cells for the information: of visits every state in reach at the end, seen or not.
cell_table for_scoring(const cell_table& cells, const model& structure, double spread,
                       patience& go_on) {
  const auto reach = detail::reachable(structure);
  const auto n = static_cast<std::size_t>(structure.size());
  const auto J = static_cast<std::size_t>(cells.pieces);
  const groups_of_cells groups(cells, spread, go_on);
  cell_table all{.kind = cells.kind, .pieces = cells.pieces};
  const auto add = [&](std::size_t g, state to) {
    const auto i = groups.first[g];
    for (std::size_t j = 0; j < J; ++j) {
      all.patterns.push_back(cells.patterns[i * J + j]);
      all.elapsed.push_back(groups.elapsed[g * J + j]);
    }
    all.from.push_back(cells.from[i]);
    all.to.push_back(to);
    all.weights.push_back(groups.weights[g]);
  };
  for (std::size_t g = 0; g < groups.first.size(); ++g) {
    go_on();
    const auto i = groups.first[g];
    if (!(groups.weights[g] > 0)) continue;
    if (cells.kind == observation_kind::exact_death) {
      add(g, cells.to[i]);
      continue;
    }
    for (std::size_t s = 0; s < n; ++s) {
      if (reach[static_cast<std::size_t>(cells.from[i]) * n + s]) add(g, static_cast<state>(s));
    }
  }
  std::vector<double> lengths(all.size(), 0.0);
  for (std::size_t i = 0; i < all.elapsed.size(); ++i) lengths[i / J] += all.elapsed[i];
  all.order.resize(all.size());
  std::iota(all.order.begin(), all.order.end(), 0);
  std::stable_sort(all.order.begin(), all.order.end(), [&](std::int32_t a, std::int32_t b) {
    go_on();
    return lengths[static_cast<std::size_t>(a)] < lengths[static_cast<std::size_t>(b)];
  });
  return all;
}

void add_scored(const likelihood_input& in, const cell_table& cells, Eigen::MatrixXd& information) {
  const auto values =
      evaluate_cells(in.intensities.structure, cells, in.rates, true, in.threads, in.report);
  auto weights = cells.weights;
  if (cells.kind != observation_kind::exact_death) {
    for (std::size_t i = 0; i < weights.size(); ++i) weights[i] *= std::exp(values.log_values[i]);
  }
  add_outer_products(in, cells, values, weights, information);
}

}  // namespace

void add_cell_information(const likelihood_input& in, Eigen::MatrixXd& information) {
  patience go_on(in.report);
  for (const auto& cells : in.tables.cells) {
    if (cells.kind == observation_kind::exact_death) {
      add_scored(in, cells, information);
    } else {
      add_scored(in, for_scoring(cells, in.intensities.structure, 0, go_on), information);
    }
  }
}

scoring_cells cells_for_scoring(const model& structure, const transition_tables& tables,
                                double spread, const progress& report) {
  patience go_on(report);
  scoring_cells all;
  for (const auto& cells : tables.cells) {
    auto& kind = cells.kind == observation_kind::exact_death ? all.deaths : all.visits;
    kind.push_back(for_scoring(cells, structure, spread, go_on));
  }
  if (tables.stand_in) {
    all.stand_in = std::make_shared<const scoring_cells>(
        cells_for_scoring(structure, *tables.stand_in, spread, report));
  }
  return all;
}

void add_scoring_cells(const likelihood_input& in, const scoring_cells& cells,
                       Eigen::MatrixXd& information) {
  for (const auto& visits : cells.visits) add_scored(in, visits, information);
  for (const auto& deaths : cells.deaths) add_scored(in, deaths, information);
}

}  // namespace kohort::detail
