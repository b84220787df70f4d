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
MACROS = ("Basic/", "Scripts/")
"""Folders of an OpenDocument file that hold programs (part 2, section 3.16 leaves them to whoever writes the file)."""
PART = b"PK\x01\x02"
MOST_PARTS = 20_000
"""An archive that lists more is not looked into: its list alone would fill the memory."""


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
CSV = FileKind("csv", "text/csv")
PAPERS = frozenset({PDF, JPEG, PNG, WEBP})
"""What can be shown page by page."""
OFFICE = frozenset(FileKind(*known) for known in PARTS.values()) | {FileKind(suffix, media) for media, suffix in OPEN_DOCUMENTS.items()}
"""Office files without programs inside."""
ORDINARY = PAPERS | OFFICE | {TEXT}
"""What people send each other."""


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


def named(kind: FileKind, name: str) -> FileKind:
    """A text whose name says so is a table; no other name says anything."""
    return CSV if kind == TEXT and name.lower().endswith(".csv") else kind


def plain_name(name: str, longest: int) -> str:
    """A file's name as a title: without folders and suffix, with what can be kept of it."""
    last = name.replace("\\", "/").rpartition("/")[2]
    stem = last.rpartition(".")[0] or last
    return "".join(sign for sign in stem.replace("_", " ") if sign.isprintable()).strip()[:longest].strip()


def _packed(data: bytes) -> FileKind | None:
    """Only the list of names is read, and the short ``mimetype`` of an OpenDocument file (part 2, section 3.3)."""
    if data.count(PART) > MOST_PARTS:
        return None
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            names = packed.namelist()
            if names[:1] == ["mimetype"] and packed.getinfo("mimetype").file_size < LOOKED_AT:
                media = packed.read("mimetype").decode("ascii", "replace")
                plain = media in OPEN_DOCUMENTS and not any(name.startswith(MACROS) for name in names)
                return FileKind(OPEN_DOCUMENTS[media], media) if plain else ZIP
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
