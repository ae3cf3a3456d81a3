"""What every stage uses and none is about: words, tables, files, refusals."""
