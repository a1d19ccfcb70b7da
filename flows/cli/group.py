"""The `fermata` command: its group, its commands' names, and its exit codes."""

from importlib import import_module

import click

# name -> module of flows.cli; imported when the command runs or shows its help
COMMANDS = {
    "demo": "demo",
    "raw": "raw",
    "prepare": "prepare",
    "data": "data",
    "explore": "explore",
    "train": "train",
    "evaluate": "evaluate",
    "export": "export",
    "adapt": "adapt",
    "folds": "folds",
    "search": "search",
    "ensemble": "ensemble",
    "features": "features",
    "baselines": "baselines",
    "promote": "promote",
    "rollback": "rollback",
    "lineage": "lineage",
    "plan": "plan",
    "score": "score",
    "status": "status",
    "rescore": "rescore",
    "forget": "forget",
    "monitor": "monitor",
    "audit": "audit",
    "report": "report",
    "csv": "csv",
    "subtitles": "subtitles",
    "annotate": "annotate",
    "models": "models",
    "synth": "synth",
    "certificates": "certificates",
    "doctor": "doctor",
}
SUMMARIES = {
    "demo": "Run the whole chain on drawn faces, into out/demo.",
    "raw": "Say what a face data set holds before it is cleaned.",
    "prepare": "Clean a face data set into Parquet shards.",
    "data": "Compare versions of the prepared data set.",
    "explore": "Report what a prepared data set holds.",
    "train": "Train a network and register it as candidate.",
    "evaluate": "Judge a model on a prepared or raw data set.",
    "export": "Write a model in another precision, and measure it.",
    "adapt": "Bring a model to the look of other faces, without labels.",
    "folds": "Cross-validate on the folds of a prepared data set.",
    "search": "Search for better parameters, trial by trial.",
    "ensemble": "Choose models whose averaged answers are better.",
    "features": "Write embeddings and landmarks per face as Parquet.",
    "baselines": "What simple classifiers reach on the same faces.",
    "promote": "Make the candidate champion if the gate lets it.",
    "rollback": "Make the champion before this one champion again.",
    "lineage": "Say where a label, a file's labels or a model come from.",
    "plan": "Say what scoring would find, and how long it would take.",
    "score": "Label every face in folders of pictures and videos.",
    "status": "Say where a scoring run stands.",
    "rescore": "Label a run's faces with another model, from its crops.",
    "forget": "Remove all that a scored folder says of a file.",
    "monitor": "Say whether the newest runs have drifted.",
    "audit": "Say who labelled what, and check the log of it.",
    "report": "Write report.html of a scored folder again.",
    "csv": "Write a scored folder's tables as CSV.",
    "subtitles": "Write a scored folder's videos as subtitles.",
    "annotate": "Draw what was found into videos and pictures.",
    "models": "List the architectures with their sizes.",
    "synth": "Draw a small archive of faces with known truth.",
    "certificates": "Make certificates for TLS between Dask's processes.",
    "doctor": "Say what is installed and found.",
}

EPILOG = """\b
Exit codes:
  0    done; files that failed have their row and reason (score --strict: 1)
  1    it went wrong while running
  2    it can't be done as asked: an option, a parameter, a path
  3    a promotion gate said no, monitoring found drift, an audit log is broken
  130  stopped by Ctrl-C, nothing half-written (143: by SIGTERM, 129: its terminal is gone)

\b
Start here:
  fermata demo
  fermata score DIR --out labels
"""


class Lazy(click.Group):
    """A group whose commands are imported one by one, when they are wanted."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names in the order of a user's way."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return one command."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"flows.cli.{COMMANDS[cmd_name]}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(SUMMARIES.items()))


@click.group(
    cls=Lazy, epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(package_name="fermata")
def group() -> None:
    """Fermata labels faces with emotions, at the scale of archives."""
