"""The settings page: choices of one installation that need no restart."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from liaison.domain.actor import Actor, require
from liaison.domain.errors import Invalid
from liaison.services import settings as choices

from .. import context
from ..errors import status_of
from ..forms import field_errors, texts

NUMBERS = ("video_ports", "watcher_ports", "recording_ports", "offer_minutes", "no_show_minutes")

bp = Blueprint("settings", __name__, url_prefix="/admin/settings")


LISTS = ("reminder_minutes", "chase_after_days", "chase_hours_before")
"""Numbers separated by commas."""


def _administrator() -> Actor:
    actor = context.current_actor()
    require(actor.administers, actor)
    return actor


@bp.get("")
def show() -> ResponseReturnValue:
    _administrator()
    kept = choices.get_settings(context.house())
    lists = {name: ", ".join(str(number) for number in kept[name]) for name in LISTS}
    return _page(kept | lists | {"quiet_from": kept["quiet_hours"][0], "quiet_until": kept["quiet_hours"][1]})


@bp.post("")
def change() -> ResponseReturnValue:
    actor, form = _administrator(), texts("help_desk_phone", "default_language", "quiet_from", "quiet_until", "settle_seconds",
                                          "officers_add_documents", *LISTS)
    try:
        choices.change_settings(context.house(), actor, _values(form))
    except Invalid as error:
        return _page(form, error)
    g.pop("settings", None)
    flash(_("Saved."), "success")
    return redirect(url_for(".show"), 303)


def _values(form: dict[str, str]) -> dict[str, Any]:
    """As the settings keep them. A field that the form does not hold stays as it is."""
    values: dict[str, Any] = {name: form[name] for name in ("help_desk_phone", "default_language")}
    values |= {name: _minutes(form[name]) for name in LISTS if name in request.form}
    if "quiet_from" in request.form:
        values["quiet_hours"] = [form["quiet_from"], form["quiet_until"]]
    if "settle_seconds" in request.form:
        typed = _minutes(form["settle_seconds"])
        values["settle_seconds"] = typed[0] if isinstance(typed, list) and len(typed) == 1 else typed
    if "officers_add_documents" in request.form:
        values["officers_add_documents"] = request.form["officers_add_documents"] == "1"
    return values | {name: _number(request.form[name].strip()) for name in NUMBERS if name in request.form}


def _number(text: str) -> int | str:
    """The number; the text itself when it is none (the check will say so)."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else text


def _minutes(text: str) -> list[int] | str:
    """Numbers separated by commas or spaces; the text itself when it is something else (the check will say so)."""
    parts = text.replace(",", " ").replace(";", " ").split()
    return [int(part) for part in parts] if all(part.isascii() and part.isdigit() and len(part) < 9 for part in parts) else text


def _page(form: dict[str, Any], error: Invalid | None = None) -> ResponseReturnValue:
    settings = context.house().settings
    facts = {"address": settings.base_url, "mail": bool(settings.smtp_url), "https": settings.base_url.startswith("https://"),
             "database": "PostgreSQL" if context.house().db.dialect == "postgresql" else "SQLite", "watchers": settings.watchers}
    page = render_template("admin/settings.html", form=form, errors=field_errors(error) if error else {}, facts=facts,
                           network=context.house().network)
    return make_response(page, status_of(error) if error else 200)
