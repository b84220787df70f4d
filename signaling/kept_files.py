"""Files of broadcasts and recordings: a folder that one process holds, and files that are there whole or not at all.

What is written ``for_good`` is there after a power cut too (fsync(2): the file, and then the folder that names it).
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from pathlib import Path
from typing import Any

LOCK = "lock"
CHUNK = 1 << 20


class Taken(Exception):
    """Another process holds this session's folder."""


class Held:
    """A session's folder, made where it is missing, held by one process at a time. Raises Taken."""

    def __init__(self, folder: Path, mode: int) -> None:
        folder.mkdir(mode=mode, parents=True, exist_ok=True)
        self.folder = folder
        self._lock = (folder / LOCK).open("w")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._lock.close()
            raise Taken(str(folder)) from None

    def close(self) -> None:
        self._lock.close()


def write(path: Path, text: str) -> None:
    write_bytes(path, text.encode())


def write_bytes(path: Path, data: bytes) -> None:
    """Whole or not at all."""
    fresh = path.with_name(f".{path.name}.new")
    fresh.write_bytes(data)
    os.replace(fresh, path)


def write_for_good(path: Path, data: bytes) -> None:
    fresh = path.with_name(f".{path.name}.new")
    fresh.write_bytes(data)
    rename_for_good(fresh, path)


def rename_for_good(fresh: Path, path: Path) -> None:
    with fresh.open("rb") as file:
        os.fsync(file.fileno())
    os.replace(fresh, path)
    save_folder(path.parent)


def save_folder(folder: Path) -> None:
    """The names in it."""
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def read_facts(path: Path) -> dict[str, Any] | None:
    """What a file of JSON says; None where there is none, or nothing in it."""
    try:
        known: dict[str, Any] = json.loads(path.read_text())
    except (FileNotFoundError, ValueError):
        return None
    return known


def facts(known: dict[str, Any]) -> bytes:
    return json.dumps(known, ensure_ascii=False, indent=1).encode()


def checksum(path: Path) -> str:
    """SHA-256 in hexadecimal."""
    found = hashlib.sha256()
    with path.open("rb") as file:
        while data := file.read(CHUNK):
            found.update(data)
    return found.hexdigest()
