"""What evaluation refuses before it asks a worker, and what it finds in prepared and raw data sets."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from distributed import Client, LocalCluster
from prepared_faces import face, png, put

from flows import evaluate, judging
from tasks import bundle, dataset
from tasks.dataset import Split
from tasks.errors import ParamsError, SourceError, UsageError
from tasks.evaluation import models, sniff
from tasks.params import Data, Normalise, Params
from tasks.params.training import Evaluate, Slices
from tasks.schema import CHOICES, EMOTIONS

CARD = bundle.Card(
    architecture="cnn5", labels=list(EMOTIONS), digest="d" * 64, temperature=1.0, synthetic=False, source="x",
    data_digest="", split_digests={}, git_revision=None, trained_with={}, validation_accuracy=0.6, parity=0.0,
    normalise=Normalise().model_dump(),
)  # fmt: skip


class _NoClient:
    dashboard_link = ""

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"a worker was asked: {name}")


def _judged(folder: Path, data: Normalise) -> None:
    split = Split(
        name="public", images=np.zeros((1, 48, 48), np.uint8), labels=np.zeros(1, np.int64), keys=["a"], groups=["a"],
        folds=np.zeros(1, np.int8), votes=np.zeros((1, len(CHOICES)), np.int16), copies=np.zeros(1, np.bool_),
        digest="", normalise=data,
    )  # fmt: skip
    judged = cast(Any, evaluate.judged).__wrapped__  # without a Prefect task around it
    judged(_NoClient(), folder, split, Params())


def test_faces_that_the_model_does_not_take_are_refused(tmp_path: Path) -> None:
    bundle.write_card(tmp_path, CARD)
    with pytest.raises(SourceError, match=r"\(size 64 and not 48\)"):
        _judged(tmp_path, Normalise(size=64))


def test_faces_that_it_takes_go_to_the_workers(tmp_path: Path) -> None:
    wanted = Normalise(lighting="clahe", align="crop", margin=0.1)
    bundle.write_card(tmp_path, dataclasses.replace(CARD, normalise=wanted.model_dump()))
    with pytest.raises(AssertionError, match="a worker was asked"):
        _judged(tmp_path, wanted)


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    """Workers in threads: nothing is started that has to be waited for."""
    with (
        LocalCluster(n_workers=1, threads_per_worker=1, processes=False, dashboard_address="127.0.0.1:0") as cluster,
        Client(cluster) as connected,
    ):
        yield connected


def _of(name: str, *arguments: Any) -> judging.Judged:
    return cast(judging.Judged, cast(Any, getattr(judging, name)).__wrapped__(*arguments))


PARAMS = Params(evaluate=Evaluate(batch_size=8, tta=2))


@pytest.mark.chain
def test_a_prepared_split_and_its_raw_faces_are_the_same_data(
    client: Client, bundle_folder: Path, prepared_folder: Path, tmp_path: Path
) -> None:
    card = bundle.read_card(bundle_folder)
    task = judging.task(PARAMS, bundle_folder, card)
    prepared = _of("of_prepared", client, prepared_folder, "PublicTest", PARAMS, task)
    assert prepared.split == "public"
    assert set(prepared.answers.measures) == {"brightness", "sharpness", "resolution"}
    split = dataset.load(prepared_folder, "public", augmented=False)
    for image, label, key in zip(split.images, split.labels, split.keys, strict=True):
        put(tmp_path / "faces" / "PrivateTest" / EMOTIONS[label] / f"{key.replace('/', '-')}.png", png(image))
    put(tmp_path / "faces" / "PrivateTest" / "sad" / "broken.jpg", b"no picture")
    put(tmp_path / "faces" / "PrivateTest" / "angry" / "notes.txt", b"no picture either")
    raw = _of("of_raw", client, Data(source="class-folders", path=str(tmp_path / "faces")), None, PARAMS, task)
    assert (raw.split, raw.digest) == ("private", prepared.digest)
    assert {failure.key.rpartition("/")[2] for failure in raw.answers.failures} >= {"broken.jpg"}
    found, expected = (np.sort(one.answers.alone, axis=0) for one in (raw, prepared))
    assert found == pytest.approx(expected, abs=1e-6)
    gap = cast(Any, judging.of_training).__wrapped__(client, prepared_folder, PARAMS, card, task)
    assert len(gap.labels) == len(dataset.load(prepared_folder, "training", augmented=False).labels)
    assert set(gap.measures) == {"brightness", "sharpness", "resolution"}
    assert gap.votes is not None and not gap.votes.any()
    shown = [raw.pictures(raw.answers.keys[2:3]), prepared.pictures(prepared.answers.keys)]
    assert list(shown[0]) == raw.answers.keys[2:3] and len(shown[1]) == len(split.keys)
    assert {face.tobytes() for face in shown[0].values()} <= {face.tobytes() for face in shown[1].values()}
    other = dataclasses.replace(card, split_digests={"training": "other"})
    assert cast(Any, judging.of_training).__wrapped__(client, prepared_folder, PARAMS, other, task) is None


@pytest.mark.chain
def test_raw_data_sets_of_all_kinds(client: Client, bundle_folder: Path, tmp_path: Path) -> None:
    task = judging.task(PARAMS, bundle_folder, bundle.read_card(bundle_folder))
    rows = ["emotion,pixels,Usage"]
    usages = ("Training", "PublicTest", "PrivateTest")
    rows += [f"{n % 2},{' '.join(map(str, face(n).ravel()))},{usages[n % 3]}" for n in range(9)]
    put(tmp_path / "fer.csv", "\n".join(rows).encode())
    fer = Data(source="fer2013-csv", path=str(tmp_path / "fer.csv"))
    found = _of("of_raw", client, fer, "PrivateTest", PARAMS, task)
    assert (found.split, len(found.answers.keys), found.answers.seen["training"]) == ("private", 3, 3)
    with pytest.raises(SourceError, match=r"no 'test'.*private \(3\), public \(3\), training \(3\)"):
        _of("of_raw", client, fer, "test", PARAMS, task)

    for number in range(4):
        put(tmp_path / "list" / f"{number}.png", png(face(number)))
    lines = ["file,emotion,subject,camera", *(f"{n}.png,happy,s{n % 2},c{n // 2}" for n in range(4)), "5.png,sad,s1,c1"]
    put(tmp_path / "list" / "all.csv", "\n".join(lines).encode())
    listing = sniff.data(Data(), "listing", str(tmp_path / "list" / "all.csv"))
    grouped = PARAMS.model_copy(update={"evaluate": Evaluate(slices=Slices(groups=("subject", "camera")))})
    found = _of(
        "of_raw",
        client,
        listing,
        "test",
        grouped,
        judging.task(grouped, bundle_folder, bundle.read_card(bundle_folder)),
    )
    assert found.split == "test"  # it says nothing of splits
    by_key = dict(zip(found.answers.keys, zip(*found.answers.groups.values(), strict=True), strict=True))
    assert by_key == {"0.png": ("s0", "c0"), "1.png": ("s1", "c0"), "2.png": ("s0", "c1"), "3.png": ("s1", "c1")}
    assert [failure.key for failure in found.answers.failures] == ["5.png"]
    with pytest.raises(ParamsError, match="class-folders has no column 'subject'"):
        _of("of_raw", client, Data(source="class-folders", path=str(tmp_path)), None, grouped, task)


def test_models_that_are_none_are_named(tmp_path: Path) -> None:
    put(tmp_path / "model.h5", b"weights")
    with pytest.raises(UsageError, match=r"model.h5' is no model of Fermata"):
        models.find(Params(), str(tmp_path / "model.h5"), tmp_path, tmp_path)
    with pytest.raises(UsageError, match="no such folder"):
        models.find(Params(), str(tmp_path / "nowhere"), tmp_path, tmp_path)
    bundle.write_card(tmp_path, dataclasses.replace(CARD, labels=["joy", "anger"]))
    with pytest.raises(UsageError, match=r"answers joy, anger, the data's labels are angry, disgust"):
        models.find(Params(), str(tmp_path), tmp_path, tmp_path)
