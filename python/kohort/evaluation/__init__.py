"""Which option to choose: outcomes, comparisons, budgets, and the worth of knowing more."""
