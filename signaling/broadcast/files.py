"""The two playlists of a broadcast's track."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from signaling.kept_files import write

from .measures import SEGMENT_S
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
