#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include <kohort/support/parallel.hpp>

namespace kohort::detail {

inline constexpr std::size_t runs_a_block = 64;

/// Goes through runs block by block, on all threads, and adds the blocks' results up in their
/// order.
///
/// @param runs     how many there are
/// @param at_once  blocks whose results are held at one time: this bounds the memory
/// @param work     called as (first run, last run, result), the last not included
/// @param add      called as (result) for each block
template <class Result, class Work, class Add>
void runs_in_blocks(std::size_t runs, std::size_t at_once, int threads, const progress& report,
                    const Work& work, const Add& add) {
  const std::size_t blocks = (runs + runs_a_block - 1) / runs_a_block;
  std::vector<Result> results;
  for (std::size_t wave = 0; wave < blocks; wave += at_once) {
    results.assign(std::min(at_once, blocks - wave), Result{});
    for_each_block(
        results.size(), blocks < 8 ? 1 : threads,
        [&](std::size_t block) {
          const auto first = (wave + block) * runs_a_block;
          work(first, std::min(first + runs_a_block, runs), results[block]);
        },
        report);
    for (const auto& result : results) add(result);
  }
}

}  // namespace kohort::detail
