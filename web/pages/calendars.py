"""Calendars to subscribe to, and taking over a foreign one."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from liaison.domain.actor import Actor, require
from liaison.domain.errors import Invalid, NotFound
from liaison.domain.words import SessionKind
from liaison.services import calendar_addresses, calendar_import, people, points
from liaison.services.calendar_addresses import FeedKind

from .. import context
from ..calendar_upload import Upload, kept_text, upload_of
from ..errors import sentence, status_of
from ..forms import field_errors
from ..point_tree import point_tree
from ..words import kind_word

bp = Blueprint("calendars", __name__, url_prefix="/calendars")

AHEAD = timedelta(days=366)


@bp.get("")
def index() -> ResponseReturnValue:
    """Every feed that the reader may know, with its address."""
    actor = _me()
    feeds = calendar_addresses.list_addresses(context.house(), actor)
    calendar = people.own_calendar(context.house(), actor)
    own = {point["slug"] for point in calendar["points"]}
    return render_template(
        "calendars/index.html", feeds=feeds, personal=calendar["user"], base_url=context.house().settings.base_url,
        renewable={feed.slug for feed in feeds if actor.assists or feed.slug in own}, may_import=actor.plans)


@bp.post("/<feed>/<slug>/renew")
def renew(feed: str, slug: str) -> ResponseReturnValue:
    actor = _me()
    if feed not in set(FeedKind):
        raise NotFound()
    calendar_addresses.renew_address(context.house(), actor, FeedKind(feed), slug)
    flash(_("The calendar has a new address. The former one no longer works."), "success")
    return redirect(url_for(".index"), 303)


@bp.get("/import")
def import_form() -> ResponseReturnValue:
    _planner()
    return _page(_upload())


@bp.post("/import")
def look_or_import() -> ResponseReturnValue:
    """First the file is looked through; the page then sends its text back with the events chosen."""
    actor, house, upload = _planner(), context.house(), _upload()
    try:
        rows = calendar_import.look_through(house, actor, upload.events(house.network.zone), upload.kind, upload.points)
    except Invalid as error:
        return _page(upload, status_of(error), error=field_errors(error)[""])
    if request.form.get("act") == "import":
        done = calendar_import.carry_out(house, actor, rows, upload.kind, frozenset(request.form.getlist("event")))
        return _page(upload, 201 if any(one.session_id for one in done) else 422, done=done)
    return _page(upload, rows=rows, text=kept_text(upload.data))


def _me() -> Actor:
    actor = context.current_actor()
    require(actor.user_id is not None and context.bearer() is None, actor)
    return actor


def _planner() -> Actor:
    actor = context.current_actor()
    require(actor.plans, actor)
    return actor


def _upload() -> Upload:
    now = context.house().clock.now()
    return upload_of(request.form, request.files.get("file"), now, now + AHEAD)


def _page(upload: Upload, status: int = 200, **more: Any) -> ResponseReturnValue:
    house, actor = context.house(), context.current_actor()
    listed = points.list_points(house, actor)
    values: dict[str, Any] = {
        "rows": None, "done": None, "text": "", "error": "", "upload": upload, "sentence": sentence,
        "kinds": [(kind.value, kind_word(kind)) for kind in SessionKind], "names": {point.slug: point.name for point in listed},
        "tree": point_tree(listed, house.network, context.language())}
    return make_response(render_template("calendars/import.html", **(values | more)), status)
