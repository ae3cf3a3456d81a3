#pragma once

#include <vector>

namespace kohort {

/// Time since entry, in years, on which intensities depend by bands.
///
/// Who enters in one part of a year (there are `parts_a_year`) is carried together, in continuous
/// time and from the moment each comes, and passes each cut at one time: the middle of that part
/// plus the cut. Nobody is lost or counted twice; only the passing is up to half a part early or
/// late. That is of second order: with parts of h years and intensities of a year changed by d, the
/// numbers in a band are off by about h^2 d / 12 of themselves, 0.05 % with months and d = 1.
///
/// A person stands in cell k if he or she entered k parts ago, counted by parts that have begun;
/// the last cell holds all who have passed the last cut. Cell 0 holds those who enter now.
class entry_clock {
 public:
  /// No clock: one band, one cell.
  entry_clock() = default;

  /// @param cuts          where the second band begins, the third, and so on; years, increasing
  /// @param parts_a_year  at least 1
  /// @throws invalid_input  `E-SETTING`: cuts that do not increase from half a part on, or that
  ///                        need more than 400 cells
  entry_clock(std::vector<double> cuts, int parts_a_year);

  /// Something that happens at a time within the year.
  struct event {
    double time = 0;      // in [0, 1)
    bool shifts = false;  // a part begins: everybody is in the next cell
    bool passes = false;  // those in the last cell but one pass the last cut
  };

  int bands() const { return static_cast<int>(cuts_.size()) + 1; }
  int cells() const { return cells_; }
  const std::vector<double>& cuts() const { return cuts_; }

  /// Times of the year, increasing, at which a part begins or people pass a cut.
  const std::vector<event>& events() const { return events_; }

  /// The band of a cell at a time within the year that is no event's.
  int band(int cell, double time) const;

  /// The cell of those who entered i parts ago or more, but less than i + 1, at the end of a year;
  /// all who entered `stock_parts() - 1` parts ago or more are in the last.
  int cell_of_stock(int i) const { return i + 2 < cells_ || cells_ == 1 ? i : cells_ - 1; }

  /// Parts of the time since entry that a stock is counted by: [0, h), [h, 2h), ... and the rest.
  int stock_parts() const { return cells_ == 1 ? 1 : cells_ - 1; }

  /// The cell, at a time within the year, of those whom a stock would count in part i, an event at
  /// that very time having happened.
  int cell_at(int i, double time) const;

 private:
  struct crossing {
    int cell;      // passes
    double phase;  // of the part, in [0, 1)
  };
  double phase(double time) const;

  std::vector<double> cuts_;
  std::vector<crossing> crossings_;  // of each cut
  std::vector<event> events_;
  int parts_ = 1, cells_ = 1;
};

}  // namespace kohort
