#include <algorithm>
#include <numeric>

#include <kohort/data/detail/run_rows.hpp>

namespace kohort::detail {

void run_rows::begin(const std::vector<double>& start_weights) {
  now_.assign(1, starts_.find(start_weights));
  open_ = true;
}

void run_rows::begin(state known) {
  std::vector<double> weights(static_cast<std::size_t>(states_), 0.0);
  weights[static_cast<std::size_t>(known)] = 1;
  begin(weights);
}

void run_rows::add(observation_kind kind, state_bits set, std::int32_t path) {
  now_.insert(now_.end(), {static_cast<std::int64_t>(kind), static_cast<std::int64_t>(set), path});
}

void run_rows::end(std::int32_t subject, double weight) {
  if (open_ && now_.size() > 1) runs_.push_back({now_, subject, weight, 0});
  open_ = false;
}

void run_rows::write(const interval_paths& paths, run_table& table, patience& go_on,
                     subject_parts* parts) {
  std::vector<std::int32_t> start_order(starts_.size());
  std::iota(start_order.begin(), start_order.end(), 0);
  std::sort(start_order.begin(), start_order.end(), [&](std::int32_t a, std::int32_t b) {
    return starts_.row(static_cast<std::size_t>(a)) > starts_.row(static_cast<std::size_t>(b));
  });
  const auto start_places = places(start_order);
  for (const auto number : start_order) {
    const auto& row = starts_.row(static_cast<std::size_t>(number));
    table.start_weights.insert(table.start_weights.end(), row.begin(), row.end());
  }
  for (auto& one : runs_) {
    one.what[0] = start_places[static_cast<std::size_t>(one.what[0])];
    for (std::size_t i = 3; i < one.what.size(); i += 3) {
      one.what[i] = paths.place(static_cast<std::int32_t>(one.what[i]));
      one.pieces +=
          static_cast<std::int64_t>(paths.path(static_cast<std::int32_t>(one.what[i])).size() / 2);
    }
  }
  std::stable_sort(runs_.begin(), runs_.end(), [&](const run& a, const run& b) {
    go_on();
    return a.pieces != b.pieces ? a.pieces < b.pieces : a.what < b.what;
  });
  const key* before = nullptr;
  for (const auto& one : runs_) {
    go_on();
    if (before && *before == one.what) {
      table.weights.back() += one.weight;
      ++table.counts.back();
    } else {
      table.weights.push_back(one.weight);
      table.counts.push_back(1);
      table.starts.push_back(static_cast<std::int32_t>(one.what[0]));
      for (std::size_t i = 1; i < one.what.size(); i += 3) {
        table.kinds.push_back(static_cast<observation_kind>(one.what[i]));
        table.sets.push_back(static_cast<state_bits>(one.what[i + 1]));
        const auto& path = paths.path(static_cast<std::int32_t>(one.what[i + 2]));
        for (std::size_t piece = 0; piece < path.size(); piece += 2) {
          table.patterns.push_back(paths.pattern_at(path[piece]));
          table.elapsed.push_back(path[piece + 1]);
        }
        table.first_pieces.push_back(static_cast<std::int64_t>(table.elapsed.size()));
      }
      table.first_rows.push_back(static_cast<std::int64_t>(table.kinds.size()));
    }
    if (parts) {
      parts->runs.push_back({one.subject, static_cast<std::int32_t>(table.size() - 1)});
    }
    before = &one.what;
  }
}

}  // namespace kohort::detail
