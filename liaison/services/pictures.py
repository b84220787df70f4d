"""Pictures that people send, written anew: no metadata, no hidden parts, bounded in size."""

from __future__ import annotations

import io
import warnings

from PIL import Image, ImageOps, UnidentifiedImageError

from ..domain.errors import Invalid
from ..i18n import N_

FORMATS = ("JPEG", "PNG", "WEBP")
LARGEST_PIXELS = 40_000_000
"""More than any telephone's camera of today makes in its ordinary mode; a bomb is refused before it is unpacked."""
QUALITY = 82
TOO_LARGE = N_("This picture is too large.")
UNREADABLE = N_("This is not a picture that can be read. Send a JPEG, PNG or WebP file.")


def remade(sent: bytes, widest: int, form: str = "JPEG", field: str = "picture") -> tuple[bytes, tuple[int, int]]:
    """What was sent as a new picture, upright, at most ``widest`` pixels each way, and its size. Raises Invalid (naming ``field``).

    ``form``: JPEG, or WEBP and PNG, which suit pages of text better.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            plain = _plain(sent, widest, field)
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError, MemoryError, Image.DecompressionBombError,
            Image.DecompressionBombWarning):
        raise wrong(UNREADABLE, field) from None
    return encoded(plain, form), plain.size


def encoded(picture: Image.Image, form: str) -> bytes:
    """The bytes of a picture, without anything beside it."""
    out = io.BytesIO()
    if form == "PNG":
        picture.save(out, form, optimize=True)
    elif form == "WEBP":
        picture.save(out, form, quality=QUALITY, method=2)
    else:
        picture.save(out, form, quality=QUALITY, optimize=True, progressive=True)
    return out.getvalue()


def wrong(message: str, field: str) -> Invalid:
    return Invalid(message, errors=[{"field": field, "message": message}])


def _plain(sent: bytes, widest: int, field: str) -> Image.Image:
    with Image.open(io.BytesIO(sent), formats=FORMATS) as opened:
        if opened.width * opened.height > LARGEST_PIXELS:
            raise wrong(TOO_LARGE, field)
        opened.draft("RGB", (widest, widest))  # a large JPEG is unpacked at the size needed
        upright = ImageOps.exif_transpose(opened)
        upright.thumbnail((widest, widest))
        plain = Image.new("RGB", upright.size, "white")
        if upright.has_transparency_data:
            clear = upright.convert("RGBA")
            plain.paste(clear, mask=clear.getchannel("A"))
        else:
            plain.paste(upright.convert("RGB"))
        return plain
