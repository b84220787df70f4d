"""Documents for tests: PDFs of a few pages, pictures, and small programs that stand in for a virus scanner."""

from __future__ import annotations

import io
from pathlib import Path

from fpdf import FPDF
from PIL import Image


def pdf(pages: int = 2, words: str = "Harvest", password: str = "") -> bytes:
    """A PDF whose every page says its number in large letters on a colour of its own."""
    made = FPDF(format="A4")
    made.set_font("Helvetica", size=60)
    for number in range(1, pages + 1):
        made.add_page()
        made.set_fill_color(*colour(number))
        made.rect(0, 0, 210, 297, style="F")
        made.text(20, 60, f"{words} {number}")
    if password:
        made.set_encryption(owner_password="owner", user_password=password)
    return bytes(made.output())


def colour(number: int) -> tuple[int, int, int]:
    """Of a page, by its number."""
    return ((230, 60, 60), (60, 200, 60), (60, 60, 230), (220, 200, 40))[(number - 1) % 4]


def photo(form: str = "PNG", size: tuple[int, int] = (60, 40)) -> bytes:
    """A picture that says in its metadata where it was taken."""
    exif = Image.Exif()
    exif[0x010E] = "Taken at home"
    out = io.BytesIO()
    Image.new("RGB", size, "teal").save(out, form, **({"exif": exif} if form == "JPEG" else {}))
    return out.getvalue()


def scanner(folder: Path, lines: str) -> str:
    """The command of a scanner that does what these lines of shell say."""
    script = folder / "scan.sh"
    script.write_text(f"#!/bin/sh\n{lines}\n")
    script.chmod(0o700)
    return str(script)
