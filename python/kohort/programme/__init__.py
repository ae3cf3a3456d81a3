"""A rehabilitation team: what it costs and saves, and at how many enrolled it pays."""
