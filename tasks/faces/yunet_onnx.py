"""YuNet on onnxruntime: the boxes of OpenCV's own runner, over twice as fast (`python -m benchmarks.detectors`)."""

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np
import numpy.typing as npt

from tasks.faces.face import Detect, Face
from tasks.params import Detector

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

OVERLAP: Final = 0.3  # boxes that overlap more are one face
CANDIDATES: Final = 5000
STRIDES: Final = (8, 16, 32)  # pixels between the anchors of each of the three maps
_OUTPUTS: Final = tuple(f"{kind}_{stride}" for kind in ("cls", "obj", "bbox", "kps") for stride in STRIDES)
LEAST: Final = 64  # pixels; where a map is one anchor wide or high OpenCV 4.14 finds faces of infinite size
# The file says that pictures are 640 x 640, though nothing in the network needs it; OpenCV reads over that, onnxruntime
# insists. In its bytes two dimensions of 640 become two names, of the same length, so that no other byte moves.
_FIXED: Final = bytes.fromhex("0a03088005 0a03088005")
_FREE: Final = bytes.fromhex("0a03120168 0a03120177")


def load(params: Detector, weights: str) -> Detect | None:
    """Load YuNet's ONNX file ``weights``; None where onnxruntime is absent, and for files that it can't run so."""
    network = _session(weights) if find_spec("onnxruntime") else None
    if network is None:
        return None

    kept = np.empty((1, 3, 0, 0), np.float32)  # megabytes, whose pages the system would have to find for each picture

    def detect(image: npt.NDArray[np.uint8]) -> list[Face]:
        nonlocal kept
        image = padded(image)
        kept = planes(image, kept)
        outputs = network.run(_OUTPUTS, {"input": kept})
        maps = {name: output[0] for name, output in zip(_OUTPUTS, outputs, strict=True)}
        return faces(maps, image.shape[1], params.threshold)

    return detect


def padded(image: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """``image`` (h, w, 3) with black below and beside it, to multiples of the largest stride and at least LEAST."""
    below, beside = (max(-side % STRIDES[-1], LEAST - side) for side in image.shape[:2])
    if not below and not beside:
        return image
    return np.asarray(cv2.copyMakeBorder(image, 0, below, 0, beside, cv2.BORDER_CONSTANT), np.uint8)


def planes(image: npt.NDArray[np.uint8], into: npt.NDArray[np.float32] | None = None) -> npt.NDArray[np.float32]:
    """``image`` (h, w, 3) as (1, 3, h, w), levels 0..255: what blobFromImage gives, in a tenth of its time.

    Args:
        into: is written over and returned, where it has that shape.
    """
    shape = (1, 3, *image.shape[:2])
    found = into if into is not None and into.shape == shape else np.empty(shape, np.float32)
    for plane, channel in zip(found[0], cv2.split(image), strict=True):
        plane[:] = channel
    return found


def faces(maps: dict[str, npt.NDArray[np.float32]], width: int, threshold: float) -> list[Face]:
    """Faces that the network's outputs say, the surest first, overlapping ones left out.

    Args:
        maps: of each stride, `cls` and `obj` (n, 1), 0..1, `bbox` (n, 4) and `kps` (n, 10), anchors row by row.
        width: of the picture, pixels, a multiple of the largest stride.
        threshold: of the score, the geometric mean of `cls` and `obj`.

    Source: FaceDetectorYNImpl::postProcess in OpenCV's modules/objdetect/src/face_detect.cpp, whole pixels included.
    """
    rows = np.vstack([_rows(maps, stride, width // stride, threshold) for stride in STRIDES])
    if not len(rows):
        return []
    boxes, scores = rows[:, :4].astype(np.int32), rows[:, 4]
    kept = cv2.dnn.NMSBoxes(boxes.tolist(), scores.tolist(), threshold, OVERLAP, top_k=CANDIDATES)
    return [_face(rows[number]) for number in np.asarray(kept, np.int64)]


def _rows(
    maps: dict[str, npt.NDArray[np.float32]], stride: int, across: int, threshold: float
) -> npt.NDArray[np.float32]:
    """Boxes, scores and landmarks (k, 4 + 1 + 10) of the anchors that reach ``threshold``."""
    scores = np.sqrt(np.clip(maps[f"cls_{stride}"], 0, 1) * np.clip(maps[f"obj_{stride}"], 0, 1))[:, 0]
    chosen = np.flatnonzero(scores >= threshold)
    anchors = np.column_stack([chosen % across, chosen // across]).astype(np.float32)
    box, marks = maps[f"bbox_{stride}"][chosen], maps[f"kps_{stride}"][chosen].reshape(-1, 5, 2)
    size = np.exp(box[:, 2:]) * stride
    corner = (anchors + box[:, :2]) * stride - size / 2
    marks = (anchors[:, None] + marks) * stride
    return np.hstack([corner, size, scores[chosen, None], marks.reshape(-1, 10)])


def _face(row: npt.NDArray[np.float32]) -> Face:
    x, y, w, h, score = (float(value) for value in row[:5])
    return Face(x, y, w, h, score, row[5:].reshape(5, 2).copy())


def _session(weights: str) -> "InferenceSession | None":
    from onnxruntime import InferenceSession, SessionOptions
    from onnxruntime.capi import onnxruntime_pybind11_state as state

    path = Path(weights)
    data = path.read_bytes() if path.is_file() else b""
    if data.count(_FIXED) != 1:
        return None
    options = SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1  # workers are as many as cores
    options.enable_mem_pattern = False  # it would keep one per size of pictures
    options.log_severity_level = 4  # the outputs' sizes are not those that the file says: a warning per picture
    try:
        session = InferenceSession(data.replace(_FIXED, _FREE), options, providers=["CPUExecutionProvider"])
    except (state.Fail, state.InvalidGraph, state.InvalidProtobuf, state.NotImplemented):
        return None
    return session if {output.name for output in session.get_outputs()} >= set(_OUTPUTS) else None
