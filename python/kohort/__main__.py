"""`python -m kohort`: the command line where its script is not on the path."""

from kohort.cli import main

main()
