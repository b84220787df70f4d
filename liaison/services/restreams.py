"""Where a broadcast is handed on to, beside our own page: an RTMP address and its key, which nobody is shown again.

A session without a row of its own is handed on where the whole site is (``restream_address``), if it is public; a row without an
address says that it is not.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography.fernet import Fernet, InvalidToken
from sqlalchemy import delete
from sqlalchemy.orm import Session as DbSession

from ..config import Settings
from ..domain.actor import Actor, require
from ..domain.errors import Invalid, NotFound
from ..domain.restreams import is_address, is_key, joined
from ..domain.sessions import CHANGEABLE
from ..house import House
from ..i18n import N_
from ..secret import derived_key
from ..store import tables as t
from . import audit
from .session_views import SessionView, load_session, require_visible

STATUS = "restream.json"


@dataclass(frozen=True)
class Restream:
    """What the office sees. ``state``: ``sending``, ``waiting`` (for the broadcast, or for the next try), ``over``; ``problem``:
    ``unreachable``, ``refused`` or ``broken`` while it fails, after so many ``tries``; ``default``: where the whole site is."""

    address: str
    default: bool
    state: str = "waiting"
    tries: int = 0
    problem: str = ""
    since: datetime | None = None


def set_restream(house: House, actor: Actor, session_id: str, address: str, key: str) -> None:
    """Hand a session's broadcast on to that address. The key goes with it each time: it is never sent to another address than the
    one for which it was given. Raises NotFound, Unauthenticated, Forbidden, Invalid."""
    require(actor.plans, actor)
    address, key = address.strip(), key.strip()
    errors = _errors(address, key)
    with house.db.write() as db:
        session = _broadcast_session(db, house, actor, session_id)
        if errors:
            raise Invalid(errors=errors)
        db.merge(t.Restream(session_id=session.id, address=address, key=_box(house.settings).encrypt(key.encode()).decode()))
        audit.record(db, house, actor, "restream.set", "session", session.id, after={"address": address})


def hand_on_as_all(house: House, actor: Actor, session_id: str) -> None:
    """Hand it on where the whole site is. Raises NotFound (nowhere, or it is not public), Unauthenticated, Forbidden, Invalid."""
    require(actor.plans, actor)
    with house.db.write() as db:
        session = _broadcast_session(db, house, actor, session_id)
        if not _as_all(house, session):
            raise NotFound()
        db.execute(delete(t.Restream).where(t.Restream.session_id == session.id))
        audit.record(db, house, actor, "restream.set", "session", session.id, after={"address": house.settings.restream_address})


def remove_restream(house: House, actor: Actor, session_id: str) -> None:
    """Hand it on no more, also not where the whole site is; nothing happens where it was not. Raises NotFound, Unauthenticated,
    Forbidden."""
    require(actor.plans, actor)
    with house.db.write() as db:
        session = require_visible(house, actor, load_session(db, session_id))
        address = _address(db, house, session)
        if not address:
            return
        db.execute(delete(t.Restream).where(t.Restream.session_id == session.id))
        if _as_all(house, session):
            db.add(t.Restream(session_id=session.id, address="", key=""))
        audit.record(db, house, actor, "restream.removed", "session", session.id, before={"address": address})


def let_go(db: DbSession, house: House, actor: Actor, session: t.Session) -> None:
    """A session is not public any more: what was said of it before holds no longer. Inside another's transaction."""
    row = db.get(t.Restream, session.id)
    if row is not None and row.address:
        db.delete(row)
        audit.record(db, house, actor, "restream.removed", "session", session.id, before={"address": row.address})


def restream_of(house: House, actor: Actor, session_id: str) -> Restream | None:
    """For those who plan; None where there is none. Raises NotFound, Unauthenticated, Forbidden."""
    require(actor.plans, actor)
    with house.db.read() as db:
        session = require_visible(house, actor, load_session(db, session_id))
        address, default = _address(db, house, session), db.get(t.Restream, session.id) is None
    if not address:
        return None
    try:
        told = json.loads((house.settings.broadcasts_folder / session_id / STATUS).read_text())
    except (FileNotFoundError, ValueError):
        return Restream(address, default)
    return Restream(address, default, told["state"], told["tries"], told["problem"], datetime.fromtimestamp(told["since"], UTC))


def may_go_as_all(house: House, session: SessionView) -> bool:
    """Whether the whole site is handed on somewhere, and this session could be too."""
    return bool(house.settings.restream_address) and session.public and session.broadcast


def target_of(house: House, session_id: str) -> str:
    """Address and key as one; empty where there is none, or where the installation's secret is another. For the encoder alone."""
    with house.db.read() as db:
        row, session = db.get(t.Restream, session_id), db.get(t.Session, session_id)
        if row is None:
            by_all = session is not None and _as_all(house, session)
            return joined(house.settings.restream_address, house.settings.restream_key) if by_all else ""
    try:
        key = _box(house.settings).decrypt(row.key.encode()).decode()
    except InvalidToken:
        return ""
    return joined(row.address, key) if row.address else ""


def _address(db: DbSession, house: House, session: t.Session) -> str:
    row = db.get(t.Restream, session.id)
    if row is not None:
        return row.address
    return house.settings.restream_address if _as_all(house, session) else ""


def _as_all(house: House, session: t.Session) -> bool:
    return bool(house.settings.restream_address) and session.public and session.broadcast


def _broadcast_session(db: DbSession, house: House, actor: Actor, session_id: str) -> t.Session:
    session = require_visible(house, actor, load_session(db, session_id))
    if not session.broadcast or session.status not in CHANGEABLE:
        raise Invalid(errors=[{"field": "address", "message": N_("This session has no broadcast.")}])
    return session


def _errors(address: str, key: str) -> list[dict[str, str]]:
    found = []
    if not is_address(address):
        found.append({"field": "address", "message": N_("This is not an address to which a broadcast can be handed on.")})
    if not is_key(key):
        found.append({"field": "key", "message": N_("Give the key that the other site shows for this broadcast.")})
    return found


def _box(settings: Settings) -> Fernet:
    return Fernet(urlsafe_b64encode(derived_key(settings, "restream key")))
