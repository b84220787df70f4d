"""Minutes of connections, written as the keeper of a room writes them."""

from __future__ import annotations

from datetime import datetime, timedelta

from liaison.domain.link_quality import Minute
from liaison.house import House
from liaison.services.link_history import store_samples


def add_minutes(house: House, session: str, point: str, at: datetime, minutes: int, quality: str = "good", loss: float = 0.01,
                rtt: float = 60.0, freezes: int = 0, transport: str = "direct-udp") -> None:
    """So many minutes alike, from ``at`` on: half the looks saw no loss, the others twice of it."""
    rows = []
    for number in range(minutes):
        minute = Minute()
        for share in (0.0, loss * 2):
            minute.add({"up_loss": share, "down_loss": share / 2, "up_jitter_ms": 4.0, "down_jitter_ms": 6.0, "up_bitrate": 900_000,
                        "down_bitrate": 1_400_000, "rtt_ms": rtt, "concealed": loss / 4, "quality": quality, "transport": transport})
        moment = at.replace(second=0, microsecond=0) + timedelta(minutes=number)
        rows.append({"session_id": session, "point": point, "at": moment, **minute.row(), "freezes": freezes, "frozen_ms": freezes * 600})
    with house.db.write() as db:
        store_samples(db, rows)
