"""dvc.yaml names what the stages really depend on, and changes of the rest don't run them again."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from stage_code import closure

ROOT = Path(__file__).parent.parent
STAGES: dict[str, Any] = yaml.safe_load((ROOT / "dvc.yaml").read_text())["stages"]


@pytest.mark.parametrize("stage", ["raw", "prepare", "explore", "train", "evaluate"])
def test_code_dependencies_are_the_files_that_the_flow_imports(stage: str) -> None:
    named = {dep for dep in STAGES[stage]["deps"] if dep.startswith(("flows/", "tasks/"))}
    imported = set(closure(f"flows/{stage}.py", ROOT))
    assert named == imported, f"missing: {sorted(imported - named)}; too many: {sorted(named - imported)}"


def test_stages_depend_on_each_other_through_their_outputs() -> None:
    assert "data/prepared" in STAGES["prepare"]["outs"]
    assert {"data/prepared"} <= set(STAGES["train"]["deps"])
    assert {"data/prepared", "out/model", "out/registered.json"} <= set(STAGES["evaluate"]["deps"])
    assert {"out/model", "out/registered.json"} <= set(STAGES["train"]["outs"])


def test_scoring_code_trains_nothing_again() -> None:
    for stage in STAGES.values():
        assert not [dep for dep in stage["deps"] if dep.startswith(("tasks/score/", "flows/cli/"))]
    assert not [dep for dep in STAGES["train"]["deps"] if dep.startswith(("tasks/report/", "tasks/explore/"))]
