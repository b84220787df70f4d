"""Addresses of broadcasts that are not public: signed, and in force for a while; whoever has one may watch.

As nginx's ``secure_link_md5`` makes them (ngx_http_secure_link_module), so that a server in front can look at them before its cache
answers: MD5 of the end, the session and the secret behind them, in base64url.
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import urlsafe_b64encode
from datetime import datetime, timedelta

from ..config import Settings
from ..domain.actor import SYSTEM, Actor
from ..domain.errors import NotFound
from ..domain.lifecycle import HARD_LIMIT
from ..domain.words import SessionStatus
from ..house import House
from ..secret import derived_key
from .session_views import SessionView, get_session

RECORDING = timedelta(hours=12)
"""An address of what is over is in force for so long."""


def link_secret(settings: Settings) -> str:
    """What nginx must know."""
    return derived_key(settings, "broadcast address").hex()


def mark_of(settings: Settings, until: int, session_id: str) -> str:
    """The signature of an address."""
    signed = f"{until}{session_id} {link_secret(settings)}".encode()
    return urlsafe_b64encode(hashlib.md5(signed, usedforsecurity=False).digest()).rstrip(b"=").decode()


def in_force(house: House, until: str, mark: str, session_id: str) -> bool:
    """Whether an address is one of ours and not over. Looks at nothing but the address."""
    if not (until.isascii() and until.isdigit() and len(until) <= 12 and mark.isascii()):
        return False
    right = hmac.compare_digest(mark, mark_of(house.settings, int(until), session_id))
    return right and int(until) > house.clock.now().timestamp()


def signed_path(house: House, actor: Actor, session_id: str) -> str:
    """The address of the page for whoever may see the session. Raises NotFound, Unauthenticated, Forbidden."""
    view = get_session(house, actor, session_id)
    if not view.broadcast:
        raise NotFound()
    until = int(_until(house, view).timestamp())
    return f"/signed/{until}/{mark_of(house.settings, until, view.id)}/{view.id}"


def _until(house: House, view: SessionView) -> datetime:
    """The session's last possible end, so that everybody's address is the same; afterwards some hours from now."""
    if view.status in (SessionStatus.CONFIRMED, SessionStatus.LIVE):
        return view.ends_at + HARD_LIMIT + timedelta(hours=1)
    return house.clock.now() + RECORDING


def broadcast_session(house: House, session_id: str) -> SessionView:
    """A session that is broadcast, public or not. Raises NotFound."""
    view = get_session(house, SYSTEM, session_id)
    if not view.broadcast:
        raise NotFound()
    return view
