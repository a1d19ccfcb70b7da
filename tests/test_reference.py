"""The model that comes with Fermata: whole, small, and described by figures that are its own."""

from pathlib import Path

import numpy as np

from tasks import bundle, engines, files, modelcard, params
from tasks.classify import Classifier, channels
from tasks.locate import REFERENCE
from tasks.schema import EMOTIONS

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / REFERENCE
MOST = {bundle.KERAS: 12_000_000, bundle.LITERT: 2_000_000}  # bytes


def test_it_is_whole_and_small() -> None:
    card = bundle.read_card(FOLDER)
    assert card.digest == files.sha256(FOLDER / bundle.LITERT)
    assert (card.labels, card.synthetic, card.precision) == (list(EMOTIONS), False, "int8")
    for name, most in MOST.items():
        assert (FOLDER / name).stat().st_size <= most


def test_both_files_answer_nearly_the_same() -> None:
    faces = np.random.default_rng(0).integers(0, 256, (16, 48, 48), np.uint8)
    network = engines.network(FOLDER)
    expected = np.asarray(network.predict_on_batch(channels(faces)))
    assert np.abs(Classifier(FOLDER).raw(faces) - expected).mean() < 0.05


def test_its_figures_and_its_card_are_its_own() -> None:
    card, metrics = bundle.read_card(FOLDER), files.read_json(FOLDER / "metrics.json")
    assert metrics["model_digest"] == card.digest
    assert metrics["counts"] == metrics["counts"] | {"images": 3589, "failures": 0}
    notes = (ROOT / "models" / "fer2013.md").read_text(encoding="utf-8")
    assert (FOLDER / "MODEL_CARD.md").read_text(encoding="utf-8") == modelcard.markdown(card, metrics, notes)


def test_its_recipe_describes_it() -> None:
    recipe, card = params.load(ROOT / "params" / "reference" / "5-labels.yaml"), bundle.read_card(FOLDER)
    assert recipe.model.architecture == card.architecture
    assert recipe.prepare.normalise == card.spec
    assert recipe.data.source == card.source
