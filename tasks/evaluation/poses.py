"""How far faces are turned away from the camera: for figures by pose, where the data set brings no angles."""

import numpy as np
import numpy.typing as npt

from tasks.faces import pose
from tasks.faces.subject import enlarged, main_face
from tasks.params import Detector


def poses(
    faces: npt.NDArray[np.uint8], params: Detector, name: str, weights: str
) -> dict[str, npt.NDArray[np.float32]]:
    """`yaw` and `pitch`, degrees (n,), of tight crops (n, side, side[, 3]), by the landmarks that are found in them.

    NaN where no face is found in a crop, and where no pose explains its landmarks.
    """
    angles = np.full((len(faces), 2), np.nan, np.float32)
    for number, image in enumerate(faces):
        face = main_face(enlarged(image), params, name, weights)
        found = None if face is None or face.landmarks is None else pose.estimate(face.landmarks)
        if found is not None:
            angles[number] = found[:2]
    return {"yaw": angles[:, 0], "pitch": angles[:, 1]}
