"""Extracts of decisions, whatever file or table they come in: opened, and ready to be read."""
