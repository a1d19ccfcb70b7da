"""annotate: the media of a results folder again, with the faces drawn in or hidden."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from prefect import flow

from flows import cluster, progress
from flows.spread import spread
from flows.stage import stage
from tasks import params
from tasks.report.run import Run
from tasks.score import store
from tasks.score.folder import need
from tasks.score.mirror import check_near, mirrored
from tasks.show import medium, names
from tasks.show.annotate import Piece, Work, redraw
from tasks.show.choose import chosen
from tasks.show.finished import finished
from tasks.show.paint import Style
from tasks.show.spans import Span, spans

if TYPE_CHECKING:
    from distributed import Client


@flow(name="annotate", validate_parameters=False)
def annotate(
    out: str,
    to: str | None = None,
    source: str | None = None,
    tracks: Sequence[int] = (),
    blur_others: bool = False,
    params_file: str = "params.yaml",
    overrides: Sequence[str] = (),
) -> dict[str, Any]:
    """Draw what was found into every medium of ``out`` that shows a face; return the counts by media type.

    Args:
        out: a results folder.
        to: where the files go; default: annotated/ in ``out``.
        source: only this one.
        tracks: of ``source``, what is not hidden.
        blur_others: hide all other faces.

    Raises:
        UsageError: no results, no such source, no such track.
    """
    settings = params.load(Path(params_file), tuple(overrides))
    place = store.at(out)
    check_near(settings.cluster, place)
    need(place)
    with mirrored(place) as folder:
        return drawn(folder, finished(folder, place.name), settings, to, source, tracks, blur_others)


def drawn(
    folder: Path,
    run: Run,
    settings: params.Params,
    to: str | None,
    source: str | None,
    tracks: Sequence[int],
    blur_others: bool,
) -> dict[str, int]:
    """As `annotate`, for a folder of this machine."""
    found = chosen(folder / "faces", source, tracks)
    lengths = spans(folder / "frames", run)
    pieces = ((key, faces, lengths.get(key, Span(0.0, 0.0))) for key, faces in found)
    total = run.totals.get("by_status", {}).get("scored") if source is None else None
    style = Style(blur_others, frozenset(tracks))
    target = Path(to) if to else folder / "annotated"
    work = Work(style, medium.limits(run), target.resolve(), names.root(run.sources))
    with cluster.client(settings.cluster) as client:
        return redrawn(client, pieces, work, total)


@stage("redraw")
def redrawn(client: "Client", pieces: Iterable[Piece], work: Work, total: int | None) -> dict[str, int]:
    """Draw every piece on the workers; what could not be drawn is said, one line each."""
    counts = {"video": 0, "image": 0, "skipped": 0}
    with progress.bar("annotate", total, client.dashboard_link) as advance:
        for done, ((key, faces, _), why) in enumerate(spread(client, redraw, pieces, work), start=1):
            counts[faces.media_type if why is None else "skipped"] += 1
            if why is not None:
                progress.note(f"{key}: {why}. Skipped")
            advance(done)
    return counts
