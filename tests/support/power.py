"""What a power cut would leave: what was given to fsync(2), and nothing else.

Stricter than a real disk, which also keeps much that nobody asked it to keep: a file has what it had when it was last given to fsync
or fdatasync, and is there by the names that its folder had when that was given to fsync.
"""

from __future__ import annotations

import json
import os
import stat
import sys
import threading
from collections.abc import Callable
from pathlib import Path


class Power:
    """From now on, in this process. ``disk``: a folder in which is kept what would be left."""

    def __init__(self, disk: Path) -> None:
        self._disk, self._lock = disk, threading.Lock()
        self._open: dict[int, int] = {}  # so that no inode is given to another file
        self.calls: list[str] = []
        disk.mkdir(parents=True, exist_ok=True)
        self._real = os.fsync, os.fdatasync
        os.fsync, os.fdatasync = self._watched(os.fsync), self._watched(os.fdatasync)  # type: ignore[assignment]

    def _watched(self, real: Callable[[int], None]) -> Callable[[int], None]:
        def watched(opened: int) -> None:
            real(opened)
            with self._lock:
                self._saved(opened)
        return watched

    def _saved(self, opened: int) -> None:
        known = os.fstat(opened)
        path = os.readlink(f"/proc/self/fd/{opened}")
        self.calls.append(path)
        if stat.S_ISDIR(known.st_mode):
            with os.scandir(opened) as entries:
                names = {entry.name: entry.inode() for entry in entries if entry.is_file(follow_symlinks=False)}
            self._keep(f"folder-{known.st_ino}", json.dumps({"path": path, "names": names}).encode())
            return
        self._open.setdefault(known.st_ino, os.dup(opened))
        with Path(f"/proc/self/fd/{opened}").open("rb") as file:
            self._keep(f"file-{known.st_ino}", file.read())

    def _keep(self, name: str, data: bytes) -> None:
        (self._disk / ".new").write_bytes(data)
        os.replace(self._disk / ".new", self._disk / name)

    def close(self) -> None:
        os.fsync, os.fdatasync = self._real
        for opened in self._open.values():
            os.close(opened)


def left(disk: Path, folder: Path, into: Path) -> Path:
    """``into``, a new folder, as ``folder`` would be after a power cut now."""
    into.mkdir(parents=True)
    for said in disk.glob("folder-*"):
        known = json.loads(said.read_text())
        if Path(known["path"]) == folder:
            for name, inode in known["names"].items():
                kept = disk / f"file-{inode}"
                (into / name).write_bytes(kept.read_bytes() if kept.exists() else b"")
    return into


if __name__ == "__main__":
    from liaison.cli import main

    Power(Path(sys.argv.pop(1)))
    sys.exit(main())
