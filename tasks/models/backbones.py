"""The networks of keras.applications, by the names of their classes, and one that knows faces."""

from difflib import get_close_matches
from typing import Any, Final

from tasks.errors import ParamsError
from tasks.models import face_resnet

FACE: Final = "FaceResNet"
# start of a class's name -> the smallest side in pixels that Keras lets it have
LEAST: Final = {"Inception": 75, "Xception": 71, FACE: 112}
SMALLEST: Final = 32  # of all others


def names() -> list[str]:
    """All of them, sorted."""
    from keras import applications

    return sorted([FACE, *(name for name in dir(applications) if name[0].isupper())])


def find(name: str) -> Any:
    """The class of keras.applications called ``name``; FaceResNet is none of them.

    Raises:
        ParamsError: there is none.
    """
    from keras import applications

    if name in (known := names()):
        return getattr(applications, name)
    by_letters = {one.lower(): one for one in known}
    close = [by_letters[one] for one in get_close_matches(name.lower(), by_letters, n=4)]
    raise ParamsError(
        f"model.backbone: no '{name}' in keras.applications. "
        + (f"Did you mean {', '.join(close)}?" if close else f"There are {', '.join(known)}")
    )


def least(name: str) -> int:
    """Smallest side in pixels that it takes."""
    return next((side for start, side in LEAST.items() if name.startswith(start)), SMALLEST)


def untrained(name: str, size: int) -> Any:
    """The network without its classifier, for (n, size, size, 3), as a model called "backbone".

    Raises:
        ParamsError: no such network.
    """
    from keras import Model

    if name == FACE:
        made = face_resnet.build(size)
    else:
        made = find(name)(include_top=False, weights=None, input_shape=(size, size, 3))
    # Not by its argument `name`: from that EfficientNetV2 reads which preprocessing it begins with.
    return Model(made.input, made.output, name="backbone")
