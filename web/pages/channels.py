"""How I am told: one's channels, addresses, quiet hours and calendar alarm; and what gateways report back."""

from __future__ import annotations

import hmac
from typing import Any

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from liaison.domain.actor import Actor, require
from liaison.domain.errors import Forbidden, Invalid
from liaison.domain.words import Channel
from liaison.i18n import N_
from liaison.notify.push import public_key
from liaison.notify.sms import report_signature
from liaison.services import contacts, people
from liaison.services import settings as choices
from liaison.services.delivery_reports import note_report
from liaison.services.ways import configured

from .. import context
from ..errors import status_of
from ..forms import browser_subscription, field_errors, texts
from ..limits import limited
from ..telegram_name import bot_name

bp = Blueprint("channels", __name__)

LONGEST_REPORT = 4096


def _me() -> Actor:
    actor = context.current_actor()
    require(actor.user_id is not None and context.bearer() is None, actor)
    return actor


@bp.get("/account/channels")
def show() -> ResponseReturnValue:
    return _page(_me())


@bp.post("/account/channels")
def save() -> ResponseReturnValue:
    actor = _me()
    form: dict[str, Any] = texts("phone", "alarm_minutes", "quiet", "quiet_from", "quiet_until")
    form |= {"email": "email" in request.form, "quiet_email": "quiet_email" in request.form}
    try:
        contacts.save_choices(context.house(), actor, form)
    except Invalid as error:
        return _page(actor, status_of(error), form=form, errors=field_errors(error))
    flash(_("Saved."), "success")
    return redirect(url_for(".show"), 303)


@bp.post("/account/channels/telegram")
def telegram() -> ResponseReturnValue:
    """A code to send to the bot, shown this once."""
    actor = _me()
    if Channel.TELEGRAM not in configured(context.house().settings):
        raise Forbidden(N_("Telegram is not set up in this installation."))
    return _page(actor, code=contacts.make_code(context.house(), actor), bot=bot_name(context.house()))


@bp.post("/account/channels/push")
@limited("60 per minute")
def push() -> ResponseReturnValue:
    """This browser takes push messages from now on (JSON of ``PushSubscription``, and a name for it)."""
    actor, subscription = _me(), browser_subscription()
    label = (request.get_json(silent=True) or {}).get("label", "")
    if not isinstance(label, str) or "\0" in label:
        raise Invalid(N_("This browser's push service is not among those that this installation uses."))
    contacts.add_browser(context.house(), actor, *subscription, label)
    return "", 204


@bp.post("/account/channels/<contact_id>/remove")
def remove(contact_id: str) -> ResponseReturnValue:
    contacts.remove_contact(context.house(), _me(), contact_id)
    flash(_("Removed."), "success")
    return redirect(url_for(".show"), 303)


@bp.post("/delivery/sms")
def sms_report() -> ResponseReturnValue:
    """What the SMS gateway says became of a message; signed with the token that it shares with us."""
    token = context.house().settings.sms_token
    body = request.get_data()[:LONGEST_REPORT]
    given = request.headers.get("X-Signature", "").encode()
    if not token or not hmac.compare_digest(given, report_signature(token, body).encode()):
        raise Forbidden()
    sent = request.get_json(silent=True)
    report = {name: str(sent.get(name, "")) for name in ("id", "status", "reason")} if isinstance(sent, dict) else {}
    note_report(context.house(), Channel.SMS, report.get("id", ""), report.get("status", ""), report.get("reason", ""))
    return "", 204


def _page(actor: Actor, status: int = 200, **more: Any) -> ResponseReturnValue:
    house = context.house()
    kept = contacts.read_choices(house, actor)
    values: dict[str, Any] = {
        "me": people.get_user(house, actor, str(actor.user_id)), "kept": kept, "form": vars(kept) | {"phone": kept.phone},
        "offered": configured(house.settings), "push_key": public_key(house.settings), "errors": {}, "code": "", "bot": "",
        "network_quiet": choices.get_setting(house, "quiet_hours"), "zone": house.network.timezone, "channels": Channel}
    return make_response(render_template("auth/channels.html", **(values | more)), status)


