"""Pictures are read and written anew: every usual kind, bounded in size, with nothing in them but the picture."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import pytest
from PIL import Image

from liaison.domain.errors import Invalid
from liaison.services import point_pictures


def photo(form: str = "JPEG", size: tuple[int, int] = (600, 300), mode: str = "RGB", **more: Any) -> bytes:
    out = io.BytesIO()
    Image.linear_gradient("L").resize(size).convert(mode).save(out, form, **more)
    return out.getvalue()


def with_place() -> bytes:
    """A photo lying on its side that tells where it was taken."""
    exif = Image.Exif()
    exif[0x0112] = 6  # turned
    exif[0x010F] = "Secret Maker"
    exif.get_ifd(0x8825)[1] = "N"
    return photo(exif=exif.tobytes(), comment=b"a hidden comment")


@pytest.mark.parametrize("sent", [
    photo(), photo("PNG"), photo("WEBP"), photo("PNG", mode="RGBA"), photo("PNG", mode="P"), photo("PNG", mode="LA"),
    photo("JPEG", mode="CMYK"),
    photo("PNG", size=(5, 900)), photo(size=(2400, 1200)),
])
def test_every_kind_of_picture_becomes_a_plain_one(sent: bytes) -> None:
    data, size = point_pictures.remade(sent)
    with Image.open(io.BytesIO(data)) as made:
        assert (made.format, made.mode, made.size) == ("JPEG", "RGB", size)
    assert max(size) <= point_pictures.WIDEST


def test_nothing_but_the_picture_is_kept() -> None:
    data, size = point_pictures.remade(with_place())
    assert b"Secret" in with_place() and b"hidden" in with_place()
    with Image.open(io.BytesIO(data)) as made:
        assert not made.getexif()
        assert "comment" not in made.info
    assert b"Secret" not in data and b"hidden" not in data
    assert size == (300, 600), "it stands upright"


def bomb() -> bytes:
    """A small file that says it is 49 million pixels."""
    head = b"IHDR" + struct.pack(">IIBBBBB", 7000, 7000, 8, 2, 0, 0, 0)
    data = b"IDAT" + zlib.compress(bytes(1000))
    chunks = (struct.pack(">I", len(chunk) - 4) + chunk + struct.pack(">I", zlib.crc32(chunk)) for chunk in (head, data, b"IEND"))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


@pytest.mark.parametrize("sent", [
    b"", b"hello", b"<svg xmlns='http://www.w3.org/2000/svg'/>", photo()[:500], photo("GIF", size=(9, 9), mode="P"),
    bomb(), b"x" * (point_pictures.LARGEST_BYTES + 1),
], ids=["empty", "text", "svg", "cut off", "gif", "a bomb", "too large"])
def test_what_is_no_picture_is_refused(sent: bytes) -> None:
    with pytest.raises(Invalid) as error:
        point_pictures.remade(sent)
    assert [item["field"] for item in error.value.details["errors"]] == ["picture"]
