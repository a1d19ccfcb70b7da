import numpy as np
import pytest

from tasks.images import cover


@pytest.mark.parametrize("shape", [(48, 48), (48, 48, 3)])
def test_only_what_is_covered_changes(shape: tuple[int, ...]) -> None:
    face = np.random.default_rng(1).integers(0, 256, shape, np.uint8)
    before = face.copy()
    for seed in range(40):
        drawn = cover.draw(np.random.default_rng(seed))
        found = cover.apply(face, drawn)
        assert found.shape == shape
        assert found.dtype == np.uint8
        changed = (found != face).reshape(48, 48, -1).any(axis=2)
        assert 0.005 < changed.mean() < 0.65
        top, left = drawn.corners[:, 1].min() * 48 - 2, drawn.corners[:, 0].min() * 48 - 2
        rows, columns = np.nonzero(changed)
        assert rows.min() >= top
        assert columns.min() >= left
    np.testing.assert_array_equal(face, before)


def test_masks_hide_the_mouth_and_glasses_the_eyes() -> None:
    face = np.full((48, 48), 128, np.uint8)
    hidden = {0.0: 0, 1.0: 0}
    for seed in range(200):
        drawn = cover.draw(np.random.default_rng(seed))
        hidden[drawn.hidden] += 1
        if drawn.hidden:
            changed = cover.apply(face, drawn._replace(level=250.0, texture=0.0)) != face
            mouth, eyes = changed[34:40, 18:30].mean(), changed[16:21, 12:36].mean()
            assert max(mouth, eyes) > 0.6, seed
    assert hidden[1.0] == pytest.approx(120, abs=25)


def test_the_pattern_comes_from_the_seed() -> None:
    face, drawn = np.full((48, 48), 128, np.uint8), cover.draw(np.random.default_rng(2))
    np.testing.assert_array_equal(cover.apply(face, drawn), cover.apply(face, drawn))
