"""Booking's rules in the reader's words: warnings that want a confirmation, priorities."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from liaison.domain.errors import LiaisonError

from .context import date_range, local_date, local_datetime, local_time, text
from .dates import moment
from .errors import sentence

PRIORITIES = {0: _l("Ordinary"), 1: _l("Important"), 2: _l("High"), 3: _l("Urgent")}


def priorities() -> list[tuple[str, str]]:
    """For a select: numbers with their words."""
    return [(str(number), str(word)) for number, word in PRIORITIES.items()]


def priority_word(number: int) -> str:
    return str(PRIORITIES.get(number, number))


REQUEST_STATES = {
    "asked": _l("Waits for the office"), "waiting": _l("On the waiting list"), "offered": _l("The time is held"),
    "booked": _l("Booked"), "declined": _l("Not approved"), "withdrawn": _l("Withdrawn"), "lapsed": _l("Offer not taken"),
    "over": _l("Its time has passed"),
}
REQUEST_LOOKS = {"asked": "warn", "waiting": "info", "offered": "warn", "booked": "good", "declined": "bad"}


def request_word(state: str) -> str:
    return str(REQUEST_STATES.get(state, state))


def request_look(state: str) -> str:
    """The colour of a state's tag."""
    return REQUEST_LOOKS.get(state, "plain")


def refusal(error: LiaisonError) -> str:
    """Everything an error says, in one paragraph."""
    found = [sentence(item["message"], item) for item in error.details.get("errors", [])]
    if "refused" in error.details:
        return sentence(error.message, named_date(error.details))
    said = " ".join(found) or f"{sentence(error.message, error.details)} {sentence(error.remedy, error.details)}"
    return f"{said} {nearest(error.details.get('nearest_at'))}".strip()


def named_date(details: Mapping[str, Any]) -> dict[str, Any]:
    """The details of a refused series with its first date in the reader's words."""
    return {**details, "date": local_date(date.fromisoformat(details["date"]))}


def broadcasts() -> list[tuple[str, str]]:
    """The form's choices."""
    return [("public", _("Of a public session, to everybody")), ("closed", _("Also if it is not public, by a signed address")),
            ("no", _("None"))]


def nearest(at: str | None) -> str:
    """Where a refused session fits; empty when that is not known."""
    return _("It fits on %(date)s.", date=local_datetime(moment(at))) if at else ""


def warnings(found: Sequence[dict[str, Any]]) -> list[dict[str, str]]:
    """Each with its code and a sentence."""
    return [{"code": item["code"], "text": _sentence(item)} for item in found]


def refused_dates(refused: Sequence[Mapping[str, Any]]) -> list[tuple[str, str, str]]:
    """Of a refused series: (date, its words, what is in its way), a line for each date."""
    return [(item["date"], local_date(date.fromisoformat(item["date"]), "full"), in_the_way(item)) for item in refused]


def in_the_way(refused: Mapping[str, Any]) -> str:
    """What stands in the way of one date of a series, or of one session."""
    if refused.get("conflicts"):
        holders = dict.fromkeys(holder(item["session"]) for item in refused["conflicts"])
        return _("Taken: %(holders)s", holders="; ".join(holders))
    if refused.get("closures"):
        return _("Closed: %(reasons)s", reasons="; ".join(dict.fromkeys(item["reason"] for item in refused["closures"])))
    if refused.get("warnings"):
        return " ".join(item["text"] for item in warnings(refused["warnings"]))
    return f"{sentence(refused['message'], refused)} {nearest(refused.get('nearest_at'))}".strip()


def holder(session: Mapping[str, Any]) -> str:
    """``Harvest report, 10:00–11:00``."""
    period = f"{local_time(moment(session['starts_at']))}–{local_time(moment(session['ends_at']))}"
    return _("%(title)s, %(period)s", title=text(session["title"]), period=period)


def _sentence(item: dict[str, Any]) -> str:
    if item["code"] == "holiday":
        return _("%(date)s is a holiday: %(name)s.", date=local_date(date.fromisoformat(item["date"])), name=text(item["name"]))
    period = date_range(moment(item["starts_at"]), moment(item["ends_at"]), "medium")
    return _("%(point)s is under maintenance (%(period)s): %(reason)s", point=text(item["point_name"]), period=period,
             reason=item["reason"])


FILTERS = {"priority_word": priority_word, "request_word": request_word, "request_look": request_look}
