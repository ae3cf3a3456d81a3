#include <algorithm>

#include <kohort/data/detail/catalogue.hpp>
#include <kohort/data/detail/decision_rows.hpp>

namespace kohort::detail {

namespace {

/// What one decision covers: the days from `from` up to, not including, `to`.
struct span_of_days {
  day_number from, to;
  int level;
  std::int64_t row;
};

/// Reports or counts spans of different levels that share days. Spans are sorted by their start.
void look_for_overlaps(const std::vector<span_of_days>& spans, const level_rule& rule,
                       overlap_policy policy, person_facts& facts, const std::string& column,
                       path_counts& counts, finding_list& findings) {
  struct latest {
    day_number to = std::numeric_limits<day_number>::min();
    std::int64_t row = -1;
  };
  std::vector<latest> of_level(rule.levels.size());
  const bool by_rule = policy == overlap_policy::rule && rule.most_demanding;
  for (const auto& span : spans) {
    std::vector<std::int64_t> others;
    for (std::size_t k = 0; k < of_level.size(); ++k) {
      if (static_cast<int>(k) != span.level && of_level[k].to > span.from) {
        others.push_back(of_level[k].row);
      }
    }
    auto& own = of_level[static_cast<std::size_t>(span.level)];
    if (span.to > own.to) own = {span.to, span.row};
    if (others.empty()) continue;
    if (by_rule) {
      ++counts.concurrent;
    } else if (policy == overlap_policy::highest) {
      ++counts.overlaps;
    } else {
      findings.add(catalogued("E-OVERLAP", span.row, column, others));
      facts.faulty = true;
    }
  }
}

/// The highest level in force, day by day: spans without overlap, neighbours of different levels.
std::vector<span_of_days> highest_in_force(const std::vector<span_of_days>& spans, int levels) {
  struct change {
    day_number day;
    int step, level;
    std::int64_t row;
  };
  std::vector<change> changes;
  for (const auto& span : spans) {
    changes.push_back({span.from, 1, span.level, span.row});
    changes.push_back({span.to, -1, span.level, span.row});
  }
  std::stable_sort(changes.begin(), changes.end(),
                   [](const change& a, const change& b) { return a.day < b.day; });
  std::vector<int> in_force(static_cast<std::size_t>(levels), 0);
  std::vector<span_of_days> path;
  int now = -1;  // nothing in force
  for (std::size_t i = 0; i < changes.size();) {
    const auto day = changes[i].day;
    const auto first = i;
    for (; i < changes.size() && changes[i].day == day; ++i) {
      in_force[static_cast<std::size_t>(changes[i].level)] += changes[i].step;
    }
    int highest = levels - 1;
    while (highest >= 0 && in_force[static_cast<std::size_t>(highest)] == 0) --highest;
    if (highest == now) continue;
    if (now >= 0) path.back().to = day;
    if (highest >= 0) {
      auto cause = changes[first];
      for (auto j = first; j < i; ++j) {
        if (changes[j].step > 0 && changes[j].level == highest) cause = changes[j];
      }
      path.push_back({day, day, highest, cause.row});
    }
    now = highest;
  }
  return path;
}

}  // namespace

void add_path(const decision_file& file, person_facts& facts, std::span<const decision_row> rows,
              const std::vector<state>& level_states, std::optional<state> ended, decisions& into,
              path_counts& counts, finding_list& findings) {
  const auto& settings = into.settings;
  const auto refuse = [&](std::string_view code, std::int64_t row, std::int64_t other) {
    findings.add(catalogued(code, row, file.start_column, {other}));
    facts.faulty = true;
  };
  day_number limit = *file.extraction + 1;  // the extraction day counts in full
  if (facts.exit.value) limit = std::min(limit, *facts.exit.value + 1);
  std::optional<day_number> death;
  if (facts.death.value && !facts.death_disputed) {
    death = facts.death.value;
    for (const auto& row : rows) {
      // A decision that starts on the day of death lasts that day.
      if (row.start == *facts.death.value) death = *facts.death.value + 1;
    }
    if (*death > limit) death.reset();  // moved away before
    if (death) limit = *death;
  }

  std::vector<span_of_days> spans;
  for (const auto& row : rows) {
    if (facts.death.value && !facts.death_disputed && row.start > *facts.death.value) {
      refuse("E-AFTER-DEATH", row.row, facts.death.row);
    } else if (row.start >= limit) {
      refuse("E-AFTER-EXIT", row.row, facts.exit.row);
    } else {
      const auto end = row.end == until_further_notice ? limit : std::min(row.end + 1, limit);
      counts.cut_at_death += death && row.end > *facts.death.value ? 1 : 0;
      spans.push_back({row.start, end, row.level, row.row});
    }
  }
  look_for_overlaps(spans, into.rule, settings.overlap, facts, file.start_column, counts, findings);
  if (facts.faulty || spans.empty()) return;

  const auto path = highest_in_force(spans, static_cast<int>(into.rule.levels.size()));
  const auto person = static_cast<std::int32_t>(into.persons.size());
  std::vector<stay> stays, bridged;
  const auto bridge = [&](day_number to) {
    bridged.push_back({person, stays.back().at, stays.back().to, to, stays.back().row});
    stays.back().to = to;
    ++counts.bridged;
  };
  const auto begin = [&](state at, day_number from, day_number to, std::int64_t row) {
    if (!stays.empty() && stays.back().at == at && stays.back().to == from) {
      stays.back().to = to;
    } else {
      stays.push_back({person, at, from, to, row});
    }
  };
  std::int64_t cause = -1;  // row of the decision whose end begins a gap
  for (const auto& span : path) {
    if (!stays.empty() && stays.back().to < span.from) {
      const auto gap = span.from - stays.back().to;
      if (gap <= settings.gap_days) {
        bridge(span.from);
      } else {
        ++counts.ended_gaps;
        if (ended) begin(*ended, stays.back().to, span.from, cause);
      }
    }
    begin(level_states[static_cast<std::size_t>(span.level)], span.from, span.to, span.row);
    cause = span.row;
  }
  if (const auto gap = limit - stays.back().to; gap > 0) {
    if (death && gap <= settings.gap_days) {
      bridge(limit);
    } else if (gap > settings.gap_days && ended) {
      begin(*ended, stays.back().to, limit, cause);
    } else if (gap <= settings.gap_days) {
      ++counts.open_gaps;  // a renewal may be on its way: the observation ends here
    }
  }

  const auto first_entry = stays.front().from;
  bool truncated = false;
  if (settings.observed_from) {
    const auto start = *settings.observed_from;
    for (const auto& span : spans) counts.before_start += span.to <= start ? 1 : 0;
    std::erase_if(stays, [&](const stay& s) { return s.to <= start; });
    if (!stays.empty() && stays.front().from < start) {
      stays.front().from = start;
      truncated = true;
    } else if (!stays.empty() && first_entry < start) {
      truncated = true;  // the model has no state for the time between
    }
  }
  if (stays.empty()) {
    ++counts.not_observed;
    return;
  }
  counts.left_truncated += truncated ? 1 : 0;
  followed_person who;
  who.id = facts.id;
  who.birth = facts.birth.value;
  who.male = facts.male.value;
  who.first_entry = first_entry;
  who.entered = !truncated;
  if (death && stays.back().to == *death) {
    who.death = death;
    who.death_row = facts.death.row;
  }
  who.first_stay = into.stays.size();
  into.stays.insert(into.stays.end(), stays.begin(), stays.end());
  into.bridged.insert(into.bridged.end(), bridged.begin(), bridged.end());
  who.last_stay = into.stays.size();
  into.persons.push_back(std::move(who));
}

}  // namespace kohort::detail
