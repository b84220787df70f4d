"""What a file is, told by its content alone: its name and what a browser says of it prove nothing. Pure."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass

LOOKED_AT = 1024
"""A PDF's header may stand this far from the file's beginning (ISO 32000-1, annex H, note 13)."""
CONTROLS = frozenset(range(32)) - {9, 10, 12, 13}
OPC = "application/vnd.openxmlformats-officedocument."
PARTS = {"word/": ("docx", OPC + "wordprocessingml.document"), "xl/": ("xlsx", OPC + "spreadsheetml.sheet"),
         "ppt/": ("pptx", OPC + "presentationml.presentation")}
"""Of an Office file (ECMA-376): the folder of its parts → suffix and media type."""
OPEN_DOCUMENT = "application/vnd.oasis.opendocument."
OPEN_DOCUMENTS = {OPEN_DOCUMENT + "text": "odt", OPEN_DOCUMENT + "spreadsheet": "ods", OPEN_DOCUMENT + "presentation": "odp"}


@dataclass(frozen=True)
class FileKind:
    """``suffix`` names it in settings and file names."""

    suffix: str
    media_type: str

    @property
    def is_picture(self) -> bool:
        return self.media_type.startswith("image/")


PDF = FileKind("pdf", "application/pdf")
JPEG, PNG, WEBP = (FileKind(name, f"image/{media}") for name, media in (("jpg", "jpeg"), ("png", "png"), ("webp", "webp")))
TEXT = FileKind("txt", "text/plain")
ZIP = FileKind("zip", "application/zip")
PAPERS = frozenset({PDF, JPEG, PNG, WEBP})
"""What can be shown page by page."""


def kind_of(data: bytes) -> FileKind | None:
    """None: not a kind that we know."""
    if b"%PDF-" in data[:LOOKED_AT]:
        return PDF
    if data.startswith(b"\xff\xd8\xff"):
        return JPEG
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return WEBP
    if data.startswith(b"PK\x03\x04"):
        return _packed(data)
    return TEXT if _is_text(data) else None


def _packed(data: bytes) -> FileKind | None:
    """Only the list of names is read, and the short ``mimetype`` of an OpenDocument file (part 2, section 3.3)."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            names = packed.namelist()
            if names[:1] == ["mimetype"] and packed.getinfo("mimetype").file_size < LOOKED_AT:
                media = packed.read("mimetype").decode("ascii", "replace")
                return FileKind(OPEN_DOCUMENTS[media], media) if media in OPEN_DOCUMENTS else ZIP
    except (zipfile.BadZipFile, ValueError, NotImplementedError, RuntimeError, OSError, EOFError):
        return None
    if "[Content_Types].xml" not in names:
        return ZIP
    found = next((FileKind(*known) for part, known in PARTS.items() if any(name.startswith(part) for name in names)), ZIP)
    return ZIP if any(name.endswith("vbaProject.bin") for name in names) else found


def _is_text(data: bytes) -> bool:
    if not data or not CONTROLS.isdisjoint(data):
        return False
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
