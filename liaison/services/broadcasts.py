"""Broadcasts as their viewers find them: whether there is one, and its files.

The encoder (``signaling.broadcast``) writes them; here they are only read. Who may see which is asked before: a public session is for
everybody, others have signed addresses (``signed_broadcasts``).
"""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from sqlalchemy import select

from ..domain.actor import ANONYMOUS
from ..domain.errors import Forbidden, NotFound, Unauthenticated
from ..domain.recording import NONE
from ..domain.timeline import Timeline, timeline
from ..domain.words import SessionStatus
from ..house import House
from ..store import tables as t
from .session_views import SessionView, get_session

STATE, SOUND, INDEX = "state.json", "sound", "segments.jsonl"
LAST_LOOK = timedelta(minutes=1)
"""So long whoever watches live sees the end of a session of which nothing is kept."""
FILE = re.compile(r"(?:(?:live|whole)(?:-[a-z0-9-]+)?\.m3u8|(?:v\d+|sound(?:-[a-z]{2})?)/(?:(?:live|whole)\.m3u8|init-\d+\.mp4|\d+\.m4s)"
                  r"|text-[a-z]{2}/(?:(?:live|whole)\.m3u8|(?:none|\d+|file-\d+-\d+)\.vtt))")
"""What viewers fetch: playlists, and each track's playlists, beginnings and segments."""
STEPS = ("full", "ten", "five", "small", "still")
"""How good a broadcast may be, from the best; what each means is said in ``signaling.broadcast.shedding``."""
TOLD = ("ended", "began", "slate", "item", "speaker", "question", "languages", "captions")


def broadcast_of(house: House, session_id: str) -> dict[str, Any] | None:
    """``{ended, began, slate, item, speaker, question, languages}`` of a public session's broadcast; None without one. Raises NotFound."""
    if not is_shown(house, public_session(house, session_id)):
        return None
    return state_of(house, session_id)


def state_of(house: House, session_id: str) -> dict[str, Any] | None:
    """The same of a session that is known to whoever may see it."""
    state = _state(house, session_id)
    return {name: state.get(name) for name in TOLD} if state.get("runs") else None


def is_shown(house: House, view: SessionView) -> bool:
    """Whether everybody may watch a public session's broadcast: until it has ended, and afterwards as was decided of its recording."""
    if view.status != SessionStatus.ENDED:
        return True
    with house.db.read() as db:
        decided = db.scalar(select(t.SessionRecording.published).where(t.SessionRecording.session_id == view.id))
    if view.recording == NONE:
        return decided is not False and view.closed_at is not None and house.clock.now() < view.closed_at + LAST_LOOK
    return not house.settings.recording_approval if decided is None else decided


def timeline_of(house: House, session_id: str) -> Timeline | None:
    """Where moments lie in the broadcast that is the session's recording; None where there is none. For a session that is known."""
    began = _state(house, session_id).get("began")
    if not began:
        return None
    index = house.settings.broadcasts_folder / session_id / SOUND / INDEX
    return _timeline(index, index.stat().st_mtime_ns if index.exists() else 0, datetime.fromisoformat(began))


@lru_cache(maxsize=64)
def _timeline(index: Path, changed: int, began: datetime) -> Timeline:
    lines = index.read_text().splitlines() if changed else []
    rows = [json.loads(line) for line in lines if line.endswith("}")]
    return timeline(began, ((row["run"], datetime.fromisoformat(row["at"]), row["s"]) for row in rows))


@dataclass(frozen=True)
class OnAir:
    """What those who conduct a session see of its broadcast. ``step``: one of STEPS."""

    step: str
    slate: str | None


def on_air(house: House, session_id: str) -> OnAir | None:
    """None while nothing is sent. For a session that is known."""
    state = _state(house, session_id)
    return OnAir(state.get("step", "full"), state.get("slate")) if state.get("runs") and not state.get("ended") else None


def steps_on_air(house: House) -> Counter[str]:
    """How many broadcasts of live sessions are how good."""
    with house.db.read() as db:
        live = db.scalars(select(t.Session.id).where(t.Session.status == SessionStatus.LIVE.value, t.Session.broadcast)).all()
    return Counter(found.step for session_id in live if (found := on_air(house, session_id)) is not None)


def _state(house: House, session_id: str) -> dict[str, Any]:
    try:
        state: dict[str, Any] = json.loads((house.settings.broadcasts_folder / session_id / STATE).read_text())
    except (FileNotFoundError, ValueError):
        return {}
    return state


def broadcast_file(house: House, session_id: str, name: str) -> Path:
    """A file that viewers may fetch, of a session that they may see. Raises NotFound."""
    if not FILE.fullmatch(name):
        raise NotFound()
    path = house.settings.broadcasts_folder / session_id / name
    if not path.is_file():
        raise NotFound()
    return path


def public_session(house: House, session_id: str) -> SessionView:
    """As a citizen sees it, whoever asks. Raises NotFound for what is not public: nobody learns that it exists."""
    try:
        view = get_session(house, ANONYMOUS, session_id)
    except (Unauthenticated, Forbidden):
        raise NotFound() from None
    if not view.public:
        raise NotFound()
    return view
