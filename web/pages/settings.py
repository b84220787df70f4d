"""The settings page: choices of one installation that need no restart."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, g, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from liaison.domain.actor import Actor, require
from liaison.domain.errors import Invalid
from liaison.services import settings as choices

from .. import context
from ..errors import status_of
from ..forms import field_errors, texts

bp = Blueprint("settings", __name__, url_prefix="/admin/settings")


def _administrator() -> Actor:
    actor = context.current_actor()
    require(actor.administers, actor)
    return actor


@bp.get("")
def show() -> ResponseReturnValue:
    _administrator()
    kept = choices.get_settings(context.house())
    return _page(kept | {"reminder_minutes": ", ".join(str(minutes) for minutes in kept["reminder_minutes"])})


@bp.post("")
def change() -> ResponseReturnValue:
    actor, form = _administrator(), texts("help_desk_phone", "reminder_minutes", "default_language")
    try:
        choices.change_settings(context.house(), actor, form | {"reminder_minutes": _minutes(form["reminder_minutes"])})
    except Invalid as error:
        return _page(form, error)
    g.pop("settings", None)
    flash(_("Saved."), "success")
    return redirect(url_for(".show"), 303)


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
