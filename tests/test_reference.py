"""The models that come with Fermata: whole, small, and described by figures that are their own."""

from pathlib import Path

import numpy as np
import pytest

from tasks import bundle, engines, files, modelcard, params
from tasks.classify import Classifier, channels
from tasks.locate import REFERENCE
from tasks.schema import EMOTIONS, REJECTS

ROOT = Path(__file__).parents[1]
FOLDERS = [ROOT / REFERENCE, ROOT / "models" / "fer2013"]
RECIPES = {"reference": "reference/2-evidence.yaml", "fer2013": "fer2013/5-labels.yaml"}
MOST = {bundle.KERAS: 12_000_000, bundle.LITERT: 2_000_000}  # bytes

both = pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)


@both
def test_it_is_whole_and_small(folder: Path) -> None:
    card = bundle.read_card(folder)
    assert card.digest == files.sha256(folder / bundle.LITERT)
    assert (card.labels, card.synthetic, card.precision) == (list(EMOTIONS), False, "int8")
    assert card.prior is not None
    for name, most in MOST.items():
        assert (folder / name).stat().st_size <= most


@both
def test_both_files_answer_nearly_the_same(folder: Path) -> None:
    faces = np.random.default_rng(0).integers(0, 256, (16, 48, 48), np.uint8)
    network = engines.network(folder)
    expected = np.asarray(network.predict_on_batch(channels(faces)))
    assert np.abs(Classifier(folder).raw(faces) - expected).mean() < 0.05


@both
def test_its_figures_and_its_card_are_its_own(folder: Path) -> None:
    card, metrics = bundle.read_card(folder), files.read_json(folder / "metrics.json")
    assert metrics["model_digest"] == card.digest
    assert metrics["counts"]["images"] + metrics["counts"].get("left_out", 0) == 3589
    assert metrics["counts"]["failures"] == 0
    notes = (ROOT / "models" / f"{folder.name}.md").read_text(encoding="utf-8")
    assert (folder / "MODEL_CARD.md").read_text(encoding="utf-8") == modelcard.markdown(card, metrics, notes)


@both
def test_its_recipe_describes_it(folder: Path) -> None:
    recipe, card = params.load(ROOT / "params" / RECIPES[folder.name]), bundle.read_card(folder)
    assert recipe.model.architecture == card.architecture
    assert recipe.prepare.normalise == card.spec
    assert recipe.data.source == card.source
    assert recipe.model.rejects == bool(card.rejects)


def test_the_two_have_learnt_different_truths() -> None:
    reference, benchmark = (bundle.read_card(folder) for folder in FOLDERS)
    assert (reference.truth, benchmark.truth) == ("votes", "labels")
    assert reference.rejects == list(REJECTS)
    assert reference.quality is not None
    assert reference.prior == pytest.approx(dict.fromkeys(EMOTIONS, 1 / 7), abs=1e-5)


def test_noise_and_even_pictures_are_no_faces() -> None:
    random = np.random.default_rng(0)
    even = np.repeat(np.arange(40, 240, 10, dtype=np.uint8), 48 * 48).reshape(20, 48, 48)
    pictures = np.concatenate([random.integers(0, 256, (20, 48, 48), np.uint8), even])
    found = Classifier(ROOT / REFERENCE).raw(pictures)[:, len(EMOTIONS) + REJECTS.index("not_a_face")]
    assert (found > params.Score().abstain.not_a_face).mean() > 0.9
