import zipfile
from pathlib import Path

import cv2
import numpy as np
import pytest

from tasks.errors import ParamsError
from tasks.params import Negatives as Wanted
from tasks.params import Normalise
from tasks.training import negatives
from tasks.training.negatives import Negatives

FACES = np.random.default_rng(1).integers(0, 256, (10, 48, 48), np.uint8)


def _picture(path: Path, alpha: bool = False) -> bytes:
    image = np.random.default_rng(2).integers(0, 256, (300, 200, 4 if alpha else 3), np.uint8)
    cv2.imwrite(str(path), image)
    return path.read_bytes()


@pytest.mark.parametrize("wanted", [Normalise(), Normalise(size=64, colour=True)])
def test_pictures_are_of_the_faces_shape_and_come_from_the_seed(wanted: Normalise, tmp_path: Path) -> None:
    _picture(tmp_path / "a.png", alpha=True)
    _picture(tmp_path / "b.jpg")
    shape = (wanted.size, wanted.size, 3) if wanted.colour else (wanted.size, wanted.size)
    faces = np.random.default_rng(1).integers(0, 256, (10, *shape), np.uint8)
    drawn = Negatives(Wanted(share=0.1, path=str(tmp_path)), wanted, faces)
    for seed in range(60):
        image, said = drawn.draw(np.random.default_rng(seed))
        again, _ = drawn.draw(np.random.default_rng(seed))
        assert image.shape == shape
        np.testing.assert_array_equal(image, again)
        assert said[0] == 1
        assert said.tolist() in ([1, -1, 1], [1, -1, -1])


def test_without_pictures_they_are_drawn_and_cut_from_faces() -> None:
    drawn = Negatives(Wanted(share=0.1), Normalise(), FACES)
    kinds = {tuple(drawn.draw(np.random.default_rng(seed))[1].tolist()) for seed in range(40)}
    assert kinds == {(1, -1, 1), (1, -1, -1)}


def test_a_zip_is_read_as_a_folder(tmp_path: Path) -> None:
    data = _picture(tmp_path / "a.png")
    with zipfile.ZipFile(tmp_path / "n.zip", "w") as archive:
        archive.writestr("x/a.png", data)
        archive.writestr("x/readme.txt", "no picture")
    found = list(negatives._pictures(str(tmp_path / "n.zip")))
    assert [one.shape for one in found] == [(192, 128, 4)]


def test_no_pictures_are_said(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("x")
    with pytest.raises(ParamsError, match="no picture"):
        Negatives(Wanted(share=0.1, path=str(tmp_path)), Normalise(), FACES)


def test_pieces_of_faces_show_no_face() -> None:
    face = np.tile(np.arange(48, dtype=np.uint8), (48, 1))
    for seed in range(20):
        random = np.random.default_rng(seed)
        assert max(negatives.corner(face, random).shape) <= 0.4 * 48
        pair = negatives.beside(face, 255 - face, random)
        assert pair.shape == face.shape
        assert (pair != face).any()
