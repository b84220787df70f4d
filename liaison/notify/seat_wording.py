"""What a citizen is told of his seat in a hall, with the QR picture that his message carries, and of a session that he wants to watch."""

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
    when = _when(letter, network)
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


def watch_facts(letter: Letter, network: Network) -> dict[str, Any]:
    """Names for the templates, under ``watch``; ``title``, ``when`` and ``url`` (the session's page) stand beside them."""
    payload, _ = letter.payload, translator(letter.language)
    asks = payload["what"] == "confirm"
    lead = {"confirm": _("Somebody, perhaps you, wants a reminder of this session sent to this address. Do you want it?"),
            "begins": _("The session that you wanted to watch begins soon."),
            "off": _("The session that you wanted to watch does not take place.")}[payload["what"]]
    button = _("Yes, remind me") if asks else _("Watch") if payload["what"] == "begins" else _("To the session")
    return {"when": _when(letter, network), "reason": payload["reason"], "session_url": payload["url"], "watch": {
        "lead": lead, "button": button, "url": payload["own_url"] if asks else payload["url"], "asks": asks}}


def watch_subject(letter: Letter, _: Gettext) -> str:
    """A pattern with ``%(title)s``."""
    return {"confirm": _("Do you want a reminder? %(title)s"), "begins": _("Begins soon: %(title)s"),
            "off": _("Does not take place: %(title)s")}[letter.payload["what"]]


def _when(letter: Letter, network: Network) -> str:
    starts_at, ends_at = (datetime.fromisoformat(letter.payload[name]) for name in ("starts_at", "ends_at"))
    return format_period(starts_at, ends_at, letter.language, network.zone, "full")
