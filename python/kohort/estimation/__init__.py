"""From observations to a fit, what the fit says, and whether to believe it."""
