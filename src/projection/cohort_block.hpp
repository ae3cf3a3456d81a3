#pragma once

#include <array>
#include <vector>

#include <kohort/population/lexis.hpp>

#include "fixed_part.hpp"
#include "lane_table.hpp"
#include "lanes/carried_groups.hpp"
#include "lanes/open_cohort.hpp"
#include "usual_care.hpp"

namespace kohort::detail {

using clock_event = entry_clock::event;

/// Runs side by side: few where people are carried by time since entry, who take much room.
inline int lanes_in_block(const fixed_part& f) { return f.C > 1 ? 8 : 32; }
constexpr int birth_node_count = static_cast<int>(birth_nodes.size());

/// Which of the runs asked for have one usual care: the first of them stands for it.
struct shared_run {
  projection_run usual;
  std::vector<int> runs;  // positions among the runs asked for
};

/// The tables and people of up to `lanes_in_block()` runs of usual care, side by side, and of the
/// strategies that are compared with each.
class cohort_block {
 public:
  cohort_block(const fixed_part& fixed, const std::vector<projection_run>& runs,
               const std::vector<shared_run>& shared, int first, usual_care& usual,
               open_cohort_results& out);

  void run();

 private:
  using table = lane_table;
  static constexpr int nodes = birth_node_count;

  /// A time in which the intensities of a cohort are constant: before or after its birthday, or a
  /// part of that if people are carried by time since entry.
  struct piece {
    int age = 0;  // from the lowest
    double from = 0, to = 0;
    bool turns = false;                 // the clock since entry has an event at `from`
    std::vector<const double*> rates;   // bands x moves
    std::vector<const double*> ratios;  // bands x states
    const double* migration = nullptr;
    table force;  // as usual care found it
  };
  /// A birth node of a cohort over one year.
  struct cohort_year {
    int year = 0, sex = 0, age = 0, node = 0;  // age on 1 January; -1: comes in on the birthday
    double birthday = 0;                       // time into the year
    std::vector<piece> pieces;                 // in order; `count` of them
    std::size_t count = 0;
    table arrived;             // W: those who come in on the birthday
    std::vector<table> found;  // W, at each of the times at which strategies enrol stock

    piece& next() {
      if (pieces.size() == count) pieces.emplace_back();
      return pieces[count++];
    }
  };
  /// What a strategy makes of everyone, and those who are enrolled in it.
  struct course {
    int number = 0;
    bool acted = false;         // some intensity has been changed for somebody
    table difference, pool;     // people as `people_`; those in `none` who are not enrolled
    std::vector<table> people;  // by group; empty when it is not carried
    std::vector<std::vector<table>> extra;  // effect, step: R - 1; empty where that is 0
    std::vector<int> move;                  // effect: as in `changed_intensity`
    std::vector<double> share;              // moves: of newcomers that is enrolled
    table uptake;                           // lanes: factor on all shares
    table persons, years, moved, died, migrated, enrolled;
  };

  /// What happens between points of time inside a piece, for `carry`.
  struct stretched {
    std::vector<double> share;         // of the piece at which each point lies
    std::vector<int> period;           // points + 1: of output
    std::vector<carried_flows> flows;  // points + 1
    table found;                       // points: S
  };

  const projection_run& usual(int lane) const {
    return shared_[at(first_ + std::min(lane, count_ - 1))].usual;
  }
  /// Start of the `lanes` numbers of entry i of a table.
  double* row(table& t, int i) const { return &t[at(i * lanes)]; }
  const double* row(const table& t, int i) const { return &t[at(i * lanes)]; }
  /// Where a cohort's node stands in tables of people; age -1 is those who come in. A cohort stays
  /// where it is while it grows older: the ages move on.
  int place(int sex, int a, int node) const {
    const int ages = f.A + 1;
    return (sex * ages + (a + 1 + youngest_[at(sex)]) % ages) * nodes + node;
  }
  /// Where the states of those of age a stand in tables by period, sex and age group.
  int group_cell(int period, int sex, int a) const {
    return ((period * 2 + sex) * G + f.options.group_of_age[at(a)]) * f.S;
  }
  /// Where a piece stands in what is kept of usual care.
  int piece_place(const cohort_year& c, int side) const {
    return (((c.year * 2 + c.sex) * (f.A + 1) + c.age + 1) * nodes + c.node) * 2 + side;
  }
  int period_of(int year, double time) const {
    return year * f.options.periods_a_year + static_cast<int>(time * f.options.periods_a_year);
  }

  /// The period at whose end those who come at that time are there.
  int period_of_coming(int year, double time) const { return period_of(year, time - 1e-9); }

  void fill_tables();
  void fill_start();
  table settle();
  template <class Put>
  void come_of_age(int sex, double birthday, const Put& put) const;
  void set_piece(piece& now, int sex, int a, int year) const;
  void advance(piece& now, double mortality, double* people, double* drift, int year, bool count,
               int sex);
  void advance_by_clock(piece& now, double mortality, double* people, double* drift, int period,
                        bool count, int sex);
  std::vector<double> stops(double from, double to, const std::vector<double>& cuts) const;
  const clock_event* event_at(double time) const;
  void turn(double* people, const clock_event& what) const;
  void step_year(int y);
  void step_cohort(cohort_year& c, double* people);
  void live_by_clock(cohort_year& c, int age, double from, double to, const double* migration,
                     double* people, double* drift);
  void let_in(const cohort_year& c, double* people);
  void follow(const piece& part, double length, stretched& stretch, double* people) const;
  void walk(const cohort_year& c, const piece& part, double* people);
  void find_stock(cohort_year& c, const piece& part, const double* people);
  stretched& stretches(int year, double from, double to, const std::vector<double>& times);
  void grow_older(int sex);
  void merge_oldest(table& people, int sex, int numbers) const;
  void tally_persons(int end, const table& people, table& persons) const;
  void add_persons(int end, int sex, int a, const double* people, table& persons) const;

  void start_courses();
  void open_year(course& k, int y);
  void carry_course(course& k, cohort_year& c);
  void carry_piece(course& k, cohort_year& c, const piece& part, const interval& now, double from,
                   double to);
  void carry_cell(course& k, cohort_year& c, const piece& part, const interval& now, double from,
                  double to, int cell);
  void start_waiting(course& k, const cohort_year& c, int group, int period);
  void boost(course& k, const cohort_year& c, int group, double time);
  void add_difference(course& k, const cohort_year& c, double time) const;
  void turn_course(course& k, const cohort_year& c, const piece& part);
  bool anybody(const double* people) const;
  double start_pool(course& k, const cohort_year& c);
  void drain(course& k, const cohort_year& c, double from, double to, double* enrolled);
  void gather_newcomers(course& k, const cohort_year& c, double pool_from);
  void enrol(course& k, const cohort_year& c, int group, const double* people, const double* share,
             int period);
  void close_year(course& k, int y);
  void empty_cell(course& k, int sex, int a, int node, bool filled);

  void write();
  /// A run that was asked for: where it stands here and in the results.
  struct told_run {
    int lane, run;
    const course* strategy;  // null: usual care
  };
  void copy(const std::vector<told_run>& told, const table* usual, table course::* change,
            const std::vector<int>& order, bool people, std::vector<double>& to) const;

  const fixed_part& f;
  usual_care& u;
  const std::vector<projection_run>& runs_;
  const std::vector<shared_run>& shared_;
  int first_, count_;
  int lanes;  // of the tables: a multiple of 8
  open_cohort_results& out_;
  int M, G, N;  // moves, age groups, periods
  advance_cohort_function advance_;
  carrying_functions carrying_;
  table drift_, entering_drift_, people_, force_, scratch_, survivors_, still_, walking_;
  table banded_, banded_tally_;  // people and sums by band: see `banded_map`
  std::vector<const double*> banded_rates_, banded_ratios_;
  std::array<int, 2> youngest_{};  // sex: where those who come in stand, see `place`
  std::vector<course> courses_;
  std::vector<table> newcomers_;  // of the year's groups: S
  std::vector<carried_group> groups_;
  std::vector<changed_intensity> changes_;
  std::vector<table> mixed_;
  std::vector<std::pair<std::size_t, std::size_t>> spans_;  // groups: of `changes_`
  std::vector<double> times_;
  stretched stretch_;
};

}  // namespace kohort::detail
