"""Which source files a flow imports, directly or not: what dvc.yaml has to name as a stage's code.

python infra/stage_code.py flows/train.py     prints them
python infra/stage_code.py --write            brings dvc.yaml up to date
"""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

PACKAGES = ("flows", "tasks")
ASSETS = (".html", ".css", ".js")


def closure(start: str, root: Path) -> list[str]:
    """Files of PACKAGES that ``start`` needs, itself included, sorted.

    Lazy imports inside functions count too, and so do the templates that lie beside an imported module.
    """
    found: set[Path] = set()
    pending = [root / start]
    while pending:
        path = pending.pop()
        if path not in found:
            found.add(path)
            pending.extend(_imports(path, root))
    found |= {path for folder in {path.parent for path in found} for path in folder.iterdir() if path.suffix in ASSETS}
    return sorted(str(path.relative_to(root).as_posix()) for path in found if path.stat().st_size)


def _imports(path: Path, root: Path) -> list[Path]:
    places: list[Path] = []
    for node in _run(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for name in [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]:
                places += _files(name, root)
        elif isinstance(node, ast.Import):
            for alias in node.names:
                places += _files(alias.name, root)
    return places


def _run(tree: ast.AST) -> Iterator[ast.AST]:
    """All nodes of ``tree`` but those under `if TYPE_CHECKING:`, which never run."""
    for node in ast.iter_child_nodes(tree):
        if not (isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"):
            yield node
            yield from _run(node)


def _files(module: str, root: Path) -> list[Path]:
    """The file of ``module`` and the __init__.py of each package above it; none for modules of other packages."""
    parts = module.split(".")
    if parts[0] not in PACKAGES:
        return []
    candidates = [root.joinpath(*parts).with_suffix(".py")]
    candidates += [root.joinpath(*parts[:n], "__init__.py") for n in range(1, len(parts) + 1)]
    return [place for place in candidates if place.is_file()]


def updated(text: str, root: Path) -> str:
    """dvc.yaml's ``text`` with each stage's list of source files made anew; everything else stays as it is."""
    stage, done, lines = "", False, []
    for line in text.splitlines():
        if found := re.fullmatch(r"  (\w+):", line):
            stage, done = found[1], False
        if not re.fullmatch(r"      - (flows|tasks)/.*", line):
            lines.append(line)
        elif not done:
            lines += [f"      - {path}" for path in closure(f"flows/{stage}.py", root)]
            done = True
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    if sys.argv[1] == "--write":
        place = Path("dvc.yaml")
        place.write_text(updated(place.read_text(encoding="utf-8"), Path.cwd()), encoding="utf-8")
    else:
        print("\n".join(closure(sys.argv[1], Path.cwd())))  # noqa: T201
