"""Whom a session concerns: officers of its points, offices without one, and those who conduct it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session as DbSession

from ..domain.words import AccountRole, Channel
from ..house import House
from ..store import tables as t
from .settings import read_setting
from .ways import channels_of


@dataclass(frozen=True)
class Recipient:
    """Somebody to tell, once a channel for all the points they act for."""

    key: str
    user_id: str | None
    address: str
    language: str
    points: tuple[str, ...]
    channels: tuple[Channel, ...] = (Channel.EMAIL,)


def recipient_of(user: t.User, channels: tuple[Channel, ...], default_language: str, points: tuple[str, ...] = ()) -> Recipient:
    return Recipient(user.id, user.id, user.email, user.language or default_language, points, channels)


def find_recipients(db: DbSession, house: House, session: t.Session) -> dict[str, Recipient]:
    """Everybody to tell, by key: officers of the invited points, the points' own addresses where no officer can be reached, and
    the chair, the deputy and the secretary."""
    points = list(db.scalars(
        select(t.Point).join(t.Invitation, t.Invitation.point_id == t.Point.id)
        .where(t.Invitation.session_id == session.id).order_by(t.Invitation.position, t.Point.position)))
    found = people_of_points(db, house, points)
    conductors = _conductors(db, session)
    default, ways = read_setting(db, house, "default_language"), channels_of(db, house, conductors)
    for user in conductors:
        if ways[user.id]:
            _add(found, user, ways[user.id], default)
    return found


def people_of_points(db: DbSession, house: House, points: list[t.Point]) -> dict[str, Recipient]:
    """By key: each point's officers, or its own address where none of them can be reached."""
    default = read_setting(db, house, "default_language")
    officers = _officers(db, [point.id for point in points])
    ways = channels_of(db, house, [user for users in officers.values() for user in users])
    found: dict[str, Recipient] = {}
    for point in points:
        reached = [user for user in officers.get(point.id, []) if ways[user.id]]
        for user in reached:
            _add(found, user, ways[user.id], default, point.id)
        if not reached and point.email:
            found[f"point-{point.id}"] = Recipient(f"point-{point.id}", None, point.email, default, (point.id,))
    return found


def points_without_notice(db: DbSession, house: House, point_ids: Iterable[str]) -> list[t.Point]:
    """Of these points, those with neither an active officer who can be reached nor an address of their own."""
    ids = list(dict.fromkeys(point_ids))
    points = {point.id: point for point in db.scalars(select(t.Point).where(t.Point.id.in_(ids)))}
    told = {id for one in people_of_points(db, house, list(points.values())).values() for id in one.points}
    return [points[id] for id in ids if id in points and id not in told]


def _add(found: dict[str, Recipient], user: t.User, channels: tuple[Channel, ...], default: str, *points: str) -> None:
    known = found[user.id].points if user.id in found else ()
    found[user.id] = recipient_of(user, channels, default, (*known, *points))


def _officers(db: DbSession, point_ids: list[str]) -> dict[str, list[t.User]]:
    """Active officers by point; a point with none is absent."""
    query = (select(t.UserPoint.point_id, t.User).join(t.User, t.User.id == t.UserPoint.user_id)
             .where(t.UserPoint.point_id.in_(point_ids), t.User.active, t.User.role == AccountRole.OFFICER).order_by(t.User.name))
    by_point: dict[str, list[t.User]] = {}
    for point_id, user in db.execute(query):
        by_point.setdefault(point_id, []).append(user)
    return by_point


def _conductors(db: DbSession, session: t.Session) -> list[t.User]:
    ids = {session.chair_user_id, session.deputy_user_id, session.secretary_user_id} - {None}
    return list(db.scalars(select(t.User).where(t.User.id.in_(ids), t.User.active).order_by(t.User.name)))
