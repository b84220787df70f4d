"""Reading the audit log: who did what to which thing, with the state before and after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session as DbSession

from ..domain.actor import Actor, require
from ..house import House
from ..store import tables as t
from .document_rights import conducts
from .session_views import load_session

OF_WHOM = ("point",)
"""Fields that say about whom a change is."""
PAGE = 50
LONGEST_HISTORY = 1000


@dataclass(frozen=True)
class Change:
    """One field that differs; None: it was not there."""

    field: str
    before: Any
    after: Any


@dataclass(frozen=True)
class AuditLine:
    """One event; ``changes`` holds only what differs."""

    id: str
    at: datetime
    actor_id: str | None
    actor_name: str
    address: str
    action: str
    object_type: str
    object_id: str
    object_name: str
    changes: tuple[Change, ...]


@dataclass(frozen=True)
class AuditFilter:
    """Empty fields filter nothing. ``action`` is a beginning, such as ``session.``; ``who`` is a part of a name or an address."""

    who: str = ""
    action: str = ""
    object_id: str = ""
    from_at: datetime | None = None
    to_at: datetime | None = None


def list_audit(house: House, actor: Actor, wanted: AuditFilter, before_id: str = "") -> tuple[list[AuditLine], str]:
    """At most 50 events, newest first, and the id to go on with (empty: no more). Administrators only."""
    require(actor.administers, actor)
    statement = select(t.AuditEvent).order_by(t.AuditEvent.id.desc()).limit(PAGE + 1)
    for condition in _conditions(wanted, before_id):
        statement = statement.where(condition)
    with house.db.read() as db:
        rows = list(db.scalars(statement))
        lines = read_lines(db, rows[:PAGE])
    return lines, lines[-1].id if len(rows) > PAGE else ""


def session_history(house: House, actor: Actor, session_id: str) -> list[AuditLine]:
    """Everything that was done to one session, the oldest first. For the planning office and the help desk."""
    require(actor.sees_all, actor)
    row = t.AuditEvent
    query = (select(row).where(row.object_type == "session", row.object_id == session_id).order_by(row.at, row.id).limit(LONGEST_HISTORY))
    with house.db.read() as db:
        return read_lines(db, list(db.scalars(query)))


def moderation_log(house: House, actor: Actor, session_id: str) -> list[AuditLine]:
    """What was decided on citizens' questions of a session, the newest first; for those who decide. Raises Forbidden, NotFound."""
    row = t.AuditEvent
    query = select(row).where(row.object_type == "session", row.object_id == session_id, row.action.startswith("question."))
    with house.db.read() as db:
        require(conducts(load_session(db, session_id), actor), actor)
        return read_lines(db, list(db.scalars(query.order_by(row.at.desc(), row.id.desc()).limit(LONGEST_HISTORY))))


def read_lines(db: DbSession, rows: Sequence[t.AuditEvent]) -> list[AuditLine]:
    """Rows as lines, in their order, inside another's transaction."""
    names = _names(db, [row.object_id for row in rows])
    return [_line(row, names.get(row.object_id, row.object_id)) for row in rows]


def _names(db: DbSession, ids: list[str]) -> dict[str, str]:
    """What people call the accounts and sessions among these ids."""
    users = {user.id: user.full_name or user.name for user in db.scalars(select(t.User).where(t.User.id.in_(ids)))}
    rows = db.execute(select(t.Session.id, t.Session.number_year, t.Session.number_serial).where(t.Session.id.in_(ids)))
    return users | {id: f"{year}-{serial:04d}" for id, year, serial in rows}


def list_actions(house: House, actor: Actor) -> list[str]:
    """Every kind of event there is so far."""
    require(actor.administers, actor)
    with house.db.read() as db:
        return list(db.scalars(select(t.AuditEvent.action).distinct().order_by(t.AuditEvent.action)))


def _conditions(wanted: AuditFilter, before_id: str) -> list[Any]:
    row, found = t.AuditEvent, []
    if wanted.who:
        found.append(or_(row.actor_name.contains(wanted.who, autoescape=True), row.address == wanted.who))
    if wanted.action:
        found.append(row.action.startswith(wanted.action, autoescape=True))
    if wanted.object_id:
        found.append(row.object_id == wanted.object_id)
    if wanted.from_at:
        found.append(row.at >= wanted.from_at)
    if wanted.to_at:
        found.append(row.at < wanted.to_at)
    if before_id:
        found.append(row.id < before_id)
    return found


def _line(row: t.AuditEvent, object_name: str) -> AuditLine:
    return AuditLine(row.id, row.at, row.actor_id, row.actor_name, row.address, row.action, row.object_type, row.object_id,
                     object_name, tuple(differences(row.before or {}, row.after or {})))


def differences(before: dict[str, Any], after: dict[str, Any]) -> list[Change]:
    """The fields that differ, in the order of the newer state; of whom they are said also where that is the same."""
    changed = [Change(key, before.get(key), after.get(key)) for key in after | before if before.get(key) != after.get(key)]
    return [Change(key, None, after[key]) for key in OF_WHOM if changed and key in after and before.get(key) == after[key]] + changed
