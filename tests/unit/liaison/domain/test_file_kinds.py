"""What a file is, by its content."""

from __future__ import annotations

import io
import zipfile

import pytest

from liaison.domain.file_kinds import JPEG, PDF, PNG, TEXT, WEBP, ZIP, FileKind, kind_of
from tests.support.papers import photo


def packed(*names: str, mimetype: str = "", damaged: bool = False) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        if mimetype:
            made.writestr("mimetype", mimetype)
        for name in names:
            made.writestr(name, "x")
    return out.getvalue()[:40] if damaged else out.getvalue()


@pytest.mark.parametrize(("data", "kind"), [
    (b"%PDF-1.7\n...", PDF), (b"junk before\n" * 20 + b"%PDF-1.4", PDF), (photo("JPEG"), JPEG), (photo("PNG"), PNG), (photo("WEBP"), WEBP),
    ("Салам\n".encode(), TEXT), (packed("a.txt"), ZIP), (b"", None), (b"MZ\x90\x00", None), (b"\xff\xfe\x00", None), (b"<svg\x00>", None),
    (b" " * 1100 + b"%PDF-1.4", TEXT), (packed("a", damaged=True), None),
])
def test_kinds(data: bytes, kind: FileKind | None) -> None:
    assert kind_of(data) == kind


@pytest.mark.parametrize(("data", "suffix"), [
    (packed("[Content_Types].xml", "word/document.xml"), "docx"), (packed("[Content_Types].xml", "xl/workbook.xml"), "xlsx"),
    (packed("[Content_Types].xml", "ppt/presentation.xml"), "pptx"), (packed("[Content_Types].xml", "other/x"), "zip"),
    (packed("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"), "zip"),
    (packed("content.xml", mimetype="application/vnd.oasis.opendocument.text"), "odt"), (packed("x", mimetype="application/evil"), "zip"),
])
def test_office_files_are_told_by_their_parts(data: bytes, suffix: str) -> None:
    found = kind_of(data)
    assert found is not None and found.suffix == suffix and not found.is_picture
