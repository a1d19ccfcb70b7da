"""inbox: what is new in folders or buckets, labelled by the champion."""

import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from prefect import flow

from flows import places
from flows.attempts import attempt, check_lives
from flows.score import score
from tasks import files, params, remote
from tasks.errors import SourceError
from tasks.locate import find
from tasks.media.walk import files as list_files
from tasks.score import archives
from tasks.score.versions import slug
from tasks.urls import is_url, plain, shown

HOURS: Final = 24  # after which a run is ended; the next one goes on from there
LISTS: Final = Path("out/inbox")


@flow(name="score-inbox", validate_parameters=False, timeout_seconds=3600 * HOURS)
def inbox(
    sources: Sequence[str] = ("inbox",),
    out: str = "labels",
    params_file: str = "params.yaml",
    overrides: Sequence[str] = (),
    settle: float = 60.0,
    allow_synthetic: bool = False,
    show_faces: bool = True,
    pause: float = 30.0,
) -> dict[str, Any]:
    """Score what is new below `sources` into the folder of the champion's labels below `out`.

    Each model has a results folder of its own, such as labels/emotion-v3: a run's labels are those of one model. Media
    that another one's folder holds stay there; `backfill` labels them with the new one, without decoding them again.
    Media that are taken out of `sources` leave the champion's tables with the next run.

    Args:
        sources: folders and URLs; one that is empty is no error.
        out: folder or URL for the folders of all models.
        overrides: such as `score.purpose=...`, which a deployment has to say.
        settle: seconds since a file was last written before it counts as there; not asked of buckets.
        allow_synthetic: let a model that was trained on drawn faces label media.
        show_faces: put thumbnails into the report.
        pause: seconds before a run that failed is tried again, twice as many before the last try.

    Returns:
        run.json of the labels, with `folder`: where they are; `new` is false where there was nothing to do.

    Raises:
        UsageError: as `score` raises it.
    """
    check_lives()
    settings = params.load(Path(params_file), tuple(overrides))
    model = find(settings, Path.cwd(), places.FETCHED)
    place = archives.place(out, model.label)
    others = [one for one in archives.below(out) if one.address != place]
    wanted = chosen(sources, {source for one in others for source in archives.sources(one)}, time.time() - settle)
    if not wanted:
        return {"folder": place, "new": False, "totals": {"files": 0, "faces": 0}}
    listing = LISTS / f"{slug(model.label)}.txt"
    files.write_text(listing, "\n".join(wanted) + "\n")
    given: dict[str, Any] = {"params_file": params_file, "overrides": list(overrides), "resume": True}
    shows: dict[str, Any] = {"allow_synthetic": allow_synthetic, "show_faces": show_faces}
    # Not as a run of its own: this run is the deployment's, and says what it is for.
    run: dict[str, Any] = attempt("score", lambda: score.fn([f"@{listing}"], place, **given, **shows), pause=pause)
    return run | {"folder": place, "new": True}


def chosen(sources: Sequence[str], held: set[str], until: float) -> list[str]:
    """The files below ``sources`` that are not ``held``, and of those on this machine that nobody writes to any more.

    Raises:
        SourceError: a source that is missing or out of reach; a name that no list can hold.
    """
    found = [path for path in _all(sources) if path not in held and (is_url(path) or _settled(path, until))]
    if broken := next((path for path in found if "\n" in path or path.endswith("\r")), None):
        raise SourceError(f"inbox: {broken!r} has a line break in its name. Rename it")
    return found


def _all(sources: Sequence[str]) -> Iterator[str]:
    for source in sources:
        place = plain(source)
        if is_url(place):
            try:
                empty = not remote.names(place)
            except OSError as error:
                raise SourceError(f"inbox: {shown(place)!r} cannot be listed: {error}") from None
        else:
            place = str(Path(place).absolute())
            empty = Path(place).is_dir() and not any(one.is_file() for one in Path(place).rglob("*"))
        if not empty:
            yield from list_files([place])


def _settled(path: str, until: float) -> bool:
    try:
        return Path(path).stat().st_mtime <= until
    except OSError:
        return True  # scoring says what is wrong with it
