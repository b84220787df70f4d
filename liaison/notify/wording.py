"""What a letter says, in its reader's language and the network's time zone. Bodies are in ``templates/``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, pass_context

from ..domain.message_texts import Part, filled
from ..domain.words import Answer, OutboxKind
from ..i18n import format_datetime, format_period, plural_translator, translator
from ..network import Network
from ..services.notifier import Letter, SessionDetails
from .notice_wording import call_facts, notice_facts, notice_subject, question_facts
from .seat_wording import seat_facts, seat_subject, watch_facts, watch_subject
from .series_wording import series_facts

Gettext = Callable[[str], str]
OFFICERS = "officers"
"""The step of a chase that asks the point itself (domain/chase.py)."""


@dataclass(frozen=True)
class Wording:
    """Ready texts. ``title``, ``places``, ``calendar_text`` and ``session_url`` also go into the calendar part."""

    subject: str
    text: str
    html: str
    title: str = ""
    places: str = ""
    calendar_text: str = ""
    session_url: str = ""


def word_facts(letter: Letter, network: Network, base_url: str) -> tuple[dict[str, Any], str]:
    """What the texts are made of, and the subject."""
    facts = _common(letter, network, base_url)
    if letter.session is not None:
        facts |= _session_facts(letter, letter.session, network, base_url)
    if letter.series is not None:
        facts |= series_facts(letter, letter.series, network)
    if letter.kind is OutboxKind.REQUEST_NOTICE:
        facts |= notice_facts(letter, network, base_url)
    if letter.kind is OutboxKind.HELP_CALL:
        facts |= call_facts(letter, network, base_url)
    if letter.kind is OutboxKind.QUESTION_NOTICE:
        facts |= question_facts(letter)
    if letter.kind is OutboxKind.SEAT_NOTICE:
        facts |= seat_facts(letter, network)
    if letter.kind is OutboxKind.WATCH_REMINDER:
        facts |= watch_facts(letter, network)
    return facts, _one_line(_subject(letter, facts))


def word(letter: Letter, network: Network, base_url: str) -> Wording:
    """Subject and bodies of a letter."""
    facts, subject = word_facts(letter, network, base_url)
    environment = _environment(letter.language)
    return Wording(
        subject=subject,
        text=environment.get_template(f"{letter.kind}.txt").render(facts).strip() + "\n",
        html=environment.get_template(f"{letter.kind}.html").render(facts).strip() + "\n",
        title=facts["title"], places="; ".join(point["name"] for point in facts["points"]),
        calendar_text=environment.get_template("_calendar.txt").render(facts).strip() if letter.session else "",
        session_url=facts["session_url"])


def word_date(letter: Letter, date: SessionDetails, network: Network, base_url: str) -> Wording:
    """What the calendar says of one date of a letter's series."""
    facts = _common(letter, network, base_url) | _session_facts(letter, date, network, base_url)
    text = _environment(letter.language).get_template("_calendar.txt").render(facts).strip()
    return Wording("", "", "", facts["title"], "; ".join(point["name"] for point in facts["points"]), text, facts["session_url"])


@lru_cache(maxsize=8)
def _environment(language: str) -> Environment:
    environment = Environment(
        loader=PackageLoader("liaison.notify"), autoescape=lambda name: bool(name and name.endswith(".html")),
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.i18n"])
    environment.globals["intro"] = pass_context(lambda context, usual: _intro(context.get_all(), usual))
    environment.install_gettext_callables(  # type: ignore[attr-defined]
        translator(language), plural_translator(language), newstyle=True)
    return environment


def _common(letter: Letter, network: Network, base_url: str) -> dict[str, Any]:
    return {
        "kind": str(letter.kind), "language": letter.language, "name": letter.to_name, "phone": letter.help_desk_phone,
        "network_name": network.text(network.name, letter.language), "base_url": base_url, "points": [],
        "title": network.text(letter.payload.get("title"), letter.language),
        "session_url": "", "own_words": letter.own_words, "url": letter.payload.get("url", ""), "account": letter.payload.get("name", ""),
        "offices": [network.text(name, letter.language) for name in letter.payload.get("offices", [])],
        "until": _until(letter, network), "rule": "", "in_series": letter.session is not None and letter.session.series_id is not None,
    }


def _until(letter: Letter, network: Network) -> str:
    """The last moment of the letter's link, or ""."""
    until = letter.payload.get("until")
    return format_datetime(datetime.fromisoformat(until), letter.language, network.zone) if until else ""


def _session_facts(letter: Letter, session: SessionDetails, network: Network, base_url: str) -> dict[str, Any]:
    language = letter.language

    def text(texts: Mapping[str, str]) -> str:
        return network.text(texts, language)

    return {
        "title": text(session.title), "description": text(session.description), "number": session.number,
        "when": format_period(session.starts_at, session.ends_at, language, network.zone),
        "starts": format_datetime(session.starts_at, language, network.zone), "dates_declined": letter.payload.get("dates", 0),
        "before": _before(letter, network), "chair": text(session.chair),
        "agenda": [(text(title), minutes) for title, minutes in session.agenda],
        "points": [{"name": text(point.name), "answer": answer_word(point.answer, translator(language)),
                    "answered": point.answer is not Answer.PENDING, "url": point.answer_url} for point in letter.points],
        "removed": bool(letter.payload.get("removed")), "own": letter.payload.get("step") == OFFICERS,
        "reason": letter.payload.get("reason", "") or session.cancel_reason,
        "session_url": f"{base_url}/sessions/{session.id}",
    }


def _before(letter: Letter, network: Network) -> str:
    """The former time of a moved session, or ""."""
    before = letter.payload.get("before")
    if not before:
        return ""
    start, end = (datetime.fromisoformat(before[name]) for name in ("starts_at", "ends_at"))
    return format_period(start, end, letter.language, network.zone)


def answer_word(answer: Answer, _: Gettext) -> str:
    """An answer as people say it."""
    return {Answer.PENDING: _("No answer yet"), Answer.ACCEPTED: _("Accepted"), Answer.TENTATIVE: _("Perhaps"),
            Answer.DECLINED: _("Declined")}[answer]


def _subject(letter: Letter, facts: dict[str, Any]) -> str:
    if letter.own_words.get(Part.SUBJECT):
        return filled(letter.own_words[Part.SUBJECT], facts | {"network": facts["network_name"]})
    _ = translator(letter.language)
    points = ", ".join(point["name"] for point in facts["points"])
    patterns = {
        OutboxKind.INVITATION: _("Invitation: %(title)s, %(starts)s"),
        OutboxKind.UPDATE: _("Changed: %(title)s, %(starts)s"),
        OutboxKind.CANCELLATION: _("Cancelled: %(title)s, %(starts)s"),
        OutboxKind.REMINDER: _("Reminder: %(title)s, %(starts)s"),
        OutboxKind.ANSWER_NOTICE: _("Declined by %(points)s: %(title)s"),
        OutboxKind.SERIES_INVITATION: _("Invitation to a series: %(title)s, %(rule)s"),
        OutboxKind.SERIES_UPDATE: _("Series changed: %(title)s, %(rule)s"),
        OutboxKind.SERIES_CANCELLATION: _("Series cancelled: %(title)s"),
        OutboxKind.SERIES_GAPS: _("Dates of a series could not be booked: %(title)s"),
        OutboxKind.CHASE: _chase_subject(letter, _),
        OutboxKind.POLL: _("Which times suit you? %(title)s"),
        OutboxKind.POLL_REMINDER: _("No answer yet: %(title)s"),
        OutboxKind.REQUEST_NOTICE: notice_subject(letter, _) if letter.kind is OutboxKind.REQUEST_NOTICE else "",
        OutboxKind.HELP_CALL: _("Help is needed: %(title)s"),
        OutboxKind.QUESTION_NOTICE: _("Your question: %(title)s"),
        OutboxKind.SEAT_NOTICE: seat_subject(letter, _) if letter.kind is OutboxKind.SEAT_NOTICE else "",
        OutboxKind.WATCH_REMINDER: watch_subject(letter, _) if letter.kind is OutboxKind.WATCH_REMINDER else "",
        OutboxKind.WELCOME: _("Your account: %(network)s"),
        OutboxKind.PASSWORD_RESET: _("A new password for your account"),
    }
    if facts.get("removed"):
        patterns[OutboxKind.CANCELLATION] = _("No longer invited: %(title)s, %(starts)s")
    return patterns[letter.kind] % {"title": facts["title"], "starts": facts.get("starts", ""), "points": points,
                                   "network": facts["network_name"], "rule": facts["rule"]}


def _chase_subject(letter: Letter, _: Gettext) -> str:
    """To the point itself, or about it to those above."""
    if letter.payload.get("step") == OFFICERS:
        return _("Please answer: %(title)s, %(starts)s")
    return _("No answer from %(points)s: %(title)s, %(starts)s")


def _intro(facts: dict[str, Any], usual: str) -> str:
    """The first sentence: the office's own, or the usual one."""
    own = facts["own_words"].get(Part.INTRO)
    return filled(own, facts | {"network": facts["network_name"]}) if own else usual


def _one_line(text: str) -> str:
    return " ".join(text.split())
