"""The office's own words in messages: every kind in every language, with a look at the whole message before anything is kept."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from liaison.domain.actor import Actor, require
from liaison.domain.errors import Invalid, NotFound
from liaison.domain.message_texts import KINDS, LONGEST, Part, text_errors
from liaison.domain.words import OutboxKind
from liaison.notify.sample import sample_letter
from liaison.notify.wording import Wording, word
from liaison.services import message_texts

from .. import context
from ..errors import sentence, status_of

bp = Blueprint("texts", __name__, url_prefix="/admin/texts")

TITLES = {
    OutboxKind.INVITATION: _l("Invitation"), OutboxKind.UPDATE: _l("Change of a session"), OutboxKind.CANCELLATION: _l("Cancellation"),
    OutboxKind.REMINDER: _l("Reminder"), OutboxKind.ANSWER_NOTICE: _l("A point declined"),
    OutboxKind.CHASE: _l("No answer yet"), OutboxKind.SERIES_INVITATION: _l("Invitation to a series"),
    OutboxKind.SERIES_UPDATE: _l("Change of a series"), OutboxKind.SERIES_CANCELLATION: _l("Cancellation of a series"),
    OutboxKind.SERIES_GAPS: _l("Dates of a series that were taken"), OutboxKind.WELCOME: _l("Welcome letter"),
    OutboxKind.PASSWORD_RESET: _l("Forgotten password"), OutboxKind.POLL: _l("Date poll"),
    OutboxKind.POLL_REMINDER: _l("Date poll: no answer yet"), OutboxKind.REQUEST_NOTICE: _l("Requests and waiting list"),
    OutboxKind.HELP_CALL: _l("Call to the help desk"), OutboxKind.QUESTION_NOTICE: _l("What became of a question"),
    OutboxKind.SEAT_NOTICE: _l("Seat in a hall"), OutboxKind.WATCH_REMINDER: _l("Reminder for a citizen"),
}
PARTS = {Part.SUBJECT: _l("Subject"), Part.INTRO: _l("First sentence")}
PLACES = {
    "network": _l("name of the network"), "name": _l("name of the reader"), "title": _l("title of the session"),
    "number": _l("its number"), "starts": _l("its start"), "when": _l("its start and end"), "rule": _l("when it repeats"),
    "points": _l("points of the reader"), "chair": _l("who chairs"), "reason": _l("the reason given"), "account": _l("sign-in name"),
}


def _administrator() -> Actor:
    actor = context.current_actor()
    require(actor.administers, actor)
    return actor


@bp.get("")
def index() -> ResponseReturnValue:
    """Every kind, and in which languages the office words it itself."""
    kept = message_texts.list_texts(context.house(), _administrator())
    own = {kind: {language for one, _part, language in kept if one == kind} for kind in KINDS}
    return render_template("admin/texts.html", titles=TITLES, own=own)


@bp.get("/<kind>")
def edit(kind: str) -> ResponseReturnValue:
    actor, known = _administrator(), _kind(kind)
    return _page(known, _kept(actor, known))


@bp.post("/<kind>")
def look_or_keep(kind: str) -> ResponseReturnValue:
    """``act=keep`` keeps all texts of the kind (an empty one goes back to the product's words); else they are only shown."""
    actor, known = _administrator(), _kind(kind)
    sent = {key: request.form.get("_".join(key), "").strip() for key in _keys()}
    errors = _errors(known, sent)
    if errors or request.form.get("act") != "keep":
        return _page(known, sent, errors)
    kept = _kept(actor, known)
    for (part, language), text in sent.items():
        if text and text != kept[part, language]:
            message_texts.put_text(context.house(), actor, known, part, language, text)
        elif not text and kept[part, language]:
            message_texts.reset_text(context.house(), actor, known, part, language)
    flash(_("Saved."), "success")
    return redirect(url_for(".edit", kind=known), 303)


def _kind(kind: str) -> OutboxKind:
    """Raises NotFound."""
    if kind not in KINDS:
        raise NotFound()
    return OutboxKind(kind)


def _keys() -> list[tuple[str, str]]:
    return [(part, language) for language in context.house().network.languages for part in Part]


def _kept(actor: Actor, kind: OutboxKind) -> dict[tuple[str, str], str]:
    kept = message_texts.list_texts(context.house(), actor)
    return {(part, language): kept.get((kind, part, language), "") for part, language in _keys()}


def _errors(kind: OutboxKind, sent: dict[tuple[str, str], str]) -> dict[str, str]:
    """Sentences by field for the texts that are not empty."""
    found = {"_".join(key): text_errors(kind, key[0], text) for key, text in sent.items() if text}
    return {name: sentence(errors[0]["message"], errors[0]) for name, errors in found.items() if errors}


def _preview(kind: OutboxKind, language: str, sent: dict[tuple[str, str], str]) -> Wording:
    house = context.house()
    own = {part: text for (part, code), text in sent.items() if code == language and text}
    return word(sample_letter(kind, language, house.network, house.clock.now(), own), house.network, house.settings.base_url)


def _page(kind: OutboxKind, sent: dict[tuple[str, str], str], errors: dict[str, str] | None = None) -> ResponseReturnValue:
    languages = context.house().network.languages
    usable = {key: "" if errors and "_".join(key) in errors else text for key, text in sent.items()}
    values: dict[str, Any] = {
        "kind": kind, "title": TITLES[kind], "parts": PARTS, "longest": LONGEST, "sent": sent, "errors": errors or {},
        "places": [(name, PLACES[name]) for name in KINDS[kind]],
        "previews": {code: _preview(kind, code, usable) for code in languages},
        "usual": {code: _preview(kind, code, {}) for code in languages}}
    return make_response(render_template("admin/text.html", **values), status_of(Invalid()) if errors else 200)
