"""Find faces, cut them out, follow them: a registry of detectors and what is done with their boxes."""

from collections.abc import Callable
from typing import Final

from tasks.faces import haar, mtcnn, whole, yunet
from tasks.faces.face import Detect
from tasks.params import Detector

# name -> function that loads a detector: (params, path of its weights) -> detect(BGR picture) -> faces
DETECTORS: Final[dict[str, Callable[[Detector, str], Detect]]] = {
    "yunet": yunet.load,
    "haar": haar.load,
    "mtcnn": mtcnn.load,
    "none": whole.load,
}
# Those that find boxes only, and what they are called in a sentence.
WITHOUT_LANDMARKS: Final = {"haar": "the Haar cascade", "none": "the detector `none`"}
