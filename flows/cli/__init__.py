"""The command line. Nothing heavy is imported before a command runs, so that --help is instant."""

from flows.cli.main import main

__all__ = ["main"]
