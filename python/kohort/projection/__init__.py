"""From a fit to the years ahead: open and closed cohorts, calibration, and demand."""
