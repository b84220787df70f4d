"""The check of the repository finds what it is for, and nothing in what is fine."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools import check_repository


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(check_repository, "ROOT", tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("name", "text", "count"),
    [
        ("requirements.txt", "thing==1 --hash=sha256:00\n", 0),
        ("requirements.txt", "--index-url " + "https:" + "//somewhere/simple\n", 1),
        ("notes.md", "see " + "/ho" + "me/somebody/file\n", 1),
        ("notes.md", "see /opt/liaison and https://example.org/work/flow\n", 0),
        ("module.py", "x = 1\n" * check_repository.LONGEST_MODULE, 0),
        ("module.py", "x = 1\n" * (check_repository.LONGEST_MODULE + 1), 1),
    ],
)
def test_findings(folder: Path, name: str, text: str, count: int) -> None:
    (folder / name).write_text(text)
    assert len(check_repository.findings(Path(name))) == count


def test_a_large_file_is_found(folder: Path) -> None:
    (folder / "video.bin").write_bytes(bytes(check_repository.LARGEST_FILE + 1))
    assert len(check_repository.findings(Path("video.bin"))) == 1
