"""`python -m flows.cli`: the command line where the console script is not on the path."""

from flows.cli.main import main

main()
