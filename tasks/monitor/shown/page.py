"""report.html of `fermata monitor`: the templates of this folder in the dress of `tasks.report`."""

import base64
import hashlib
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from tasks import report
from tasks.files import write_text
from tasks.monitor.compare import Finding
from tasks.monitor.outcome import TREND, Outcome
from tasks.monitor.quantities import QUANTITIES
from tasks.monitor.shown import charts, words
from tasks.params import Monitor
from tasks.report.charts import Line, lines
from tasks.report.words import moment, named, number, one_line, plural, storable

_HERE, _DRESS = Path(__file__).parent, Path(report.__path__[0])
_NAV: Final = (("quantities", "Quantities"), ("distributions", "Then and now"), ("runs", "Runs"))


def write(path: Path, found: Outcome, wanted: Monitor) -> Path:
    """Write one self-contained page; return ``path``."""
    drifted = [one for one in found.findings if one.verdict == "drifted"]
    why = words.why(found.findings, wanted)
    page = _render(
        {
            "title": f"Monitoring {found.out}",
            "eyebrow": "Monitoring",
            "heading": words.headline(found.findings),
            "nav": _NAV,
            "banners": [
                *(("warning", words.line(one)) for one in drifted),
                *(("note", text) for text in (why,) if text),
            ],
            "footer": f"Of {plural(len(found.profiles), 'run')}, the newest of {moment(found.newest.time)}.",
            "out": one_line(found.out),
            "newest": found.newest,
            "sources": _sources(found),
            "tiles": _tiles(found),
            "rows": [_row(one, found) for one in found.findings],
            "alpha": f"{wanted.alpha:g}",
            "runs": _runs(found),
        }
    )
    write_text(path, page)
    return path


def _sources(found: Outcome) -> str:
    """What serves as reference, in words."""
    by: dict[str, list[Finding]] = {"model": [], "runs": []}
    for one in found.findings:
        by.get(one.against, []).append(one)
    said = []
    if by["model"] and found.model is not None:
        split, faces = found.model.run_id, number(found.model.faces)
        said.append(
            f"Held against the model's evaluation on {faces} faces of the split '{split}': {words.titles(by['model'])}."
        )
    if by["runs"]:
        said.append(
            f"Against the first {plural(len(found.windows.first), 'run')} of the folder: {words.titles(by['runs'])}."
        )
    return " ".join(said)


def _tiles(found: Outcome) -> list[tuple[str, str, str]]:
    newest = found.newest
    measured, judged = words.counts(found.findings)
    return [
        ("Drifted", number(len(found.drifted)), f"of {judged} that could be judged"),
        ("Not judged", number(measured - judged), f"of {measured} quantities: too few, or no reference"),
        ("Files", number(newest.files), "in the newest runs"),
        (
            "Faces",
            number(newest.faces),
            f"from {number(newest.people)} people: a track is one, a face in a picture is one",
        ),
    ]


def _row(one: Finding, found: Outcome) -> dict[str, Any]:
    quantity = QUANTITIES[one.name]
    points = found.trends[one.name]
    curves = [
        Line("apart", "apart" if one.verdict == "drifted" else "now", tuple(points)),
        Line("bound", "bound", tuple((x, one.bound) for x, _ in points)),
    ]
    return {
        "name": one.name,
        "title": quantity.title,
        "verdict": one.verdict,
        "said": words.VERDICTS[one.verdict],
        "apart": words.apart(one),
        "chance": words.chance(one),
        "seen": words.seen(one),
        "against": words.AGAINST[one.against],
        "moved": words.moved(one),
        "pairs": charts.pairs(
            quantity.title, [named(name) for name in quantity.bins], one.expected, one.shares, one.verdict == "drifted"
        )
        if one.shares
        else "",
        "trend": lines(f"{quantity.title} over runs", curves, along="run"),
    }


def _runs(found: Outcome) -> list[tuple[int, Any, str]]:
    """The newest runs first."""
    total, newest, first = len(found.profiles), len(found.windows.newest), len(found.windows.first)

    def part(number_: int) -> str:
        return "newest" if number_ > total - newest else "first" if number_ <= first else ""

    rows = [(at, profile, part(at)) for at, profile in enumerate(found.profiles, 1)]
    return rows[::-1][:TREND]


def _render(context: dict[str, Any]) -> str:
    environment = Environment(
        loader=FileSystemLoader([_HERE, _DRESS]), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    environment.filters |= {"number": number, "plural": plural, "moment": moment}
    script = (_DRESS / "report.js").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(script.encode("utf-8")).digest()).decode("ascii")
    style = "".join(path.read_text(encoding="utf-8") for path in (_DRESS / "report.css", _HERE / "monitor.css"))
    own = {"style": Markup(style), "script": Markup(script), "script_hash": digest}
    return storable(environment.get_template("monitor.html").render(**own, **context))
