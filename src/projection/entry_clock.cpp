#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include <kohort/projection/entry_clock.hpp>
#include <kohort/support/error.hpp>

namespace kohort {

namespace {

constexpr double same = 1e-9;  // parts of a year
constexpr int most_cells = 400;

}  // namespace

entry_clock::entry_clock(std::vector<double> cuts, int parts_a_year)
    : cuts_(std::move(cuts)), parts_(parts_a_year) {
  if (cuts_.empty()) return;
  const auto refuse = [](const std::string& seen, const std::string& needed,
                         const std::string& remedy) {
    reject("E-SETTING", "entry_clock", seen, needed, remedy);
  };
  if (parts_ < 1) {
    refuse(std::to_string(parts_) + " parts a year", "there is at least one", "Choose 12");
  }
  double before = 0;
  for (const double cut : cuts_) {
    if (!(cut > before) || !std::isfinite(cut) || cut * parts_ < 0.5 - same) {
      refuse("a band of time since entry begins at " + shown(cut) + " years",
             "bands begin at increasing times, the second no earlier than half a part (" +
                 shown(0.5 / parts_) + " years) after entry",
             "Leave that band out, or put newcomers together more often than " +
                 std::to_string(parts_) + " times a year");
    }
    before = cut;
    if (!(cut * parts_ + 2 <= most_cells)) {
      refuse("a band of time since entry begins at " + shown(cut) + " years, with " +
                 std::to_string(parts_) + " parts a year",
             "at most " + std::to_string(most_cells) + " parts are carried apart",
             "Put newcomers together more rarely");
    }
    const double turn = cut * parts_ + 0.5;
    const double whole = std::floor(turn + same);
    crossings_.push_back({static_cast<int>(whole), std::max(0.0, turn - whole)});
  }
  cells_ = crossings_.back().cell + 2;
  for (int k = 0; k < parts_; ++k) {
    events_.push_back({static_cast<double>(k) / parts_, true, false});
    for (std::size_t c = 0; c < crossings_.size(); ++c) {
      const double time = (k + crossings_[c].phase) / parts_;
      const bool last = c + 1 == crossings_.size();
      if (crossings_[c].phase < same) {
        events_.back().passes = events_.back().passes || last;
      } else {
        events_.push_back({time, false, last});
      }
    }
  }
  std::sort(events_.begin(), events_.end(),
            [](const event& a, const event& b) { return a.time < b.time; });
  std::vector<event> merged;
  for (const auto& e : events_) {
    if (!merged.empty() && e.time - merged.back().time < same) {
      merged.back().shifts = merged.back().shifts || e.shifts;
      merged.back().passes = merged.back().passes || e.passes;
    } else {
      merged.push_back(e);
    }
  }
  events_ = merged;
}

double entry_clock::phase(double time) const {
  const double turn = time * parts_;
  return std::max(0.0, turn - std::floor(turn + same));
}

int entry_clock::band(int cell, double time) const {
  int band = 0;
  for (const auto& c : crossings_) {
    band += c.cell < cell || (c.cell == cell && phase(time) >= c.phase - same);
  }
  return band;
}

int entry_clock::cell_at(int i, double time) const {
  if (cells_ == 1) return 0;
  // At the phase f of a part, cell k stands for k + f - 1/2 parts since entry; part i of a stock
  // for i + 1/2.
  const double f = phase(time);
  const int cell = f <= 0.5 + same ? i + 1 : i;
  const int last = cells_ - 2;
  const bool passed = cell > last || (cell == last && f >= crossings_.back().phase - same);
  return passed || i + 1 >= stock_parts() ? cells_ - 1 : cell;
}

}  // namespace kohort
