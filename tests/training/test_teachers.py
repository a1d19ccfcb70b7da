"""What teachers answer does not depend on how the faces are shared out among threads."""

from pathlib import Path

import numpy as np

from tasks.classify import Classifier
from tasks.params import Augment, Distil, Normalise
from tasks.training import teachers


def test_the_answers_are_the_views_averaged_and_said_piece_by_piece(bundle_folder: Path) -> None:
    faces = np.random.default_rng(1).integers(0, 256, (30, 48, 48), dtype=np.uint8)
    said: list[tuple[int, int]] = []
    still, both = Augment(), Distil(teachers=(str(bundle_folder), str(bundle_folder)), views=2)
    found = teachers.answers(
        faces, Normalise(), both, still, 5, lambda done, total: said.append((done, total)), piece=7
    )
    alone = Classifier(bundle_folder).raw(faces)
    nothing_drawn = Augment(rotation=0, shift=0, shear=0, zoom=0, flip=False, brightness=0, erasing=0)
    same = teachers.answers(faces, Normalise(), both, nothing_drawn, 5)
    assert np.allclose(same, alone, atol=1e-6)
    assert not np.allclose(found, alone, atol=1e-3)
    assert said == [(end + 30 * teacher, 60) for teacher in (0, 1) for end in (7, 14, 21, 28, 30)]
    assert np.array_equal(found, teachers.answers(faces, Normalise(), both, still, 5))
