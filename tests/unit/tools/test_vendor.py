"""What is vendored is what its checksums say, is licensed, and can show every letter of the three languages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont

from tools import vendor

ALPHABET = "АБВГДЕЁЖЗИЙКЛМНҢОӨПРСТУҮФХЦЧШЩЪЫЬЭЮЯ"
LETTERS = ALPHABET + ALPHABET.lower() + "№«»–—…"


def test_every_file_is_the_one_that_was_fetched() -> None:
    assert vendor.check() == []


def test_a_changed_file_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vendor, "ROOT", tmp_path)
    monkeypatch.setattr(vendor, "VENDOR", tmp_path)
    monkeypatch.setattr(vendor, "FONTS", tmp_path)
    monkeypatch.setattr(vendor, "MAP", tmp_path)
    (tmp_path / "library.js").write_text("good")
    (tmp_path / vendor.CHECKSUMS).write_text(vendor.checksums(tmp_path))
    assert vendor.check() == []
    (tmp_path / "library.js").write_text("changed")
    assert vendor.check()


@pytest.mark.parametrize("package", vendor.PACKAGES, ids=lambda p: p.name)
def test_every_package_has_its_files_and_licence(package: vendor.Package) -> None:
    assert [name for name in package.files.values() if not (package.target / name).is_file()] == []
    assert any(name.startswith("LICENSE") for name in package.files.values())


@pytest.mark.parametrize("name", ["DejaVuSans.ttf", "DejaVuSans-Bold.ttf"])
def test_the_fonts_of_documents_have_every_letter(name: str) -> None:
    known = TTFont(vendor.FONTS / name).getBestCmap()
    assert [letter for letter in LETTERS if ord(letter) not in known] == []


def test_the_fonts_of_pages_cover_every_letter() -> None:
    css = (vendor.VENDOR / "inter" / "inter.css").read_text()
    covered = [range_ for rule in re.findall(r"unicode-range: ([^;]+);", css) for range_ in rule.split(",")]
    spans = [tuple(int(end, 16) for end in (r.strip()[2:] + "-" + r.strip()[2:]).split("-")[:2]) for r in covered]
    assert [c for c in LETTERS if not any(low <= ord(c) <= max(low, high) for low, high in spans)] == []


def test_the_sprite_has_the_icons_that_are_named() -> None:
    sprite = (vendor.VENDOR / "icons" / "icons.svg").read_text()
    assert sorted(re.findall(r'<symbol [^>]*id="([^"]+)"', sprite)) == sorted(vendor.ICONS)
