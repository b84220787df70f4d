"""The pages of a document as pictures: a PDF's are drawn in a process of its own, a picture is its own page."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path

from ..domain.errors import Busy, Invalid
from ..house import House
from ..i18n import N_
from ..pdf_pages import MOST_PAGES, SMALL, WIDE, Status
from ..process import get_logger
from . import pictures, stored_files
from .stored_files import StoredFile

PATIENCE_S = 100.0
AT_ONCE = 2
"""So many PDFs one web process has drawn at the same time; others wait a little."""
REFUSALS = {
    Status.LOCKED: N_("This PDF is locked with a password. Save it without one and send it again."),
    Status.TOO_MANY: N_("This PDF has more than %(pages)s pages. Send it in parts."),
    Status.UNREADABLE: N_("This PDF cannot be read. Save it anew and send it again."),
}

log = get_logger("liaison.files")
_places = threading.BoundedSemaphore(AT_ONCE)


@dataclass(frozen=True)
class Page:
    """A page's picture and its small one, by digest; ``size``: bytes of both."""

    digest: str
    small: str
    width: int
    height: int
    size: int
    text: str = ""


def pages_of(house: House, file: StoredFile, field: str = "file") -> list[Page]:
    """Every page, kept in the store. Takes a while: not inside a transaction. Raises Invalid (naming ``field``), Busy."""
    sent = stored_files.file_of(house, file.digest)
    return [_only_page(house, sent, field)] if file.kind.is_picture else _drawn(house, sent, field)


def _only_page(house: House, sent: Path, field: str) -> Page:
    data, (width, height) = pictures.remade(sent.read_bytes(), WIDE, "WEBP", field)
    small, _ = pictures.remade(data, SMALL, "WEBP", field)
    return Page(stored_files.keep(house, data), stored_files.keep(house, small), width, height, len(data) + len(small))


def _drawn(house: House, sent: Path, field: str) -> list[Page]:
    with tempfile.TemporaryDirectory(prefix="pages-") as name:
        folder = Path(name)
        _draw(sent, folder, field)
        told = json.loads((folder / "pages.json").read_text(encoding="utf-8"))
        return [_kept(house, folder, number, one) for number, one in enumerate(told, 1)]


def _kept(house: House, folder: Path, number: int, told: dict[str, int | str]) -> Page:
    data, small = ((folder / f"{number}{which}.webp").read_bytes() for which in ("", "-small"))
    return Page(stored_files.keep(house, data), stored_files.keep(house, small), int(told["width"]), int(told["height"]),
                len(data) + len(small), str(told["text"]))


def _draw(sent: Path, folder: Path, field: str) -> None:
    if not _places.acquire(timeout=PATIENCE_S / 4):
        raise Busy()
    try:
        _run(sent, folder, field)
    finally:
        _places.release()


def _run(sent: Path, folder: Path, field: str) -> None:
    command = [sys.executable, "-I", "-m", "liaison.pdf_pages", str(sent), str(folder)]
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE_S, env={}, check=False)
    except subprocess.TimeoutExpired:
        raise _refused(Status.UNREADABLE, field) from None
    except OSError as error:
        log.error("no process for the pages of a PDF", error=str(error))
        raise Busy() from None
    if done.returncode != Status.DONE:
        log.info("a PDF was refused", status=done.returncode, said=done.stderr[-300:].decode(errors="replace"))
        raise _refused(Status(done.returncode) if done.returncode in list(Status) else Status.UNREADABLE, field)


def _refused(status: Status, field: str) -> Invalid:
    message = REFUSALS[status]
    return Invalid(message, errors=[{"field": field, "message": message, "pages": MOST_PAGES}], pages=MOST_PAGES)
