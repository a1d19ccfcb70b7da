from typing import Any

import pytest
from made_job import job

from tasks.params import Detector, Limits, Normalise
from tasks.score.abstain import Rule


def test_the_fingerprint_is_a_digest_of_the_values() -> None:
    assert job().fingerprint() == job().fingerprint()
    assert len(job().fingerprint()) == 64


@pytest.mark.parametrize(
    "change",
    [
        {"model_digest": "e" * 64}, {"engine": "keras"}, {"detector": "yunet"}, {"weights_sha256": "f"},
        {"every": 3}, {"fps": 1.0}, {"sampling": "keyframes"}, {"sampling": "adaptive"}, {"most_fps": 5.0},
        {"rule": Rule(0.5)},
        {"shares": (0.1,) * 7},
        {"prior": "estimate"},
        {"detection": Detector(name="haar", margin=0.1)}, {"detection": Detector(name="haar", threshold=0.7)},
        {"normalise": Normalise(size=64)}, {"normalise": Normalise(align="crop")},
        {"keep_crops": True},
        {"detection": Detector(name="haar", min_size=20)}, {"detection": Detector(name="haar", max_side=640)},
    ],
)  # fmt: skip
def test_what_decides_about_results_changes_the_fingerprint(change: dict[str, Any]) -> None:
    assert job(**change).fingerprint() != job().fingerprint()


@pytest.mark.parametrize(
    "change",
    [
        {"model": "elsewhere"}, {"run_id": "run-2"}, {"weights": "elsewhere.onnx"}, {"model_version": "emotion v2"},
        {"detection": Detector(name="auto")}, {"detection": Detector(name="haar", weights="elsewhere.onnx")},
        {"images_per_unit": 5}, {"limits": Limits(members=3)},
    ],
)  # fmt: skip
def test_places_names_and_limits_do_not(change: dict[str, Any]) -> None:
    assert job(**change).fingerprint() == job().fingerprint()


@pytest.mark.parametrize(("align", "aligned"), [("none", False), ("photograph", True), ("crop", True)])
def test_faces_are_aligned_when_the_model_was_trained_on_aligned_ones(align: str, aligned: bool) -> None:
    assert job(normalise=Normalise.model_validate({"align": align})).aligned is aligned


def test_small_faces_are_not_cut_from_reduced_pictures() -> None:
    assert job().least_side == 96
    assert job(normalise=Normalise(size=128)).least_side == 256
    assert job(normalise=Normalise(align="crop")).least_side == 192
