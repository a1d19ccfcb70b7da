"""The profile that an evaluation leaves, and how it is found again."""

from dataclasses import replace
from pathlib import Path

import numpy as np
from made_answers import CARD, made_answers

from tasks.calibrate import soften
from tasks.evaluation.answers import joined
from tasks.evaluation.judge import judge
from tasks.faces import crop
from tasks.monitor.profile import NAME, text
from tasks.monitor.quantities import QUANTITIES
from tasks.monitor.reference import find, reference
from tasks.params import Evaluate, Normalise


def test_it_counts_what_the_model_said() -> None:
    answers = made_answers(300)
    looks = np.stack([np.full(300, 100.0), np.arange(300.0)], axis=1).astype(np.float32)
    found = reference(replace(answers, looks=looks), CARD, "public")
    said = soften(answers.alone, CARD.temperature)
    assert found.counts["classes"] == tuple(np.bincount(said.argmax(axis=1), minlength=7).tolist())
    assert sum(found.counts["confidence"]) == found.independent("confidence") == 300
    assert found.counts["brightness"][6] == 300
    assert found.counts["blur"] == tuple(QUANTITIES["blur"].count(np.arange(300)).tolist())
    assert (found.run_id, found.time, found.digest) == ("public", "", CARD.digest)
    assert not {"size", "detection", "failures", "abstention"} & set(found.counts)


def test_another_light_is_not_compared() -> None:
    answers = replace(made_answers(50), looks=np.zeros((50, 2), np.float32))
    lit = replace(CARD, normalise=Normalise(lighting="equalise").model_dump())
    assert set(reference(answers, lit, "public").counts) == {"classes", "confidence"}
    assert set(reference(made_answers(50), CARD, "public").counts) == {"classes", "confidence"}


def test_a_worker_measures_faces_as_scoring_does() -> None:
    faces = np.random.default_rng(1).integers(0, 256, (3, 48, 48), np.uint8)
    network = lambda pixels: np.full((len(pixels), 7), 1 / 7, np.float32)  # noqa: E731
    found = judge(network, faces, np.zeros(3, np.int64), ["a", "b", "c"], Evaluate(mistakes=0))
    assert found.looks is not None
    np.testing.assert_allclose(found.looks, [[crop.brightness(one), crop.blur(one)] for one in faces], rtol=1e-6)
    assert joined([found, found]).looks is not None
    assert joined([found, replace(found, looks=None)]).looks is None


def test_the_profile_of_another_model_is_passed_over(tmp_path: Path) -> None:
    own = reference(made_answers(20), CARD, "public")
    for name, digest in (("a", "e" * 64), ("b", CARD.digest)):
        (tmp_path / name).mkdir()
        (tmp_path / name / NAME).write_text(text(replace(own, digest=digest)))
    places = [tmp_path / name for name in ("none", "a", "b")]
    assert find({"digest": CARD.digest}, places) == (own, tmp_path / "b" / NAME)
    assert find({"digest": "f" * 64}, places) is None
