"""What the outbox owes: counts by state, the messages that were given up, each to be tried again, and the latest of all."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from liaison.domain.words import OutboxStatus
from liaison.services import outbox

from .. import context
from .people import helper

bp = Blueprint("outbox", __name__, url_prefix="/admin/outbox")

STATES = {
    OutboxStatus.PENDING: _l("Waiting for its time"), OutboxStatus.CLAIMED: _l("Being sent"), OutboxStatus.SENT: _l("Sent"),
    OutboxStatus.SKIPPED: _l("No longer needed"), OutboxStatus.FAILED: _l("Given up"),
}


@bp.get("")
def index() -> ResponseReturnValue:
    actor = helper()
    wanted = request.args.get("state", "")
    state = wanted if wanted in set(OutboxStatus) else ""
    counts = outbox.count_by_status(context.house())
    return render_template("admin/outbox.html", failed=outbox.list_failed(context.house(), actor), state=state,
                           latest=outbox.list_messages(context.house(), actor, state),
                           kept_here=not context.house().settings.smtp_url,
                           counts=[(status.value, words, counts.get(status.value, 0)) for status, words in STATES.items()])


@bp.post("/<row_id>/retry")
def retry(row_id: str) -> ResponseReturnValue:
    outbox.retry_failed(context.house(), helper(), row_id)
    flash(_("The message will be tried again at once."), "success")
    return redirect(url_for(".index"), 303)
