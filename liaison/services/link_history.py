"""How good the points' connections were: a row a point and minute while it is in a room, read by session and by point."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, case, delete, func, select
from sqlalchemy.orm import Session as DbSession

from ..domain.actor import Actor, require
from ..domain.errors import Forbidden
from ..domain.link_figures import Figures, combine
from ..domain.words import AccountRole, Quality
from ..house import House
from ..store import tables as t
from ..store.inserting import insert_missing
from .points import PointView, find_point, point_view
from .session_views import may_see

SHOWN = timedelta(days=28)
RECENT = 5
"""So many of a point's last sessions make its present state."""
LONGEST_PAGE = 5000


@dataclass(frozen=True)
class SessionLink:
    """A point's connection in one session. ``title`` is None for readers who may not see the session."""

    session_id: str
    number: str
    title: dict[str, str] | None
    first_at: datetime
    last_at: datetime
    figures: Figures


@dataclass(frozen=True)
class PointLink:
    """A point's connection of late: its last sessions, newest last, and their figures together (None: it was in no room)."""

    point: PointView
    recent: tuple[Quality, ...] = ()
    figures: Figures | None = None
    last_at: datetime | None = None


# ------------------------------------------------------------------ writing
def store_samples(db: DbSession, minutes: Iterable[Mapping[str, Any]]) -> int:
    """Keep minutes ``{session_id, point (slug), at, …}``; one that is kept already stays as it is. How many are new."""
    rows = list(minutes)
    points = dict(db.execute(select(t.Point.slug, t.Point.id).where(t.Point.slug.in_({row["point"] for row in rows}))).tuples().all())
    sessions = set(db.scalars(select(t.Session.id).where(t.Session.id.in_({row["session_id"] for row in rows}))))
    known = [row for row in rows if row["point"] in points and row["session_id"] in sessions]
    values = [{name: value for name, value in row.items() if name != "point"} | {"point_id": points[row["point"]]} for row in known]
    if not values:
        return 0
    # A statement with rows beside it, for the connection: with the rows in it, it would be compiled anew each time.
    statement = insert_missing(db, t.LinkSample).returning(t.LinkSample.at)
    return len(db.connection().execute(statement, values).all())


def prune_samples(db: DbSession, before: datetime) -> int:
    """Forget the minutes before."""
    return int(db.execute(delete(t.LinkSample).where(t.LinkSample.at < before)).rowcount)  # type: ignore[attr-defined]


# ------------------------------------------------------------------ reading
def require_reader(actor: Actor, point: t.Point) -> None:
    """The office and the help desk see every point, officers their own. Raises Unauthenticated, Forbidden."""
    require(actor.signed_in, actor)
    if not actor.sees_all and not (actor.role is AccountRole.OFFICER and point.id in actor.points):
        raise Forbidden("You see the connections of your own points.", remedy="Ask the help desk about other points.")


def link_samples(house: House, actor: Actor, slug: str, from_at: datetime, to_at: datetime,
                 limit: int = 1000) -> tuple[list[dict[str, Any]], datetime | None]:
    """A point's minutes from ``from_at`` until before ``to_at``; and where to go on when there are more. Raises NotFound, Forbidden."""
    limit = max(1, min(limit, LONGEST_PAGE))
    with house.db.read() as db:
        point = find_point(db, slug)
        require_reader(actor, point)
        rows = db.scalars(select(t.LinkSample).where(
            t.LinkSample.point_id == point.id, t.LinkSample.at >= from_at, t.LinkSample.at < to_at,
        ).order_by(t.LinkSample.at, t.LinkSample.session_id).limit(limit + 1)).all()
        names = [column.name for column in t.LinkSample.__table__.columns if column.name != "point_id"]
        items = [{name: getattr(row, name) for name in names} for row in rows[:limit]]
    return items, rows[limit].at if len(rows) > limit else None


def point_history(house: House, actor: Actor, slug: str) -> tuple[PointView, list[SessionLink]]:
    """A point and its sessions of the last four weeks, oldest first. Raises NotFound, Forbidden."""
    now = house.clock.now()
    with house.db.read() as db:
        point = find_point(db, slug)
        require_reader(actor, point)
        rows = _by_session(db, now - SHOWN, t.LinkSample.point_id == point.id)
        known = {row.id: row for row in db.scalars(select(t.Session).where(t.Session.id.in_({row.session_id for row in rows})))}
        return point_view(point, actor), [_session_link(actor, known[row.session_id], row, now) for row in rows]


def list_links(house: House, actor: Actor) -> list[PointLink]:
    """Every point that this reader may ask about, worst first, those never seen last. Raises Unauthenticated, Forbidden."""
    require(actor.sees_all or (actor.role is AccountRole.OFFICER and bool(actor.points)), actor)
    now = house.clock.now()
    query = select(t.Point).where(t.Point.active).order_by(t.Point.position, t.Point.slug)
    if not actor.sees_all:
        query = query.where(t.Point.id.in_(sorted(actor.points)))
    with house.db.read() as db:
        points = [(point.id, point_view(point, actor)) for point in db.scalars(query)]
        wanted = t.LinkSample.point_id.in_(sorted(actor.points)) if not actor.sees_all else None
        seen: dict[str, list[Row[Any]]] = {}
        for row in _by_session(db, now - SHOWN, wanted):
            seen.setdefault(row.point_id, []).append(row)
    found = [_point_link(view, seen.get(point_id, [])) for point_id, view in points]
    return sorted(found, key=lambda link: link.figures.severity if link.figures else (-2.0,), reverse=True)


def _by_session(db: DbSession, since: datetime, wanted: ColumnElement[bool] | None) -> list[Row[Any]]:
    """A row a point and session, in the order of their beginnings."""
    s = t.LinkSample
    query = select(
        s.point_id, s.session_id, func.min(s.at).label("first_at"), func.max(s.at).label("last_at"), func.count().label("minutes"),
        *(func.sum(case((s.quality == word.value, 1), else_=0)).label(word.value) for word in Quality),
        func.avg(s.up_loss).label("up_loss"), func.avg(s.down_loss).label("down_loss"),
        func.max(s.up_loss_worst).label("up_loss_worst"), func.max(s.down_loss_worst).label("down_loss_worst"),
        func.avg(s.rtt_ms).label("rtt_ms"), func.max(s.rtt_ms_worst).label("rtt_ms_worst"),
        func.avg(s.down_jitter_ms).label("down_jitter_ms"), func.avg(s.up_jitter_ms).label("up_jitter_ms"),
        func.avg(s.up_bitrate).label("up_bitrate"), func.avg(s.down_bitrate).label("down_bitrate"),
        func.avg(s.concealed).label("concealed"), func.sum(s.freezes).label("freezes"), func.sum(s.frozen_ms).label("frozen_ms"),
        func.sum(case((s.transport.like("relay%"), 1), else_=0)).label("relayed"),
    ).where(s.at >= since).group_by(s.point_id, s.session_id).order_by(func.min(s.at))
    return list(db.execute(query if wanted is None else query.where(wanted)))


def _figures(row: Row[Any]) -> Figures:
    known = row._mapping
    plain = {name: known[name] for name in ("up_loss", "down_loss", "rtt_ms", "rtt_ms_worst", "up_bitrate", "down_bitrate", "concealed")}
    counts = {name: int(known[name]) for name in ("minutes", "good", "fair", "poor", "freezes", "frozen_ms", "relayed")}
    losses = [known[name] for name in ("up_loss_worst", "down_loss_worst") if known[name] is not None]
    jitters = [known[name] for name in ("up_jitter_ms", "down_jitter_ms") if known[name] is not None]
    return Figures(**plain, **counts, loss_worst=max(losses, default=None), jitter_ms=max(jitters, default=None))


def _session_link(actor: Actor, session: t.Session, row: Row[Any], now: datetime) -> SessionLink:
    title = session.title if may_see(actor, session, now) else None
    return SessionLink(session.id, session.number, title, row.first_at, row.last_at, _figures(row))


def _point_link(view: PointView, rows: list[Row[Any]]) -> PointLink:
    last = [_figures(row) for row in rows[-RECENT:]]
    if not last:
        return PointLink(view)
    words = tuple(figures.word for figures in last if figures.word is not None)
    return PointLink(view, words, combine(last), rows[-1].last_at)
