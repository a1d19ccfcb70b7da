from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks import bundle
from tasks.classify import Classifier
from tasks.errors import OutputError, UsageError
from tasks.params import Normalise
from tasks.schema import CROPS
from tasks.score import crops


def _png(face: npt.NDArray[np.uint8]) -> bytes:
    return bytes(cv2.imencode(".png", face)[1])


def _faces(count: int, wanted: Normalise) -> npt.NDArray[np.uint8]:
    shape = (wanted.size, wanted.size, 3) if wanted.colour else (wanted.size, wanted.size)
    return np.random.default_rng(1).integers(0, 256, (count, *shape), np.uint8)


@pytest.mark.parametrize("wanted", [Normalise(), Normalise(size=32, colour=True)])
@pytest.mark.parametrize("start", [0, 3])
def test_pictures_come_back_pixel_for_pixel_also_from_a_part_of_a_column(wanted: Normalise, start: int) -> None:
    faces = _faces(6, wanted)
    column = pa.array([_png(face) for face in faces]).slice(start)
    np.testing.assert_array_equal(crops.decoded(column, wanted, "x"), faces[start:])


@pytest.mark.parametrize("bad", [b"", b"no picture", _png(np.zeros((9, 9), np.uint8))])
def test_what_is_no_crop_is_named(bad: bytes) -> None:
    good = _png(np.zeros((48, 48), np.uint8))
    with pytest.raises(OutputError, match="'x': a crop is no picture of 48x48"):
        crops.decoded(pa.array([good, bad]), Normalise(), "x")
    assert len(crops.decoded(pa.array([], pa.binary()), Normalise(), "x")) == 0


def _file(path: Path, groups: list[int]) -> None:
    path.parent.mkdir(exist_ok=True)
    with pq.ParquetWriter(path, CROPS) as writer:
        for rows in groups:
            row = {"source": "a", "source_sha256": "s", "frame": 0, "face": 0, "unit": "u", "image": None}
            writer.write_table(pa.Table.from_pylist([row] * rows, CROPS))


@settings(max_examples=30, deadline=None)
@given(st.lists(st.lists(st.integers(1, 200), max_size=8), min_size=1, max_size=3))
def test_pieces_are_all_groups_in_their_order_and_not_too_small(
    tmp_path_factory: pytest.TempPathFactory, files: list[list[int]]
) -> None:
    folder = tmp_path_factory.mktemp("crops")
    for number, groups in enumerate(files):
        _file(folder / f"part-{number:05}.parquet", groups)
    found = crops.pieces(folder)
    assert [piece.number for piece in found] == list(range(len(found)))
    seen = [(piece.path, group) for piece in found for group in piece.groups]
    assert seen == [
        (str(folder / f"part-{number:05}.parquet"), group)
        for number, groups in enumerate(files)
        for group in range(len(groups))
    ]
    for piece in found:
        whole = files[int(piece.path[-13:-8])]
        assert piece.rows == sum(whole[group] for group in piece.groups)
        assert piece.rows >= min(crops.LEAST, sum(whole))


def test_a_file_that_is_none_is_named(tmp_path: Path) -> None:
    (tmp_path / "part-00000.parquet").write_text("x")
    with pytest.raises(OutputError, match=r"part-00000\.parquet' cannot be read"):
        crops.pieces(tmp_path)


def _card(**normalise: Any) -> bundle.Card:
    return bundle.Card(
        architecture="x", labels=[], digest="d", temperature=1.0, synthetic=False, source="", data_digest="",
        split_digests={}, git_revision=None, trained_with={}, validation_accuracy=0.0, parity=0.0,
        normalise=Normalise(**normalise).model_dump(),
    )  # fmt: skip


def test_crops_for_another_model_are_refused_with_each_difference(tmp_path: Path) -> None:
    run = {"crops": Normalise().model_dump()}
    with pytest.raises(UsageError, match=r"no crops in .* Score the media with --keep-crops"):
        crops.check(tmp_path, run, _card())
    (tmp_path / "crops").mkdir()
    crops.check(tmp_path, run, _card())
    crops.check(tmp_path, run, _card(margin=0.3))  # has no effect without alignment
    with pytest.raises(
        UsageError, match=r"\(size 48 and not 64, colour False and not True, align 'none' and not 'crop'"
    ):
        crops.check(tmp_path, run, _card(size=64, colour=True, align="crop"))
    with pytest.raises(UsageError, match="no crops"):
        crops.check(tmp_path, {}, _card())


def test_the_model_is_asked_for_every_crop_of_a_piece(
    bundle_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crops, "BATCH", 40)
    faces = _faces(150, Normalise())
    rows = [
        {
            "source": "a",
            "source_sha256": "s",
            "frame": n,
            "face": 0,
            "unit": "u",
            "image": {"bytes": _png(face), "path": ""},
        }
        for n, face in enumerate(faces)
    ]
    pq.write_table(pa.Table.from_pylist(rows, CROPS), tmp_path / "part-00000.parquet", row_group_size=70)
    classifier = Classifier(bundle_folder)
    first, second = crops.pieces(tmp_path)
    assert (first.groups, second.groups) == ((0,), (1, 2))
    found = [crops.predict(piece, str(bundle_folder), classifier.card.digest, "litert") for piece in (first, second)]
    np.testing.assert_array_equal(np.concatenate(found), classifier.raw(faces))
