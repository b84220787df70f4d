"""Computers that tried themselves out: who may, for which point, what is kept of it and who reads it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session as DbSession

from ..domain.actor import Actor, require
from ..domain.errors import Forbidden, NotFound, Unauthenticated
from ..domain.self_test import Measured, Verdict, judge
from ..domain.text import storable
from ..house import House
from ..ids import new_id
from ..store import tables as t
from .link_history import require_reader
from .point_cards import may_keep
from .points import find_point
from .room_devices import Device

KEPT = timedelta(days=400)
SHOWN = 12


@dataclass(frozen=True)
class SelfTester:
    """Who tries a computer: an account, or a room's PC by its own key."""

    actor: Actor
    device: Device | None = None

    @property
    def owner(self) -> str:
        """Whose a trial in the media engine is. Raises Unauthenticated."""
        if self.device is not None:
            return f"device:{self.device.id}"
        if self.actor.user_id is None:
            raise Unauthenticated()
        return f"user:{self.actor.user_id}"


@dataclass(frozen=True)
class SelfTestView:
    """``point`` and ``point_name`` are empty for who acts for none; ``by`` is the person, or the room's PC."""

    id: str
    at: datetime
    score: int
    verdict: Verdict
    findings: tuple[str, ...]
    figures: Mapping[str, Any]
    point: str
    point_name: dict[str, str]
    by: str


@dataclass(frozen=True)
class Check:
    """A line of a point's history: somebody's self-test, or what its PC said before a session."""

    at: datetime
    test: SelfTestView | None = None
    ready: bool = False
    reasons: tuple[str, ...] = ()
    session: str = ""


def keep_test(house: House, tester: SelfTester, point: str, found: Measured, figures: Mapping[str, Any]) -> SelfTestView:
    """Judge what was measured and keep it. ``point``: the one that the account acts for, or "". Raises NotFound, Forbidden."""
    _ = tester.owner
    result = judge(found)
    with house.db.write() as db:
        row = t.SelfTest(id=new_id(), point_id=_point_id(db, tester, point), user_id=tester.actor.user_id if not tester.device else None,
                         device_id=tester.device.id if tester.device else None, at=house.clock.now(), score=result.score,
                         verdict=result.verdict, findings=[one.code for one in result.findings], figures=dict(figures))
        db.add(row)
        db.flush()
        return _views(db, [row])[0]


def _point_id(db: DbSession, tester: SelfTester, slug: str) -> str | None:
    if tester.device is not None:
        return tester.device.point_id
    if not slug:
        return None
    point = find_point(db, slug)
    if not may_keep(tester.actor, point.id):
        raise Forbidden()
    return point.id


def get_test(house: House, tester: SelfTester, test_id: str) -> SelfTestView:
    """For whoever tried, the point's people, the office and the help desk. Raises NotFound."""
    _ = tester.owner
    with house.db.read() as db:
        row = db.get(t.SelfTest, test_id) if storable(test_id) else None
        if row is None or not _may_read(tester, row):
            raise NotFound()
        return _views(db, [row])[0]


def _may_read(tester: SelfTester, row: t.SelfTest) -> bool:
    if tester.device is not None:
        return row.device_id == tester.device.id
    actor = tester.actor
    return actor.sees_all or row.user_id == actor.user_id or (row.point_id is not None and may_keep(actor, row.point_id))


def point_checks(house: House, actor: Actor, slug: str) -> list[Check]:
    """The newest first. The office and the help desk see every point's, officers their own. Raises NotFound, Unauthenticated, Forbidden."""
    with house.db.read() as db:
        point = find_point(db, slug)
        require_reader(actor, point)
        tests = list(db.scalars(select(t.SelfTest).where(t.SelfTest.point_id == point.id).order_by(t.SelfTest.at.desc()).limit(SHOWN)))
        said = db.scalars(select(t.Readiness).where(t.Readiness.point_id == point.id, t.Readiness.at.is_not(None))
                          .order_by(t.Readiness.at.desc()).limit(SHOWN))
        found = [Check(view.at, view) for view in _views(db, tests)]
        found += [Check(row.at, None, row.ready, tuple(row.reasons), row.session_id) for row in said if row.at is not None]
    return sorted(found, key=lambda check: check.at, reverse=True)[:SHOWN]


def tester_of(house: House, actor: Actor) -> SelfTester:
    """Everybody who is signed in may try. Raises Unauthenticated."""
    require(actor.signed_in, actor)
    return SelfTester(actor)


def own_points(house: House, tester: SelfTester, wanted: str = "") -> list[tuple[str, dict[str, str]]]:
    """Short name and name of the points for which a test may be kept: an officer's, or the one that the help desk has come to."""
    if tester.device is not None:
        return []
    with house.db.read() as db:
        query = select(t.Point).where(t.Point.active).order_by(t.Point.position)
        helps = tester.actor.assists and storable(wanted)
        query = query.where(t.Point.slug == wanted if helps else t.Point.id.in_(list(tester.actor.points)))
        return [(point.slug, point.name) for point in db.scalars(query)]


def prune_tests(db: DbSession, before: datetime) -> int:
    """Forget old ones; how many."""
    return len(db.execute(delete(t.SelfTest).where(t.SelfTest.at < before).returning(t.SelfTest.id)).all())


def _views(db: DbSession, rows: list[t.SelfTest]) -> list[SelfTestView]:
    points = {row.id: row for row in db.scalars(select(t.Point).where(t.Point.id.in_({row.point_id for row in rows if row.point_id})))}
    users = {row.id: row for row in db.scalars(select(t.User).where(t.User.id.in_({row.user_id for row in rows if row.user_id})))}
    devices = {row.id: row for row in db.scalars(select(t.RoomDevice).where(t.RoomDevice.id.in_(
        {row.device_id for row in rows if row.device_id})))}
    return [_view(row, points.get(row.point_id or ""), users.get(row.user_id or ""), devices.get(row.device_id or "")) for row in rows]


def _view(row: t.SelfTest, point: t.Point | None, user: t.User | None, device: t.RoomDevice | None) -> SelfTestView:
    by = device.name if device is not None else (user.full_name or user.name) if user is not None else ""
    return SelfTestView(row.id, row.at, row.score, Verdict(row.verdict), tuple(row.findings), row.figures, point.slug if point else "",
                        point.name if point else {}, by)
