"""fermata report."""

import click


@click.command(
    epilog="""\b
Examples:
  fermata report labels
  fermata report labels --no-faces
"""
)
@click.argument("folder", metavar="DIR")
@click.option("--no-faces", is_flag=True, help="Leave faces out.")
def command(folder: str, no_faces: bool) -> None:
    """Write report.html of a scored folder again."""
    from pathlib import Path

    from tasks.errors import UsageError
    from tasks.report.score import write_score_report

    if not (Path(folder) / "run.json").is_file():
        raise UsageError(f"no run in '{folder}' (run.json is missing). Give a folder that `fermata score --out` wrote")
    click.echo(f"Open {write_score_report(Path(folder), not no_faces)}")
