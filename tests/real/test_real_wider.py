"""What YuNet and Haar find on 100 pictures of WIDER FACE; within five points of what was seen."""

from pathlib import Path

import pytest

from benchmarks import wider
from tasks.faces.agreement import total

SHARED = Path(__file__).parents[3] / "shared" / "data"
WIDER = SHARED / "wider"
YUNET = SHARED / "detectors" / "face_detection_yunet_2023mar.onnx"

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(
        not WIDER.is_dir() or not YUNET.exists(), reason="WIDER FACE or YuNet's file is not in ../shared/data"
    ),
]

# rank: recall of YuNet on the pictures as they are and enlarged twice, recall of Haar
SEEN = {
    "easy": (0.75, 0.82, 0.23),
    "medium": (0.61, 0.77, 0.10),
    "hard": (0.22, 0.49, 0.03),
    "0-8": (0.04, 0.34, 0.0),
    "8-16": (0.44, 0.71, 0.0),
    "16-32": (0.72, 0.84, 0.12),
    "32-64": (0.86, 0.89, 0.43),
    "64-": (0.95, 0.90, 0.67),
}


def test_recall_and_precision_by_size() -> None:
    table = wider.measure(WIDER, str(YUNET), ("yunet",), (1, 2)) | wider.measure(WIDER, "", ("haar",), (1,))
    sizes = [wider.rank(*size) for size in wider.SIZES]
    assert list(SEEN) == [*wider.LEVELS, *sizes]
    for columns in (("yunet", 1), ("yunet", 2), ("haar", 1)):
        levels = [table[*columns, level].faces for level in wider.LEVELS]
        assert levels == [239, 546, 1954]
        assert total(table[*columns, size] for size in sizes) == table[*columns, "hard"]
    for rank, (plain, twice, haar) in SEEN.items():
        assert table["yunet", 1, rank].recall == pytest.approx(plain, abs=0.05), rank
        assert table["yunet", 2, rank].recall == pytest.approx(twice, abs=0.05), rank
        assert table["haar", 1, rank].recall == pytest.approx(haar, abs=0.05), rank
    assert table["yunet", 1, "hard"].precision > 0.75
    assert table["yunet", 2, "hard"].precision > 0.8
    assert table["haar", 1, "hard"].precision > 0.7
