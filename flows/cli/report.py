"""fermata report."""

import click


@click.command(
    epilog="""\b
Examples:
  fermata report labels
  fermata report s3://bucket/labels
  fermata report labels --no-faces
"""
)
@click.argument("folder", metavar="DIR")
@click.option("--no-faces", is_flag=True, help="Leave faces out.")
def command(folder: str, no_faces: bool) -> None:
    """Write report.html of a scored folder again."""
    from tasks.report.score import write_score_report
    from tasks.score import compact, store
    from tasks.score.folder import RUN, need

    place = store.at(folder)
    need(place)
    with place.desk() as desk:
        place.bring(desk, [*compact.NAMES, RUN])
        place.send(desk, [write_score_report(desk, not no_faces).name])
    click.echo(f"Open {place.name}/report.html")
