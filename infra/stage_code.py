"""Which source files a flow imports, directly or not: what dvc.yaml has to name as a stage's code.

python infra/stage_code.py flows/train.py
"""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

PACKAGES = ("flows", "tasks")


def closure(start: str, root: Path) -> list[str]:
    """Files of PACKAGES that ``start`` needs, itself included, sorted; lazy imports inside functions count too."""
    found: set[Path] = set()
    pending = [root / start]
    while pending:
        path = pending.pop()
        if path not in found:
            found.add(path)
            pending.extend(_imports(path, root))
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


if __name__ == "__main__":
    print("\n".join(closure(sys.argv[1], Path.cwd())))  # noqa: T201
