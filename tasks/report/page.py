"""One self-contained HTML file from a template: inline style and script, everything from data escaped."""

import base64
import hashlib
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from tasks.report import words

_HERE = Path(__file__).parent


def render(template: str, context: dict[str, Any]) -> str:
    """Fill ``template`` (a file of this folder) and return a document that any UTF-8 file can hold.

    The page's Content-Security-Policy allows its own script by hash and no connection at all: a text that got past
    the escaping could neither run nor load anything.
    """
    environment = Environment(
        loader=FileSystemLoader(_HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {
        "number": words.number, "duration": words.duration, "size": words.size, "moment": words.moment,
        "clock": words.clock, "one_line": words.one_line, "plural": words.plural, "named": words.named,
        "unlabelled": words.unlabelled,
    }  # fmt: skip
    environment.globals |= {"share": words.share}
    script = _read("report.js")
    digest = base64.b64encode(hashlib.sha256(script.encode("utf-8")).digest()).decode("ascii")
    own = {"style": Markup(_read("report.css")), "script": Markup(script), "script_hash": digest}
    return words.storable(environment.get_template(template).render(**own, **context))


def _read(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")
