"""What a citizen is told of his seat in a hall, and the QR picture that his message carries."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import datetime
from typing import Any

import segno

from ..i18n import format_period, translator
from ..network import Network
from ..services.notifier import Letter

Gettext = Callable[[str], str]
WITH_TICKET = frozenset({"held", "moved_up", "moved", "reminder"})
"""Messages to people who hold a seat: they carry the picture."""
PICTURE = "ticket"
"""Its Content-ID (RFC 2392), before the sender's host."""


def seat_facts(letter: Letter, network: Network) -> dict[str, Any]:
    """Names for the templates, under ``seat``; ``title``, ``when`` and ``url`` stand beside them."""
    payload, language = letter.payload, letter.language
    starts_at, ends_at = (datetime.fromisoformat(payload[name]) for name in ("starts_at", "ends_at"))
    when = format_period(starts_at, ends_at, language, network.zone, "full")
    hall, town = network.text(payload["hall"], language), network.text(payload["town"], language)
    what, holds = payload["what"], payload["what"] in WITH_TICKET
    return {"when": when, "reason": payload["reason"], "session_url": payload["url"], "seat": {
        "lead": _lead(what, translator(language)), "where": ", ".join(part for part in (hall, town, payload["place"]) if part),
        "people": payload["people"], "code": payload["code"], "picture": f"cid:{PICTURE}" if holds else "",
        "open": holds or what == "waiting"}}


def seat_subject(letter: Letter, _: Gettext) -> str:
    """A pattern with ``%(title)s``."""
    return {"held": _("Your seat: %(title)s"), "waiting": _("On the waiting list: %(title)s"),
            "moved_up": _("You have a seat now: %(title)s"), "moved": _("Another time: %(title)s"),
            "reminder": _("Reminder of your seat: %(title)s"), "off": _("Does not take place: %(title)s"),
            "hall_closed": _("The hall is not open: %(title)s")}[letter.payload["what"]]


def ticket_text(url: str, code: str) -> str:
    """What the QR picture says: the ticket's page, and behind it the code that the door reads without a network."""
    return f"{url}#{code}"


def ticket_png(url: str, code: str) -> bytes:
    out = io.BytesIO()
    segno.make(ticket_text(url, code), error="m", micro=False).save(out, kind="png", scale=6, border=4)
    return out.getvalue()


def _lead(what: str, _: Gettext) -> str:
    return {
        "held": _("A seat in the hall is kept for you."),
        "waiting": _("The hall is full. You stand on the waiting list and are told as soon as a seat is free."),
        "moved_up": _("A seat has become free: it is kept for you."),
        "moved": _("The session takes place at another time. Your registration holds for the new time."),
        "reminder": _("A seat in the hall is kept for you. It goes to others if you have not come when the session begins."),
        "off": _("The session for which you have registered does not take place."),
        "hall_closed": _("The hall for which you have registered is not open. You can watch the session at home, without an account."),
    }[what]
