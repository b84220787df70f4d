"""The audit log: who did what, and what was changed."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from urllib.parse import urlencode

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from liaison.domain.actor import require
from liaison.services import audit_log

from .. import audit_words, context

bp = Blueprint("audit", __name__, url_prefix="/admin/audit")

FILTERS = ("who", "action", "object", "from", "to")


@bp.get("")
def index() -> ResponseReturnValue:
    actor = context.current_actor()
    require(actor.administers, actor)
    wanted = {name: request.args.get(name, "").strip() for name in FILTERS}
    lines, more = audit_log.list_audit(context.house(), actor, _filter(wanted), request.args.get("before", ""))
    kept = {key: value for key, value in wanted.items() if value}
    actions = [(action, audit_words.action_word(action)) for action in audit_log.list_actions(context.house(), actor)]
    errors = {name: _("This is not a date.") for name in ("from", "to") if wanted[name] and _midnight(wanted[name]) is None}
    return render_template("admin/audit.html", lines=lines, wanted=wanted, errors=errors, actions=actions, words=audit_words,
                           more=_address(kept | {"before": more}) if more else "",
                           first=_address(kept) if request.args.get("before") else "")


def _address(query: dict[str, str]) -> str:
    return f"{url_for('.index')}?{urlencode(query)}"


def _filter(wanted: dict[str, str]) -> audit_log.AuditFilter:
    last = _midnight(wanted["to"])
    return audit_log.AuditFilter(who=wanted["who"], action=wanted["action"], object_id=wanted["object"],
                                 from_at=_midnight(wanted["from"]), to_at=last + timedelta(days=1) if last else None)


def _midnight(day: str) -> datetime | None:
    """The beginning of a day in the network's zone; what is no date filters nothing (the page says so)."""
    try:
        return datetime.combine(date.fromisoformat(day), time(), context.house().network.zone).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
