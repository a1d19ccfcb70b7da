import io

from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from tasks.media.gif import animated


def made(frames: int, **options: object) -> bytes:
    buffer = io.BytesIO()
    pictures = [Image.effect_noise((300, 300), 60 + number).convert("P") for number in range(frames)]
    pictures[0].save(buffer, "GIF", save_all=True, append_images=pictures[1:], **options)
    return buffer.getvalue()


def test_counts_pictures_and_not_blocks() -> None:
    assert not animated(io.BytesIO(made(1, comment=b",,,," * 200)).read)
    assert animated(io.BytesIO(made(2)).read)


def test_stops_at_the_second_picture() -> None:
    data = made(3)
    read: list[int] = []
    stream = io.BytesIO(data)

    def reading(size: int) -> bytes:
        read.append(size)
        return stream.read(size)

    assert animated(reading)
    assert sum(read) < len(data) / 2


@given(st.binary(max_size=200))
def test_any_bytes_end(rest: bytes) -> None:
    assert animated(io.BytesIO(b"GIF89a" + rest).read) in (True, False)
