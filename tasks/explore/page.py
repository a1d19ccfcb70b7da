"""report.html: the templates of this folder in the dress of `tasks.report`, with data for its script."""

import base64
import hashlib
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from tasks import report
from tasks.report import words

_HERE, _DRESS = Path(__file__).parent, Path(report.__path__[0])


def render(context: dict[str, Any]) -> str:
    """Fill explore.html and return a document that any UTF-8 file can hold.

    The page's Content-Security-Policy allows its own script by hash and no connection at all: a text that got past
    the escaping could neither run nor load anything.
    """
    environment = Environment(
        loader=FileSystemLoader([_HERE, _DRESS]), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    environment.filters |= {
        "number": words.number, "size": words.size, "one_line": words.one_line, "plural": words.plural,
    }  # fmt: skip
    environment.globals |= {"share": words.share}
    script = _read(_HERE / "explore.js")
    digest = base64.b64encode(hashlib.sha256(script.encode("utf-8")).digest()).decode("ascii")
    style = _read(_DRESS / "report.css") + _read(_HERE / "explore.css")
    own = {"style": Markup(style), "script": Markup(script), "script_hash": digest}
    return words.storable(environment.get_template("explore.html").render(**own, **context))


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8")
