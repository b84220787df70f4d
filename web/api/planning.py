"""``/api/v1/groups`` and ``/api/v1/templates``: what makes booking quick."""

from __future__ import annotations

from typing import Any

from flask import Response

from liaison.services import point_groups, templates
from liaison.services.point_groups import GroupView
from liaison.services.templates import TemplateView
from web.context import current_actor, house, text

from . import edge
from .planning_schemas import GroupIn, GroupList, GroupOut, TemplateIn, TemplateList, TemplateOut

bp = edge.blueprint("api_planning")


@bp.get("/groups")
@bp.output(GroupList)
@bp.doc(summary="List groups of points", responses=edge.problems(), security=edge.TOKEN)
def list_groups() -> Response:
    """The network's own ones first."""
    items = [_group(one) for one in point_groups.list_groups(house(), current_actor())]
    return edge.tagged({"items": items, "next": None})


@bp.put("/groups/<slug>")
@edge.body(bp, GroupIn)
@bp.output(GroupOut)
@bp.doc(summary="Make or change a group", responses=edge.problems(404, 409, 413, 415, 422), security=edge.TOKEN)
def put_group(slug: str, data: GroupIn) -> Response:
    """Whole: the points named are the group's points afterwards."""
    return edge.tagged(_group(point_groups.save_group(house(), current_actor(), slug, data.name, data.points)))


@bp.delete("/groups/<slug>")
@bp.doc(summary="Throw a group away", responses=edge.problems(404, 409), security=edge.TOKEN)
def delete_group(slug: str) -> tuple[str, int]:
    """Sessions and templates keep the points they have."""
    point_groups.delete_group(house(), current_actor(), slug)
    return "", 204


@bp.get("/templates")
@bp.output(TemplateList)
@bp.doc(summary="List templates of sessions", responses=edge.problems(), security=edge.TOKEN)
def list_templates() -> Response:
    """The network's own ones first. ``plan`` holds fields of a session to book."""
    return edge.tagged({"items": [_template(one) for one in templates.list_templates(house(), current_actor())], "next": None})


@bp.post("/templates")
@edge.body(bp, TemplateIn)
@bp.output(TemplateOut, status_code=201)
@bp.doc(summary="Make a template of a session", responses=edge.problems(404, 409, 413, 415, 422), security=edge.TOKEN)
def make_template(data: TemplateIn) -> Response:
    """Everything of the session but its date; points that the ``groups`` bring are left to them."""
    made = templates.make_template(house(), current_actor(), edge.known_id(data.session), data.name, data.groups)
    return edge.tagged(_template(made), 201)


@bp.delete("/templates/<template_id>")
@bp.doc(summary="Throw a template away", responses=edge.problems(404, 409), security=edge.TOKEN)
def delete_template(template_id: str) -> tuple[str, int]:
    """Sessions made with it stay."""
    templates.delete_template(house(), current_actor(), template_id)
    return "", 204


def _group(one: GroupView) -> dict[str, Any]:
    return {"slug": one.slug, "name": one.name, "display_name": text(one.name), "points": list(one.points), "built_in": one.built_in}


def _template(one: TemplateView) -> dict[str, Any]:
    return {"id": one.id, "name": one.name, "display_name": text(one.name), "plan": one.plan, "groups": list(one.groups),
            "rule": one.rule, "time": one.time, "built_in": one.built_in}
