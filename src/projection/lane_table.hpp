#pragma once

#include <cstddef>
#include <new>
#include <vector>

namespace kohort::detail {

/// Memory that begins where a cache line does. The widest vectors are as long as a line: anywhere
/// else each load and store would touch two.
template <class T>
struct line_allocator {
  using value_type = T;
  static constexpr std::align_val_t line{64};

  line_allocator() = default;
  template <class U>
  line_allocator(const line_allocator<U>&) {}

  T* allocate(std::size_t n) { return static_cast<T*>(::operator new(n * sizeof(T), line)); }
  void deallocate(T* p, std::size_t) { ::operator delete(p, line); }
  bool operator==(const line_allocator&) const { return true; }
};

/// Numbers of runs side by side: entry i begins at i x lanes, a multiple of 8.
using lane_table = std::vector<double, line_allocator<double>>;

}  // namespace kohort::detail
