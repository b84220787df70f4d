"""The new-session form: read from a request, a draft, a session or an address; turned into a plan with errors by field."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict

from liaison.domain.agenda import AgendaEntry
from liaison.domain.recording import choice
from liaison.domain.sessions import Plan
from liaison.network import Network
from liaison.services.session_views import SessionView

from . import series_form
from .dates import YEARS
from .series_form import Repeat

LENGTHS = (15, 30, 45, 60, 90, 120, 180)
DEFAULT_MINUTES = 60
MOST_MINUTES = 24 * 60
TEXTS = ("date", "time", "minutes", "kind", "chair_point", "chair_user", "deputy", "secretary", "setup_minutes", "clear_minutes",
         "priority", "quorum", "checks_minutes", "questions", "broadcast", "record")

FIELDS = {"duration_minutes": "minutes", "chair.point": "chair_point", "chair.user": "chair_user", "starts_at": "date",
          "recurrence.rule": "repeat", "recurrence.leave_out": "repeat", "recurrence": "repeat",
          "chair_point": "chair_point", "chair_user": "chair_user", "optional_points": "points"}
"""Names of the services' fields that the form calls otherwise."""


@dataclass
class Item:
    """An agenda row. ``texts`` keeps a title that was given in several languages while the row is not retyped."""

    title: str = ""
    minutes: str = ""
    texts: dict[str, str] = field(default_factory=dict)


@dataclass
class BookingForm:
    """What the booker has typed so far, as typed."""

    title: dict[str, str] = field(default_factory=dict)
    description: dict[str, str] = field(default_factory=dict)
    kind: str = "government"
    date: str = ""
    time: str = ""
    minutes: str = str(DEFAULT_MINUTES)
    points: list[str] = field(default_factory=list)
    optional_points: list[str] = field(default_factory=list)
    chair_point: str = ""
    chair_user: str = ""
    deputy: str = ""
    secretary: str = ""
    agenda: list[Item] = field(default_factory=list)
    public: bool = False
    record: str = ""  # none, composite, tracks; empty: as usual
    repeat: Repeat = field(default_factory=Repeat)
    setup_minutes: str = "0"
    clear_minutes: str = "0"
    priority: str = "0"
    quorum: str = ""
    checks_minutes: str = ""
    questions: str = ""  # "yes", "no"; empty: as usual for the kind
    broadcast: str = "public"  # "closed": also when the session is not public; "no"
    confirm: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """For a draft."""
        return asdict(self)

    @property
    def empty(self) -> bool:
        """Nothing worth keeping as a draft."""
        return not (any(self.title.values()) or any(self.description.values()) or self.points or self.agenda)


class FormErrors(Exception):
    """What must be corrected: words by field."""

    def __init__(self, errors: dict[str, str]) -> None:
        self.errors = errors
        super().__init__(errors)


def from_request(form: MultiDict[str, str], network: Network) -> BookingForm:
    values = {name: form.get(name, "").strip() for name in TEXTS}
    return BookingForm(
        title=_by_language(form, "title", network), description=_by_language(form, "description", network),
        points=form.getlist("points"), optional_points=form.getlist("optional_points"), agenda=_agenda(form),
        public="public" in form, confirm=form.getlist("confirm"), repeat=series_form.from_request(form),
        **values)


def from_draft(kept: Mapping[str, Any]) -> BookingForm:
    known = {name: value for name, value in kept.items() if name in BookingForm.__dataclass_fields__}
    known["agenda"] = [Item(**item) for item in known.get("agenda", [])]
    known["record"] = choice(known.get("record")) or ""
    known["repeat"] = series_form.from_kept(known.get("repeat", {}))
    return BookingForm(**known)


def from_session(view: SessionView, network: Network, language: str) -> BookingForm:
    local = view.starts_at.astimezone(network.zone)
    return BookingForm(
        title=dict(view.title), description=dict(view.description), kind=view.kind, date=local.date().isoformat(),
        time=local.strftime("%H:%M"), minutes=str(view.duration_minutes), points=[point.slug for point in view.points],
        optional_points=[point.slug for point in view.points if not point.required],
        chair_point=view.chair_point or "", chair_user=view.chair_user.id if view.chair_user else "",
        deputy=view.deputy.id if view.deputy else "", secretary=view.secretary.id if view.secretary else "",
        agenda=[Item(network.text(entry.title, language), str(entry.minutes), dict(entry.title)) for entry in view.agenda],
        public=view.public, record=view.record or "", setup_minutes=str(view.setup_minutes), clear_minutes=str(view.clear_minutes),
        priority=str(view.priority), quorum=_text(view.quorum), checks_minutes=_text(view.checks_minutes),
        questions=_choice(view.questions), broadcast=_broadcast(view.public, view.broadcast))


def from_plan(plan: Plan, network: Network, language: str) -> BookingForm:
    """For looking over what somebody asks for."""
    local = plan.starts_at.astimezone(network.zone)
    return BookingForm(
        title=dict(plan.title), description=dict(plan.description), kind=plan.kind, date=local.date().isoformat(),
        time=local.strftime("%H:%M"), minutes=str(plan.duration_minutes), points=list(plan.all_points),
        optional_points=list(plan.optional_points), chair_point=plan.chair_point or "", chair_user=plan.chair_user or "",
        deputy=plan.deputy or "", secretary=plan.secretary or "",
        agenda=[Item(network.text(entry.title, language), str(entry.minutes), dict(entry.title)) for entry in plan.agenda],
        public=plan.public, record=plan.record or "", setup_minutes=str(plan.setup_minutes), clear_minutes=str(plan.clear_minutes),
        priority=str(plan.priority), quorum=_text(plan.quorum), checks_minutes=_text(plan.checks_minutes),
        questions=_choice(plan.questions), broadcast=_broadcast(plan.public, plan.broadcast))


def blank(now: datetime, args: Mapping[str, str]) -> BookingForm:
    """An empty form at the next full hour, or where the calendar was clicked. ``now`` is local."""
    soon = (now + timedelta(hours=1)).replace(minute=0)
    return filled_in(BookingForm(date=soon.date().isoformat(), time=soon.strftime("%H:%M")), args)


def filled_in(form: BookingForm, args: Mapping[str, str]) -> BookingForm:
    """The form with what its address says: a time that was found, the points it was found for."""
    for name in ("date", "time", "minutes", "chair_user"):
        if args.get(name):
            setattr(form, name, args[name])
    if args.get("points"):
        form.points = _slugs(args["points"])
        form.optional_points = _slugs(args.get("optional", ""))
    return form


def _slugs(text: str) -> list[str]:
    return [slug for slug in text.split(",") if slug]


def to_plan(form: BookingForm, zone: ZoneInfo, language: str) -> Plan:
    """The plan, as far as form alone can say. Raises FormErrors."""
    errors: dict[str, str] = {}
    starts_at = local_start(form, zone)
    if starts_at is None:
        errors["date"] = _l("Give a date and a time of day.")
    minutes = whole_number(form.minutes)
    if minutes is None:
        errors["minutes"] = _l("Give the length in whole minutes.")
    rules: dict[str, Any] = {name: _small_number(form, name, errors) for name in ("setup_minutes", "clear_minutes", "priority")}
    rules |= {name: _number_or_none(form, name, errors) for name in ("quorum", "checks_minutes")}
    rules["questions"] = {"yes": True, "no": False}.get(form.questions)
    rules["broadcast"] = broadcast_of(form)
    agenda = _entries(form, language, errors)
    if errors or starts_at is None or minutes is None:
        raise FormErrors(errors)
    optional = [slug for slug in form.optional_points if slug in form.points]
    return Plan(
        title=_filled(form.title), description=_filled(form.description), kind=form.kind, starts_at=starts_at,
        duration_minutes=minutes, points=tuple(slug for slug in form.points if slug not in optional),
        optional_points=tuple(optional), public=form.public, record=form.record or None, agenda=agenda,
        chair_point=form.chair_point or None, chair_user=form.chair_user or None, deputy=form.deputy or None,
        secretary=form.secretary or None, **rules)


def changes_to(view: SessionView, plan: Plan) -> dict[str, Any]:
    """The fields of a session that the form may change; its own time zone stays."""
    known = {item.name: getattr(plan, item.name) for item in fields(plan)}
    return {name: value for name, value in known.items() if name != "timezone"} | {"timezone": view.timezone}


def local_start(form: BookingForm, zone: ZoneInfo) -> datetime | None:
    """The start as an aware moment; None while date or time is not there or not readable."""
    try:
        hour, minute = form.time.split(":")[:2]
        day = date.fromisoformat(form.date)
        if day.year not in YEARS:
            return None
        return datetime(day.year, day.month, day.day, int(hour), int(minute), tzinfo=zone)
    except ValueError:
        return None


def local_day(plan: Plan, zone: ZoneInfo) -> date:
    """The day on which a plan starts, as the office's calendar shows it."""
    return plan.starts_at.astimezone(zone).date()


def whole_number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 6 else None


def _small_number(form: BookingForm, name: str, errors: dict[str, str]) -> int:
    """A field that may be empty, which is nought."""
    number = whole_number(getattr(form, name) or "0")
    if number is None:
        errors[name] = _l("Give whole minutes.")
    return number or 0


def _number_or_none(form: BookingForm, name: str, errors: dict[str, str]) -> int | None:
    """A field that may be empty, which means no rule."""
    if not getattr(form, name).strip():
        return None
    number = whole_number(getattr(form, name).strip())
    if number is None:
        errors[name] = _l("Give a whole number, or leave it empty.")
    return number


def _text(number: int | None) -> str:
    return "" if number is None else str(number)


def _choice(value: bool | None) -> str:
    return "" if value is None else "yes" if value else "no"


def broadcast_of(form: BookingForm) -> bool | None:
    """None where the form does not ask."""
    if not form.broadcast:
        return None
    return form.broadcast == "closed" or (form.public and form.broadcast == "public")


def _broadcast(public: bool, broadcast: bool | None) -> str:
    if public:
        return "no" if broadcast is False else "public"
    return "closed" if broadcast else "public"


def form_field(name: str) -> str:
    """The form's name of a service's field: ``starts_at`` → ``date``, ``agenda.0.title`` → ``agenda``, ``title.ky`` stays."""
    if name.startswith("agenda"):
        return "agenda"
    return FIELDS.get(name, "points" if name.startswith("points") else name)


def _by_language(form: MultiDict[str, str], stem: str, network: Network) -> dict[str, str]:
    return {code: form.get(f"{stem}_{code}", "").strip().replace("\r\n", "\n") for code in network.languages}


def _filled(texts: Mapping[str, str]) -> dict[str, str]:
    return {code: text for code, text in texts.items() if text}


def _agenda(form: MultiDict[str, str]) -> list[Item]:
    rows = zip(form.getlist("agenda_title"), form.getlist("agenda_minutes"), form.getlist("agenda_texts"), strict=False)
    items = [Item(title.strip(), minutes.strip(), _texts(kept)) for title, minutes, kept in rows]
    return [item for item in items if item.title or item.minutes]


def _texts(kept: str) -> dict[str, str]:
    """The hidden field of a row; anything that is not texts by language was not written by us and counts as nothing."""
    try:
        texts = json.loads(kept or "{}")
    except (ValueError, RecursionError):
        return {}
    fine = isinstance(texts, dict) and all(isinstance(text, str) for text in texts.values())
    return texts if fine else {}


def _entries(form: BookingForm, language: str, errors: dict[str, str]) -> tuple[AgendaEntry, ...]:
    entries = []
    for item in form.agenda:
        minutes = whole_number(item.minutes)
        if minutes is None or not item.title:
            errors["agenda"] = _l("Give every agenda item a title and whole minutes.")
            continue
        kept = item.title in item.texts.values()
        entries.append(AgendaEntry(item.texts if kept else {language: item.title}, minutes))
    return tuple(entries)
