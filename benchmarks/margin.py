"""How crops have to be framed for the model: its accuracy against the margin around the detected box.

    python -m benchmarks.margin ZIP [EVERY]

ZIP is FER-2013 in class folders; each EVERY-th (4th) face of PublicTest is enlarged and given room on all sides, found
by the detector, cut out by its box with each margin, and labelled. Beside it stands what the whole image gives, which
is framed as the model's training data was, and how large the box is in it: the margin at which a crop is as large as
the image is the one that matches.
"""

import sys
import zipfile
from pathlib import Path
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from benchmarks import films
from tasks import quiet
from tasks.classify import Classifier
from tasks.faces import crop, detect
from tasks.faces.face import Face
from tasks.images.decode import decode
from tasks.images.normalise import bgr, normalise
from tasks.params import Detector, Normalise
from tasks.schema import EMOTIONS

SPLIT: Final = "PublicTest"
LARGER: Final = 4  # times
ROOM: Final = 0.5  # of the side, beside the face
MARGINS: Final = (-0.2, -0.15, -0.1, -0.05, 0.0, 0.05, 0.1, 0.15, 0.2, 0.3)
_PIXELS: Final = 1_000_000

Image = npt.NDArray[np.uint8]


def read(path: Path, every: int) -> list[tuple[Image, int]]:
    """(grey face, number of its emotion) of each ``every``-th file of the split."""
    with zipfile.ZipFile(path) as archive:
        names = sorted(name for name in archive.namelist() if SPLIT in name)[::every]
        return [(decode(archive.read(name), _PIXELS), EMOTIONS.index(name.split("/")[-2])) for name in names]


def roomy(image: Image) -> Image:
    """The face enlarged, with its edges carried on."""
    large = cv2.resize(bgr(image), None, fx=LARGER, fy=LARGER, interpolation=cv2.INTER_CUBIC)
    room = round(ROOM * large.shape[0])
    return np.asarray(cv2.copyMakeBorder(large, room, room, room, room, cv2.BORDER_REPLICATE), np.uint8)


def table(name: str, weights: str, faces: list[tuple[Image, int]], classifier: Classifier) -> None:
    """Print what is said of one detector."""
    wanted = Detector()
    kept: list[tuple[Image, Face, Image, int]] = []
    for image, label in faces:
        picture = roomy(image)
        if found := detect.find(picture, name, wanted, weights):
            kept.append((picture, max(found, key=lambda face: face.w * face.h), image, label))
    labels = np.array([label for *_, label in kept])
    sides = np.array([max(face.w, face.h) / (LARGER * image.shape[0]) for _, face, image, _ in kept])
    matching = (1 / np.median(sides) - 1) / 2
    whole = accuracy([image for _, _, image, _ in kept], labels, classifier)
    print(  # noqa: T201
        f"{name}: {len(kept)} of {len(faces)} found; the box's longer side is {np.median(sides):.2f} of the image's, "
        f"half of them {np.quantile(sides, 0.25):.2f} to {np.quantile(sides, 0.75):.2f}: margin {matching:+.2f}"
    )
    print(f"  whole image  {whole:.3f}")  # noqa: T201
    for margin in MARGINS:
        crops = [crop.cut(picture, face, margin, aligned=False) for picture, face, *_ in kept]
        print(f"  margin {margin:+.2f} {accuracy(crops, labels, classifier):.3f}")  # noqa: T201


def accuracy(faces: list[Image], labels: npt.NDArray[np.int64], classifier: Classifier) -> float:
    """Of the reference model, each face alone."""
    spec = Normalise.model_validate(classifier.card.normalise)
    answers = classifier.predict(np.stack([normalise(face, spec) for face in faces]))[:, :7]
    return float((answers.argmax(axis=1) == labels).mean())


def main(path: Path, every: int) -> None:
    """Print a table per detector."""
    quiet.environment()
    cv2.setNumThreads(1)
    classifier, faces = Classifier(films.REFERENCE), read(path, every)
    if films.DETECTOR.is_file():
        table("yunet", str(films.DETECTOR), faces, classifier)
    table("haar", "", faces, classifier)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 4)
