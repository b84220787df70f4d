"""From the services' views to the API's shapes."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from liaison.domain.actor import Actor
from liaison.domain.agenda import entry
from liaison.domain.recording import TRACKS
from liaison.domain.sessions import Plan
from liaison.services import deputies
from liaison.services.point_groups import expand_groups
from liaison.services.points import PointView
from liaison.services.series import Recurrence
from liaison.services.series_edits import Edit
from liaison.services.session_views import InvitedPoint, PersonView, SessionView
from web import context

from . import schemas as s

NOT_PLAIN = frozenset({"chair", "agenda", "points", "optional_points", "kind", "recurrence", "series", "groups", "on_behalf_of"})
"""Fields of a request that do not go into a plan as they are."""


def point(view: PointView) -> dict[str, Any]:
    signed_in = context.current_actor().signed_in
    return {
        "id": view.id, "slug": view.slug, "name": view.name, "display_name": context.text(view.name), "kind": view.kind,
        "province": view.province, "seat": view.seat, "lat": view.lat, "lon": view.lon,
        "also_known_as": view.also_known_as, "active": view.active, "link_profile": view.link_profile,
        "phone": view.phone if signed_in else None, "email": view.email if signed_in else None}


def session(view: SessionView) -> dict[str, Any]:
    return _dump(s.SessionOut, {
        "id": view.id, "number": view.number, "status": view.status, "title": view.title,
        "display_title": context.text(view.title), "description": view.description, "kind": view.kind,
        "starts_at": view.starts_at, "ends_at": view.ends_at, "duration_minutes": view.duration_minutes,
        "timezone": view.timezone, "setup_minutes": view.setup_minutes, "clear_minutes": view.clear_minutes,
        "priority": view.priority, "quorum": view.quorum, "checks_minutes": view.checks_minutes,
        "questions": view.questions, "broadcast": view.broadcast,
        "public": view.public, "record": view.recording == TRACKS, "recording": view.recording,
        "points": [_invited(item) for item in view.points],
        "agenda": [{"title": item.plain_or_texts, "minutes": item.minutes} for item in view.agenda],
        "chair": {"point": view.chair_point, "user": _name(view.chair_user)}, "deputy": _name(view.deputy),
        "secretary": _name(view.secretary), "booked_by": _name(view.booked_by), "on_behalf_of": _name(view.on_behalf_of),
        "opened_at": view.opened_at, "closed_at": view.closed_at, "extended_to": view.extended_to, "cancel_reason": view.cancel_reason,
        "sequence": view.sequence, "version": view.version, "created_at": view.created_at, "updated_at": view.updated_at,
        "series": {"id": view.series_id, "recurrence_id": view.recurrence_id, "changed": view.series_changes}
        if view.series_id else None})


def link_minute(sample: dict[str, Any]) -> dict[str, Any]:
    ways = {way: {name: sample[f"{way}_{name}"] for name in s.DirectionOut.model_fields} for way in ("up", "down")}
    return _dump(s.LinkMinuteOut, sample | ways | {"session": sample["session_id"]})


def way_in(issued: dict[str, Any]) -> dict[str, Any]:
    return _dump(s.JoinOut, issued)


def _invited(item: InvitedPoint) -> dict[str, Any]:
    return {"slug": item.slug, "name": item.name, "display_name": context.text(item.name), "required": item.required,
            "answer": item.answer, "answer_reason": item.answer_reason, "answered_at": item.answered_at, "expected": item.expected,
            "representatives": list(item.representatives) if item.answer is not None else None}


def _name(person: PersonView | None) -> str | None:
    return person.name if person else None


def _dump(model: type[BaseModel], data: dict[str, Any]) -> dict[str, Any]:
    return model.model_validate(data).model_dump(mode="json")


def booker(data: s.SessionIn) -> Actor:
    """Who books: the sender, or the sender as a chief's deputy. Raises Forbidden."""
    actor = context.current_actor()
    return deputies.acting_for(context.house(), actor, data.on_behalf_of) if data.on_behalf_of else actor


def plan(data: s.SessionIn, actor: Actor) -> Plan:
    """What a booker sent, as the services take it; groups become their points."""
    fields = _fields(data, set(s.SessionIn.model_fields) - {"confirm"})
    if data.groups:
        grouped = expand_groups(context.house(), actor, data.groups)
        fields["points"] = tuple(dict.fromkeys((*fields["points"], *grouped)))
    return Plan(**fields)


def recurrence(data: s.SessionIn) -> Recurrence | None:
    """The wish for a series, if there is one."""
    return Recurrence(data.recurrence.rule, frozenset(data.recurrence.leave_out)) if data.recurrence else None


def edit(data: s.SessionPatch) -> Edit:
    """A change with how far it reaches."""
    of = data.series
    return Edit(of.scope, changes(data), of.rule, of.overwrite, frozenset(of.stay))


def changes(data: s.ChangeIn) -> dict[str, Any]:
    """Only what was sent."""
    return _fields(data, data.model_fields_set - {"confirm", "note"})


def _fields(data: s.SessionIn | s.ChangeIn, names: set[str]) -> dict[str, Any]:
    fields = {name: getattr(data, name) for name in names - NOT_PLAIN}
    if "kind" in names:
        fields["kind"] = data.kind.value
    for name in names & {"points", "optional_points"}:
        fields[name] = tuple(getattr(data, name))
    if "agenda" in names:
        fields["agenda"] = tuple(entry(item.title, item.minutes) for item in data.agenda)
    if "chair" in names:
        chair = data.chair or s.ChairIn()
        fields |= {"chair_point": chair.point, "chair_user": chair.user}
    return fields
