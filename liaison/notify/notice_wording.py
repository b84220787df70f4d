"""What a letter about a request, a place on the waiting list or an offer says, a call to the help desk, and what a citizen is told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from ..i18n import format_period, format_time, translator
from ..network import Network
from ..services.notifier import Letter

Gettext = Callable[[str], str]


def notice_facts(letter: Letter, network: Network, base_url: str) -> dict[str, Any]:
    """Names for the templates, under ``notice``; ``title`` stands beside them."""
    payload, _ = letter.payload, translator(letter.language)
    lead, button = _words(payload, _)
    url, when = base_url + payload["path"], _period(payload, letter.language, network)
    return {"session_url": url, "when": when, "title": network.text(payload["title"], letter.language), "notice": {
        "what": payload["what"], "lead": lead, "button": button, "who": payload.get("who", ""),
        "reason": payload.get("reason", ""), "url": url, "when": when,
        "before": _period(payload["before"], letter.language, network) if payload.get("before") else ""}}


def call_facts(letter: Letter, network: Network, base_url: str) -> dict[str, Any]:
    """Who has entered the help desk's room: ``title`` names the points, ``callers`` are (point, person, time)."""
    callers = []
    for one in letter.payload["callers"]:
        places = ", ".join(network.text(name, letter.language) for name in one["places"])
        at = format_time(datetime.fromisoformat(one["at"]), letter.language, network.zone)
        callers.append((places or one["who"], one["who"] if places else "", at))
    title = "; ".join(dict.fromkeys(place for place, _who, _at in callers))
    return {"title": title, "callers": callers, "session_url": f"{base_url}/room/{letter.payload['room']}"}


def question_facts(letter: Letter) -> dict[str, Any]:
    """What became of a citizen's question, under ``question``; ``title`` and ``url`` stand beside it."""
    payload, _ = letter.payload, translator(letter.language)
    lead = {"approved": _("Your question has been taken up. Everybody can read it now."),
            "merged": _("The same has been asked before. Your question counts for the other one, and you are told what becomes of it."),
            "answered_live": _("Your question has been answered in the session."),
            "answered_written": _("Your question has been answered in writing."),
            "declined": _("Your question has not been taken up.")}[payload["what"]]
    return {"question": {"lead": lead, "text": payload["text"], "reason": payload["reason"] if payload["what"] == "declined" else "",
                         "answer": payload["answer"] if payload["what"] == "answered_written" else ""}}


def notice_subject(letter: Letter, _: Gettext) -> str:
    """A pattern with ``%(title)s``."""
    return {"asked": _("Asked for: %(title)s"), "approved": _("Approved: %(title)s"), "declined": _("Not approved: %(title)s"),
            "offered": _("The time is free: %(title)s"), "lapsed": _("The offer has ended: %(title)s"),
            "over": _("No longer waited for: %(title)s"), "displaced": _("Your session gives way: %(title)s")}[letter.payload["what"]]


def _words(payload: Any, _: Gettext) -> tuple[str, str]:
    """The first line, and what stands on the button."""
    if payload["what"] == "approved":
        changed = payload.get("changed")
        return (_("Your request is approved with a change.") if changed else _("Your request is approved."), _("Open the session"))
    if payload["what"] == "displaced":
        return _fate(payload["fate"], _), _("Open the session")
    look = _("Look at the request")
    return {"asked": (_("A point asks for a session."), look), "declined": (_("Your request is not approved."), look),
            "offered": (_("The time that you wait for has become free. It is held for you."), _("Accept the time")),
            "lapsed": (_("The offer has ended. The time has been passed on."), look),
            "over": (_("Its time has come without a decision or a free place."), look)}[payload["what"]]


def _fate(fate: str, _: Gettext) -> str:
    return {"move": _("Your session has been moved: a more important one needs its time."),
            "drop": _("Your session goes on without some of its points: a more important one needs them."),
            "cancel": _("Your session has been cancelled: a more important one needs its time.")}[fate]


def _period(kept: Any, language: str, network: Network) -> str:
    starts_at, ends_at = (datetime.fromisoformat(kept[name]) for name in ("starts_at", "ends_at"))
    return format_period(starts_at, ends_at, language, network.zone)
