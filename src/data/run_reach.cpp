#include <bit>

#include <kohort/data/detail/run_reach.hpp>

namespace kohort::detail {

std::vector<run_row_states> rows_of_run(const model& structure, const ways& permitted,
                                        const run_table& table, std::size_t run) {
  const auto n = static_cast<std::size_t>(structure.size());
  state_bits now = 0;
  for (std::size_t s = 0; s < n; ++s) {
    if (table.start_weights[static_cast<std::size_t>(table.starts[run]) * n + s] > 0)
      now |= bit(static_cast<state>(s));
  }
  std::vector<run_row_states> rows;
  std::vector<double> lengths;
  for (auto row = static_cast<std::size_t>(table.first_rows[run]);
       row < static_cast<std::size_t>(table.first_rows[run + 1]); ++row) {
    const auto first = static_cast<std::size_t>(table.first_pieces[row]);
    const auto last = static_cast<std::size_t>(table.first_pieces[row + 1]);
    double elapsed = 0;
    for (auto piece = first; piece < last; ++piece) elapsed += table.elapsed[piece];
    lengths.push_back(elapsed);
    const auto next = permitted.after(now, table.kinds[row], table.sets[row], elapsed);
    rows.push_back({table.kinds[row], now, next, first, last});
    now = next;
  }
  for (auto i = rows.size(); i-- > 0;) {
    rows[i].begins = permitted.leading(rows[i].begins, rows[i].kind, rows[i].ends, lengths[i]);
    if (i > 0) rows[i - 1].ends = rows[i].begins;
  }
  return rows;
}

state_bits during(const ways& permitted, const run_row_states& row) {
  if (row.kind == observation_kind::exact_stay || row.kind == observation_kind::exact_transition)
    return row.begins;
  state_bits reached = 0, all = 0;
  for (auto rest = row.begins; rest; rest &= rest - 1)
    reached |= permitted.reach(std::countr_zero(rest));
  for (auto rest = reached; rest; rest &= rest - 1) {
    const auto s = std::countr_zero(rest);
    state_bits onward = permitted.reach(s);
    if (row.kind == observation_kind::exact_death) {
      state_bits moves = 0;
      for (; onward; onward &= onward - 1) moves |= permitted.direct(std::countr_zero(onward));
      onward = moves;
    }
    if (onward & row.ends) all |= bit(s);
  }
  return all;
}

}  // namespace kohort::detail
