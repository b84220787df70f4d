"""The network at a glance: a map and a board of all points with what each is now, for desk, phone and wall."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any

from flask import Blueprint, Response, jsonify, render_template, request
from flask.typing import ResponseReturnValue

from liaison.domain.point_states import PointState
from liaison.domain.points import matches
from liaison.services.network_states import PointStatus, count_states, network_states

from .. import context, network_map, network_words
from ..point_tree import point_tree

bp = Blueprint("network", __name__, url_prefix="/network")

VIEWS = ("board", "map")
"""What a phone shows; larger screens show both."""


@bp.get("")
def show() -> ResponseReturnValue:
    """Map and board. ``state``, ``kind`` and ``q`` narrow the board; ``view=map`` shows a phone the map."""
    statuses = network_states(context.house(), context.current_actor())
    wanted = {name: request.args.get(name, "").strip() for name in ("q", "state", "kind", "view")}
    shown = [status for status in statuses if _wanted(status, wanted)]
    return render_template("network/show.html", rows=_rows(shown), wanted=wanted, kinds=_kinds(statuses),
                           view=wanted["view"] if wanted["view"] in VIEWS else VIEWS[0], **_common(statuses))


@bp.get("/wall")
def wall() -> ResponseReturnValue:
    """The same for a screen on the wall: nothing to press, everything large."""
    statuses = network_states(context.house(), context.current_actor())
    return render_template("network/wall.html", rows=_rows(_by_concern(statuses)), **_common(statuses))


@bp.get("/states.json")
def states() -> Response:
    """For the pages' script: every point's state in words, the counts, and a mark of the drawing."""
    statuses = network_states(context.house(), context.current_actor())
    response = jsonify(at=context.local_time(context.house().clock.now()), counts=_counts(statuses), drawing=_drawing_mark(statuses),
                       points={status.point.slug: network_words.status_row(status) for status in statuses})
    response.headers["Cache-Control"] = "no-store"
    return response


def _wanted(status: PointStatus, wanted: dict[str, str]) -> bool:
    point = status.point
    return (wanted["state"] in ("", status.verdict.state) and wanted["kind"] in ("", point.kind)
            and matches(wanted["q"], point.slug, point.name, point.seat, point.also_known_as))


def _by_concern(statuses: Sequence[PointStatus]) -> list[PointStatus]:
    """What somebody must look at first; of those that are quiet, none."""
    loud = (PointState.TROUBLE, PointState.SESSION)
    return sorted((status for status in statuses if status.verdict.state in loud), key=lambda status: loud.index(status.verdict.state))


def _common(statuses: Sequence[PointStatus]) -> dict[str, Any]:
    drawing = _drawing(statuses)
    return {"drawing": drawing, "marks": _rows([status for status in statuses if status.point.slug in drawing.marks]),
            "counts": _counts(statuses), "drawing_mark": _drawing_mark(statuses), "now": context.house().clock.now(),
            "provinces": {status.point.slug: status.point.name for status in statuses if status.point.slug == status.point.province}}


def _rows(statuses: Sequence[PointStatus]) -> list[dict[str, Any]]:
    """Each point with its words, and what a search finds."""
    network, language = context.house().network, context.language()
    leaves = {leaf.slug: leaf for branch in point_tree([status.point for status in statuses], network, language) for leaf in branch.leaves}
    return [network_words.status_row(status) | {"point": status.point, "leaf": leaves[status.point.slug]} for status in statuses]


def _counts(statuses: Sequence[PointStatus]) -> dict[str, int]:
    return {str(state): count for state, count in count_states(statuses).items()}


def _kinds(statuses: Sequence[PointStatus]) -> list[tuple[str, str]]:
    kinds = context.house().network.kinds
    return [(kind, context.text(kinds.get(kind, {}))) for kind in dict.fromkeys(status.point.kind for status in statuses)]


def _places(statuses: Sequence[PointStatus]) -> dict[str, tuple[float, float] | None]:
    return {status.point.slug: status.place for status in statuses}


def _drawing(statuses: Sequence[PointStatus]) -> network_map.Drawing:
    ways = {status.point.slug: (status.route.next.lon, status.route.next.lat) for status in statuses if status.route and status.route.next}
    return network_map.draw(network_map.read_outlines(context.house().network.map_file), _places(statuses), ways)


def _drawing_mark(statuses: Sequence[PointStatus]) -> str:
    """Changes when a mark has moved, come or gone: the page then loads anew."""
    return hashlib.sha256(json.dumps(_places(statuses)).encode()).hexdigest()[:12]
