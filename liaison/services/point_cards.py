"""A point's own page: what it has, who acts for it, what it is at this moment, and what comes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session as DbSession

from ..domain.actor import Actor, require
from ..domain.errors import Invalid
from ..domain.text import text_error
from ..domain.words import AccountRole, SessionStatus
from ..house import House
from ..i18n import N_
from ..store import tables as t
from .audit import record
from .network_states import SessionAt, session_at
from .points import PointView, find_point, point_view

UPCOMING = 8
MOST_ITEMS, LONGEST_NAME, LONGEST_DETAIL, MOST_PIECES, LONGEST_NOTE = 60, 120, 200, 999, 2000


@dataclass(frozen=True)
class Officer:
    """Who acts for the point. ``phone`` and ``email`` are empty for readers outside it."""

    id: str
    name: str
    phone: str = ""
    email: str = ""


@dataclass(frozen=True)
class PointCard:
    """``inside``: the reader may see how it did and who to reach; ``editable``: may change what it has."""

    point: PointView
    inside: bool
    editable: bool
    equipment: tuple[dict[str, Any], ...] = ()
    note: str = ""
    picture: str = ""  # its digest; empty: there is none
    officers: tuple[Officer, ...] = ()
    upcoming: tuple[SessionAt, ...] = field(default_factory=tuple)


def may_keep(actor: Actor, point_id: str) -> bool:
    """Whether the actor looks after this point: the help desk, administrators, and its officers."""
    return actor.assists or (actor.role is AccountRole.OFFICER and point_id in actor.points)


def point_card(house: House, actor: Actor, slug: str) -> PointCard:
    """For everybody who is signed in. Raises NotFound, Unauthenticated."""
    require(actor.signed_in, actor)
    now = house.clock.now()
    with house.db.read() as db:
        point = find_point(db, slug)
        card, inside = db.get(t.PointCard, point.id), actor.sees_all or may_keep(actor, point.id)
        return PointCard(
            point_view(point, actor), inside, may_keep(actor, point.id), tuple(card.equipment) if card else (), card.note if card else "",
            db.scalar(select(t.PointPicture.digest).where(t.PointPicture.point_id == point.id)) or "",
            _officers(db, point.id, inside), _upcoming(db, actor, point.id, now))


def _officers(db: DbSession, point_id: str, inside: bool) -> tuple[Officer, ...]:
    query = (select(t.User).join(t.UserPoint, t.UserPoint.user_id == t.User.id)
             .where(t.UserPoint.point_id == point_id, t.User.active).order_by(t.User.full_name, t.User.name))
    return tuple(Officer(user.id, user.full_name or user.name, user.phone if inside else "", user.email if inside else "")
                 for user in db.scalars(query))


def _upcoming(db: DbSession, actor: Actor, point_id: str, now: datetime) -> tuple[SessionAt, ...]:
    query = (select(t.Session).join(t.Invitation, t.Invitation.session_id == t.Session.id).where(
        t.Invitation.point_id == point_id, t.Session.ends_at > now,
        t.Session.status.in_((SessionStatus.CONFIRMED, SessionStatus.LIVE))).order_by(t.Session.starts_at, t.Session.id).limit(UPCOMING))
    return tuple(session_at(actor, session, now) for session in db.scalars(query))


def keep_card(house: House, actor: Actor, slug: str, equipment: Sequence[Mapping[str, Any]], note: str) -> None:
    """Put down what the point has and how to find it. Its officers, the help desk. Raises Invalid, NotFound, Forbidden."""
    with house.db.write() as db:
        point = find_point(db, slug)
        require(may_keep(actor, point.id), actor)
        wanted = {"equipment": _checked(equipment), "note": note.strip()}
        wrong = text_error(str(wanted["note"]), LONGEST_NOTE)
        if wrong:
            raise Invalid(errors=[{"field": "note", "message": wrong}])
        card = db.get(t.PointCard, point.id)
        before = {name: getattr(card, name) for name in wanted} if card else {"equipment": [], "note": ""}
        db.merge(t.PointCard(point_id=point.id, updated_at=house.clock.now(), **wanted))
        if before != wanted:
            record(db, house, actor, "point.card_changed", "point", point.slug, before, wanted)


def _checked(equipment: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Rows without a name are left out. Raises Invalid naming the row."""
    errors: list[dict[str, str]] = []
    kept = []
    for number, item in enumerate(equipment):
        row = {"name": str(item.get("name", "")).strip(), "detail": str(item.get("detail", "")).strip(), "count": item.get("count", 1)}
        if not row["name"] and not row["detail"]:
            continue
        errors += [{"field": f"equipment.{number}.{name}", "message": message} for name, message in _row_errors(row)]
        kept.append(row)
    if len(kept) > MOST_ITEMS:
        errors.append({"field": "equipment", "message": N_("There are too many.")})
    if errors:
        raise Invalid(errors=errors)
    return kept


def _row_errors(row: Mapping[str, Any]) -> list[tuple[str, str]]:
    found = []
    if not row["name"]:
        found.append(("name", N_("Say what it is.")))
    for name, longest in (("name", LONGEST_NAME), ("detail", LONGEST_DETAIL)):
        wrong = text_error(row[name], longest)
        if wrong:
            found.append((name, wrong))
    count = row["count"]
    if not isinstance(count, int) or isinstance(count, bool) or not 0 < count <= MOST_PIECES:
        found.append(("count", N_("Give a number from 1 to 999.")))
    return found
