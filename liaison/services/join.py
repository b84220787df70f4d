"""Who may enter a room as what: join tokens (JWT, RFC 7519, HS256), resume tokens, TURN credentials.

A join token opens several connections until it expires; a browser then holds a resume token bound to its peer. The booking
decides: chair only for the booked chair, organisers and administrators; point for that point's officers or an organiser. It
decides anew whenever a token is shown, and ``peers_without_right`` says whose right has ended while they are in the room.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

import jwt
from sqlalchemy import select
from sqlalchemy.orm import Session as DbSession

from ..domain.actor import Actor, require
from ..domain.errors import Forbidden, IllegalState, Invalid, NotFound, Removed, RoomFull, Unauthenticated
from ..domain.text import storable
from ..domain.words import HELP_DESK, REHEARSAL, AccountRole, RoomRole, SessionStatus
from ..house import House
from ..ids import new_id
from ..secret import derived_key
from ..store import tables as t
from . import presence, room_log
from .people import actor_of
from .session_rows import bare_session, invited_points

AUDIENCE = "room"
RESUME_AUDIENCE = "room-resume"
API_AFTER_END = timedelta(minutes=60)
PAGE_LIFETIME = timedelta(minutes=2)
HARD_LIMIT = timedelta(hours=4)
TURN_LIFETIME = timedelta(hours=12)
LONGEST_NAME = 200
DEVICE = "room-pc."
"""How the ``jti`` of a paired PC's tokens begins."""
Invited = Mapping[str, str]
"""Of a session: slug → id of every invited point."""
API_ROLES = (RoomRole.CHAIR, RoomRole.SECRETARY, RoomRole.POINT, RoomRole.INTERPRETER, RoomRole.WATCHER)


class TokenRefused(Unauthenticated):
    message = "The way into this session has expired or is not valid."
    remedy = "Open the session's page again and join from there."


@dataclass(frozen=True)
class Claims:
    """What a token says: ``point`` is a slug; ``peer`` and ``via`` only in resume tokens.

    ``own`` is not in the token: whether its account came for itself (the office gives out tokens for others too).
    """

    session: str
    role: str
    point: str | None
    name: str
    jti: str
    expires_at: datetime
    user: str | None = None
    peer: str | None = None
    via: str | None = None
    own: bool = True


@dataclass(frozen=True)
class WayIn:
    """A role in which somebody may enter, with the point (slug) it acts for."""

    role: RoomRole
    point: str | None


def issue_token(house: House, actor: Actor, session_id: str, *, role: str = "point", point: str | None = None,
                name: str = "", page: bool = False) -> dict[str, Any]:
    """A way into the room: ``{token, expires_at, room, whip, whep}``.

    From the API it lives until 60 min after the planned end, from a page 2 min. Raises Invalid, NotFound, Forbidden,
    Unauthenticated, IllegalState (ended, cancelled), Removed (by the chair).
    """
    with house.db.read() as db:
        session = _open_session(db, session_id)
        invited = invited_points(db, session_id)
        _check_fields(invited, role, point, name)
        if role == RoomRole.CHAIR and point is None:
            point = session.chair_point.slug if session.chair_point else None
        _require_role(session, invited, actor, RoomRole(role), point)
        if role != RoomRole.CHAIR and _kept_out(db, session.id, actor):
            raise Removed()
        now = house.clock.now()
        end = max(session.ends_at, session.extended_to or session.ends_at)
        expires_at = now + PAGE_LIFETIME if page else max(end, now) + API_AFTER_END
    claims = Claims(session.id, role, point, name.strip() or actor.name, new_id(), expires_at, actor.user_id)
    return _way(session.id, _sign(house, AUDIENCE, claims, now), expires_at)


def device_token(house: House, device_id: str, session_id: str, point: str, name: str) -> dict[str, Any]:
    """Like issue_token, for the paired PC of a point's room. Raises NotFound, IllegalState, Invalid (not invited).

    Every token of the device has the same ``jti``: whom the chair removes stays out, and a revoked device loses its place.
    """
    with house.db.read() as db:
        session = _open_session(db, session_id)
        _check_fields(invited_points(db, session_id), RoomRole.POINT, point, name)
    now = house.clock.now()
    claims = Claims(session.id, RoomRole.POINT, point, name, device_jti(device_id), now + PAGE_LIFETIME)
    return _way(session.id, _sign(house, AUDIENCE, claims, now), claims.expires_at)


def watch_token(house: House, session_id: str) -> dict[str, Any]:
    """Anonymous watching of a public session: like issue_token. Raises NotFound, IllegalState, RoomFull."""
    with house.db.read() as db:
        session = bare_session(db, session_id)
        if session is None or not session.public:
            raise NotFound()
        if session.status != SessionStatus.LIVE:
            raise IllegalState("This session is not live now.", remedy="Look at its time and come back then.")
        if presence.count_watchers(db, session_id) >= house.settings.watchers:
            raise RoomFull("All places for watching are taken.", remedy="Try again in a few minutes.")
    now = house.clock.now()
    expires_at = now + PAGE_LIFETIME
    claims = Claims(session.id, RoomRole.WATCHER, None, "", new_id(), expires_at)
    return _way(session.id, _sign(house, AUDIENCE, claims, now), expires_at)


def ways_in(house: House, actor: Actor, session_id: str) -> list[WayIn]:
    """Every role in which the actor may enter, the natural one first; empty: none. Raises NotFound, Removed (by the chair).

    Whoever is in the room with another device may load its page anew.
    """
    with house.db.read() as db:
        session = bare_session(db, session_id)
        if session is None:
            raise NotFound()
        ways = _ways(session, invited_points(db, session_id), actor)
        chairs = any(way.role is RoomRole.CHAIR for way in ways)
        if not chairs and _kept_out(db, session_id, actor) and not presence.is_present(db, session_id, str(actor.user_id)):
            raise Removed()
        return ways


def check_token(house: House, token: str, expired: bool = False) -> Claims:
    """The claims of a join token. Raises TokenRefused; ``expired`` ones pass when asked so (leaving works after expiry)."""
    claims = _read(house, AUDIENCE, token, expired)
    return claims if expired else _in_force(house, claims)


def issue_resume(house: House, claims: Claims, peer: str, via: str, name: str) -> str:
    """The token with which a browser comes back as the same peer; lives as long as the session may."""
    with house.db.read() as db:
        return resume_token(db, house, claims, peer, via, name)


def resume_token(db: DbSession, house: House, claims: Claims, peer: str, via: str, name: str) -> str:
    """The same for who reads already."""
    ends_at = db.scalar(select(t.Session.ends_at).where(t.Session.id == claims.session))
    if ends_at is None:
        raise NotFound()
    now = house.clock.now()
    expires_at = max(ends_at, now) + HARD_LIMIT + API_AFTER_END
    bound = Claims(claims.session, claims.role, claims.point, name, claims.jti, expires_at, claims.user, peer, via)
    return _sign(house, RESUME_AUDIENCE, bound, now)


def check_resume(house: House, token: str) -> Claims:
    """The claims of a resume token. Raises TokenRefused."""
    claims = _read(house, RESUME_AUDIENCE, token, False)
    if not claims.peer or not claims.via:
        raise TokenRefused()
    return _in_force(house, claims)


def peers_without_right(db: DbSession, session: t.Session, peers: Iterable[Holder]) -> list[str]:
    """Of the peers in a room, those who could not get in any more: account disabled or without its role, point no longer
    invited, session no longer public."""
    found = list(peers)
    ids = {peer.user for peer in found if peer.user}
    users = {user.id: user for user in db.scalars(select(t.User).where(t.User.id.in_(ids)))} if ids else {}
    invited, devices = invited_points(db, session.id), _devices_in_force(db, (peer.jti for peer in found))
    return [peer.id for peer in found
            if not (_has_right(session, invited, peer.role, peer.point, peer.user, users.get(peer.user or ""))
                    and _device_stands(devices, peer.jti, peer.point))]


def ice_servers(house: House, peer: str) -> list[dict[str, Any]]:
    """For RTCPeerConnection; TURN with short-lived credentials, or nothing."""
    settings = house.settings
    if not settings.turn_url:
        return []
    username, credential = turn_credentials(settings.turn_secret, peer, house.clock.now() + TURN_LIFETIME)
    urls = [address.url for address in settings.turn_servers]
    return [{"urls": urls, "username": username, "credential": credential}]


def turn_credentials(secret: str, name: str, expires_at: datetime) -> tuple[str, str]:
    """User name and password for a TURN server that shares the secret (draft-uberti-behave-turn-rest-00, section 2.2)."""
    username = f"{int(expires_at.timestamp())}:{name}"
    digest = hmac.new(secret.encode(), username.encode(), hashlib.sha1).digest()
    return username, base64.b64encode(digest).decode()


# ---------------------------------------------------------------- who may


class Holder(Protocol):
    """A peer in a room, by whose right it is there."""

    @property
    def id(self) -> str: ...
    @property
    def role(self) -> str: ...
    @property
    def point(self) -> str | None: ...
    @property
    def user(self) -> str | None: ...
    @property
    def jti(self) -> str: ...


def _in_force(house: House, claims: Claims) -> Claims:
    """The claims if they are still true. Raises TokenRefused."""
    with house.db.read() as db:
        session = bare_session(db, claims.session)
        user = db.get(t.User, claims.user) if claims.user else None
        invited = invited_points(db, claims.session)
        if session is not None and not _has_right(session, invited, claims.role, claims.point, claims.user, user):
            raise TokenRefused()
        if not _device_stands(_devices_in_force(db, [claims.jti]), claims.jti, claims.point):
            raise TokenRefused()
        return replace(claims, own=user is not None and not actor_of(user).plans)


def _has_right(session: t.Session, invited: Invited, role: str, point: str | None, user_id: str | None, user: t.User | None) -> bool:
    """Whether whoever was given this role may have it now. Without an account: a citizen who watches, or the system itself."""
    if point is not None and point not in invited:
        return False
    if user_id is None:
        return role != RoomRole.WATCHER or session.public
    return user is not None and user.active and _allowed(session, invited, actor_of(user), RoomRole(role), point)


def device_jti(device_id: str) -> str:
    """What stands for a paired PC in tokens and rooms."""
    return DEVICE + device_id


def _devices_in_force(db: DbSession, jtis: Iterable[str]) -> dict[str, str]:
    """Of the paired PCs named, those that are not revoked: jti → their point's slug."""
    ids = {jti.removeprefix(DEVICE) for jti in jtis if jti.startswith(DEVICE)}
    if not ids:
        return {}
    query = select(t.RoomDevice.id, t.Point.slug).join(t.Point, t.Point.id == t.RoomDevice.point_id)
    return {device_jti(device_id): slug for device_id, slug in db.execute(
        query.where(t.RoomDevice.id.in_(ids), t.RoomDevice.revoked_at.is_(None)))}


def _device_stands(devices: Mapping[str, str], jti: str, point: str | None) -> bool:
    return not jti.startswith(DEVICE) or devices.get(jti) == point


def _kept_out(db: DbSession, session_id: str, actor: Actor) -> bool:
    """Whether the chair has removed this account; whoever plans sessions is above that."""
    return not actor.plans and actor.user_id in room_log.removed_users(db, session_id)


def _ways(session: t.Session, invited: Invited, actor: Actor) -> list[WayIn]:
    chair_point = session.chair_point.slug if session.chair_point else None
    own = [slug for slug, point_id in invited.items() if point_id in actor.points]
    ways: list[WayIn] = []
    if is_chair(session, actor):
        ways.append(WayIn(RoomRole.CHAIR, chair_point))
    if actor.user_id and actor.user_id == session.deputy_user_id:
        ways.append(WayIn(RoomRole.DEPUTY, own[0] if own else None))
    if actor.user_id and actor.user_id == session.secretary_user_id:
        ways.append(WayIn(RoomRole.SECRETARY, None))
    ways += [WayIn(RoomRole.POINT, slug) for slug in own]
    if actor.role is AccountRole.INTERPRETER:
        ways.append(WayIn(RoomRole.INTERPRETER, None))
    if _may_watch(session, invited, actor):
        ways.append(WayIn(RoomRole.WATCHER, None))
    if actor.plans:
        ways += [WayIn(RoomRole.CHAIR, chair_point), WayIn(RoomRole.SECRETARY, None), *(WayIn(RoomRole.POINT, slug) for slug in invited)]
    return list(dict.fromkeys(ways))


def is_chair(session: t.Session, actor: Actor) -> bool:
    """The booked chair: the user named, or, where none is, the officers of the chair's point; the help desk in its own room."""
    if session.kind == HELP_DESK:
        return actor.assists
    if session.kind == REHEARSAL and actor.plans:  # whoever prepares the session leads its rehearsal
        return True
    if session.chair_user_id is not None:
        return actor.user_id == session.chair_user_id
    return session.chair_point_id is not None and session.chair_point_id in actor.points


def _may_watch(session: t.Session, invited: Invited, actor: Actor) -> bool:
    concerned = (session.secretary_user_id, session.booked_by_id, session.deputy_user_id, session.chair_user_id)
    called = not actor.points.isdisjoint(invited.values()) or (actor.user_id is not None and actor.user_id in concerned)
    return actor.sees_all or called or (actor.signed_in and session.public)


def _require_role(session: t.Session, invited: Invited, actor: Actor, role: RoomRole, point: str | None) -> None:
    require(actor.signed_in, actor)
    if not _allowed(session, invited, actor, role, point):
        raise Forbidden("You may not enter this session in this role.", remedy="Ask the organiser of the session.")


def _allowed(session: t.Session, invited: Invited, actor: Actor, role: RoomRole, point: str | None) -> bool:
    point_id = invited.get(point) if point is not None else None
    own = point_id is not None and (actor.plans or point_id in actor.points)
    allowed = {
        RoomRole.CHAIR: actor.plans or is_chair(session, actor),
        RoomRole.DEPUTY: actor.user_id is not None and actor.user_id == session.deputy_user_id,
        RoomRole.SECRETARY: actor.plans or (actor.user_id is not None and actor.user_id == session.secretary_user_id),
        RoomRole.POINT: own,
        RoomRole.INTERPRETER: actor.plans or actor.role is AccountRole.INTERPRETER,
        RoomRole.WATCHER: _may_watch(session, invited, actor),
    }[role]
    # Whoever comes in under a point's name is counted for it and speaks for it, whatever the role.
    presides = role is RoomRole.CHAIR and point_id == session.chair_point_id
    return allowed and (point is None or own or presides)


def _check_fields(invited: Invited, role: str, point: str | None, name: str) -> None:
    errors = []
    if role not in [str(known) for known in RoomRole]:
        errors.append({"field": "role", "message": "Choose chair, point, interpreter or watcher."})
    elif role == RoomRole.POINT and point is None:
        errors.append({"field": "point", "message": "Name the point."})
    if point is not None and point not in invited:
        errors.append({"field": "point", "message": "This point is not invited to the session."})
    if len(name) > LONGEST_NAME or not storable(name):
        errors.append({"field": "name", "message": "Use at most 200 plain characters."})
    if errors:
        raise Invalid(errors=errors)


def _open_session(db: DbSession, session_id: str) -> t.Session:
    session = bare_session(db, session_id)
    if session is None:
        raise NotFound()
    if session.status == SessionStatus.ENDED:
        raise IllegalState("This session has ended.", remedy="Look at the list of sessions.")
    if session.status == SessionStatus.CANCELLED:
        raise IllegalState("This session has been cancelled.", remedy="Look at the list of sessions.")
    return session


# ---------------------------------------------------------------- the tokens themselves


def _way(session_id: str, token: str, expires_at: datetime) -> dict[str, Any]:
    return {"token": token, "expires_at": expires_at, "room": f"/room/{session_id}", "whip": f"/whip/{session_id}",
            "whep": f"/whep/{session_id}"}


def _sign(house: House, audience: str, claims: Claims, now: datetime) -> str:
    payload = {"aud": audience, "session": claims.session, "role": str(claims.role), "point": claims.point, "name": claims.name,
               "jti": claims.jti, "user": claims.user, "iat": int(now.timestamp()), "exp": int(claims.expires_at.timestamp())}
    if claims.peer:
        payload |= {"peer": claims.peer, "via": claims.via}
    return jwt.encode(payload, derived_key(house.settings, "join"), algorithm="HS256")


def _read(house: House, audience: str, token: str, expired: bool) -> Claims:
    """Expiry is judged by the house's clock, so PyJWT's own look at the system's is switched off."""
    try:
        data = jwt.decode(token, derived_key(house.settings, "join"), algorithms=["HS256"], audience=audience,
                          options={"verify_exp": False, "verify_iat": False, "require": ["exp", "aud", "session", "role", "jti"]})
        expires_at = datetime.fromtimestamp(data["exp"], UTC)
        claims = Claims(data["session"], data["role"], data.get("point"), data.get("name") or "", data["jti"], expires_at,
                        data.get("user"), data.get("peer"), data.get("via"))
    except (jwt.InvalidTokenError, ValueError, KeyError, TypeError) as exc:
        raise TokenRefused() from exc
    if claims.expires_at <= house.clock.now() and not expired:
        raise TokenRefused()
    return claims
