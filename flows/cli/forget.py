"""fermata forget."""

import time

import click

from flows.cli.options import say


@click.command(
    epilog="""\b
Examples:
  fermata forget labels --source media/holiday/clip.mp4
  fermata forget labels --source media/box.zip::inner/group.png
  fermata forget labels --sha256 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
"""
)
@click.argument("out", metavar="OUT")
@click.option("--source", metavar="NAME", default="", help="As in the column `source`; SOURCE::MEMBER for a member.")
@click.option("--sha256", metavar="HEX", default="", help="Of the content, as in the column `source_sha256`.")
@click.option("--purpose", metavar="TEXT", default="", help="Why, for the audit log; name nobody.")
def command(out: str, source: str, sha256: str, purpose: str) -> None:
    """Remove all that the run in OUT says of a file, an archive or a member, and prove it.

    Rows, crops, thumbnails, versions, CSV, subtitles and drawn media go; report.html is written again, and every file
    below OUT is looked through for what might be left. Entries with the same content go too, whichever was named: the
    labels of one are those of all. The medium itself stays; `score --resume` would label it again. A bucket that keeps
    old versions of its objects keeps these: delete them there.
    """
    from flows import progress
    from flows.who import who
    from tasks import files
    from tasks.errors import UsageError
    from tasks.score import audit, folder, store
    from tasks.score.forget import find, forget
    from tasks.score.mirror import mirrored

    if bool(source) == bool(sha256):
        raise click.UsageError("give either --source or --sha256")
    target, started = store.at(out), time.monotonic()
    if folder.RUN not in target.entries():
        raise UsageError(
            f"no run in '{target.name}' (run.json is missing). Give a folder that `fermata score --out` wrote"
        )
    with target.held(progress.note), mirrored(target) as place:
        found = find(place, source, sha256.lower())
        counts = forget(place, found)
        run = files.read_json(place / folder.RUN)
        names = sorted(key if member is None else f"{key}::{member}" for key, member in found)
        told = audit.record(
            "forget", who(), purpose, run.get("model", {}), run.get("run_id", ""),
            counts=counts, sources=audit.digests(names),
        )  # fmt: skip
        files.write_json(place / folder.RUN, run | {"audit": audit.anchor(audit.append(target, told))})
    what = ", ".join(f"{count:,} {name}" for name, count in sorted(counts.items()) if count)
    say("forget", f"files and members, copies among them: {len(found):,}", "", time.monotonic() - started)
    click.echo(f"removed: {what or 'nothing'}. 0 left: every file below {target.name} was looked through.")
