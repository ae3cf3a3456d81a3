"""Pictures. Each function takes and returns an `Axes`, and has a `*_data` twin: the plotted table.

Colours are those of Okabe and Ito, told apart also by line style and by a label beside each line.
Text and numbers are Swedish or English by `lang`.
"""

from kohort.plots.forecast import (
    comparison,
    comparison_data,
    cost,
    cost_data,
    difference,
    difference_data,
    entry_mix,
    entry_mix_data,
    growth,
    growth_data,
    history,
    history_data,
    intensities,
    intensities_data,
    levels,
    levels_data,
    new_users,
    new_users_data,
    transitions,
    transitions_data,
)

__all__ = [
    "comparison",
    "comparison_data",
    "cost",
    "cost_data",
    "difference",
    "difference_data",
    "entry_mix",
    "entry_mix_data",
    "growth",
    "growth_data",
    "history",
    "history_data",
    "intensities",
    "intensities_data",
    "levels",
    "levels_data",
    "new_users",
    "new_users_data",
    "transitions",
    "transitions_data",
]
