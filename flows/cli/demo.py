"""fermata demo."""

import click


@click.command(
    epilog="""\b
Examples:
  make demo
  fermata demo --out out/demo
"""
)
@click.option("--out", metavar="DIR", default="out/demo", show_default=True, help="Where everything goes.")
def command(out: str) -> None:
    """Prepare, train, evaluate, promote and score drawn faces with the default parameters; write one report.

    Runs `dvc repro` and the commands of this program in a copy of the project below DIR, with a tracking store of its
    own: nothing of yours is touched. A second run repeats only what changed.
    """
    from pathlib import Path

    from flows.demo import demo

    demo(Path(out))
