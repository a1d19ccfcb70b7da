"""The rows of one unit, gathered face by face and labelled at the end."""

import hashlib
import heapq
from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from tasks.classify import Classifier
from tasks.faces import crop, pose
from tasks.faces.face import Face
from tasks.faces.refine import refined
from tasks.faces.track import OVERLAP, overlap
from tasks.images.measure import measure
from tasks.images.normalise import normalise
from tasks.media.entry import Entry
from tasks.params import Normalise
from tasks.score import abstain, label
from tasks.score.job import Job

LABEL_EVERY = 1024  # faces; what is held as pixels at a time
THUMBS = 8  # per unit, drawn by lot
FIRST = 16  # per part of a video besides, of faces that come into the picture: one per track, mostly
THUMB_SIDE = 96  # pixels
MEASURED = Normalise()  # blur and brightness can be compared whatever the model takes

Row = dict[str, Any]


@dataclass
class Rows:
    """Rows of the tables `faces`, `frames`, `files`, `crops` and `thumbs`, in the order of the unit."""

    job: Job
    unit: str
    classifier: Classifier | None  # None: faces are labelled later, by their crops
    faces: list[Row] = field(default_factory=list)
    frames: list[Row] = field(default_factory=list)
    files: list[Row] = field(default_factory=list)
    crops: list[Row] = field(default_factory=list)  # where they are kept, or are to be labelled later
    _crops: list[npt.NDArray[np.uint8]] = field(default_factory=list)
    _probabilities: list[npt.NDArray[np.float32]] = field(default_factory=list)
    _thumbs: list[tuple[str, int, bytes]] = field(default_factory=list)
    _first: list[tuple[str, int, bytes]] = field(default_factory=list)
    _last: list[Face] = field(default_factory=list)  # faces of the sample before, of a video

    def add_frame(
        self,
        entry: Entry,
        number: int,
        pts_ms: float | None,
        image: npt.NDArray[np.uint8],
        faces: list[Face],
        cut: bool | None = None,
        reduced: int = 1,
    ) -> None:
        """Add one frame that decoded: BGR ``image``, its faces and, for videos, whether a new shot begins there.

        Faces are in pixels of a picture ``reduced`` times as large as ``image``.
        """
        self._frame(entry, number, pts_ms, "scored" if faces else "no_face", len(faces), None)
        self.frames[-1]["cut"] = cut
        for index, face in enumerate(faces):
            square = self._cut(image, face if reduced == 1 else face.scaled(1 / reduced))
            row = self._face(entry, number, pts_ms, index, face, square)
            fresh = entry.media_type == "video" and (
                bool(cut) or all(overlap(face, one) < OVERLAP for one in self._last)
            )
            self._keep_thumb(entry, number, index, square, fresh)
            self.faces.append(row)
            seen = normalise(square, self.job.normalise)
            if self.job.keep_crops or self.classifier is None:
                self.crops.append(_crop(row, seen))
            self._crops.append(seen)
        self._last = faces
        if len(self._crops) >= LABEL_EVERY:
            self._classify()

    def _cut(self, image: npt.NDArray[np.uint8], face: Face) -> npt.NDArray[np.uint8]:
        """What is shown to the model of ``face``, framed as the model's training data was."""
        job = self.job
        if not job.aligned:
            return crop.cut(image, face, job.detection.margin, aligned=False)
        upright = refined(image, face, job.detection, job.detector, job.weights)
        return crop.cut(image, upright, job.normalise.margin, aligned=True)

    def add_failure(self, entry: Entry, number: int, pts_ms: float | None, error: str) -> None:
        """Add one frame that did not decode."""
        self._frame(entry, number, pts_ms, "decode_error", 0, error)

    def _frame(
        self, entry: Entry, number: int, pts_ms: float | None, status: str, faces: int, error: str | None
    ) -> None:
        self.frames.append(
            {
                "source": entry.source,
                "member": entry.member,
                "frame": number,
                "pts_ms": pts_ms,
                "status": status,
                "faces": faces,
                "error": error,
            }
        )

    def _face(
        self, entry: Entry, number: int, pts_ms: float | None, index: int, face: Face, cut: npt.NDArray[np.uint8]
    ) -> Row:
        grey = normalise(cut, MEASURED)
        angles = None if face.landmarks is None else pose.estimate(face.landmarks)
        return {
            "source": entry.source,
            "member": entry.member,
            "source_sha256": entry.sha256,
            "media_type": entry.media_type,
            "frame": number,
            "pts_ms": pts_ms,
            "face": index,
            "x": face.x,
            "y": face.y,
            "w": face.w,
            "h": face.h,
            "det_score": face.score,
            "landmarks": None if face.landmarks is None else face.landmarks.ravel().tolist(),
            "size": min(face.w, face.h),
            "blur": crop.blur(grey),
            "brightness": crop.brightness(grey),
            "sharpness": float(measure(grey[None]).sharpness[0]),
            **dict(zip(("yaw", "pitch", "roll"), angles or (None, None, None), strict=True)),
            "track": None,  # the whole video decides
            "emotion_smoothed": None,
            "unit": self.unit,
            "model_version": self.job.model_version,
            "run_id": self.job.run_id,
        }

    def _keep_thumb(self, entry: Entry, number: int, index: int, cut: npt.NDArray[np.uint8], fresh: bool) -> None:
        """Keep faces that come into the picture, and of all those with the smallest hashes.

        Such a sample does not depend on the order of work.
        """
        key = f"{entry.sha256}/{number}/{index}".encode()
        # heapq keeps the smallest on top; the complement puts the largest hash there, to be thrown out first.
        priority = bytes(255 - byte for byte in hashlib.sha256(key).digest()).hex()
        drawn = len(self._thumbs) < THUMBS or priority > self._thumbs[0][0]
        fresh = fresh and len(self._first) < FIRST
        if not (drawn or fresh):
            return
        small = cv2.resize(cut, (THUMB_SIDE, THUMB_SIDE), interpolation=cv2.INTER_AREA)
        thumb = (priority, len(self.faces), cv2.imencode(".jpg", small)[1].tobytes())
        if drawn:
            (heapq.heappush if len(self._thumbs) < THUMBS else heapq.heappushpop)(self._thumbs, thumb)
        if fresh:
            self._first.append(thumb)

    def _classify(self) -> None:
        if self._crops and self.classifier is not None:
            done = sum(map(len, self._probabilities))
            found = abstain.features(_columns(self.faces[done : done + len(self._crops)]), self.job.detector)
            shares = None if self.job.shares is None else np.array(self.job.shares)
            self._probabilities.append(self.classifier.predict(np.stack(self._crops), shares, found))
        self._crops.clear()

    def label(self) -> None:
        """Fill in what the network says, if there is one, once all frames are added."""
        self._classify()
        if not self._probabilities or self.classifier is None:
            return
        features = abstain.features(_columns(self.faces), self.job.detector)
        seen = abstain.pictures(features, self.classifier.card.quality)
        said = label.columns(np.concatenate(self._probabilities), self.job.rule, seen)
        for row, *values in zip(self.faces, *(column.to_pylist() for column in said.values()), strict=True):
            row |= dict(zip(said, values, strict=True))

    def thumbs(self) -> list[Row]:
        """A few faces as JPEG, for the report."""
        wanted = ("source", "member", "frame", "pts_ms", "face", "emotion", "confidence", "abstained_because")
        ordered = sorted({*self._thumbs, *self._first}, reverse=True)
        return [{name: self.faces[n].get(name) for name in wanted} | {"jpeg": jpeg} for _, n, jpeg in ordered]


def _columns(rows: list[Row]) -> dict[str, npt.NDArray[np.float32]]:
    names = ("size", "sharpness", "yaw", "pitch", "det_score")
    return {name: np.array([row[name] for row in rows], np.float32) for name in names}


def _crop(row: Row, face: npt.NDArray[np.uint8]) -> Row:
    picture = {"bytes": cv2.imencode(".png", face)[1].tobytes(), "path": f"{row['frame']}-{row['face']}.png"}
    return {name: row[name] for name in ("source", "member", "source_sha256", "frame", "face", "unit")} | {
        "image": picture
    }
