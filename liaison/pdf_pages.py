"""A PDF's pages as pictures: ``python -m liaison.pdf_pages FILE FOLDER``, in a process of its own under limits.

PDFium reads what strangers have made, so it runs where it can neither take the memory nor the time of the service. Writes into FOLDER
for page n ``n.webp`` and ``n-small.webp``, and last ``pages.json``: [{"width", "height", "text"}]. Ends with a status of ``Status``.
"""

from __future__ import annotations

import json
import os
import resource
import sys
from enum import IntEnum
from pathlib import Path
from typing import Any

WIDE, SMALL = 1920, 960
"""Pixels of a page's longer side."""
MOST_PAGES = 300
LONGEST_TEXT = 6000
MEMORY_BYTES, CPU_S, FILE_BYTES = 2 << 30, 120, 64 << 20
NICE = 10
FINEST = 4.0
"""No page is drawn finer than at 288 dpi: a stamp-sized one stays small."""


class Status(IntEnum):
    DONE = 0
    UNREADABLE = 3
    LOCKED = 4
    TOO_MANY = 5


def main(file: str, folder: str) -> int:
    """Draw every page."""
    _limit()
    import pypdfium2

    try:
        pdf = pypdfium2.PdfDocument(file)
    except pypdfium2.PdfiumError as error:
        return Status.LOCKED if "assword" in str(error) else Status.UNREADABLE
    if not 0 < len(pdf) <= MOST_PAGES:
        return Status.TOO_MANY if len(pdf) else Status.UNREADABLE
    pdf.init_forms()  # what is filled in is part of the page
    try:
        pages = [_draw(pdf[index], Path(folder), index + 1) for index in range(len(pdf))]
    except pypdfium2.PdfiumError:
        return Status.UNREADABLE
    (Path(folder) / "pages.json").write_text(json.dumps(pages, ensure_ascii=False), encoding="utf-8")
    return Status.DONE


def _limit() -> None:
    os.nice(NICE)
    for what, most in ((resource.RLIMIT_AS, MEMORY_BYTES), (resource.RLIMIT_CPU, CPU_S), (resource.RLIMIT_FSIZE, FILE_BYTES),
                       (resource.RLIMIT_CORE, 0)):
        resource.setrlimit(what, (most, most))


def _draw(page: Any, folder: Path, number: int) -> dict[str, Any]:
    """One page; of a page that is shown nothing is kept open."""
    scale = min(FINEST, WIDE / max(1.0, *page.get_size()))
    picture = page.render(scale=scale).to_pil().convert("RGB")
    picture.save(folder / f"{number}.webp", "WEBP", quality=80, method=2)
    size = picture.size
    picture.thumbnail((SMALL, SMALL))
    picture.save(folder / f"{number}-small.webp", "WEBP", quality=70, method=2)
    text = _text(page)
    page.close()
    return {"width": size[0], "height": size[1], "text": text}


def _text(page: Any) -> str:
    """What the page says, line by line; empty for a scanned one."""
    found = page.get_textpage()
    text: str = found.get_text_range()
    found.close()
    lines = (" ".join("".join(sign if sign.isprintable() else " " for sign in line).split()) for line in text.splitlines())
    return "\n".join(line for line in lines if line)[:LONGEST_TEXT]


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
