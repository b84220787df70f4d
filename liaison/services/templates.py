"""Templates of sessions: those of the network's file, and the house's own, made from any session. Using one books nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import select

from ..domain.actor import Actor, require
from ..domain.errors import IllegalState, Invalid, NotFound
from ..domain.sessions import Plan
from ..domain.text import texts_errors
from ..house import House
from ..ids import new_id
from ..store import tables as t
from . import audit
from .point_groups import groups_in, points_of
from .series import load_series
from .series_plans import keep_plan, kept_plan
from .session_views import load_session, plan_of, require_visible

LONGEST_NAME = 200
MOST_TEMPLATES = 500


@dataclass(frozen=True)
class TemplateView:
    """``plan`` as ``series_plans.keep_plan`` has it; ``rule`` and ``time`` may be empty. Those of the network's file cannot be changed."""

    id: str
    name: dict[str, str]
    plan: dict[str, Any]
    groups: tuple[str, ...]
    rule: str
    time: str
    built_in: bool


def list_templates(house: House, actor: Actor) -> list[TemplateView]:
    """The network's first, then the house's own, the newest last."""
    require(actor.plans, actor)
    with house.db.read() as db:
        own = [_view(row) for row in db.scalars(select(t.SessionTemplate).order_by(t.SessionTemplate.created_at, t.SessionTemplate.id))]
    return [_of_file(key, raw, house) for key, raw in house.network.templates.items()] + own


def get_template(house: House, actor: Actor, template_id: str) -> TemplateView:
    """One template. Raises NotFound."""
    found = next((one for one in list_templates(house, actor) if one.id == template_id), None)
    if found is None:
        raise NotFound()
    return found


def plan_of_template(house: House, actor: Actor, template: TemplateView, starts_at: datetime) -> Plan:
    """The plan for a start, with the points its groups have now."""
    require(actor.plans, actor)
    plan = kept_plan(template.plan, starts_at)
    with house.db.read() as db:
        known = {group.slug for group in groups_in(db, house)}
        grouped = points_of(db, house, [slug for slug in template.groups if slug in known])
    return replace(plan, points=tuple(dict.fromkeys((*plan.points, *grouped))))


def make_template(house: House, actor: Actor, session_id: str, name: Mapping[str, str], groups: Sequence[str] = ()) -> TemplateView:
    """Keep a session as a template: everything but its date, with its hour and the rule of its series. Points that a group
    named brings are left to the group. Raises Invalid, NotFound."""
    require(actor.plans, actor)
    with house.db.write() as db:
        session = require_visible(house, actor, load_session(db, session_id))
        plan = plan_of(session)
        brought = set(points_of(db, house, groups))
        rule = load_series(db, session.series_id).rule if session.series_id else ""
        time = session.starts_at.astimezone(house.network.zone).strftime("%H:%M")
        kept = keep_plan(replace(plan, points=tuple(one for one in plan.points if one not in brought)))
        return _save(db, house, actor, name, kept, groups, rule, time)


def add_template(house: House, actor: Actor, name: Mapping[str, str], plan: Plan, groups: Sequence[str] = (), rule: str = "",
                 time: str = "") -> TemplateView:
    """Make one from a plan (its start does not matter). Raises Invalid."""
    require(actor.plans, actor)
    with house.db.write() as db:
        points_of(db, house, groups)
        return _save(db, house, actor, name, keep_plan(plan), groups, rule, time)


def delete_template(house: House, actor: Actor, template_id: str) -> None:
    """Throw one of the house's own away. Raises NotFound, IllegalState."""
    require(actor.plans, actor)
    if template_id in house.network.templates:
        raise IllegalState("This template belongs to the network's file and cannot be changed here.")
    with house.db.write() as db:
        row = db.get(t.SessionTemplate, template_id) if "\0" not in template_id else None
        if row is None:
            raise NotFound()
        audit.record(db, house, actor, "template.deleted", "template", row.id, {"name": row.name})
        db.delete(row)


def _save(db: Any, house: House, actor: Actor, name: Mapping[str, str], plan: dict[str, Any], groups: Sequence[str], rule: str,
          time: str) -> TemplateView:
    errors = texts_errors("name", name, house.network.languages, LONGEST_NAME)
    if not any(text.strip() for text in name.values()):
        errors.append({"field": "name", "message": "Give a name in at least one language."})
    if errors:
        raise Invalid(errors=errors)
    now = house.clock.now()
    row = t.SessionTemplate(
        id=new_id(), name={code: text.strip() for code, text in name.items() if text.strip()}, plan=plan, groups=list(groups),
        rule=rule, time=time, created_by_id=actor.user_id, created_at=now, updated_at=now)
    db.add(row)
    audit.record(db, house, actor, "template.created", "template", row.id, after={"name": row.name})
    return _view(row)


def _view(row: t.SessionTemplate) -> TemplateView:
    return TemplateView(row.id, row.name, row.plan, tuple(row.groups), row.rule, row.time, False)


def _of_file(key: str, raw: Mapping[str, Any], house: House) -> TemplateView:
    name = {code: str(raw[code]) for code in house.network.languages if code in raw}
    plan = {"title": name, "kind": raw["kind"], "duration_minutes": int(raw["minutes"]), "points": list(raw.get("points", [])),
            "public": bool(raw.get("public", False)),
            "agenda": [{"title": item["title"], "minutes": item["minutes"]} for item in raw.get("agenda", [])]}
    return TemplateView(key, name, plan, tuple(raw.get("groups", [])), str(raw.get("rule", "")), str(raw.get("time", "")), True)
