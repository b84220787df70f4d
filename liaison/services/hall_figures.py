"""How many citizens registered for the halls of a session and how many came: numbers alone, for those who conduct it and as open data."""

from __future__ import annotations

import csv
import io
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session as DbSession

from ..domain.seats import HallCounts
from ..domain.words import SessionStatus
from ..house import House
from ..store import tables as t
from .broadcasts import public_session
from .hall_rows import counts_of
from .session_views import SessionView

COLUMNS = ("seats", "registered", "waiting", "came", "walk_ins", "inside", "no_shows")


def citizens_of(db: DbSession, session: t.Session) -> dict[str, dict[str, int]]:
    """By point id, of halls that are open or for which somebody registered."""
    over = session.status == SessionStatus.ENDED
    return {point: _figures(counts, over) for point, counts in counts_of(db, session.id).items()}


def _figures(counts: HallCounts, over: bool) -> dict[str, int]:
    return {"seats": counts.seats, "registered": counts.registered(), "waiting": counts.waiting, "came": counts.came,
            "walk_ins": counts.walk_ins, "inside": counts.inside, "no_shows": counts.no_shows(over)}


def hall_rows(db: DbSession, session_id: str) -> list[dict[str, Any]]:
    """A row a hall, in the network's order: ``slug``, ``name`` and the figures."""
    session = db.get_one(t.Session, session_id)
    figures = citizens_of(db, session)
    points = db.scalars(select(t.Point).where(t.Point.id.in_(figures)).order_by(t.Point.position))
    return [{"slug": point.slug, "name": point.name, **figures[point.id]} for point in points]


def open_figures(house: House, session_id: str) -> tuple[SessionView, list[dict[str, Any]]]:
    """For everybody: the halls of a public session. Raises NotFound."""
    view = public_session(house, session_id)
    with house.db.read() as db:
        return view, hall_rows(db, session_id)


def figures_table(rows: list[dict[str, Any]], names: list[str]) -> str:
    """CSV: a row a hall, with the points' names in one language."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(["point", "name", *COLUMNS])
    for row, name in zip(rows, names, strict=True):
        writer.writerow([row["slug"], name, *(row[column] for column in COLUMNS)])
    return out.getvalue()
