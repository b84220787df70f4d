"""What a calendar feed shows: the public sessions, those of a point, a province or a person, found by the feed's secret."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session as DbSession

from ..domain.actor import ANONYMOUS, Actor
from ..domain.errors import NotFound
from ..domain.text import storable
from ..domain.words import AccountRole
from ..house import House
from ..store import tables as t
from .people import actor_of
from .session_lists import LONGEST_PAGE, SessionFilter, list_sessions
from .session_views import SessionView
from .settings import read_setting

BEHIND = timedelta(days=60)
MOST_SESSIONS = 2000


@dataclass(frozen=True)
class Feed:
    """``name`` by language; what is listed is what ``language``'s reader may see. Cancelled sessions are among them."""

    name: dict[str, str]
    language: str
    sessions: tuple[SessionView, ...]


def public_feed(house: House, language: str) -> Feed:
    """The sessions that every citizen may see."""
    return Feed(house.network.name, language, _collect(house, ANONYMOUS, SessionFilter(public=True)))


def secret_feed(house: House, secret: str) -> Feed:
    """The feed behind a secret. Raises NotFound, also once it was replaced or its point or account is switched off.

    A point: the sessions it is invited to. A province: those of all its points.
    A person: all sessions for those who plan them, else where they take part.
    """
    if not storable(secret):
        raise NotFound()
    with house.db.read() as db:
        found = _of_point(db, house, secret) or _of_province(db, house, secret) or _of_person(db, house, secret)
    if found is None:
        raise NotFound()
    name, language, actor, wanted = found
    return Feed(name, language, _collect(house, actor, wanted))


Found = tuple[dict[str, str], str, Actor, SessionFilter]


def _of_point(db: DbSession, house: House, secret: str) -> Found | None:
    point = db.scalars(select(t.Point).where(t.Point.calendar_secret == secret, t.Point.active)).one_or_none()
    if point is None:
        return None
    reader = Actor(user_id=f"point:{point.id}", name=point.slug, role=AccountRole.OFFICER, points=frozenset({point.id}))
    return point.name, read_setting(db, house, "default_language"), reader, SessionFilter(point=point.slug, mine=True)


def _of_province(db: DbSession, house: House, secret: str) -> Found | None:
    row = db.scalars(select(t.ProvinceCalendar).where(t.ProvinceCalendar.secret == secret)).one_or_none()
    office = db.scalars(select(t.Point).where(t.Point.slug == row.province, t.Point.active)).one_or_none() if row else None
    if office is None:
        return None
    inside = frozenset(db.scalars(select(t.Point.id).where(t.Point.province == office.slug))) | {office.id}
    reader = Actor(user_id=f"province:{office.slug}", name=office.slug, role=AccountRole.OFFICER, points=inside)
    return office.name, read_setting(db, house, "default_language"), reader, SessionFilter(mine=True)


def _of_person(db: DbSession, house: House, secret: str) -> Found | None:
    user = db.scalars(select(t.User).where(t.User.calendar_secret == secret, t.User.active)).one_or_none()
    if user is None:
        return None
    actor = actor_of(user)
    language = user.language or read_setting(db, house, "default_language")
    return house.network.name, language, actor, SessionFilter(mine=not actor.plans)


def _collect(house: House, actor: Actor, wanted: SessionFilter) -> tuple[SessionView, ...]:
    recent = SessionFilter(from_at=house.clock.now() - BEHIND, point=wanted.point, public=wanted.public, mine=wanted.mine)
    return tuple(view for view, _ in zip(_pages(house, actor, recent), range(MOST_SESSIONS), strict=False))


def _pages(house: House, actor: Actor, wanted: SessionFilter) -> Iterator[SessionView]:
    cursor = None
    while True:
        page = list_sessions(house, actor, wanted, cursor, LONGEST_PAGE)
        yield from page.items
        cursor = page.next
        if cursor is None:
            return
