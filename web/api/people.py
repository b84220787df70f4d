"""``/api/v1/people`` and ``/settings``: accounts one by one (as a table: ``/tables/people``), and the choices of the settings page."""

from __future__ import annotations

from typing import Any

from flask import Response, jsonify

from liaison.domain.actor import require
from liaison.domain.errors import NotFound
from liaison.domain.text import storable
from liaison.services import links, people, settings
from web.context import current_actor, house

from . import edge
from . import people_schemas as s

bp = edge.blueprint("api_people")


@bp.get("/people")
@edge.query(bp, s.PersonQuery)
@bp.output(s.PersonList)
@bp.doc(summary="List accounts", responses=edge.problems(422), security=edge.TOKEN)
def list_people(data: s.PersonQuery) -> Response:
    """By name, at most 500; ``q`` is looked for in names, e-mail and points. For administrators and the help desk."""
    found = people.list_users(house(), current_actor(), query=data.q, role=data.role or "", point=data.point,
                              active=None if data.active is None else data.active == "yes")
    return edge.tagged({"items": [_person(row) for row in found], "next": None})


@bp.post("/people")
@edge.body(bp, s.PersonIn)
@bp.output(s.PersonOut, status_code=201)
@bp.doc(summary="Make an account", responses=edge.problems(409, 413, 415, 422), security=edge.TOKEN)
def make_person(data: s.PersonIn) -> Response:
    """Without a password: ask for a one-time link. The help desk makes officers and interpreters, administrators anybody."""
    return edge.tagged(_person(people.create_user(house(), current_actor(), **data.model_dump())), 201)


@bp.get("/people/<user_id>")
@bp.output(s.PersonOut)
@bp.doc(summary="Show an account", responses=edge.problems(404), security=edge.TOKEN)
def show_person(user_id: str) -> Response:
    """By name or id."""
    return edge.tagged(_person(_found(user_id)))


@bp.patch("/people/<user_id>")
@edge.body(bp, s.PersonPatch)
@bp.output(s.PersonOut)
@bp.doc(summary="Change an account", responses=edge.problems(404, 409, 413, 415, 422), security=edge.TOKEN)
def change_person(user_id: str, data: s.PersonPatch) -> Response:
    """An officer who comes to a point hears of its sessions to come."""
    wanted = {name: value for name, value in data.model_dump().items() if value is not None}
    return edge.tagged(_person(people.change_user(house(), current_actor(), _found(user_id)["id"], **wanted)))


@bp.put("/people/<user_id>/state")
@edge.body(bp, s.StateIn)
@bp.output(s.PersonOut)
@bp.doc(summary="Disable an account, or enable it again", responses=edge.problems(404, 409, 413, 415, 422), security=edge.TOKEN)
def set_state(user_id: str, data: s.StateIn) -> Response:
    """Its browsers and tokens end at once."""
    return edge.tagged(_person(people.set_active(house(), current_actor(), _found(user_id)["id"], data.active)))


@bp.post("/people/<user_id>/link")
@bp.output(s.LinkOut, status_code=201)
@bp.doc(summary="Make a one-time sign-in link", responses=edge.problems(404), security=edge.TOKEN)
def make_link(user_id: str) -> Response:
    """For whoever has no password yet or has forgotten it; earlier links stop working."""
    response = jsonify(url=links.sign_in_link(house(), current_actor(), _found(user_id)["id"]))
    response.status_code = 201
    response.headers["Cache-Control"] = "no-store"
    return response


@bp.get("/settings")
@bp.output(s.SettingsOut)
@bp.doc(summary="Show the settings", responses=edge.problems(), security=edge.TOKEN)
def show_settings() -> Response:
    """What the settings page holds; for administrators."""
    require(current_actor().administers, current_actor())
    return edge.tagged(settings.get_settings(house()))


@bp.patch("/settings")
@edge.body(bp, s.SettingsPatch)
@bp.output(s.SettingsOut)
@bp.doc(summary="Change settings", responses=edge.problems(413, 415, 422), security=edge.TOKEN)
def change_settings(data: s.SettingsPatch) -> Response:
    """All that are sent, or none."""
    wanted = {name: value for name, value in data.model_dump().items() if value is not None}
    return edge.tagged(settings.change_settings(house(), current_actor(), wanted))


def _found(user_id: str) -> dict[str, Any]:
    """Raises NotFound; Forbidden for whoever may not look at accounts."""
    actor = current_actor()
    require(actor.assists, actor)
    if not storable(user_id):
        raise NotFound()
    return people.find_user(house(), actor, user_id)


def _person(row: dict[str, Any]) -> dict[str, Any]:
    return s.PersonOut.model_validate(row).model_dump(mode="json")
