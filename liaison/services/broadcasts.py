"""Broadcasts of public sessions as their viewers find them: whether there is one, and its files.

The encoder (``signaling.broadcast``) writes them; here they are only read. Nobody is asked who he is: a public session is for everybody.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select

from ..domain.actor import ANONYMOUS
from ..domain.errors import Forbidden, NotFound, Unauthenticated
from ..domain.words import SessionStatus
from ..house import House
from ..store import tables as t
from .session_views import SessionView, get_session

STATE = "state.json"
FILE = re.compile(r"(?:(?:live|whole)(?:-[a-z0-9-]+)?\.m3u8|(?:v\d+|sound(?:-[a-z]{2})?)/(?:(?:live|whole)\.m3u8|init-\d+\.mp4|\d+\.m4s))")
"""What viewers fetch: playlists, and each track's playlists, beginnings and segments."""
STEPS = ("full", "ten", "five", "small", "still")
"""How good a broadcast may be, from the best; what each means is said in ``signaling.broadcast.shedding``."""
TOLD = ("ended", "began", "slate", "item", "speaker", "question", "languages")


def broadcast_of(house: House, session_id: str) -> dict[str, Any] | None:
    """``{ended, began, slate, item, speaker, question, languages}`` of a public session's broadcast; None without one. Raises NotFound."""
    public_session(house, session_id)
    state = _state(house, session_id)
    return {name: state.get(name) for name in TOLD} if state.get("runs") else None


def began_at(house: House, session_id: str) -> datetime | None:
    """When the broadcast began that is the session's recording; None where there is none. For a session that is known."""
    began = _state(house, session_id).get("began")
    return datetime.fromisoformat(began) if began else None


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
        live = db.scalars(select(t.Session.id).where(t.Session.status == SessionStatus.LIVE.value, t.Session.public)).all()
    return Counter(found.step for session_id in live if (found := on_air(house, session_id)) is not None)


def _state(house: House, session_id: str) -> dict[str, Any]:
    try:
        state: dict[str, Any] = json.loads((house.settings.broadcasts_folder / session_id / STATE).read_text())
    except (FileNotFoundError, ValueError):
        return {}
    return state


def broadcast_file(house: House, session: SessionView, name: str) -> Path:
    """A file that viewers may fetch, of a session that ``public_session`` has found. Raises NotFound."""
    if not FILE.fullmatch(name) or not session.public:
        raise NotFound()
    path = house.settings.broadcasts_folder / session.id / name
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
