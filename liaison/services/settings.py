"""Choices made on the settings page, typed, with defaults from the network's data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session as DbSession

from ..domain.actor import Actor, require
from ..domain.chase import STEPS
from ..domain.errors import Invalid
from ..domain.quiet import read_hours
from ..domain.text import text_error
from ..house import House
from ..i18n import N_
from ..store import tables as t
from .audit import record

LONGEST_REMINDER_MINUTES = 14 * 24 * 60
MOST_REMINDERS = 6
LONGEST_PHONE = 64
LONGEST_SETTLE_SECONDS = 600
MOST_PORTS = 100_000
LONGEST_OFFER_MINUTES = 7 * 24 * 60
LONGEST_NO_SHOW_MINUTES = 120


@dataclass(frozen=True)
class Choice:
    """One setting: its default and the check that turns input into the kept value (ValueError: a msgid)."""

    default: Callable[[House], Any]
    check: Callable[[House, Any], Any]


def _minutes(_house: House, value: Any) -> list[int]:
    if not isinstance(value, list) or not all(isinstance(item, int) and not isinstance(item, bool) for item in value):
        raise ValueError(N_("Give whole minutes, separated by commas."))
    if len(value) > MOST_REMINDERS or any(not 0 < item <= LONGEST_REMINDER_MINUTES for item in value):
        raise ValueError(N_("Give at most six reminders, each between 1 minute and 14 days before the start."))
    return sorted(set(value), reverse=True)


def _phone(_house: House, value: Any) -> str:
    if not isinstance(value, str) or len(value) > LONGEST_PHONE:
        raise ValueError(N_("This telephone number is too long."))
    wrong = text_error(value, LONGEST_PHONE)
    if wrong:
        raise ValueError(wrong)
    return value.strip()


def _ports(_house: House, value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= MOST_PORTS:
        raise ValueError(N_("Give a whole number between 0 and 100000."))
    return value


def _offer_minutes(_house: House, value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 5 <= value <= LONGEST_OFFER_MINUTES:
        raise ValueError(N_("Give between 5 minutes and 7 days, in minutes."))
    return value


def _no_show_minutes(_house: House, value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= LONGEST_NO_SHOW_MINUTES:
        raise ValueError(N_("Give whole minutes, at most two hours."))
    return value


def _flag(_house: House, value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError(N_("This must be true or false."))
    return value


def _language(house: House, value: Any) -> str:
    if value not in house.network.languages:
        raise ValueError(N_("Choose one of the network's languages."))
    return str(value)


def _seconds(_house: House, value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= LONGEST_SETTLE_SECONDS:
        raise ValueError(N_("Give whole seconds, at most ten minutes."))
    return value


def _hours(_house: House, value: Any) -> list[str]:
    """[from, until], both empty for none."""
    if not isinstance(value, list) or len(value) != 2 or not all(isinstance(item, str) for item in value):
        raise ValueError(N_("Give hours such as 22:00 and 07:00."))
    read_hours(*value)
    return list(value)


def _steps(most: int) -> Callable[[House, Any], list[int]]:
    """A number for each step of a chase: officers, province, organiser; 0 leaves it out."""
    def check(_house: House, value: Any) -> list[int]:
        if not isinstance(value, list) or len(value) != len(STEPS) or not all(
                isinstance(item, int) and not isinstance(item, bool) and 0 <= item <= most for item in value):
            raise ValueError(N_("Give three whole numbers: for the point, for its province and for the organiser; 0 leaves one out."))
        return list(value)
    return check


CHOICES: dict[str, Choice] = {
    "reminder_minutes": Choice(lambda _house: [1440, 60, 10], _minutes),
    "help_desk_phone": Choice(lambda house: house.network.help_desk_phone, _phone),
    "settle_seconds": Choice(lambda _house: 60, _seconds),
    "quiet_hours": Choice(lambda _house: ["22:00", "07:00"], _hours),
    "chase_after_days": Choice(lambda _house: [2, 3, 4], _steps(60)),
    "chase_hours_before": Choice(lambda _house: [48, 24, 12], _steps(14 * 24)),
    "default_language": Choice(lambda house: house.network.languages[0], _language),
    "offer_minutes": Choice(lambda _house: 120, _offer_minutes),
    "no_show_minutes": Choice(lambda _house: 0, _no_show_minutes),
    "officers_add_documents": Choice(lambda _house: True, _flag),
    "video_ports": Choice(lambda house: house.settings.video_ports, _ports),
    "watcher_ports": Choice(lambda house: house.settings.watcher_ports, _ports),
    "recording_ports": Choice(lambda house: house.settings.recording_ports, _ports),
}


def read_settings(db: DbSession, house: House) -> dict[str, Any]:
    """Every setting in force, inside another's transaction."""
    kept = {row.key: row.value for row in db.scalars(select(t.Setting))}
    return {key: kept[key] if key in kept else choice.default(house) for key, choice in CHOICES.items()}


def read_setting(db: DbSession, house: House, key: str) -> Any:
    """One setting in force, inside another's transaction. KeyError: there is no such setting."""
    row = db.get(t.Setting, key)
    return row.value if row is not None and key in CHOICES else CHOICES[key].default(house)


def get_settings(house: House) -> dict[str, Any]:
    """Every setting in force."""
    with house.db.read() as db:
        return read_settings(db, house)


def get_setting(house: House, key: str) -> Any:
    """One setting in force."""
    with house.db.read() as db:
        return read_setting(db, house, key)


def change_settings(house: House, actor: Actor, changes: Mapping[str, Any]) -> dict[str, Any]:
    """Keep new values; all or none. Raises Invalid naming each wrong one."""
    require(actor.administers, actor)
    values = _checked(house, changes)
    with house.db.write() as db:
        before = read_settings(db, house)
        for key, value in values.items():
            db.merge(t.Setting(key=key, value=value, updated_at=house.clock.now()))
        changed = [key for key, value in values.items() if value != before[key]]
        if changed:
            record(db, house, actor, "settings.changed", "settings", "settings",
                   {key: before[key] for key in changed}, {key: values[key] for key in changed})
    return before | values


def _checked(house: House, changes: Mapping[str, Any]) -> dict[str, Any]:
    values, errors = {}, []
    for key, value in changes.items():
        try:
            values[key] = CHOICES[key].check(house, value)
        except ValueError as error:
            errors.append({"field": key, "message": str(error)})
        except KeyError:
            errors.append({"field": key, "message": "There is no such setting."})
    if errors:
        raise Invalid(errors=errors)
    return values
