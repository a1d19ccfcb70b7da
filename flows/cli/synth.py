"""fermata synth."""

import click


@click.command(
    epilog="""\b
Example:
  fermata synth out/archive --stills 40 --clips 4 --seed 7
"""
)
@click.argument("folder", metavar="DIR")
@click.option("--truth", metavar="FILE", help="Where the truth goes; default: DIR with .truth.parquet behind it.")
@click.option("--stills", default=24, show_default=True, type=click.IntRange(1), help="Pictures.")
@click.option("--clips", default=3, show_default=True, type=click.IntRange(1), help="Videos.")
@click.option("--seed", default=1, show_default=True, type=click.IntRange(0), help="Other seeds, other faces.")
def command(folder: str, truth: str | None, stills: int, clips: int, seed: int) -> None:
    """Draw a small archive of pictures, clips and broken files, with boxes, identities and emotions beside it."""
    from pathlib import Path

    from tasks.errors import OutputError
    from tasks.synthetic.archive import write_archive

    target = Path(folder)
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise OutputError(f"'{folder}' exists and isn't an empty folder. Use another one")
    beside = Path(truth) if truth else target.with_name(f"{target.name}.truth.parquet")
    write_archive(target, beside, seed=seed, stills=stills, clips=clips)
    click.echo(f"drew {stills} pictures and {clips} clips into {folder}; the truth is in {beside}")
