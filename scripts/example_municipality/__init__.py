"""The parts of scripts/make_example_municipality.py."""
