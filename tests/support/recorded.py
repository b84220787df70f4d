"""Recordings as their writers leave them: a broadcast in its folder, and tracks with their manifest."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from liaison.house import House
from liaison.services.recordings import WHOLE, WHOLE_FACTS

SEGMENT_S = 2.0


def keep_broadcast(house: House, session: str, began: datetime, seconds: int = 600, gap_after: int | None = None, gap_s: int = 0) -> None:
    """``gap_after`` so many seconds the encoder stood still for ``gap_s``."""
    folder = house.settings.broadcasts_folder / session
    (folder / "sound").mkdir(parents=True, exist_ok=True)
    told = {"runs": 1, "ended": True, "began": began.isoformat(), "slate": None, "item": 0, "speaker": "", "languages": ["ky", "ru"],
            "tracks": []}
    (folder / "state.json").write_text(json.dumps(told))
    rows = []
    for number in range(int(seconds / SEGMENT_S)):
        late = gap_after is not None and number * SEGMENT_S >= gap_after
        at = began + timedelta(seconds=number * SEGMENT_S + (gap_s if late else 0))
        rows.append(json.dumps({"n": number, "s": SEGMENT_S, "at": at.isoformat(), "run": 2 if late else 1}))
    (folder / "sound" / "segments.jsonl").write_text("\n".join(rows) + "\n")
    for name in ("whole.m3u8", "whole-auto-sound.m3u8"):
        (folder / name).write_text("#EXTM3U\n")
    (folder / WHOLE).write_bytes(b"0123456789")
    (folder / WHOLE_FACTS).write_text(json.dumps({"octets": 10, "sha256": sha256(b"0123456789").hexdigest()}))


def keep_tracks(house: House, session: str, began: datetime, ended: bool = True) -> None:
    """A camera and a microphone of Osh, and the Russian channel, which is still being written unless it has ``ended``."""
    folder = house.settings.recordings_folder / session
    folder.mkdir(parents=True)
    rows: list[dict[str, Any]] = []
    sources = (("camera", "osh-oblast", None), ("microphone", "osh-oblast", None), ("channel", None, "ru"))
    for number, (kind, point, language) in enumerate(sources, 1):
        name, data, whole = f"{number:04d}-{f'channel-{language}' if language else kind}.mkv", kind.encode() * 1000, ended or number < 3
        (folder / name).write_bytes(data)
        rows.append({
            "file": name, "kind": kind, "language": language, "source": f"p:{kind}", "peer": "p", "point": point,
            "name": "Osh" if point else "",
            "codec": "opus", "width": 640 if kind == "camera" else None, "height": 360 if kind == "camera" else None,
            "started_at": began.isoformat(),
            "ended_at": (began + timedelta(seconds=90)).isoformat() if whole else None, "offset_seconds": 1.0, "lost": 0,
            "seconds": 90.0 if whole else None, "octets": len(data) if whole else None, "cut": number == 2,
            "sha256": sha256(data).hexdigest() if whole else None})
    told = {"session": session, "opened_at": began.isoformat(), "runs": 1, "ended": ended, "tracks": rows}
    (folder / "manifest.json").write_text(json.dumps(told))
