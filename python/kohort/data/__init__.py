"""Data in: decisions and tables become observations, every fault of theirs a finding."""
