"""A municipality that never was: its people, and the decisions that a care system exports."""
