"""What is reached without a deep network, or with the network's embeddings alone: rows of the model table."""

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from tasks.images.normalise import grey

Floats = npt.NDArray[np.float32]
Labels = npt.NDArray[np.int64]

# HOG: cells of a sixth of the side, so that eyes and mouth of a 48 pixel face fall into cells of 8 x 8 pixels.
CELLS: Final = 6
ORIENTATIONS: Final = 9


def hog(faces: npt.NDArray[np.uint8]) -> Floats:
    """Histograms of oriented gradients (n, 900) of faces (n, side, side[, 3]), side 12 pixels or more.

    Source: Dalal and Triggs, Histograms of Oriented Gradients for Human Detection, CVPR 2005.
    """
    from skimage.feature import hog as describe

    blocks = CELLS - 1
    result = np.empty((len(faces), blocks * blocks * 4 * ORIENTATIONS), np.float32)
    for number, face in enumerate(faces):
        cell = len(face) // CELLS
        upright = grey(face)[: cell * CELLS, : cell * CELLS]
        result[number] = describe(upright, ORIENTATIONS, (cell, cell), (2, 2), block_norm="L2-Hys")
    return result


def linear_svm(train: Floats, labels: Labels, test: Floats, c: float = 0.1) -> Labels:
    """Labels (m,) that a linear support vector machine, fitted to features (n, f), gives to ``test`` (m, f).

    Args:
        c: weight of the errors against the margin.

    One against all the others, squared hinge loss, as liblinear solves it.
    """
    from sklearn.svm import LinearSVC

    fitted = LinearSVC(C=c, dual=False, random_state=0).fit(train, labels)
    return np.asarray(fitted.predict(test), np.int64)


def linear_probe(train: Floats, labels: Labels, test: Floats, c: float = 1.0) -> Labels:
    """Labels (m,) that a logistic regression, fitted to embeddings (n, f), gives to ``test`` (m, f).

    Args:
        c: inverse of the strength of the L2 penalty.

    Embeddings are brought to mean 0 and standard deviation 1 of ``train`` first.

    Source: Alain and Bengio, Understanding intermediate layers using linear classifier probes, arXiv:1610.01644.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    fitted = make_pipeline(StandardScaler(), LogisticRegression(C=c, max_iter=1000)).fit(train, labels)
    return np.asarray(fitted.predict(test), np.int64)


def most_frequent(labels: Labels, count: int) -> Labels:
    """The most frequent of ``labels``, ``count`` times: what guessing reaches."""
    return np.full(count, np.bincount(labels).argmax(), np.int64)


def figures(labels: Labels, predicted: Labels) -> dict[str, Any]:
    """Number of images, accuracy, and F1 (macro over the classes in the truth, and weighted), as `evaluate.measure`."""
    from sklearn.metrics import f1_score

    present = np.unique(labels)

    def f1(average: str) -> float:
        return float(f1_score(labels, predicted, labels=present, average=average, zero_division=0.0))

    return {
        "images": len(labels),
        "accuracy": float((predicted == labels).mean()),
        "macro_f1": f1("macro"),
        "weighted_f1": f1("weighted"),
    }
