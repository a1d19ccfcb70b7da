import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "infra" / "stage_code.py"


@pytest.fixture(scope="module")
def stage_code() -> ModuleType:
    spec = importlib.util.spec_from_file_location("stage_code", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A flow that imports in every way there is."""
    sources = {
        "flows/__init__.py": "'doc'\n",
        "flows/go.py": """
from typing import TYPE_CHECKING
import json, tasks.plain
import tasks.pack.deep as renamed
from tasks import named, Missing
from tasks.direct import thing
if TYPE_CHECKING:
    from tasks.only_types import T
def run():
    from tasks.lazy import work
    if True:
        import tasks.lazier
""",
        "tasks/__init__.py": "",  # empty: needs no place in the list
        "tasks/plain.py": "import os",
        "tasks/pack/__init__.py": "from tasks.pack import helper",
        "tasks/pack/deep.py": "x = 1",
        "tasks/pack/helper.py": "x = 1",
        "tasks/named.py": "from flows import go",  # round in a circle
        "tasks/direct.py": "import tasks.second",
        "tasks/second.py": "x = 1",
        "tasks/only_types.py": "x = 1",
        "tasks/lazy.py": "class A:\n    def f(self):\n        import tasks.lazy_inside",
        "tasks/lazy_inside.py": "x = 1",
        "tasks/lazier.py": "x = 1",
        "tasks/unused.py": "x = 1",
        "other/json.py": "x = 1",
    }
    for name, text in sources.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


EXPECTED = [
    "flows/__init__.py", "flows/go.py", "tasks/direct.py", "tasks/lazier.py", "tasks/lazy.py", "tasks/lazy_inside.py",
    "tasks/named.py", "tasks/pack/__init__.py", "tasks/pack/deep.py", "tasks/pack/helper.py", "tasks/plain.py",
    "tasks/second.py",
]  # fmt: skip


def test_lazy_imports_count_and_those_of_types_do_not(stage_code: ModuleType, project: Path) -> None:
    assert stage_code.closure("flows/go.py", project) == EXPECTED


def test_a_file_without_imports_needs_itself(stage_code: ModuleType, project: Path) -> None:
    assert stage_code.closure("tasks/second.py", project) == ["tasks/second.py"]


def test_the_command_prints_one_file_per_line(project: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(SCRIPT), "flows/go.py"], cwd=project, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines() == EXPECTED


def test_every_file_of_a_real_flow_is_there(stage_code: ModuleType) -> None:
    found = stage_code.closure("flows/train.py", ROOT)
    assert {"flows/train.py", "flows/cluster.py", "tasks/train.py", "tasks/registry.py", "tasks/models/cnn5.py"} <= set(
        found
    )
    assert "tasks/score/unit.py" not in found
    assert all((ROOT / name).is_file() for name in found)
    assert found == sorted(set(found))


def test_lists_in_dvc_yaml_are_made_anew(stage_code: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "flows").mkdir()
    (tmp_path / "flows" / "one.py").write_text("import flows.two\n")
    (tmp_path / "flows" / "two.py").write_text("1\n")
    stages = "# kept\nstages:\n  one:\n    deps:\n"
    text = stages + "      - data\n      - flows/gone.py\n      - flows/other.py\n    outs:\n      - x\n"
    expected = text.replace("gone", "one").replace("other", "two")
    assert stage_code.updated(text, tmp_path) == expected
    assert stage_code.updated(expected, tmp_path) == expected
