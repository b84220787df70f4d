"""What a file is, by its content."""

from __future__ import annotations

import io
import zipfile

import pytest

from liaison.domain.file_kinds import CSV, JPEG, MOST_PARTS, ORDINARY, PART, PDF, PNG, TEXT, WEBP, ZIP, FileKind, kind_of, named, plain_name
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
    (packed("content.xml", "Basic/Standard/Module1.xml", mimetype="application/vnd.oasis.opendocument.spreadsheet"), "zip"),
    (packed("content.xml", "Scripts/python/a.py", mimetype="application/vnd.oasis.opendocument.text"), "zip"),
])
def test_office_files_are_told_by_their_parts(data: bytes, suffix: str) -> None:
    found = kind_of(data)
    assert found is not None and found.suffix == suffix and not found.is_picture


def test_an_archive_of_endless_parts_is_not_looked_into() -> None:
    whole = packed("[Content_Types].xml", "word/document.xml")
    assert kind_of(whole + PART * MOST_PARTS) is None


def test_people_send_papers_office_files_and_texts() -> None:
    assert {kind.suffix for kind in ORDINARY} == {
        "pdf", "jpg", "png", "webp", "docx", "xlsx", "pptx", "odt", "ods", "odp", "txt"} and ZIP not in ORDINARY


@pytest.mark.parametrize(("kind", "name", "expected"), [
    (TEXT, "Plan.CSV", CSV), (TEXT, "plan.txt", TEXT), (TEXT, "plan.html", TEXT), (PDF, "plan.csv", PDF)])
def test_only_a_text_may_be_called_a_table(kind: FileKind, name: str, expected: FileKind) -> None:
    assert named(kind, name) == expected


@pytest.mark.parametrize(("name", "expected"), [
    ("Budget.xlsx", "Budget"), ("..\\secret/Harvest_plan.pdf", "Harvest plan"), ("plan", "plan"), ("", ""), (".profile", ".profile"),
    ("invoice\u202efdp.exe", "invoicefdp"), ("a" * 30 + ".pdf", "a" * 20), ("  \n.txt", "")])
def test_a_name_is_kept_without_what_could_mislead(name: str, expected: str) -> None:
    assert plain_name(name, 20) == expected
