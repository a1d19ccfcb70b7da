"""What a network is to answer: one row of seven shares per face, whatever the labels were."""

import numpy as np
import numpy.typing as npt

from tasks.dataset import Split
from tasks.errors import SourceError
from tasks.params import Loss
from tasks.schema import CHOICES, EMOTIONS
from tasks.training import witness

Targets = npt.NDArray[np.float32]


def make(split: Split, params: Loss) -> Targets:
    """(n, 7) targets of a split for ``params.name``.

    cross_entropy, focal: 1 for the label; with ``params.voted``, such a share of what the votes say about it, and the
    rest for the label. votes: the shares of the votes for the seven emotions (Barsoum et al., Training Deep Networks
    for Facial Expression Recognition with Crowd-Sourced Label Distribution, ICMI 2016), where the label counts as
    ``params.word`` voters more. multi_label: 1 for each emotion
    with at least ``params.positive`` of them. A face that nobody gave one of the seven keeps its label.

    Raises:
        SourceError: votes are to be learnt and the data set has none.
    """
    hard = np.eye(len(EMOTIONS), dtype=np.float32)[split.labels]
    if params.name not in ("votes", "multi_label"):
        if not params.voted:
            return hard
        _check(split, f"voted: {params.voted}")
        return (1 - params.voted) * hard + params.voted * witness.answers(split.votes, split.labels)
    _check(split, f"name: '{params.name}'")
    counts = split.votes[:, : len(EMOTIONS)].astype(np.float32)
    if params.name == "votes":
        counts = counts + np.float32(params.word) * hard * counts.any(axis=1, keepdims=True)
    total = counts.sum(axis=1, keepdims=True)
    shares = counts / np.maximum(total, 1)
    if params.name == "multi_label":
        shares = (shares >= params.positive).astype(np.float32)
    return np.where(shares.any(axis=1, keepdims=True), shares, hard)


def rejects(split: Split) -> Targets:
    """(n, 3) targets of ``schema.REJECTS``: the shares of voters who named none of the seven, none, who saw no face.

    0 for a face without votes, as somebody gave it a label.
    """
    total = np.maximum(split.votes.sum(axis=1), 1).astype(np.float32)
    nothing = split.votes[:, len(EMOTIONS) :].sum(axis=1) / total
    absent = split.votes[:, CHOICES.index("not_a_face")] / total
    return np.stack([nothing, np.zeros_like(nothing), absent], axis=1).astype(np.float32)


def _check(split: Split, wanted: str) -> None:
    if not split.votes.any():
        raise SourceError(
            f"train.loss.{wanted} learns from votes, and '{split.name}' has none. "
            "Prepare it with data.votes.kind: ferplus (README), or take another loss"
        )
