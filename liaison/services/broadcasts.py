"""Broadcasts of public sessions as their viewers find them: whether there is one, and its files.

The encoder (``signaling.broadcast``) writes them; here they are only read. Nobody is asked who he is: a public session is for everybody.
"""

from __future__ import annotations

import json
import re
from datetime import datetime
from pathlib import Path
from typing import Any

from ..domain.actor import ANONYMOUS
from ..domain.errors import Forbidden, NotFound, Unauthenticated
from ..house import House
from .session_views import SessionView, get_session

STATE = "state.json"
FILE = re.compile(r"(?:(?:live|whole)(?:-[a-z0-9-]+)?\.m3u8|(?:v\d+|sound(?:-[a-z]{2})?)/(?:(?:live|whole)\.m3u8|init-\d+\.mp4|\d+\.m4s))")
"""What viewers fetch: playlists, and each track's playlists, beginnings and segments."""
TOLD = ("ended", "began", "slate", "item", "speaker", "languages")


def broadcast_of(house: House, session_id: str) -> dict[str, Any] | None:
    """``{ended, began, slate, item, speaker, languages}`` of a public session's broadcast; None while there is none. Raises NotFound."""
    public_session(house, session_id)
    state = _state(house, session_id)
    return {name: state.get(name) for name in TOLD} if state.get("runs") else None


def began_at(house: House, session_id: str) -> datetime | None:
    """When the broadcast began that is the session's recording; None where there is none. For a session that is known."""
    began = _state(house, session_id).get("began")
    return datetime.fromisoformat(began) if began else None


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
