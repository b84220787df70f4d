"""Where a broadcast is handed on to, beside our own page: an RTMP address and its key, which nobody is shown again."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

from cryptography.fernet import Fernet, InvalidToken
from sqlalchemy.orm import Session as DbSession

from ..config import Settings
from ..domain.actor import Actor, require
from ..domain.errors import Invalid
from ..domain.sessions import CHANGEABLE
from ..house import House
from ..i18n import N_
from ..secret import derived_key
from ..store import tables as t
from . import audit
from .session_views import load_session, require_visible

STATUS = "restream.json"
LONGEST = 300
"""Of an address, and of a key."""


@dataclass(frozen=True)
class Restream:
    """What the office sees. ``state``: ``sending``, ``waiting`` (for the broadcast, or for the next try), ``over``; ``problem``:
    ``unreachable``, ``refused`` or ``broken`` while it fails, after so many ``tries``."""

    address: str
    state: str
    tries: int
    problem: str
    since: datetime | None


def set_restream(house: House, actor: Actor, session_id: str, address: str, key: str) -> None:
    """Hand a session's broadcast on to that address. The key goes with it each time: it is never sent to another address than the
    one for which it was given. Raises NotFound, Unauthenticated, Forbidden, Invalid."""
    require(actor.plans, actor)
    address, key = address.strip(), key.strip()
    errors = [*_address_errors(address), *_key_errors(key)]
    with house.db.write() as db:
        session = _broadcast_session(db, house, actor, session_id)
        if errors:
            raise Invalid(errors=errors)
        db.merge(t.Restream(session_id=session.id, address=address, key=_box(house.settings).encrypt(key.encode()).decode()))
        audit.record(db, house, actor, "restream.set", "session", session.id, after={"address": address})


def remove_restream(house: House, actor: Actor, session_id: str) -> None:
    """Hand it on no more; nothing happens where it was not. Raises NotFound, Unauthenticated, Forbidden."""
    require(actor.plans, actor)
    with house.db.write() as db:
        session = require_visible(house, actor, load_session(db, session_id))
        row = db.get(t.Restream, session.id)
        if row is not None:
            db.delete(row)
            audit.record(db, house, actor, "restream.removed", "session", session.id, before={"address": row.address})


def restream_of(house: House, actor: Actor, session_id: str) -> Restream | None:
    """For those who plan; None where there is none. Raises Unauthenticated, Forbidden."""
    require(actor.plans, actor)
    with house.db.read() as db:
        row = db.get(t.Restream, session_id)
    if row is None:
        return None
    try:
        told = json.loads((house.settings.broadcasts_folder / session_id / STATUS).read_text())
    except (FileNotFoundError, ValueError):
        return Restream(row.address, "waiting", 0, "", None)
    return Restream(row.address, told["state"], told["tries"], told["problem"], datetime.fromtimestamp(told["since"], UTC))


def target_of(house: House, session_id: str) -> str:
    """Address and key as one; empty where there is none, or where the installation's secret is another. For the encoder alone."""
    with house.db.read() as db:
        row = db.get(t.Restream, session_id)
    if row is None:
        return ""
    try:
        key = _box(house.settings).decrypt(row.key.encode()).decode()
    except InvalidToken:
        return ""
    return f"{row.address.rstrip('/')}/{key}"


def _broadcast_session(db: DbSession, house: House, actor: Actor, session_id: str) -> t.Session:
    session = require_visible(house, actor, load_session(db, session_id))
    if not session.broadcast or session.status not in CHANGEABLE:
        raise Invalid(errors=[{"field": "address", "message": N_("This session has no broadcast.")}])
    return session


def _address_errors(address: str) -> list[dict[str, str]]:
    try:
        parts = urlsplit(address)
        fine = parts.scheme in ("rtmp", "rtmps") and bool(parts.hostname) and not parts.username and parts.port != 0
    except ValueError:
        fine = False
    if fine and len(address) <= LONGEST and _plain(address):
        return []
    return [{"field": "address", "message": N_("This is not an address to which a broadcast can be handed on.")}]


def _key_errors(key: str) -> list[dict[str, str]]:
    fine = 0 < len(key) <= LONGEST and _plain(key)
    return [] if fine else [{"field": "key", "message": N_("Give the key that the other site shows for this broadcast.")}]


def _plain(text: str) -> bool:
    """FFmpeg takes blanks in an address for its own options."""
    return text.isascii() and text.isprintable() and not any(sign in text for sign in " \"'\\")


def _box(settings: Settings) -> Fernet:
    return Fernet(urlsafe_b64encode(derived_key(settings, "restream key")))
