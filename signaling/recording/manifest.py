"""What is known of a session's recorded tracks: ``manifest.json`` beside the files, each time whole and for good.

``{"session", "opened_at", "runs", "ended", "tracks": [{"file", "kind", "language", "source", "peer", "point", "name", "codec",
"width", "height", "started_at", "ended_at", "offset_seconds", "seconds", "octets", "lost", "sha256", "cut"}]}``. A track is one
file: a source that comes again, and whatever comes after a closed item or after a crash (``cut``), begins another.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from signaling.kept_files import Held, checksum, facts, read_facts, save_folder, write_for_good

from .mending import mend

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
        save_folder(self.folder.parent)

    def settle_left(self) -> None:
        for track in list(self.tracks):
            path = self.folder / track["file"]
            if track["ended_at"] is None and path.exists():
                self._settle(track, path)

    def _settle(self, track: dict[str, Any], path: Path) -> None:
        """A file in which nothing can be played is no track."""
        seconds = mend(path)
        if seconds is None:
            self.tracks.remove(track)
            path.unlink()
            return
        ended = moment(track["started_at"]) + timedelta(seconds=seconds)
        track |= {"seconds": seconds, "ended_at": ended.isoformat(), "octets": path.stat().st_size, "cut": True}

    def next_number(self) -> int:
        """Of a track's file, behind those that are there: a power cut may leave some of which the manifest knows nothing."""
        named = [track["file"] for track in self.tracks] + [path.name for path in self.folder.glob("*.mkv")]
        return 1 + max((int(name[:4]) for name in named if name[:4].isdigit()), default=0)

    def add(self, track: dict[str, Any]) -> None:
        """A file has been begun; whoever adds it saves."""
        self.tracks.append(track)

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
        self.put(self.said())

    def said(self) -> bytes:
        return facts(self.data)

    def put(self, said: bytes) -> None:
        """Raises OSError."""
        write_for_good(self.folder / MANIFEST, said)


def read(folder: Path) -> dict[str, Any] | None:
    """A session's manifest; None where there is none."""
    return read_facts(folder / MANIFEST)


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
