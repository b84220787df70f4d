"""What is known of a session's recorded tracks: ``manifest.json`` beside the files, each time whole by a rename.

``{"session", "opened_at", "runs", "ended", "tracks": [{"file", "kind", "language", "source", "peer", "point", "name", "codec",
"width", "height", "started_at", "ended_at", "offset_seconds", "seconds", "octets", "lost", "sha256", "cut"}]}``. A track is one
file: a source that comes again, and whatever comes after a closed item or after a crash (``cut``), begins another.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from signaling.kept_files import Held, checksum, read_facts, write_facts

MANIFEST = "manifest.json"


class Manifest(Held):
    """One session's folder, held by one process at a time. Raises Taken."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, 0o700)
        self.data: dict[str, Any] = read(folder) or {"session": folder.name, "opened_at": None, "runs": 0, "ended": False, "tracks": []}

    @property
    def tracks(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.data["tracks"]
        return found

    def begin(self, opened_at: datetime | None) -> None:
        """A recorder goes on from here; what one before it has left unfinished ends where its file does."""
        self.data |= {"runs": self.data["runs"] + 1, "ended": False}
        self.data["opened_at"] = self.data["opened_at"] or (opened_at.isoformat() if opened_at else None)
        self.settle_left()
        self.save()

    def settle_left(self) -> None:
        for track in self.tracks:
            if track["ended_at"] is None:
                self._end_left(track)

    def _end_left(self, track: dict[str, Any]) -> None:
        path = self.folder / track["file"]
        if path.exists():
            track["ended_at"] = datetime.fromtimestamp(path.stat().st_mtime, UTC).isoformat()
            track["seconds"] = max(0.0, (moment(track["ended_at"]) - moment(track["started_at"])).total_seconds())
            track["octets"], track["cut"] = path.stat().st_size, True

    def add(self, track: dict[str, Any]) -> None:
        """A file has been begun."""
        self.data["tracks"].append(track)
        self.save()

    def offset(self, started_at: datetime) -> float | None:
        """Seconds of the session's clock."""
        opened = self.data["opened_at"]
        return round((started_at - moment(opened)).total_seconds(), 3) if opened else None

    def without_sum(self) -> dict[str, Any] | None:
        """A track whose file has ended and has no checksum yet."""
        return next((track for track in self.tracks if track["ended_at"] is not None and track["sha256"] is None
                     and (self.folder / track["file"]).exists()), None)

    def finish(self) -> None:
        """The session is over."""
        self.settle_left()
        while track := self.without_sum():
            track["sha256"] = checksum(self.folder / track["file"])
        self.data["ended"] = True
        self.save()

    def save(self) -> None:
        write_facts(self.folder / MANIFEST, self.data)


def read(folder: Path) -> dict[str, Any] | None:
    """A session's manifest; None where there is none."""
    return read_facts(folder / MANIFEST)


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
