"""Where data come from: extracts of a care system, Kolada, Statistics Sweden, tables on file."""
