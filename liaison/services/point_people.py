"""Who acts for each point, and which points nobody could be told for."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from ..domain.actor import Actor, require
from ..house import House
from ..store import tables as t
from .points import PointView, list_points
from .recipients import points_without_notice


@dataclass(frozen=True)
class StaffedPoint:
    """A point with its active people [(id, name)]; ``told`` is false when no invitation would reach anybody."""

    point: PointView
    people: tuple[tuple[str, str], ...]
    told: bool


def staffed_points(house: House, actor: Actor, query: str = "") -> list[StaffedPoint]:
    """Every point, inactive ones too, in the network's order. For the help desk and administrators."""
    require(actor.assists, actor)
    views = list_points(house, actor, query, include_inactive=True)
    pairs = (select(t.UserPoint.point_id, t.User.id, t.User.full_name, t.User.name).join(t.User, t.User.id == t.UserPoint.user_id)
             .where(t.User.active.is_(True)).order_by(t.User.name))
    with house.db.read() as db:
        people: dict[str, list[tuple[str, str]]] = {}
        for point_id, user_id, full_name, name in db.execute(pairs):
            people.setdefault(point_id, []).append((user_id, full_name or name))
        untold = {point.id for point in points_without_notice(db, house, [view.id for view in views])}
    return [StaffedPoint(view, tuple(people.get(view.id, ())), view.id not in untold) for view in views]
