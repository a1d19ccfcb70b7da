"""A network that looks at unlabelled faces of a noisy archive knows others of it better."""

from pathlib import Path

import pytest

from benchmarks.adapt import measure, public

ROOT = Path(__file__).parents[2]
ZIP = ROOT / "../shared/data/fer2013/fer2013.zip"

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not ZIP.is_file(), reason="../shared/data has no FER-2013"),
]


@pytest.mark.long
def test_noise_takes_less_from_an_adapted_network() -> None:
    faces, labels = public(ZIP)
    plain, noisy = measure(faces[::2], labels[::2], kinds=("noise",), severities=(3,))
    assert len(faces) == 3589
    assert plain.after > plain.before - 0.04  # nothing to adapt to: little is lost
    assert noisy.before < plain.before - 0.1
    assert noisy.after > noisy.before + 0.1
