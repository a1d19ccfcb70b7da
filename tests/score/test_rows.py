from types import SimpleNamespace
from typing import Any, cast

import cv2
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pytest
from fake_detector import NAME, installed
from made_job import entry, job

from tasks.classify import Classifier
from tasks.faces import crop
from tasks.faces.face import Face
from tasks.faces.subject import subject
from tasks.images.normalise import normalise
from tasks.params import Detector, Normalise
from tasks.schema import CROPS, EMOTIONS, FACES, FRAMES
from tasks.score import rows as rows_module
from tasks.score.parts import THUMBS
from tasks.score.rows import Rows

MARKS = np.array([[20, 20], [40, 20], [30, 30], [22, 40], [38, 40]], np.float32)


class Fake:
    """A network that reads the emotion's number and its confidence off the picture: brightness 10 * number + 5."""

    def __init__(self, confidence: float = 0.9) -> None:
        self.confidence = confidence
        self.batches: list[int] = []
        self.faces = np.empty(0, np.uint8)  # of the last batch

    card = SimpleNamespace(quality=None)

    def predict(
        self, faces: npt.NDArray[np.uint8], shares: object = None, features: object = None
    ) -> npt.NDArray[np.float32]:
        self.batches.append(len(faces))
        self.faces = faces
        found = np.full((len(faces), 7), (1 - self.confidence) / 6, np.float32)
        found[np.arange(len(faces)), faces.reshape(len(faces), -1).mean(axis=1).astype(int) // 10 % 7] = self.confidence
        return found


def _rows(fake: Fake | None = None, **changes: Any) -> Rows:
    return Rows(job(**changes), "u1", cast(Classifier, fake or Fake()))


def _picture(emotion: str) -> npt.NDArray[np.uint8]:
    return np.full((80, 100, 3), 10 * EMOTIONS.index(emotion) + 5, np.uint8)


def _face(x: float = 10, marks: bool = False) -> Face:
    return Face(x, 10, 40, 50, 0.8, MARKS if marks else None)


def test_a_face_becomes_a_whole_row() -> None:
    rows, one = _rows(), entry("a.png", "x", member="m")
    rows.add_frame(one, 0, None, _picture("sad"), [_face(marks=True), _face(40)])
    rows.label()
    table = pa.Table.from_pylist(rows.faces, schema=FACES)
    table.validate(full=True)
    assert set(rows.faces[0]) == set(FACES.names)
    first, second = table.to_pylist()
    assert (first["source"], first["member"], first["source_sha256"], first["media_type"]) == (
        "a.png",
        "m",
        "x",
        "image",
    )
    assert (first["frame"], first["pts_ms"], first["face"], first["track"], second["face"]) == (0, None, 0, None, 1)
    assert (first["x"], first["y"], first["w"], first["h"], first["size"]) == (10, 10, 40, 50, 40)
    assert first["det_score"] == pytest.approx(0.8)
    assert first["landmarks"] == MARKS.ravel().tolist()
    assert None not in (first["yaw"], first["pitch"], first["roll"])
    assert (second["landmarks"], second["yaw"], second["pitch"], second["roll"]) == (None, None, None, None)
    assert (first["brightness"], first["blur"]) == (55, 0)
    assert (first["emotion"], first["abstained"], first["emotion_smoothed"]) == ("sad", False, None)
    assert first["confidence"] == first["p_sad"] == pytest.approx(0.9)
    assert sum(first[f"p_{emotion}"] for emotion in EMOTIONS) == pytest.approx(1)
    assert (first["unit"], first["model_version"], first["run_id"]) == ("u1", "emotion v1", "run-1")


def test_every_frame_has_a_row() -> None:
    rows, one = _rows(), entry("v.mp4", media_type="video")
    rows.add_frame(one, 0, 0.0, _picture("sad"), [_face(), _face()])
    rows.add_frame(one, 5, 500.0, _picture("sad"), [], False)
    rows.add_failure(one, 9, None, "damaged packet")
    table = pa.Table.from_pylist(rows.frames, schema=FRAMES)
    table.validate(full=True)
    assert [(row["frame"], row["pts_ms"], row["status"], row["faces"], row["error"]) for row in table.to_pylist()] == [
        (0, 0.0, "scored", 2, None), (5, 500.0, "no_face", 0, None), (9, None, "decode_error", 0, "damaged packet")
    ]  # fmt: skip


@pytest.mark.parametrize(("confidence", "abstained"), [(0.39, True), (0.41, False)])
def test_unsure_faces_are_left_open(confidence: float, abstained: bool) -> None:
    rows = _rows(Fake(confidence))
    rows.add_frame(entry("a.png"), 0, None, _picture("fear"), [_face()])
    rows.label()
    assert rows.faces[0]["abstained"] is abstained
    assert rows.faces[0]["emotion"] == "fear"


def test_labels_stay_with_their_faces_over_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows_module, "LABEL_EVERY", 4)
    fake = Fake()
    rows = _rows(fake)
    expected = [EMOTIONS[number * 3 % 7] for number in range(11)]
    for number, emotion in enumerate(expected):
        rows.add_frame(entry(f"{number}.png"), 0, None, _picture(emotion), [_face()])
    rows.label()
    assert [row["emotion"] for row in rows.faces] == expected
    assert fake.batches == [4, 4, 3]


def test_nothing_to_label_is_fine() -> None:
    rows = _rows()
    rows.label()
    assert (rows.faces, rows.thumbs()) == ([], [])


def test_a_few_faces_are_kept_as_pictures() -> None:
    rows = _rows()
    for number in range(30):
        rows.add_frame(entry(f"{number}.png", f"sha{number}"), 0, None, _picture("happy"), [_face()])
    rows.label()
    thumbs = rows.thumbs()
    assert len(thumbs) == rows_module.THUMBS
    pa.Table.from_pylist(thumbs, schema=THUMBS).validate(full=True)
    for thumb in thumbs:
        picture = cv2.imdecode(np.frombuffer(thumb["jpeg"], np.uint8), cv2.IMREAD_COLOR)
        assert picture is not None
        assert picture.shape == (rows_module.THUMB_SIDE, rows_module.THUMB_SIDE, 3)
        assert abs(picture.mean() - 35) < 3
        assert (thumb["emotion"], thumb["face"]) == ("happy", 0)


def test_the_sample_does_not_depend_on_the_order_of_work() -> None:
    def kept(order: list[int]) -> list[str]:
        rows = _rows()
        for number in order:
            rows.add_frame(entry(f"{number}.png", f"sha{number}"), 0, None, _picture("happy"), [_face()])
        rows.label()
        return [thumb["source"] for thumb in rows.thumbs()]

    forwards = kept(list(range(40)))
    assert kept(list(range(40))[::-1]) == forwards
    assert forwards != [f"{number}.png" for number in range(8)]  # a sample, not the first


def _noise() -> npt.NDArray[np.uint8]:
    return np.random.default_rng(0).integers(0, 256, (80, 100, 3), np.uint8)


def _seen(image: npt.NDArray[np.uint8], face: Face, **changes: Any) -> npt.NDArray[np.uint8]:
    """What the network is given of ``face``."""
    fake = Fake()
    rows = _rows(fake, **changes)
    rows.add_frame(entry("a.png"), 0, None, image, [face])
    rows.label()
    return np.asarray(fake.faces[0], np.uint8)


@pytest.mark.parametrize(
    "wanted", [Normalise(), Normalise(size=64, colour=True), Normalise(size=32, lighting="clahe", margin=0.4)]
)
def test_the_network_is_given_what_it_was_trained_on(wanted: Normalise) -> None:
    image, face, margin = _noise(), _face(marks=True), 0.2
    found = _seen(image, face, normalise=wanted, detection=Detector(name="haar", margin=margin))
    np.testing.assert_array_equal(found, normalise(crop.cut(image, face, margin, aligned=False), wanted))


@pytest.mark.parametrize("again", [False, True])
def test_aligned_faces_are_cut_and_normalised_as_in_training(again: bool) -> None:
    image, tilted = _noise(), MARKS.copy()
    tilted[[1, 4], 1] += 6
    face = Face(10, 10, 40, 50, 0.8, tilted)
    wanted = Normalise(size=64, colour=True, lighting="gamma", align="photograph", margin=0.1)
    view = Face(0, 0, 192, 192, 0.8, np.array([[70, 60], [130, 84], [96, 106], [60, 130], [116, 150]], np.float32))
    with installed() as detector:
        detector.look = lambda picture: [view] if picture.shape[0] == 192 and again else [face]
        trained_on = subject(image, wanted, Detector(), NAME, "")
        found = _seen(image, face, normalise=wanted, detector=NAME, detection=Detector(margin=1.5))
    assert trained_on is not None
    assert trained_on.aligned
    np.testing.assert_array_equal(found, normalise(trained_on.image, wanted))
    once = normalise(crop.cut(image, face, 0.1, aligned=True), wanted)
    assert np.array_equal(found, once) is not again


def test_without_landmarks_the_box_is_cut_with_the_models_margin() -> None:
    image, face, wanted = _noise(), _face(), Normalise(align="crop", margin=0.1)
    found = _seen(image, face, normalise=wanted, detection=Detector(name="haar", margin=1.5))
    np.testing.assert_array_equal(found, normalise(crop.cut(image, face, 0.1, aligned=False), wanted))


def test_blur_and_brightness_do_not_depend_on_what_the_model_takes() -> None:
    found = []
    for wanted in (Normalise(), Normalise(size=96, colour=True, lighting="equalise")):
        rows = _rows(normalise=wanted)
        rows.add_frame(entry("a.png"), 0, None, _noise(), [_face()])
        found.append((rows.faces[0]["blur"], rows.faces[0]["brightness"]))
    assert found[0] == found[1]


@pytest.mark.parametrize("wanted", [Normalise(), Normalise(size=64, colour=True)])
def test_crops_are_what_the_network_was_given_pixel_for_pixel(wanted: Normalise) -> None:
    fake = Fake()
    rows = _rows(fake, normalise=wanted, keep_crops=True)
    rows.add_frame(entry("a.png", "x", member="m"), 7, None, _noise(), [_face(), _face(40)])
    rows.label()
    table = pa.Table.from_pylist(rows.crops, schema=CROPS)
    table.validate(full=True)
    named = ["source", "member", "source_sha256", "frame", "face", "unit"]
    assert table.select(named).to_pylist() == [{name: row[name] for name in named} for row in rows.faces]
    pictures = [
        np.asarray(cv2.imdecode(np.frombuffer(row["image"]["bytes"], np.uint8), cv2.IMREAD_UNCHANGED))
        for row in table.to_pylist()
    ]
    np.testing.assert_array_equal(np.stack(pictures), fake.faces)


def test_no_crops_are_kept_unless_asked_for() -> None:
    rows = _rows()
    rows.add_frame(entry("a.png"), 0, None, _noise(), [_face()])
    rows.label()
    assert rows.crops == []


def test_faces_that_come_into_a_film_have_a_thumbnail() -> None:
    rows, film = _rows(), entry("v.mp4", "x", media_type="video")
    for number in range(60):
        there = [_face(10 if number < 40 else 50)] + ([_face(30)] if number in (20, 21) else [])
        rows.add_frame(film, number, number * 40.0, _picture("sad"), there, cut=number == 50)
    rows.label()
    shown = {(row["frame"], row["face"]) for row in rows.thumbs()}
    assert {(0, 0), (40, 0), (50, 0)} <= shown
    assert len(shown) <= rows_module.THUMBS + rows_module.FIRST
