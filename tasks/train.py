"""Train a network on prepared faces and leave it as a bundle."""

import hashlib
import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from tasks import bundle, engines, export, manifest, prior, quiet, trained_on
from tasks.batches import Feed, keras_dataset
from tasks.classify import channels
from tasks.dataset import Split
from tasks.errors import ParamsError
from tasks.finish import finish
from tasks.models import ARCHITECTURES, head, transfer
from tasks.params import Params
from tasks.provenance import git_revision, versions
from tasks.schema import EMOTIONS, REJECTS
from tasks.trained_on import Seen
from tasks.training import balance, checkpoint, device, loss, optimiser, targets, teachers
from tasks.training.checkpoint import State
from tasks.training.data import splits
from tasks.training.negatives import Negatives
from tasks.training.watch import Epoch, Judged, Told, Watch

BACKBONE = "backbone"  # name of the layer that `transfer` freezes


@dataclass(frozen=True)
class Trained:
    """What training leaves besides the bundle: one row per epoch, and the precision that was used."""

    history: list[Epoch]
    card: bundle.Card
    precision: str
    class_weights: dict[str, float]


def train(
    params: Params,
    data: Path,
    folder: Path,
    on_step: Told = lambda step, steps, logs: None,
    on_epoch: Callable[[Epoch], None] = lambda row: None,
    checkpoints: Path | None = None,
) -> Trained:
    """Train ``params.model`` on ``data`` (a prepared folder) and write the bundle to ``folder``.

    A training of the same parameters, data and code that was stopped goes on after its last whole epoch, to the same
    result as if it had not been.

    Args:
        on_step: called after each batch with (steps done, steps in all, running loss and accuracy); before the first
            one, while teachers answer, with (faces done, faces in all, nothing).
        on_epoch: called after each epoch with its row of the history; what it raises ends the training.
        checkpoints: where unfinished trainings keep their state; beside ``folder`` unless given.

    The weights of the epoch with the best validation accuracy are kept.

    Raises:
        SourceError: the split is missing, holds no image of some class, or no votes where they are learnt from.
        ParamsError: no GPU where one is asked for; weights to start from that don't fit.
        TrainingError: the loss is no number any more.
        FermataError: TensorFlow isn't there to make model.tflite; the training is kept, as one that was stopped.
    """
    place = (checkpoints or folder.parent / "checkpoints") / key(params, data)
    training, validation = splits(data, params.train, place / "images")
    balance.check(training.labels, training.name)
    _check_rejects(params)
    chosen = device.precision(params.train, device.choose(params.train))
    with quiet.native_output():
        learnt = _lesson(params, training, place, on_step)
        truth = _truth(params, validation)
        network, state = _fit(
            params, chosen, training, Judged(validation.images, *truth), learnt, place, on_step, on_epoch
        )
        network.set_weights(state.best)
        plain = _as_float32(network, params, training.normalise.size)
        expected = plain.predict(channels(validation.images[:256]), verbose=0)
    backbone = params.model.weights if params.model.architecture == "transfer" else "none"
    seen = trained_on.of(data, params.train, () if backbone in ("imagenet", "none") else (backbone,))
    with bundle.replacing(folder) as made:
        with quiet.native_output():
            export.write(plain, made)
        accuracy = max(row["val_accuracy"] for row in state.history)
        card = _card(params, made, training, manifest.read(data)["split_digests"], accuracy, seen)
        card = replace(card, prior=_prior(params, learnt, state.weights, training.labels))
        card, _ = finish(made, card, expected, validation.images, *truth)
    shutil.rmtree(place, ignore_errors=True)
    weighted = params.train.balance in ("class_weight", "dynamic")
    weights = {emotion: float(weight) for emotion, weight in zip(EMOTIONS, state.weights, strict=True)}
    return Trained(state.history, card, chosen, weights if weighted else {})


def _card(
    params: Params, folder: Path, training: Split, digests: dict[str, str], accuracy: float, seen: Seen
) -> bundle.Card:
    """What is known of the network in ``folder`` before LiteRT is judged; writes the list of what it has seen there."""
    return bundle.Card(
        architecture=params.model.architecture,
        labels=list(EMOTIONS),
        digest=export.digest(folder),
        temperature=1.0,
        synthetic=params.data.source == "synthetic",
        source=params.data.source,
        data_digest=training.digest,
        split_digests=digests,
        git_revision=git_revision(),
        trained_with=versions("keras", "tensorflow", "numpy"),
        validation_accuracy=accuracy,
        parity=0.0,
        normalise=training.normalise.model_dump(),
        head=params.model.head,
        teachers=list(params.train.distil.teachers),
        trained_on=trained_on.write(folder, seen),
        learnt_from_unknown=list(seen.unknown),
        rejects=list(REJECTS) if params.model.rejects else [],
        truth="votes" if params.train.loss.name in ("votes", "multi_label") else "labels",
    )


@dataclass(frozen=True, eq=False)
class Lesson:
    """What is learnt of n faces.

    Attributes:
        targets: (n, k), as `loss.make` takes them.
        odds: (n,) how often each face is drawn beside the others.
        weights: (7,) of the classes in the loss, when it begins.
        drawn: (7,) shares of the emotions in what is drawn, as it counts.
    """

    targets: npt.NDArray[np.float32]
    odds: npt.NDArray[np.float64]
    weights: npt.NDArray[np.float64]
    drawn: prior.Shares


def _check_rejects(params: Params) -> None:
    """Raises: ParamsError: pictures without emotion for a network that can't say so."""
    if params.train.negatives.share and not params.model.rejects:
        raise ParamsError("train.negatives.share: only a network with model.rejects: true can learn from them")
    if params.train.negatives.share and (params.train.mixing.mixup or params.train.mixing.cutmix):
        raise ParamsError("train.negatives.share: pictures that show no emotion can't be mixed. Set train.mixing to 0")
    if params.model.rejects and params.model.head != "softmax":
        raise ParamsError("model.rejects: needs model.head: softmax. Received: model.head: sigmoid")


def _lesson(params: Params, training: Split, place: Path, on_step: Told) -> Lesson:
    """Targets, how often each face is drawn, and what that comes to."""
    emotions = targets.make(training, params.train.loss)
    oversample = params.train.balance == "oversample"
    odds = balance.odds(emotions, params.train.oversampling) if oversample else np.ones(len(emotions))
    weights = balance.balanced(training.labels) if params.train.balance == "class_weight" else np.ones(len(EMOTIONS))
    drawn = prior.floor(balance.shares(emotions, odds * weights[training.labels]))
    parts = [emotions, *([targets.rejects(training)] if params.model.rejects else [])]
    if params.train.distil.teachers:
        parts.append(_answers(params, training, place, drawn, on_step))
    return Lesson(np.concatenate(parts, axis=1), odds, weights, drawn)


def _truth(params: Params, validation: Split) -> tuple[npt.NDArray[np.int64], prior.Shares | None]:
    """The labels that epochs are chosen by, and their shares where the network answers under equal ones."""
    wanted = targets.make(validation, params.train.loss) if params.train.loss.name == "votes" else None
    labels = validation.labels if wanted is None else wanted.argmax(axis=1)
    shares = balance.shares(np.eye(len(EMOTIONS), dtype=np.float32)[labels] if wanted is None else wanted)
    return labels, shares if params.train.loss.balanced else None


def _prior(
    params: Params, learnt: Lesson, weights: npt.NDArray[np.float64], labels: npt.NDArray[np.int64]
) -> dict[str, float] | None:
    """The class shares that the network's answers are under; None for scores that no prior is in."""
    if params.model.head != "softmax" or params.train.loss.name == "multi_label":
        return None
    if params.train.loss.balanced:
        return prior.mapping(np.full(len(EMOTIONS), 1 / len(EMOTIONS)))
    emotions = learnt.targets[:, : len(EMOTIONS)]
    return prior.mapping(prior.floor(balance.shares(emotions, learnt.odds * weights[labels])))


def key(params: Params, data: Path) -> str:
    """What names a training: its parameters, and the data's digests."""
    named = {
        "model": params.model.model_dump(mode="json"),
        "train": params.train.model_dump(mode="json", exclude={"memory"}),
        "data": manifest.read(data)["split_digests"],
    }
    return hashlib.sha256(json.dumps(named, sort_keys=True).encode()).hexdigest()[:16]


def _fit(
    params: Params,
    chosen: str,
    training: Split,
    judged: Judged,
    learnt: Lesson,
    place: Path,
    on_step: Told,
    on_epoch: Callable[[Epoch], None],
) -> tuple[Any, State]:
    """Train, or go on; return the network and the last state."""
    import keras

    wanted = params.train
    keras.utils.set_random_seed(wanted.seed)
    if wanted.deterministic and keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        tf.config.experimental.enable_op_determinism()
    network = _build(params, chosen, training.normalise.size)
    negatives = Negatives(wanted.negatives, training.normalise, training.images) if params.model.rejects else None
    feed = Feed(training.images, training.labels, learnt.targets, wanted, learnt.weights, negatives, learnt.odds)
    state = checkpoint.read(place) or State(weights=learnt.weights, rate=wanted.optimiser.learning_rate)
    feed.weights = state.weights
    if params.model.architecture == "transfer" and not state.epoch and not wanted.start:
        transfer.begin(network, params.model, training.images)
    optimiser.regularise(network, wanted.optimiser.l2)
    watch = Watch(network, feed, judged, wanted, state, place, on_step, on_epoch)
    for first, last, frozen in _phases(params):
        if state.epoch >= last or _stopped(wanted.early_stopping, state):
            continue
        if params.model.architecture == "transfer":
            network.get_layer(BACKBONE).trainable = not frozen
        network.compile(
            optimizer=optimiser.make(wanted.optimiser, wanted.epochs * len(feed), first * len(feed)),
            loss=loss.make(
                wanted.loss, wanted.distil, params.model.rejects, learnt.drawn if wanted.loss.balanced else None
            ),
            metrics=[keras.metrics.MeanMetricWrapper(loss.accuracy, name="accuracy")],
        )
        # Keras would make these variables within the first step, and trace all of it a second time for that.
        network.optimizer.build(network.trainable_variables)
        _restore(network, state, fresh=state.epoch == first)
        for epoch in range(state.epoch, last):
            # One fit per epoch: a longer one asks for the next epoch's first batches before this one has ended.
            network.fit(
                keras_dataset(feed),
                initial_epoch=epoch,
                epochs=epoch + 1,
                callbacks=[watch.callback()],
                shuffle=False,
                verbose=0,
            )
            if _stopped(wanted.early_stopping, state):
                break
    return network, state


def _build(params: Params, chosen: str, size: int) -> Any:
    import keras

    keras.config.set_dtype_policy("mixed_bfloat16" if chosen == "bfloat16" else "float32")
    try:
        network = ARCHITECTURES[params.model.architecture](params.model, size)
    finally:
        keras.config.set_dtype_policy("float32")
    if params.train.start:
        _start(network, bundle.locate(params.train.start))
    return network


def _start(network: Any, folder: Path) -> None:
    """Take the weights of the bundle in ``folder``.

    Raises:
        ParamsError: they are of a network of another shape.
    """
    given = engines.network(folder)
    fresh = {head.REJECTED} - {layer.name for layer in given.layers}  # what is learnt anew
    known = [layer for layer in network.layers if layer.name not in fresh]
    weights = given.get_weights()
    if [weight.shape for weight in weights] != [weight.shape for layer in known for weight in layer.get_weights()]:
        raise ParamsError(
            f"train.start: '{folder}' holds another network than model.architecture, model.widths and so on describe"
        )
    for layer in known:
        count = len(layer.get_weights())
        layer.set_weights(weights[:count])
        weights = weights[count:]


def _answers(
    params: Params, training: Split, place: Path, drawn: prior.Shares, on_step: Told
) -> npt.NDArray[np.float32]:
    """The teachers' answers (n, 7) under the shares of what is drawn, kept for a resumed training."""
    kept = place / "teachers.npy"
    if not kept.exists():
        wanted = params.train
        found = teachers.answers(
            training.images,
            training.normalise,
            wanted.distil,
            wanted.augment,
            wanted.seed,
            lambda done, total: on_step(done, total, {}),
            drawn=drawn,
        )
        kept.parent.mkdir(parents=True, exist_ok=True)
        with kept.with_suffix(".tmp").open("wb") as stream:
            np.save(stream, found)
        kept.with_suffix(".tmp").replace(kept)
    return np.asarray(np.load(kept), np.float32)


def _phases(params: Params) -> list[tuple[int, int, bool]]:
    """(first epoch, last epoch + 1, whether the backbone is frozen) of each part of the training."""
    last = params.train.epochs
    frozen = min(params.model.frozen_epochs, last) if params.model.architecture == "transfer" else 0
    return [part for part in ((0, frozen, True), (frozen, last, False)) if part[0] < part[1]]


def _stopped(patience: int, state: State) -> bool:
    return bool(patience) and state.stale >= patience


def _restore(network: Any, state: State, fresh: bool) -> None:
    """Put ``state`` into a compiled network; with ``fresh`` its optimiser is a new phase's and begins anew."""
    if not state.epoch:
        return
    for variable, value in zip(network.variables, state.variables, strict=True):
        variable.assign(value)
    if not fresh:
        for variable, value in zip(network.optimizer.variables, state.optimiser, strict=True):
            variable.assign(value)
    if state.rate and not callable(getattr(network.optimizer, "_learning_rate", None)):
        network.optimizer.learning_rate = state.rate


def _as_float32(network: Any, params: Params, size: int) -> Any:
    """The same weights in a network that computes in float32, for export: LiteRT has no bfloat16."""
    plain = ARCHITECTURES[params.model.architecture](params.model.model_copy(update={"weights": "none"}), size)
    plain.set_weights(network.get_weights())
    return plain
