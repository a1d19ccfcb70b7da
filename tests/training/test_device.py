from pathlib import Path

import pytest

from tasks.params import Train
from tasks.training import device


@pytest.mark.parametrize("asked", ["float32", "bfloat16"])
def test_a_precision_that_was_asked_for_is_taken(asked: str) -> None:
    assert device.precision(Train.model_validate({"precision": asked})) == asked


@pytest.mark.parametrize(
    ("flags", "expected"),
    [("flags: fpu avx2 avx512f", "float32"), ("flags: avx512_bf16", "bfloat16"), ("flags: amx_bf16", "bfloat16"),
     (None, "float32")],
)  # fmt: skip
def test_auto_takes_what_the_processor_is_fast_at(flags: str | None, expected: str, tmp_path: Path) -> None:
    if flags is not None:
        (tmp_path / "cpuinfo").write_text(flags)
    assert device.precision(Train(), cpuinfo=tmp_path / "cpuinfo") == expected
    assert device.precision(Train(), "gpu", tmp_path / "cpuinfo") == "bfloat16"
