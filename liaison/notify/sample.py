"""A message of each kind about a session that was never held: for looking at words before they are sent."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from ..domain.words import Answer, OutboxKind
from ..i18n import N_, translator
from ..network import Network
from ..services.notifier import InvitedPoint, Letter, SessionDetails

TITLE, NAME = N_("Readiness for winter"), N_("Aida Omuralieva")


def sample_letter(kind: OutboxKind, language: str, network: Network, now: datetime, own_words: Mapping[str, str]) -> Letter:
    """In one language, worded with the office's own words."""
    session = _session(language, network, now) if kind not in (OutboxKind.WELCOME, OutboxKind.PASSWORD_RESET) else None
    row = network.point_rows()[-1]
    point = InvitedPoint(row["name"], Answer.PENDING, "https://…") if session else None
    return Letter(
        kind=kind, dedupe_key="", thread_key="", to_address="", to_name=translator(language)(NAME), language=language,
        help_desk_phone=network.help_desk_phone, written_at=now, payload=_payload(kind, row, now), session=session,
        points=(point,) if point else (), own_words=own_words)


def _session(language: str, network: Network, now: datetime) -> SessionDetails:
    start = (now + timedelta(days=7)).astimezone(network.zone).replace(hour=10, minute=0, second=0, microsecond=0)
    return SessionDetails(
        id="", number=f"{start.year}-0001", sequence=0, title={language: translator(language)(TITLE)}, description={}, starts_at=start,
        ends_at=start + timedelta(minutes=90), timezone=network.timezone, created_at=now, updated_at=now,
        chair=network.point_rows()[0]["name"])


def _payload(kind: OutboxKind, row: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    if kind is OutboxKind.WELCOME:
        return {"url": "https://…", "name": "aida", "offices": [row["name"]], "until": (now + timedelta(days=7)).isoformat()}
    return {"url": "https://…", "name": "aida"} if kind is OutboxKind.PASSWORD_RESET else {}
