"""Images spread over the workers to be judged: those of a prepared folder, or of a raw data set."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from flows import progress
from flows.prepare import choose as choose_detector
from flows.spread import spread
from flows.stage import stage
from tasks import bundle, dataset, manifest, params, votes
from tasks.errors import ParamsError, SourceError
from tasks.evaluation import prepared, raw, splits
from tasks.evaluation.answers import Answers, joined
from tasks.faces import WITHOUT_LANDMARKS, weights
from tasks.prepare.tally import digest
from tasks.sources import SOURCES
from tasks.sources.source import Chunk
from tasks.sources.words import Words, words

if TYPE_CHECKING:
    from distributed import Client

ROWS = 1024  # images of a raw source per chunk

Pictures = Callable[[Sequence[str]], dict[str, npt.NDArray[np.uint8]]]


@dataclass(frozen=True)
class Judged:
    """Answers about the images of one split, what names them, and how to come by the faces of some, by their keys.

    Of a raw data set faces are read again, while the workers are there.
    """

    answers: Answers
    split: str
    digest: str
    pictures: Pictures


def task(settings: params.Params, folder: Path, card: bundle.Card) -> raw.Task:
    """What workers need to know of the model."""
    wanted = settings.prepare.model_copy(update={"normalise": card.spec})
    poser = _poser(wanted.detector) if settings.evaluate.slices.pose else ("", "")
    return raw.Task(folder.resolve(), card.digest, settings.evaluate, wanted, poser=poser)


def _poser(wanted: params.Detector) -> tuple[str, str]:
    """The detector that finds landmarks, and its file.

    Raises:
        ParamsError: it finds none.
    """
    chosen = weights.choose(wanted)
    if chosen.name in WITHOUT_LANDMARKS:
        raise ParamsError(
            f"evaluate.slices.pose: angles are estimated from landmarks, and {chosen.name} finds none ({chosen.why}). "
            "Name YuNet's file: --set prepare.detector.weights=FILE"
        )
    return chosen.name, chosen.weights


@stage("judge")
def of_prepared(client: "Client", folder: Path, asked: str | None, settings: params.Params, model: raw.Task) -> Judged:
    """Judge one split of the prepared ``folder``.

    Raises:
        SourceError: no such split, or faces that were normalised otherwise than the model takes them.
    """
    counts = {name: sum(row.values()) for name, row in manifest.read(folder)["counts"].items()}
    name = splits.choose(counts, asked, settings.evaluate.split, words(settings.data))
    split = dataset.load(folder, name, augmented=False)
    known = prepared.columns(folder, name, settings.evaluate.slices.groups)
    found = spread_faces(client, split, model)
    measures = found.measures | known.measures  # angles that the data set brings are better than estimates
    found = replace(found, measures=measures, groups=known.groups, votes=split.votes if split.votes.any() else None)

    def pictures(keys: Sequence[str]) -> dict[str, npt.NDArray[np.uint8]]:
        wanted = set(keys)
        return {key: face for key, face in zip(split.keys, split.images, strict=True) if key in wanted}

    return Judged(found, name, split.digest, pictures)


def spread_faces(client: "Client", split: dataset.Split, model: raw.Task) -> Answers:
    """Answers about all faces of ``split``, in its order.

    Raises:
        SourceError: they were normalised otherwise than the model takes them.
    """
    bundle.check_data(bundle.read_card(model.folder), split.normalise)
    size, done = model.evaluate.batch_size, 0
    pieces = (
        prepared.Piece(start, split.images[here], split.labels[here], split.keys[here])
        for start in range(0, len(split.labels), size)
        for here in [slice(start, start + size)]
    )
    parts: dict[int, Answers] = {}
    with progress.bar("evaluate", len(split.labels), client.dashboard_link) as advance:
        for piece, found in spread(client, prepared.answer, pieces, model):
            parts[piece.start] = found
            done += len(piece.labels)
            advance(done)
    return joined([parts[start] for start in sorted(parts)])


@stage("judge")
def of_raw(client: "Client", data: params.Data, asked: str | None, settings: params.Params, model: raw.Task) -> Judged:
    """Judge one split of the raw data set ``data``: every labelled image that decodes.

    Raises:
        ParamsError: groups that this kind of data set does not have.
        SourceError: no such split, not one of its images could be judged, or votes that are not there or of others.
    """
    overlay = votes.load(data.votes)
    vocabulary, groups = words(data), settings.evaluate.slices.groups
    plans = [SOURCES[one.source].plan(one, ROWS) for one in _grouped(data, groups)]
    for warning in plans[0].warnings:
        progress.note(f"warning: {warning}")
    name, title = _split(client, plans[0].chunks, asked, settings, vocabulary, splits.divided(plans[0], vocabulary))
    here = Path.cwd()
    pieces = [
        tuple(replace(chunk, path=_absolute(chunk.path, here)) for chunk in piece)
        for piece in zip(*(one.chunks for one in plans), strict=True)
        if not piece[0].members or piece[0].spans or any(member.split == name for member in piece[0].members)
    ]

    def rows(piece: tuple[Chunk, ...]) -> int:
        """Images that are read: of files only those of the split."""
        return sum(member.split == name for member in piece[0].members) or piece[0].rows

    model = replace(model, split=name, groups=groups, detector=choose_detector(model.prepare))
    parts: dict[int, Answers] = {}
    chunks: dict[int, Chunk] = {}
    done = 0
    with progress.bar("evaluate", sum(map(rows, pieces)), client.dashboard_link) as advance:
        for piece, found in spread(client, raw.answer, pieces, model):
            parts[piece[0].index], chunks[piece[0].index] = found, piece[0]
            done += rows(piece)
            advance(done)
    answers = joined([parts[index] for index in sorted(parts)])
    if not answers.keys:
        splits.choose(answers.seen, name, name, vocabulary)  # says so where there is no such split
        reasons = Counter(failure.reason for failure in answers.failures)
        said = ", ".join(f"{reason} {count:,}" for reason, count in reasons.most_common())
        raise SourceError(f"source: not one image of split {name!r} can be judged: {said}")
    hashes = answers.hashes.view(">u8").astype(np.uint64)
    if overlay is not None:
        answers = replace(answers, votes=voted(overlay, answers.keys, name))
    places = {key: index for index, part in parts.items() for key in part.keys}

    def pictures(keys: Sequence[str]) -> dict[str, npt.NDArray[np.uint8]]:
        asked: dict[int, set[str]] = {}
        for key in keys:
            asked.setdefault(places[key], set()).add(key)
        again = [(chunks[index], frozenset(found)) for index, found in asked.items()]
        return {key: face for _, found in spread(client, raw.pictures, again, model) for key, face in found.items()}

    return Judged(answers, title, digest(hashes, answers.labels), pictures)


def voted(overlay: votes.Overlay, keys: Sequence[str], split: str) -> npt.NDArray[np.int16]:
    """(n, choices) votes about the images called ``keys``; zeros where there are none."""
    rows = overlay.find(pa.array(keys, pa.string()), pa.array([split] * len(keys), pa.string()))
    return np.where((rows >= 0)[:, None], overlay.counts[rows], 0).astype(np.int16)


@stage("judge-training")
def of_training(
    client: "Client", folder: Path, settings: params.Params, card: bundle.Card, model: raw.Task
) -> Answers | None:
    """Answers about a sample of what the model was trained on; None where ``folder`` does not hold it.

    It does where its training split has the digest that stands in the model's card.
    """
    split = settings.train.split
    try:
        digests = manifest.read(folder)["split_digests"]
    except SourceError:
        return None
    if split not in digests or digests[split] != card.split_digests.get(split):
        return None
    sampled = prepared.sample(folder, split, prepared.SAMPLE, settings.evaluate.seed)
    if sampled is None:
        return None
    model = replace(model, evaluate=alone(settings.evaluate), poser=("", ""))
    drawn, size = sampled.piece, model.evaluate.batch_size
    pieces = [
        drawn._replace(start=start, images=drawn.images[here], labels=drawn.labels[here], keys=drawn.keys[here])
        for start in range(0, len(drawn.keys), size)
        for here in [slice(start, start + size)]
    ]
    parts = {piece.start: found for piece, found in spread(client, prepared.answer, pieces, model)}
    return replace(joined([parts[start] for start in sorted(parts)]), measures=sampled.measures, votes=sampled.votes)


def alone(wanted: params.Evaluate) -> params.Evaluate:
    """``wanted`` for images alone, as scoring sees them: no views, no copies, no groups."""
    plain = {"tta": 0, "robustness": False, "sizes": False, "mistakes": 0, "slices": params.Slices()}
    return wanted.model_copy(update=plain)


def _split(
    client: "Client",
    chunks: Sequence[Chunk],
    asked: str | None,
    settings: params.Params,
    vocabulary: Words,
    divided: bool,
) -> tuple[str, str]:
    """The split to be judged, as the data set's records have it and as it is reported.

    Files say their split by their names. Rows must be read for it: only where none was asked for, or the data set
    has no column for it.
    """
    if all(chunk.members for chunk in chunks):
        counts = sum((raw.survey(chunk) for chunk in chunks), Counter[str]())
    elif asked is None or not divided:
        counts = sum((found for _, found in spread(client, raw.survey, chunks)), Counter[str]())
    else:
        return vocabulary.split(asked) or asked, vocabulary.split(asked) or asked
    name = splits.choose(counts, asked, settings.evaluate.split, vocabulary, divided)
    return name, splits.called(asked, name, vocabulary, divided)


def _grouped(data: params.Data, groups: Sequence[str]) -> list[params.Data]:
    """The data set once for each column of groups, as a source reads one column at a time."""
    if not groups:
        return [data]
    if data.source == "class-folders" and "{group}" in data.pattern and tuple(groups) == ("group",):
        return [data]
    if data.source not in ("listing", "parquet", "webdataset"):
        raise ParamsError(
            f"evaluate.slices.groups: {data.source} has no column {groups[0]!r}. Of class folders only `group` can be "
            "had, with data.pattern; listings, Parquet and WebDataset have columns"
        )
    return [data.model_copy(update={"columns": data.columns.model_copy(update={"group": group})}) for group in groups]


def _absolute(path: str, here: Path) -> str:
    """A path that means the same in a worker's folder; URLs, and what is not a path, stay."""
    from tasks.sources import store

    return path if not path or store.is_url(path) else str(here / path)
