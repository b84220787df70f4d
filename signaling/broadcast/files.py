"""Writing a broadcast's files: each whole or not at all, and the two playlists of a track."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from .encoders import SEGMENT_S
from .playlist import Segment, media_playlist

LIVE, WHOLE = "live.m3u8", "whole.m3u8"
LIVE_SEGMENTS = 150
"""So many are in the playlist of those who watch live: five minutes to go back without asking for everything."""


def write_playlists(folder: Path, segments: Sequence[Segment], ended: bool, target: int = SEGMENT_S) -> None:
    """One with the last minutes, one from the beginning."""
    latest = segments[-LIVE_SEGMENTS:]
    gone = {one.run for one in segments[:-LIVE_SEGMENTS]}
    before = len(gone - {latest[0].run}) if latest else 0
    write(folder / WHOLE, media_playlist(segments, target, ended, whole=True))
    write(folder / LIVE, media_playlist(latest, target, ended, before=before))


def write(path: Path, text: str) -> None:
    write_bytes(path, text.encode())


def write_bytes(path: Path, data: bytes) -> None:
    """Whole or not at all."""
    fresh = path.with_name(f".{path.name}.new")
    fresh.write_bytes(data)
    os.replace(fresh, path)
