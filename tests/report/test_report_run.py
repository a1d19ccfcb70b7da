import json
from pathlib import Path
from typing import Any

import pytest

from tasks.report.run import read_run


@pytest.mark.parametrize(
    ("sampling", "said"),
    [
        ({"every": 0, "fps": 2.0}, "2 frames per second"),
        ({"every": 1, "fps": None}, "every frame"),
        ({"mode": "every", "every": 5, "fps": None}, "one frame in 5"),
        ({"mode": "keyframes", "every": 0, "fps": None}, "key frames"),
        ({"mode": "adaptive", "every": 0, "fps": 0.5, "most_fps": 10.0}, "0.5 to 10 frames per second"),
        ({}, "–"),
    ],
)
def test_sampling_in_words(tmp_path: Path, sampling: dict[str, Any], said: str) -> None:
    (tmp_path / "run.json").write_text(json.dumps({"sampling": sampling}))
    assert read_run(tmp_path).sampling == said
