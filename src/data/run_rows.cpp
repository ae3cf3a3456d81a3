#include <algorithm>

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

void run_rows::write(const path_list& paths, run_table& table, patience& go_on,
                     subject_parts* parts) const {
  auto start_order = starts_.ascending();
  std::reverse(start_order.begin(), start_order.end());
  const auto start_places = kohort::detail::places(start_order);
  for (const auto number : start_order) {
    const auto& row = starts_.row(number);
    table.start_weights.insert(table.start_weights.end(), row.begin(), row.end());
  }
  table.clocks = paths.clocks;
  auto runs = runs_;
  for (auto& one : runs) {
    one.what[0] = start_places[static_cast<std::size_t>(one.what[0])];
    for (std::size_t i = 3; i < one.what.size(); i += 3) {
      const auto place = paths.place(static_cast<std::int32_t>(one.what[i]));
      one.what[i] = place;
      one.pieces += paths.pieces(place);
    }
  }
  std::stable_sort(runs.begin(), runs.end(), [&](const run& a, const run& b) {
    go_on();
    return a.pieces != b.pieces ? a.pieces < b.pieces : a.what < b.what;
  });
  const key* before = nullptr;
  for (const auto& one : runs) {
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
        const auto place = static_cast<std::size_t>(one.what[i + 2]);
        const auto first = paths.first_pieces[place], last = paths.first_pieces[place + 1];
        table.patterns.insert(table.patterns.end(), paths.patterns.begin() + first,
                              paths.patterns.begin() + last);
        table.elapsed.insert(table.elapsed.end(), paths.elapsed.begin() + first,
                             paths.elapsed.begin() + last);
        const auto clocks =
            paths.starts.begin() + static_cast<std::ptrdiff_t>(place) * paths.clocks;
        table.row_clocks.insert(table.row_clocks.end(), clocks, clocks + paths.clocks);
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
