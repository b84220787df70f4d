"""All accounts as one table: exported, and brought back with additions and changes. Nobody is removed; ``active`` no disables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session as DbSession

from ..domain.actor import Actor
from ..domain.errors import LiaisonError
from ..domain.words import AccountRole
from ..house import House
from ..i18n import N_
from ..ids import new_id
from ..store import tables as t
from .audit import record
from .csv_tables import Row, Table, read_yes_no, yes_no
from .notices import invite_newcomer
from .people import add_user, audit_view, check_fields, set_fields

COLUMNS = ("name", "full_name", "role", "point", "email", "phone", "language", "active")
FIELDS = ("full_name", "role", "email", "phone", "language")
GIVEN_BY_THE_DESK = (AccountRole.OFFICER, AccountRole.INTERPRETER)


def kept(db: DbSession, _house: House) -> Iterable[Mapping[str, str]]:
    for user in db.scalars(select(t.User).order_by(t.User.name)):
        yield _cells(user)


def _cells(user: t.User) -> dict[str, str]:
    return {"name": user.name, **{name: str(getattr(user, name)) for name in FIELDS},
            "point": " ".join(point.slug for point in user.points), "active": yes_no(user.active)}


def judge(db: DbSession, house: House, actor: Actor, rows: list[Row]) -> None:
    """New names are accounts to add; of those known, every difference is a change."""
    known = {user.name: user for user in db.scalars(select(t.User))}
    slugs, seen = {slug: position for position, slug in db.execute(select(t.Point.position, t.Point.slug))}, set()
    for row in rows:
        name = row.values["name"] = row.values["name"].lower()
        if name in seen:
            row.refuse("name", N_("This account stands twice in the table."))
        seen.add(name)
        _judge(house, actor, row, known.get(name), slugs)
    _keep_an_administrator(known, rows)


def _judge(house: House, actor: Actor, row: Row, user: t.User | None, slugs: Mapping[str, int]) -> None:
    after = _wanted(row, user, slugs)
    for slug in after["point"].split():
        if slug not in slugs:
            row.refuse("point", N_("There is no point named %(slug)s."), slug=slug)
    try:
        check_fields(house, {name: after[name] for name in FIELDS}, after["name"])
    except LiaisonError as error:
        for wrong in error.details["errors"]:
            row.refuse(wrong["field"], wrong["message"])
    row.settle(user is None, _cells(user) if user else {}, after)
    roles = {after["role"], user.role if user else after["role"]}
    if (user is None or row.changes) and not actor.administers and roles - set(GIVEN_BY_THE_DESK):
        row.refuse("role", N_("Only an administrator may change this account."))
    row.settle(user is None, _cells(user) if user else {}, after)


def _wanted(row: Row, user: t.User | None, slugs: Mapping[str, int]) -> dict[str, str]:
    """What the account shall be; what the table lacks stays. Points stand in the network's order."""
    before = _cells(user) if user else dict.fromkeys(COLUMNS, "") | {"role": AccountRole.OFFICER.value}
    after = {name: row.values.get(name, before[name]) for name in COLUMNS}
    after["role"] = after["role"].lower() or before["role"]
    after["language"] = after["language"].lower()
    after["point"] = " ".join(sorted(dict.fromkeys(after["point"].split()), key=lambda slug: slugs.get(slug, -1)))
    after["active"] = yes_no(read_yes_no(row, "active", user.active if user else True))
    return after


def _keep_an_administrator(known: Mapping[str, t.User], rows: list[Row]) -> None:
    """Somebody must be able to administer afterwards."""
    after = {name: user.role == AccountRole.ADMINISTRATOR and user.active for name, user in known.items()}
    taken = []
    for row in rows:
        name, changed = row.values["name"], {change.field: change.after for change in row.changes}
        if after.get(name) and (changed.get("role", "administrator") != "administrator" or changed.get("active") == "no"):
            after[name] = False
            taken.append(row)
    if taken and not any(after.values()):
        for row in taken:
            row.refuse("role", N_("This is the last administrator who can sign in."))
            row.settle(False, _cells(known[row.values["name"]]), {change.field: change.after for change in row.changes})


def apply(db: DbSession, house: House, actor: Actor, row: Row) -> None:
    after = {change.field: change.after for change in row.changes}
    user = db.scalar(select(t.User).where(t.User.name == row.values["name"]))
    points = after["point"].split() if "point" in after else None
    if user is None:
        fields = dict.fromkeys(FIELDS, "") | {"role": AccountRole.OFFICER.value} | {name: after[name] for name in FIELDS if name in after}
        user = add_user(db, house, actor, row.values["name"], fields, points or [])
        user.active = after.get("active", "yes") == "yes"
        return
    before = audit_view(user)
    set_fields(db, house, user, {name: after[name] for name in FIELDS if name in after}, points)
    if "active" in after:
        user.active, user.sign_in_version = after["active"] == "yes", new_id()
    invite_newcomer(db, house, user)
    record(db, house, actor, "user.changed", "user", user.id, before, audit_view(user))


TABLE = Table("people", lambda _house: COLUMNS, ("name",), lambda actor: actor.assists, kept, judge, apply)
