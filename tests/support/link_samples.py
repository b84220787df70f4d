"""Minutes of connections, written as the keeper of a room writes them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import update

from liaison.domain.actor import Actor
from liaison.domain.clock import FixedClock
from liaison.domain.link_quality import Minute
from liaison.house import House
from liaison.services.link_history import store_samples
from liaison.services.sessions import book_session
from liaison.store import tables as t
from tests.support.people import plan

POINTS = ("osh-oblast", "naryn-oblast", "alay-district", "talas-city", "batken-oblast", "big-hall", "suzak-district")
TITLES = (
    {"ky": "Байланышты жумалык текшерүү", "ru": "Еженедельная проверка связи", "en": "Weekly check of the links"},
    {"ky": "Облустардын отчеттору", "ru": "Отчёты областей", "en": "Reports of the provinces"},
)


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


def add_weeks(house: House, planner: Actor) -> None:
    """Four weeks of sessions that are over: the links to Alay and Osh were poor at times, the others good."""
    begun = house.clock.now() - timedelta(days=30)
    early = replace(house, clock=FixedClock(begun))
    for number in range(14):
        at = begun + timedelta(days=2 + 2 * number, hours=number % 3)
        made = book_session(early, planner, plan(*POINTS, title=TITLES[number % 2], starts_at=at, duration_minutes=40, kind="technical"))
        with house.db.write() as db:
            over = {"status": "ended", "opened_at": at, "closed_at": at + timedelta(minutes=40)}
            db.execute(update(t.Session).where(t.Session.id == made.id).values(over))
            db.execute(update(t.Booking).where(t.Booking.session_id == made.id).values(active=False))
        for place, slug in enumerate(POINTS):
            _a_session(house, made.id, slug, at, (number * 5 + place * 3) % 11, thin=slug == "alay-district", bad=slug == "osh-oblast")


def _a_session(house: House, session: str, slug: str, at: datetime, mood: int, thin: bool, bad: bool) -> None:
    """A good part, and after it, where the link is weak, a part that is not."""
    weak = 22 if thin else 4 + mood if bad else mood // 4
    add_minutes(house, session, slug, at, 36 - weak, loss=0.002 + mood * 0.0008, rtt=35 + mood * 6)
    if weak:
        add_minutes(house, session, slug, at + timedelta(minutes=36 - weak), weak, "poor" if thin and mood > 3 else "fair",
                    loss=0.03 + mood * (0.011 if thin else 0.004), rtt=180 + mood * (60 if thin else 12), freezes=mood % 3,
                    transport="relay-tcp" if thin else "direct-udp")
