from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from made_answers import CARD

from tasks import bundle, dataset, engines, export
from tasks.calibrate import fit_temperature
from tasks.classify import Classifier, channels
from tasks.errors import SourceError, UsageError
from tasks.models import ARCHITECTURES
from tasks.models.head import NAME
from tasks.params import ModelParams
from tasks.reexport import reexport
from tasks.schema import EMOTIONS, REJECTS

pytestmark = pytest.mark.chain


def test_a_bundle_in_int8_says_what_it_costs(bundle_folder: Path, prepared_folder: Path, tmp_path: Path) -> None:
    training, judged = (dataset.load(prepared_folder, split) for split in ("training", "public"))
    found = reexport(bundle_folder, tmp_path / "new", "int8", training, judged, "float16")
    before, after = bundle.read_card(bundle_folder), bundle.read_card(tmp_path / "new")
    assert after.precision == "int8"
    assert after.digest == export.digest(tmp_path / "new") != before.digest
    assert (after.temperature, after.normalise) == (before.temperature, before.normalise)
    assert found.images == len(judged.labels)
    expected = engines.network(bundle_folder).predict_on_batch(channels(judged.images))
    outputs = Classifier(tmp_path / "new").raw(judged.images)
    right = outputs.argmax(axis=1) == judged.labels
    assert after.parity == pytest.approx(np.abs(outputs - expected).max(), abs=1e-5)
    assert after.parity_accuracy == pytest.approx(
        right.mean() - (np.asarray(expected).argmax(axis=1) == judged.labels).mean()
    )
    assert after.latency_ms is not None and after.latency_ms > 0
    assert after.faces_per_second is not None and after.faces_per_second > 0
    assert found.bytes == (tmp_path / "new" / bundle.LITERT).stat().st_size
    assert found.bytes < 0.4 * (bundle_folder / bundle.LITERT).stat().st_size


def test_what_is_missed_is_found_more_often(bundle_folder: Path, prepared_folder: Path, tmp_path: Path) -> None:
    split = dataset.load(prepared_folder, "public")
    reexport(bundle_folder, tmp_path, "float32", split, split, recall={"disgust": 0.8})
    card = bundle.read_card(tmp_path)
    answers = Classifier(tmp_path).raw(split.images)
    assert (answers.argmax(axis=1) == 1)[split.labels == 1].mean() >= 0.8
    assert {emotion for emotion, added in card.offsets.items() if added} <= {"disgust"}
    assert card.temperature == pytest.approx(fit_temperature(answers, split.labels), rel=1e-3)
    assert card.parity < 1e-4
    reexport(tmp_path, tmp_path / "again", "float32", split, split, recall={"disgust": 0.95})
    again = bundle.read_card(tmp_path / "again")
    biases = [
        engines.network(folder).get_layer(NAME).get_weights()[1] for folder in (bundle_folder, tmp_path / "again")
    ]
    assert biases[1] - biases[0] == pytest.approx(np.array([again.offsets[emotion] for emotion in EMOTIONS]), abs=1e-5)


def test_a_model_is_not_written_over_itself(bundle_folder: Path, prepared_folder: Path) -> None:
    split = dataset.load(prepared_folder, "public")
    with pytest.raises(UsageError, match="is the model itself"):
        reexport(bundle_folder, bundle_folder, "float16", split, split)


def test_faces_of_another_size_are_refused(bundle_folder: Path, prepared_folder: Path, tmp_path: Path) -> None:
    split = dataset.load(prepared_folder, "public")
    other = replace(split, normalise=split.normalise.model_copy(update={"size": 64}))
    with pytest.raises(SourceError, match="size 64 and not 48"):
        reexport(bundle_folder, tmp_path, "int8", split, other)
    assert not list(tmp_path.iterdir())


def test_only_emotions_are_raised_and_compared(prepared_folder: Path, tmp_path: Path) -> None:
    split = dataset.load(prepared_folder, "public")
    (tmp_path / "old").mkdir()
    export.write(ARCHITECTURES["cnn4"](ModelParams(architecture="cnn4", rejects=True), 48), tmp_path / "old")
    even = dict.fromkeys(EMOTIONS, 1 / 7)
    card = replace(CARD, digest=export.digest(tmp_path / "old"), prior=even, rejects=list(REJECTS))
    bundle.write_card(tmp_path / "old", card)
    found = reexport(tmp_path / "old", tmp_path / "new", "float32", split, split, recall={"disgust": 0.5})
    before, after = (Classifier(tmp_path / name).raw(split.images) for name in ("old", "new"))
    assert after.shape == (len(split.labels), 10)
    np.testing.assert_allclose(after[:, 7:], before[:, 7:], atol=1e-5)
    right = after[:, :7].argmax(axis=1)
    assert (right == 1)[split.labels == 1].mean() >= 0.5
    assert found.accuracy == pytest.approx((right == split.labels).mean())
    assert found.agreement > 0.95
    raised = bundle.read_card(tmp_path / "new")
    assert raised.temperature == pytest.approx(fit_temperature(after[:, :7], split.labels), rel=1e-2)
    assert (raised.prior, raised.rejects) == (even, list(REJECTS))
