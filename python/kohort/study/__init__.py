"""A study in one TOML file: its settings, steps, result, backtest, and log of what was done."""

from kohort.study.programme_file import ProgrammeFile
from kohort.study.settings import Study, example_study

__all__ = ["ProgrammeFile", "Study", "example_study"]
