from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from tasks.errors import ParamsError
from tasks.params import Params, load, parse

ROOT = Path(__file__).parents[1]


def _flat(tree: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in tree.items():
        flat |= _flat(value, f"{prefix}{key}.") if isinstance(value, dict) and value else {f"{prefix}{key}": value}
    return flat


def test_the_shipped_file_names_every_key_with_its_default() -> None:
    shipped = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    assert _flat(shipped) == _flat(Params().model_dump(mode="json"))
    assert load(ROOT / "params.yaml") == Params()


def test_without_a_file_the_defaults_hold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert load() == Params()
    (tmp_path / "params.yaml").write_text("")
    assert load() == Params()
    (tmp_path / "params.yaml").write_text("train:\n  epochs: 3\n")
    assert load().train.epochs == 3


@pytest.mark.parametrize(("said", "found"), [("3", (3,)), ("[3]", (3,)), ("[3, 3, 2]", (3, 3, 2))])
def test_one_number_of_blocks_is_a_list_of_one(said: str, found: tuple[int, ...]) -> None:
    assert load(ROOT / "params.yaml", (f"model.blocks={said}",)).model.blocks == found


def test_a_file_that_was_named_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(ParamsError, match=r"other\.yaml: cannot be read .*--params FILE"):
        load(tmp_path / "other.yaml")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("train: {epochs: 0}", ["train.epochs", "received 0", "greater than or equal to 1"]),
        ("train: {epochs: '3'}", ["train.epochs", "received '3'", "a whole number"]),
        ("model: {widths: 3}", ["model.widths", "received 3", "expected a list"]),
        ("model: {blocks: [2, 0]}", ["model.blocks.1", "received 0", "greater than or equal to 1"]),
        ("train: {epochs: 3.5}", ["train.epochs", "received 3.5", "a whole number"]),
        ("train: {epochs: true}", ["train.epochs", "received True", "a whole number"]),
        ("train: {optimiser: {momentum: 1e-3}}", ["train.optimiser.momentum", "'1e-3'", "write 0.001 or 1.0e-3"]),
        ("train: {optimiser: {learning_rate: .inf}}", ["train.optimiser.learning_rate", "received inf", "finite"]),
        ("train: {optimiser: {learning_rate: .nan}}", ["train.optimiser.learning_rate", "received nan"]),
        ("train: {loss: {name: hinge}}", ["train.loss.name", "received 'hinge'", "'cross_entropy', 'focal'"]),
        ("train: {augment: {flip: 1}}", ["train.augment.flip", "received 1", "true or false"]),
        ("train: {augment: {turn: 1}}", ["train.augment.turn", "unknown key", "flip, rotation, shear, shift, zoom"]),
        ("train: 3", ["train", "received 3", "a group of keys"]),
        ("train: [epochs]", ["train", "received ['epochs']", "a group of keys"]),
        ("data: {path: 3}", ["data.path", "received 3", "text"]),
        ("trian: {}", ["trian", "unknown key", "Allowed here: cluster, data, evaluate"]),
        ("model: {architecture: alexnet}", ["model.architecture", "received 'alexnet'", "'cnn5'"]),
        ("promote: {floors: {recall: {bored: 0.1}}}", ["promote.floors.recall.bored", "'bored'", "'angry'"]),
        ("promote: {floors: {recall: {happy: x}}}", ["promote.floors.recall.happy", "received 'x'", "a number"]),
        ("promote: {floors: {recall: {happy: 2}}}", ["promote.floors.recall.happy", "received 2", "equal to 1"]),
        ("export: {recall: {fear: -0.1}}", ["export.recall.fear", "received -0.1", "equal to 0"]),
        ("promote: {floors: {recall: 1}}", ["promote.floors.recall", "received 1", "a group of keys"]),
        ("score: {sampling: often}", ["score.sampling", "received 'often'", "'keyframes'"]),
        ("score: {sampling: every}", ["score.every must be at least 1 with score.sampling: every"]),
        ("score: {sampling: keyframes, every: 2}", ["score.every must be 0 with score.sampling: keyframes"]),
        ("score: {sampling: adaptive, fps: 3, most_fps: 2}", ["score.most_fps must be at least score.fps"]),
        ("score: {detector: {threshold: 0}}", ["score.detector.threshold", "received 0", "greater than 0"]),
        ("- train", ["expected groups such as 'train:'", "['train']"]),
        ("train: {epochs: 3", ["not valid YAML"]),
    ],
)  # fmt: skip
def test_messages_name_the_key_the_value_and_what_is_allowed(tmp_path: Path, text: str, said: list[str]) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(text)
    with pytest.raises(ParamsError) as raised:
        load(path)
    for part in [str(path), *said]:
        assert part in str(raised.value)
    assert raised.value.exit_code == 2


def test_every_mistake_is_told_at_once() -> None:
    with pytest.raises(ParamsError) as raised:
        parse({"train": {"epochs": 0, "batch_size": -1}, "x": 1}, "here")
    lines = str(raised.value).splitlines()
    assert len(lines) == 3
    assert all(line.startswith("here: ") for line in lines)


@pytest.mark.parametrize(
    ("override", "value"),
    [("train.epochs=3", 3), ("train.epochs= 3 ", 3), ("train.augment={rotation: 0.0}", None)],
)  # fmt: skip
def test_overrides_win(tmp_path: Path, override: str, value: int | None) -> None:
    path = tmp_path / "p.yaml"
    path.write_text("train: {epochs: 7}")
    found = load(path, (override,)).train
    assert found.epochs == (value or 7)
    assert (found.augment.rotation == 0.0) is (value is None)


def test_later_overrides_win_over_earlier_ones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert load(overrides=("score.fps=1.0", "score.fps=5.0")).score.fps == 5.0


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("train.epochs", "expected KEY=VALUE"),
        ("=3", "expected KEY=VALUE"),
        ("train.epochs.more=3", "'epochs' is a value, not a group"),
        ("train.epochs=[", "not valid YAML"),
        ("train.epochs=2024-13-45", "not valid YAML"),
        ("train.epochs=", "train.epochs: received None, expected a whole number"),
        ("train.epoch=3", "train.epoch: unknown key"),
        ("train..epochs=3", "unknown key"),
    ],
)
def test_wrong_overrides_are_refused(tmp_path: Path, override: str, said: str) -> None:
    path = tmp_path / "p.yaml"
    path.write_text("train: {epochs: 7}")
    with pytest.raises(ParamsError) as raised:
        load(path, (override,))
    assert said in str(raised.value)


def test_params_do_not_change() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Params().train.epochs = 3  # type: ignore[misc]


@pytest.mark.parametrize(
    "text",
    ["x: 2024-13-45", "x: !!int z", "x: !!int ''", "x: !!bool z", "x: !!timestamp q", "x: " + "9" * 5000, "[" * 600,
     "x: 0001-01-01 00:00:00 +23:00", "x: &a [*a]", "&a [*a]", "x: !!python/name:os.system q", "\0", "~: 3"],
)  # fmt: skip
def test_what_pyyaml_stumbles_over_is_a_params_error(tmp_path: Path, text: str) -> None:
    path = tmp_path / "p.yaml"
    path.write_text(text)
    with pytest.raises(ParamsError):
        load(path)


_GROUPS = ("train", "data", "promote", "floors", "recall", "happy", "augment", "epochs", "score", "limits", "path")
_TOKENS = st.one_of(
    st.sampled_from([*_GROUPS, *"{}[]:,&*!|>-?%@`'\"#~\n\t ", ": ", "\n  ", "&a ", "*a", "!!int ", "!!float ", "<<"]),
    st.text(max_size=4),
    st.integers().map(str),
    st.floats().map(str),
    st.datetimes().map(str),
)


@settings(max_examples=100, deadline=None)
@given(st.one_of(st.lists(_TOKENS, max_size=12).map("".join).map(str.encode), st.binary(max_size=40)))
def test_random_text_never_gives_another_error(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "random.yaml"
    path.write_bytes(data)
    try:
        assert isinstance(load(path), Params)
    except ParamsError as error:
        assert str(path) in str(error)


_TREES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(_GROUPS) | st.text(), inner, max_size=4)
    ),
    max_leaves=8,
)


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(st.sampled_from(_GROUPS) | st.text(max_size=3), _TREES, max_size=4), st.text(max_size=20))
def test_random_trees_and_overrides_never_give_another_error(tree: dict[str, Any], override: str) -> None:
    try:
        assert isinstance(parse(tree), Params)
    except ParamsError as error:
        assert str(error).startswith("params: ")
    try:
        load(ROOT / "params.yaml", (override,))
    except ParamsError as error:
        assert str(error)
