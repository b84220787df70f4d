"""Halls of the public session that is on: one with seats, one that is full and has a line."""

from __future__ import annotations

from liaison.domain.actor import Actor
from liaison.house import House
from liaison.services import halls, seats, watch_reminders
from liaison.services.seats import Wish

GUESTS = (("Нурлан Асанов", 2), ("Светлана Петровна", 1), ("Бактыгүл эже жана балдары", 4), ("Асан ата", 1))


def open_halls(house: House, planner: Actor, session_id: str, later_id: str) -> dict[str, str]:
    """Tokens of tickets, one that holds a seat and one that waits, and of a reminder of a later session."""
    halls.open_hall(house, planner, session_id, "osh-oblast", 60, "Ленин көчөсү, 221, 2-кабат, чоң зал")
    halls.open_hall(house, planner, session_id, "naryn-oblast", 2, "")
    for number, (name, people) in enumerate(GUESTS):
        _take(house, session_id, "osh-oblast", name, people, f"guest-{number}")
    held, waiting = (_take(house, session_id, "naryn-oblast", "Гүлмира Токтосунова", 2, key) for key in ("aida", "bermet"))
    return {"held": held, "waiting": waiting, "remind": watch_reminders.remind_chat(house, later_id, "4711", "ky").token}


def _take(house: House, session_id: str, hall: str, name: str, people: int, key: str) -> str:
    return seats.take_seat(house, session_id, Wish(hall, name, people, f"{key}@example.org", key, "ky"), key).token
