"""A message of each kind about a session that was never held: for looking at words before they are sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from ..domain.recurrence import Rule
from ..domain.words import Answer, OutboxKind
from ..i18n import N_, translator
from ..network import Network
from ..services.notifier import InvitedPoint, Letter, SeriesDetails, SessionDetails
from .wording import OFFICERS

OF_SERIES = frozenset({OutboxKind.SERIES_INVITATION, OutboxKind.SERIES_UPDATE, OutboxKind.SERIES_CANCELLATION, OutboxKind.SERIES_GAPS})
WITHOUT_SESSION = frozenset({OutboxKind.WELCOME, OutboxKind.PASSWORD_RESET, OutboxKind.POLL, OutboxKind.POLL_REMINDER,
                             OutboxKind.REQUEST_NOTICE, OutboxKind.HELP_CALL, OutboxKind.QUESTION_NOTICE, OutboxKind.SEAT_NOTICE,
                             OutboxKind.WATCH_REMINDER})
TITLE, NAME = N_("Readiness for winter"), N_("Aida Omuralieva")
QUESTION, WRITTEN = N_("When will the road to our village be mended?"), N_("The work begins in May and is paid for.")


def sample_letter(kind: OutboxKind, language: str, network: Network, now: datetime, own_words: Mapping[str, str]) -> Letter:
    """In one language, worded with the office's own words."""
    session = _session(language, network, now) if kind not in WITHOUT_SESSION else None
    row = network.point_rows()[-1]
    point = InvitedPoint(row["name"], Answer.PENDING, "https://…") if session else None
    return Letter(
        kind=kind, dedupe_key="", thread_key="", to_address="", to_name=translator(language)(NAME), language=language,
        help_desk_phone=network.help_desk_phone, written_at=now, payload=_payload(kind, language, row, now), session=session,
        points=(point,) if point else (), series=_series(session, network, now) if session and kind in OF_SERIES else None,
        own_words=own_words)


def _session(language: str, network: Network, now: datetime) -> SessionDetails:
    start = (now + timedelta(days=7)).astimezone(network.zone).replace(hour=10, minute=0, second=0, microsecond=0)
    return SessionDetails(
        id="", number=f"{start.year}-0001", sequence=0, title={language: translator(language)(TITLE)}, description={}, starts_at=start,
        ends_at=start + timedelta(minutes=90), timezone=network.timezone, created_at=now, updated_at=now,
        chair=network.point_rows()[0]["name"])


def _series(session: SessionDetails, network: Network, now: datetime) -> SeriesDetails:
    """Four weeks of it."""
    dates = tuple(replace(session, id=str(week), starts_at=session.starts_at + timedelta(weeks=week),
                          ends_at=session.ends_at + timedelta(weeks=week)) for week in range(4))
    local = session.starts_at.astimezone(network.zone).replace(tzinfo=None)
    return SeriesDetails(id="", sequence=0, rule=Rule("WEEKLY", days=(local.weekday(),), count=4), starts_local=local,
                         timezone=network.timezone, minutes=90, dates=dates, calm=frozenset(date.id for date in dates), updated_at=now,
                         created_at=now)


def _payload(kind: OutboxKind, language: str, row: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    title, later = {language: translator(language)(TITLE)}, now + timedelta(days=7)
    if kind in (OutboxKind.POLL, OutboxKind.POLL_REMINDER):
        return {"url": "https://…", "title": title, "offices": [row["name"]], "until": later.isoformat()}
    if kind is OutboxKind.REQUEST_NOTICE:
        return {"what": "approved", "title": title, "starts_at": later.isoformat(), "ends_at": (later + timedelta(hours=1)).isoformat(),
                "path": "/requests"}
    if kind is OutboxKind.QUESTION_NOTICE:
        return {"what": "answered_written", "title": title, "text": translator(language)(QUESTION), "reason": "",
                "answer": translator(language)(WRITTEN), "url": "https://…"}
    if kind is OutboxKind.WATCH_REMINDER:
        return {"what": "begins", "title": title, "starts_at": later.isoformat(), "ends_at": (later + timedelta(hours=1)).isoformat(),
                "url": "https://…", "own_url": "https://…", "reason": ""}
    if kind is OutboxKind.SEAT_NOTICE:
        return {"what": "held", "title": title, "starts_at": later.isoformat(), "ends_at": (later + timedelta(hours=1)).isoformat(),
                "hall": row["name"], "town": row["seat"], "place": "", "people": 2, "number": 7, "code": "H4K7P9", "url": "https://…",
                "reason": ""}
    if kind is OutboxKind.HELP_CALL:
        caller = {"who": translator(language)(NAME), "places": [row["name"]], "at": now.isoformat()}
        return {"room": "", "callers": [caller]}
    if kind is OutboxKind.WELCOME:
        return {"url": "https://…", "name": "aida", "offices": [row["name"]], "until": (now + timedelta(days=7)).isoformat()}
    if kind is OutboxKind.CHASE:
        return {"step": OFFICERS}
    return {"url": "https://…", "name": "aida"} if kind is OutboxKind.PASSWORD_RESET else {}
