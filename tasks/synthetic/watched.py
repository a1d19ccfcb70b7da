"""Scored films against the truth of drawn ones: times, tracks, and emotions as they come and go."""

from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from tasks.synthetic.compare import CERTAIN, KEYS, key_of, matches

_LEAST: Final = 2  # frames of one person in a film that say anything of a track


@dataclass
class _Person:
    """One drawn person in one film: track, smoothed emotion and truth of each sample in which it was found."""

    tracks: list[int] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    true: list[str] = field(default_factory=list)


def watch(truth: Path, labels: Path, archive: Path) -> dict[str, float]:
    """Judge the films of a run in the folder ``labels``, over the samples at which it looked.

    An expression at rest, of an intensity under CERTAIN, is neutral.

    Args:
        truth: Parquet of tasks.synthetic.truth.TRUTH.
        archive: the folder that was scored, as it was given.

    Returns:
        samples: found faces; late_ms: greatest distance of a sample's time from that of the drawn frame; late_frames:
        the same in distances between the film's frames; people and tracks; switches: how often the track of a person
        became another one from one sample to the next; accuracy of ``emotion_smoothed``; share_error: half of the sum
        over emotions of |true - found share of a person's samples|, mean over people.
    """
    true, found = pd.read_parquet(truth), pd.read_parquet(labels / "faces")
    true, found = true[true["pts_ms"].notna()], found[found["track"].notna()].copy()
    found["source"] = [Path(source).relative_to(archive).as_posix() for source in found["source"]]
    boxes = {key_of(rows.iloc[0][KEYS]): rows for _, rows in found.groupby(KEYS, dropna=False)}
    steps = {source: np.median(np.diff(np.unique(rows["pts_ms"]))) for source, rows in true.groupby("source")}
    people: dict[tuple[str, int], _Person] = defaultdict(_Person)
    late_ms = late_frames = 0.0
    for _, rows in true.sort_values(["source", "frame"]).groupby(KEYS, dropna=False):
        key = key_of(rows.iloc[0][KEYS])
        for face, seen in matches(rows, boxes.get(key)):
            late = abs(seen.pts_ms - face.pts_ms)
            late_ms, late_frames = max(late_ms, late), max(late_frames, late / steps[face.source])
            person = people[face.source, face.identity]
            person.tracks.append(int(seen.track))
            person.said.append(seen.emotion_smoothed)
            person.true.append(face.emotion if face.intensity >= CERTAIN else "neutral")
    return {"late_ms": float(late_ms), "late_frames": float(late_frames), **_sums(list(people.values()))}


def _sums(people: list[_Person]) -> dict[str, Any]:
    known = [person for person in people if len(person.tracks) >= _LEAST]
    said = [word for person in people for word in person.said]
    true = [word for person in people for word in person.true]
    right = sum(one == other for one, other in zip(said, true, strict=True))
    return {
        "samples": len(said),
        "people": len(known),
        "tracks": sum(len(set(person.tracks)) for person in known),
        "switches": sum(sum(np.diff(person.tracks) != 0) for person in known),
        "accuracy": right / max(len(said), 1),
        "share_error": float(np.mean([_apart(person) for person in known])) if known else 0.0,
    }


def _apart(person: _Person) -> float:
    shares = [pd.Series(words).value_counts(normalize=True) for words in (person.true, person.said)]
    return float((shares[0].sub(shares[1], fill_value=0).abs().sum()) / 2)
