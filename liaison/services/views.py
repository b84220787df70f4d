"""What pages need beside the sessions themselves: whole periods at once, and who may be named in a booking."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from ..domain.actor import Actor, require
from ..domain.words import AccountRole
from ..house import House
from ..store import tables as t
from .session_lists import LONGEST_PAGE, SessionFilter, list_sessions
from .session_views import SessionView

CONDUCTORS = (AccountRole.ORGANISER, AccountRole.ADMINISTRATOR, AccountRole.OFFICER)


@dataclass(frozen=True)
class Conductor:
    """An account that a booking may name as chair, deputy or secretary. ``points`` are slugs."""

    id: str
    label: str
    role: str
    points: tuple[str, ...]


def sessions_of_period(house: House, actor: Actor, wanted: SessionFilter, most: int = 2000) -> list[SessionView]:
    """Every session of a bounded period (give ``from_at`` and ``to_at``), by start; at most ``most``."""
    found: list[SessionView] = []
    cursor: str | None = None
    while len(found) < most:
        page = list_sessions(house, actor, wanted, cursor, LONGEST_PAGE)
        found += page.items
        cursor = page.next
        if cursor is None:
            break
    return found[:most]


def people_to_conduct(house: House, actor: Actor) -> list[Conductor]:
    """Everybody whom a booking may name: active organisers, administrators and officers, by name."""
    require(actor.plans, actor)
    query = select(t.User).where(t.User.active, t.User.role.in_(CONDUCTORS)).order_by(t.User.full_name, t.User.name)
    with house.db.read() as db:
        return [Conductor(user.id, user.full_name or user.name, user.role, tuple(point.slug for point in user.points))
                for user in db.scalars(query)]
