"""The structure of a model: states, rates, terms, phases, and what intensities alone say."""
