#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <queue>
#include <set>
#include <tuple>
#include <vector>

#include <kohort/microsimulation/places.hpp>

#include "world.hpp"

namespace kohort::detail {

/// One replicate under one strategy of persons who compete for places: their moves, and the queue.
class place_run {
 public:
  place_run(const world& w, const place_rules& rules, const life_strategy* strategy,
            const life_settings& settings, std::uint32_t replicate);

  void all(const life_starts& everybody, const life_starts& later);

  tally sums;
  std::vector<double> asked, placed, died, left;  // per period: requests, and how waits ended
  std::vector<tally::sums> vacant;                // per period: places that become vacant or ready
  std::vector<wait_record> waits;

 private:
  enum kinds : std::uint8_t { moves, offered, arrive, ready, change };
  struct event {
    double time;
    std::uint32_t id;
    kinds kind;
    std::uint32_t version;
    bool operator>(const event& other) const {
      return std::tie(time, id, kind) > std::tie(other.time, other.id, other.kind);
    }
  };
  struct person {
    life last;  // after the latest event
    life next;  // at the coming move
    bool newcomer = false, stock_due = false, from_start = false;
    std::uint32_t version = 0, order = 0;
    double asked = 0;
    int level = 0;
  };
  using place_in_queue = std::tuple<int, double, std::uint32_t, std::uint32_t>;

  static std::size_t at(long i) { return static_cast<std::size_t>(i); }
  [[nodiscard]] bool open() const {
    return strategy_ && now_ >= strategy_->enrols_from && now_ < strategy_->enrols_until;
  }
  [[nodiscard]] bool room() const { return limit_ < 0 || occupied_ + vacant_now_ < limit_; }
  [[nodiscard]] place_in_queue key(const person& p) const;
  [[nodiscard]] bool ask(const person& p) const;
  void push(double time, std::uint32_t id, kinds kind, std::uint32_t version);
  /// Everybody who is there at time 0, and when the others come.
  void begin();
  /// A person begins to be counted, at his time of coming.
  void enter(person& p);
  void come(std::uint32_t id);
  /// Notes a request, made now, by one whose status has been set.
  void settle_request(person& p, bool at_once);
  void end_wait(std::uint32_t id, double time, wait_end how);
  /// Finds the person's next event from where he stands.
  void plan(person& p);
  void offer(person& p, const std::vector<double>& shares, std::uint32_t index);
  void offer_stock(std::uint32_t id);
  void move(std::uint32_t id);
  void give_back();
  void note_vacant(double sign);
  /// Fills free places from the queue.
  void admit();

  const world& w_;
  const place_rules& rules_;
  const life_strategy* strategy_;
  std::uint32_t replicate_;
  uniform_pairs asking_;
  status_ratios ratios_;
  std::vector<person> people_;
  std::priority_queue<event, std::vector<event>, std::greater<>> events_;
  std::set<place_in_queue> queue_;
  double now_ = 0;
  int limit_ = -1, occupied_ = 0, vacant_now_ = 0;
  long stage_ = 0;
};

}  // namespace kohort::detail
