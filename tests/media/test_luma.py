import io

import av
import cv2
import numpy as np
import pytest
from made_media import video

from tasks.media.luma import luma
from tasks.media.sampling import Sampling
from tasks.media.video import Video
from tasks.params import Limits


@pytest.mark.parametrize("rotation", [None, 90, 180, 270])
@pytest.mark.parametrize(("codec", "container"), [("libx264", "mp4"), ("mpeg4", "mov"), ("gif", "gif")])
def test_it_is_the_grey_of_the_upright_frame(codec: str, container: str, rotation: int | None) -> None:
    if rotation is not None and container == "gif":
        pytest.skip("a GIF has no rotation")
    data = video(2, codec, container, rotation=rotation, size=(70, 48))
    with Video(io.BytesIO(data), Limits()) as clip:
        image = next(clip.frames(Sampling(every=1))).image
    with av.open(io.BytesIO(data)) as opened:
        found = luma(next(opened.decode(video=0)))
    assert image is not None
    expected = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY).astype(float)
    assert found.shape == expected.shape
    # The range may be 16..235: the same but for a line.
    slope, offset = np.polyfit(found.ravel().astype(float), expected.ravel(), 1)
    assert np.abs(slope * found + offset - expected).mean() < 6
