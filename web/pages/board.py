"""The free/busy board: points against the hours of a day or the parts of a week, and the look before a session is moved."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, timedelta
from typing import Any

from flask import Blueprint, jsonify, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import ngettext

from liaison.domain.actor import require
from liaison.domain.booking import Period
from liaison.domain.errors import Invalid
from liaison.services import board, points
from liaison.services.conflicts import rfc3339

from .. import board_grid as grid
from .. import dates
from ..booking_form import whole_number
from ..calendar_grid import week_start
from ..context import current_actor, date_range, house, language, local_time, text
from ..errors import sentence
from ..point_tree import point_tree
from .booking import taken_words

bp = Blueprint("board", __name__)
VIEWS = ("day", "week")


@bp.get("/board")
def show() -> ResponseReturnValue:
    actor = current_actor()
    require(actor.signed_in, actor)
    view, day = request.args.get("view", "day"), dates.picked(request.args.get("date"))
    if view not in VIEWS:
        raise Invalid("This part of the board cannot be shown.")
    first = week_start(day) if view == "week" else day
    days = 7 if view == "week" else 1
    step = timedelta(days=days)
    blocks = board.busy_blocks(house(), actor, Period(dates.at(first).astimezone(UTC), dates.at(first + step).astimezone(UTC)))
    columns = grid.week_columns(first) if view == "week" else grid.day_columns(day, blocks, house().network.zone)
    listed = [point for point in points.list_points(house(), actor) if point.active]
    return render_template(
        "board/board.html", view=view, day=day, before=day - step, after=day + step, columns=columns, today=dates.today(),
        heading=dates.week_heading(first, first + timedelta(days=6)) if view == "week" else dates.day_heading(day),
        tree=point_tree(listed, house().network, language()), ids={point.slug: point.id for point in listed},
        rows=grid.lay_out(columns, blocks, house().network.zone), label=_labels(), now=house().clock.now(),
        may_book=actor.plans, link=_link)


@bp.post("/board/check")
def check() -> ResponseReturnValue:
    """For the board's script, while a session is dragged: what is in the way there, and who would be told."""
    actor = current_actor()
    require(actor.plans, actor)
    look = board.check_move(house(), actor, request.form.get("session_id", ""), _minutes(request.form.get("minutes", "")))
    names = {point.slug: text(point.name) for point in points.list_points(house(), actor)}
    taken = [f"{names.get(slug, slug)}: {words}" for slug, words in taken_words(look.conflicts).items()]
    return jsonify(
        starts_at=rfc3339(look.period.starts_at), when=date_range(look.period.starts_at, look.period.ends_at, "medium"), taken=taken,
        wrong=[sentence(error["message"], error) for error in look.errors], told=_told(look), silent=[text(name) for name in look.silent])


def _told(look: board.MoveCheck) -> str:
    """Who hears of the move: in sentences, since both counts have forms of their own."""
    people = ngettext("%(num)s person will be told.", "%(num)s people will be told.", look.people)
    points = ngettext("%(num)s point will be asked again whether it comes.", "%(num)s points will be asked again whether they come.",
                      len(look.points))
    return f"{people} {points}"


def _minutes(text: str) -> int:
    sign, digits = (-1, text[1:]) if text.startswith("-") else (1, text)
    minutes = whole_number(digits)
    if minutes is None:
        raise Invalid(errors=[{"field": "minutes", "message": "Give a whole number."}])
    return sign * minutes


@dataclass(frozen=True)
class Label:
    """What stands on a block: its hours, the session's title and address."""

    start: str
    end: str
    title: str
    url: str


def _labels() -> Callable[[board.BusyBlock], Label]:
    """Each session's words are made once, however many rooms it takes."""
    made: dict[tuple[str, Period], Label] = {}

    def label(block: board.BusyBlock) -> Label:
        key = (block.session.id if block.session else "", block.period)
        if key not in made:
            made[key] = Label(
                local_time(block.period.starts_at), local_time(block.period.ends_at), text(block.session.title) if block.session else "",
                url_for("sessions.show", session_id=block.session.id) if block.session else "")
        return made[key]
    return label


def _link(view: str, day: Any) -> str:
    return url_for("board.show", view=view, date=day.isoformat())
