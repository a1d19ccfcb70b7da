"""Networks that went on from one training, averaged into one."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tasks import bundle, dataset, engines, export, soup, trained_on
from tasks.classify import Classifier
from tasks.errors import UsageError
from tasks.schema import EMOTIONS
from tasks.soup import average

pytestmark = pytest.mark.chain


def _moved(source: Path, target: Path, by: float) -> Path:
    """The bundle ``source`` with all kernels moved, as if a training had gone on from it."""
    network, card = engines.network(source), bundle.read_card(source)
    network.set_weights([weight + by if weight.ndim > 1 else weight for weight in network.get_weights()])
    target.mkdir()
    export.write(network, target)
    seen = trained_on.Seen(np.array([3, 5], np.uint64), ("elsewhere",))
    card = replace(card, trained_on=trained_on.write(target, seen), learnt_from_unknown=["elsewhere"])
    bundle.write_card(target, replace(card, digest=export.digest(target), offsets={"fear": 0.5}))
    return target


def test_its_weights_lie_between_and_its_card_knows_all(
    bundle_folder: Path, prepared_folder: Path, tmp_path: Path
) -> None:
    judged = dataset.load(prepared_folder, "public")
    other = _moved(bundle_folder, tmp_path / "other", 1e-3)
    card = average([bundle_folder, other], tmp_path / "both", judged)
    assert card == bundle.read_card(tmp_path / "both")
    first, last, both = (engines.network(place).get_weights() for place in (bundle_folder, other, tmp_path / "both"))
    for one, two, found in zip(first, last, both, strict=True):
        np.testing.assert_allclose(found, (one + two) / 2, atol=1e-6)
    right = Classifier(tmp_path / "both").raw(judged.images).argmax(axis=1) == judged.labels
    assert card.validation_accuracy == pytest.approx(right.mean())
    assert card.parity < 1e-4
    assert card.offsets["fear"] == pytest.approx(0.25)
    assert card.learnt_from_unknown == ["elsewhere"]
    seen, before = (trained_on.read(place, bundle.read_card(place)) for place in (tmp_path / "both", bundle_folder))
    assert seen is not None and before is not None
    assert {3, 5} | set(before.hashes.tolist()) <= set(seen.hashes.tolist())


def test_what_has_nothing_in_common_is_refused(bundle_folder: Path, prepared_folder: Path, tmp_path: Path) -> None:
    judged = dataset.load(prepared_folder, "public")
    with pytest.raises(UsageError, match=r"two models or more\. Received: 1"):
        average([bundle_folder], tmp_path / "out", judged)
    with pytest.raises(UsageError, match="is one of the models"):
        average([bundle_folder, bundle_folder], bundle_folder, judged)
    with pytest.raises(UsageError, match=r"has architecture resnet, .* cnn5"):
        average([bundle_folder, Path("models/reference")], tmp_path / "out", judged)
    assert not (tmp_path / "out").exists()


def test_networks_of_other_outputs_or_another_truth_are_refused(
    bundle_folder: Path, prepared_folder: Path, tmp_path: Path
) -> None:
    judged, card = dataset.load(prepared_folder, "public"), bundle.read_card(bundle_folder)
    for changed in ({"rejects": ["unreadable"]}, {"truth": "votes"}):
        bundle.write_card(tmp_path, replace(card, **changed))
        with pytest.raises(UsageError, match=f"has {next(iter(changed))} "):
            average([bundle_folder, tmp_path], tmp_path / "out", judged)


def test_priors_are_averaged_by_their_logarithms() -> None:
    first = dict.fromkeys(EMOTIONS, 0.1) | {"happy": 0.4}
    second = dict.fromkeys(EMOTIONS, 0.1) | {"sad": 0.4}
    found = soup._mean([first, second])
    # happy and sad: the root of 0.1 * 0.4, each of the other five 0.1
    assert found["happy"] == found["sad"] == pytest.approx(0.2 / 0.9, abs=1e-5)
    assert found["fear"] == pytest.approx(0.1 / 0.9, abs=1e-5)
    assert soup._mean([first, first]) == pytest.approx(first, abs=1e-5)
