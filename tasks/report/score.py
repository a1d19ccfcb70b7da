"""Write report.html for a scored folder."""

import os
from collections.abc import Callable
from pathlib import Path

from tasks.files import write_text
from tasks.report import thumbs
from tasks.report.faces import KINDS
from tasks.report.page import render
from tasks.report.run import Run
from tasks.report.view import ScoreView, score_view
from tasks.report.words import moment, one_line, plural

NAV = (
    ("labels", "Labels"), ("totals", "Totals"),
    ("emotions", "Emotions"), ("tracks", "Tracks"), ("failures", "Failures"), ("files", "Files"),
    ("faces", "Faces"), ("origin", "How it was made"), ("limits", "Limits"), ("data", "Data"),
)  # fmt: skip
SYNTHETIC = (
    "The model was trained on drawn, synthetic faces. Its labels show that the chain works; "
    "they say nothing about the people in these files."
)


def write_score_report(out: Path, faces: bool = True) -> Path:
    """Read a scored folder and write ``out/report.html``, one file that needs neither network nor server.

    Args:
        out: folder with run.json, the Parquet folders files, frames and faces, and perhaps thumbs.parquet.
        faces: False leaves out all pictures of faces.

    Returns:
        The path of the report.

    Raises:
        OutputError: ``out`` is not a scored folder, or a table in it cannot be read.
    """
    view = score_view(out, faces)
    path = out / "report.html"
    page = render(
        "score.html",
        {
            "title": heading(view.run),
            "eyebrow": "Emotions in an archive",
            "heading": heading(view.run),
            "nav": NAV,
            "banners": banners(view),
            "footer": f"Run {view.run.run_id or 'without id'}. {moment(view.run.finished or view.run.started)}",
            "s": view,
            "kinds": KINDS,
            "thumb_kinds": thumbs.KINDS,
            "data_path": data_path(out, path),
        },
    )
    write_text(path, page)
    return path


def heading(run: Run) -> str:
    """What was scored, in a few words."""
    if not run.sources:
        return "Nothing asked"
    name = one_line(os.path.basename(run.sources[0].rstrip("/")) or run.sources[0], 80)  # noqa: PTH119 (may be a URL)
    return name if len(run.sources) == 1 else f"{name} and {plural(len(run.sources) - 1, 'other source')}"


def banners(view: ScoreView) -> list[tuple[str, str]]:
    """What a reader must know before any number: (level, text), gravest first.

    A warning that the run wrote itself is not said twice.
    """
    run, said = view.run, " ".join(view.run.warnings).lower()
    found: list[tuple[str, str]] = []
    wrong = [check for check in view.checks if not check.ok]
    if wrong and run.state == "finished":
        text = "; ".join(f"{check.name}: {check.left} against {check.right}" for check in wrong[:3])
        found.append(("error", f"The totals do not add up, so this output is damaged or incomplete. {text}"))
    if run.state != "finished":
        found.append(("note", f"This run is {run.state}, not finished: the figures are those of what is done so far."))
    if run.model.get("synthetic") and "synthetic" not in said:
        found.append(("warning", SYNTHETIC))
    if run.detector.get("fallback") and "fallback" not in said and "falling back" not in said:
        asked, used = run.detector.get("asked", "auto"), run.detector.get("name", "another")
        why = run.detector.get("why") or "no reason was given"
        found.append(
            ("warning", f"Faces were found by the fallback detector {used} (asked for: {asked}): {why}. "
             "Expect missed faces and false ones.")
        )  # fmt: skip
    return found + [("warning", warning) for warning in run.warnings]


def data_path(folder: Path, page: Path) -> Callable[[str], str]:
    """A function from a table's name to a Python literal of its path, seen from the page's folder."""
    start = Path(os.path.relpath(folder, page.parent))
    return lambda table: repr((start / table).as_posix())
