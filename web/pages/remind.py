"""Remind me: asked for on a public session's page, confirmed and stopped on the reminder's own."""

from __future__ import annotations

from flask import Blueprint, Response, flash, jsonify, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from liaison.domain.errors import IllegalState, Invalid, NotFound
from liaison.domain.words import Channel
from liaison.services import watch_reminders
from liaison.services.broadcasts import public_session
from liaison.services.ways import configured

from ..context import house, language
from ..forms import browser_subscription, field_errors
from ..limits import limited, may_write_to
from ..security import own_page
from ..telegram_name import bot_name
from .public import session_page
from .questions import TRAP

bp = Blueprint("remind", __name__)

PER_ADDRESS = "120 per minute"
"""Each is a message that somebody is sent, so fewer than questions."""


@bp.post("/public/sessions/<session_id>/remind")
@limited(PER_ADDRESS)
def by_mail(session_id: str) -> ResponseReturnValue:
    """The same answer whatever is known of the address: nobody learns here who is reminded of what."""
    wanted = request.form.get("remind", "")
    if not request.form.get(TRAP) and may_write_to(wanted):
        try:
            watch_reminders.remind_by_mail(house(), session_id, wanted, language())
        except (Invalid, IllegalState) as error:
            status = 422 if isinstance(error, Invalid) else 409
            return make_response(session_page(session_id, {}, remind_error=" ".join(field_errors(error).values())), status)
    flash(_("Look into your mailbox: a letter asks you to confirm the reminder."), "success")
    return redirect(url_for("public.show", session_id=session_id), 303)


@bp.post("/public/sessions/<session_id>/remind/push")
@limited(PER_ADDRESS)
def by_browser(session_id: str) -> Response:
    """JSON of ``PushSubscription``; the address of the reminder's own page."""
    token = watch_reminders.remind_browser(house(), session_id, *browser_subscription(), language())
    return jsonify(url=url_for(".own", token=token))


@bp.get("/public/sessions/<session_id>/remind/telegram")
@limited("60 per minute")
def by_telegram(session_id: str) -> ResponseReturnValue:
    """On to the bot, which keeps the chat once it is begun there."""
    view = public_session(house(), session_id)
    if Channel.TELEGRAM not in configured(house().settings):
        raise NotFound()
    bot = bot_name(house())
    if not bot:
        flash(_("Telegram does not answer just now. Choose another way."), "warning")
        return redirect(url_for("public.show", session_id=session_id), 303)
    return redirect(f"https://t.me/{bot}?start={watch_reminders.start_parameter(view.id)}", 303)


@bp.get("/remind/<token>")
def own(token: str) -> Response:
    """The address is the reminder's owner's. Looking changes nothing: programs that look through mail open links, too."""
    return own_page(make_response(render_template("public/remind.html", view=watch_reminders.own_reminder(house(), token))))


@bp.post("/remind/<token>")
def confirm(token: str) -> ResponseReturnValue:
    watch_reminders.confirm(house(), token)
    return redirect(url_for(".own", token=token), 303)


@bp.post("/remind/<token>/stop")
def stop(token: str) -> ResponseReturnValue:
    session_id = watch_reminders.stop(house(), token)
    flash(_("You will not be reminded."), "success")
    return redirect(url_for("public.show", session_id=session_id), 303)
