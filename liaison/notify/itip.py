"""Reading answers that calendar programs send by mail: iMIP (RFC 6047) with METHOD:REPLY (RFC 5546 section 3.2.3)."""

from __future__ import annotations

from datetime import UTC, date, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from email.utils import getaddresses
from hashlib import sha256
from typing import Any

from icalendar import Calendar

from ..domain.replies import Reply
from ..domain.text import storable

CALENDAR_TYPES = ("text/calendar", "application/ics")
RECEIVERS = ("to", "cc", "delivered-to", "x-original-to", "envelope-to")
LONGEST_COMMENT = 2000
UNREADABLE = (ValueError, KeyError, IndexError, TypeError, AttributeError, OverflowError)
"""What the calendar library raises over damaged properties, some only when they are looked at."""


def read_reply(raw: bytes) -> Reply:
    """The reply in a mail; its ``uid`` is empty when there is none that can be read. Never raises for what a mail holds."""
    message = message_from_bytes(raw, policy=default)
    head: dict[str, Any] = {"message_id": _message_id(message, raw), "from_address": _first(_addresses(message, "from")),
                            "sent_to": tuple(address for name in RECEIVERS for address in _addresses(message, name))}
    event = _reply_event(message)
    try:
        return Reply(**head) if event is None else Reply(**head, **_facts(event))
    except UNREADABLE:
        return Reply(**head)


def _message_id(message: EmailMessage, raw: bytes) -> str:
    given = str(message.get("message-id", "")).strip()
    return given[:300] if given and storable(given) else f"sha256:{sha256(raw).hexdigest()}"


def _addresses(message: EmailMessage, name: str) -> list[str]:
    try:
        fields = [str(value) for value in message.get_all(name, [])]
    except (ValueError, IndexError, AttributeError):  # the standard library's parser stumbles over some damaged headers
        return []
    return [address.strip().lower()[:254] for _, address in getaddresses(fields) if "@" in address and storable(address)]


def _first(addresses: list[str]) -> str:
    return addresses[0] if addresses else ""


def _reply_event(message: EmailMessage) -> Any:
    """The first VEVENT of a calendar part whose METHOD is REPLY."""
    for part in message.walk():
        if part.get_content_type() not in CALENDAR_TYPES:
            continue
        try:
            calendar = Calendar.from_ical(_octets(part))
            if str(calendar.get("method", "")).upper() == "REPLY":
                return next((event for event in calendar.walk("VEVENT") if event.get("uid")), None)
        except UNREADABLE:
            continue  # damaged: another part may be whole
    return None


def _octets(part: EmailMessage) -> bytes:
    found = part.get_payload(decode=True)
    return found if isinstance(found, bytes) else b""


def _facts(event: Any) -> dict[str, Any]:
    attendee = event.get("attendee")
    attendee = attendee[0] if isinstance(attendee, list) and attendee else attendee  # a REPLY has exactly one
    parameters = getattr(attendee, "params", {})
    return {"uid": _text(event.get("uid"))[:300], "attendee": _address(attendee), "partstat": _text(parameters.get("partstat"))[:40],
            "comment": _comment(event), "sequence": _number(event.get("sequence")), "starts_at": _moment(event.get("dtstart")),
            "recurrence_id": _moment(event.get("recurrence-id"))}


def _text(value: Any) -> str:
    found = "" if value is None else str(value).strip()
    return found if storable(found) else ""


def _address(value: Any) -> str:
    found = _text(value).lower()
    return found.removeprefix("mailto:").strip()[:254]


def _comment(event: Any) -> str:
    value = event.get("comment")
    parts = value if isinstance(value, list) else [value]
    return "\n".join(filter(None, map(_text, parts)))[:LONGEST_COMMENT]


def _number(value: Any) -> int | None:
    try:
        return int(value)
    except (TypeError, ValueError):
        return None


def _moment(value: Any) -> datetime | None:
    """As aware UTC; a whole day or a time without a zone says nothing certain."""
    found = getattr(value, "dt", None)
    if not isinstance(found, date) or not isinstance(found, datetime) or found.tzinfo is None:
        return None
    try:
        return found.astimezone(UTC)
    except (OverflowError, ValueError):
        return None
