"""One video or picture again, with what was found drawn into it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from tasks.errors import DecodeError, MediaError
from tasks.files import replacing
from tasks.images.decode import decode
from tasks.media import content
from tasks.media.entry import Entry
from tasks.media.sampling import Sampling
from tasks.media.sniff import sniff
from tasks.media.video import Video
from tasks.params import Limits
from tasks.show import names
from tasks.show.encode import encoding
from tasks.show.interpolate import Along, as_box
from tasks.show.medium import check, entry
from tasks.show.paint import Style, paint
from tasks.show.seen import Faces, Key
from tasks.show.spans import Span

# Of the sampling interval: so much earlier and later than it was seen a face is hidden. Times between frames vary.
CAUTION: Final = 1.5
QUALITY: Final = 92  # of JPEG


Piece = tuple[Key, Faces, Span]


@dataclass(frozen=True)
class Work:
    """What is done to every medium: ``base`` is cut off the sources' names, ``to`` is the folder for the files."""

    style: Style
    within: Limits
    to: Path
    base: str


def redraw(piece: Piece, work: Work) -> str | None:
    """Draw one medium; None, or why it could not be done: it is gone, has changed, or does not decode.

    Raises:
        OSError: the file cannot be written; then there is none.
    """
    key, faces, span = piece
    found, place = entry(key, faces), work.to / names.place(key, work.base, names.ANNOTATED)
    try:
        check(found, work.within)
        if faces.media_type == "video":
            video(found, faces, span, work.style, work.within, place.with_name(f"{place.name}.mp4"))
        else:
            picture(found, faces, work.style, work.within, place)
    except MediaError as error:
        return str(error)
    return None


def video(found: Entry, faces: Faces, span: Span, style: Style, within: Limits, path: Path) -> None:
    """Write ``path`` (.mp4, no sound): every frame at its time, upright, faces boxed along their tracks.

    Times count from where players put the source's 0. One frame, and what the encoder holds back, is in memory.

    Raises:
        MediaError: the video cannot be opened, or no frame of it decodes.
        OSError: the file cannot be written; then there is none.
    """
    along, caution = Along(faces), CAUTION * span.interval
    with Video(content.video_input(found, within), within) as clip, encoding(path, clip.info) as encoder:
        origin = span.first if clip.info.start_ms is None else min(clip.info.start_ms, span.first)
        for frame in clip.frames(Sampling(every=1)):
            if frame.image is None or frame.pts_ms is None:
                continue
            labelled = along.at(frame.pts_ms, 0.0, span.interval)
            paint(frame.image, faces, labelled, along.at(frame.pts_ms, caution, caution), style)
            encoder.add(frame.image, frame.pts_ms - origin)
        if not clip.decoded:
            raise DecodeError("no frame of it decodes")


def picture(found: Entry, faces: Faces, style: Style, within: Limits, base: Path) -> Path:
    """Write ``base`` with the suffix .jpg, for a JPEG, or .png; upright, without the source's metadata.

    Raises:
        MediaError: the picture cannot be decoded.
        OSError: the file cannot be written; then there is none.
    """
    data = content.read(found, within)
    image = decode(data, within.image_pixels)
    boxes = [(row, as_box(faces.box[row])) for row in range(len(faces))]
    paint(image, faces, boxes, boxes, style)
    suffix, options = (".jpg", [cv2.IMWRITE_JPEG_QUALITY, QUALITY]) if sniff(data) == "jpeg" else (".png", [])
    path = base.with_name(base.name + suffix)
    done, packed = cv2.imencode(suffix, image, options)
    if not done:
        raise DecodeError(f"cannot be written as {suffix}: {image.shape[1]} x {image.shape[0]} pixels")
    with replacing(path) as temporary:
        temporary.write_bytes(np.asarray(packed, np.uint8).tobytes())
    return path
