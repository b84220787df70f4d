"""The repeat section of the booking form: choices of people, turned into a rule; and how far a change of one date reaches."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, cast
from zoneinfo import ZoneInfo

from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict

from liaison.domain.recurrence import DAYS, first_start, nth_of, parse_rule
from liaison.services.series import Recurrence
from liaison.services.series_edits import Edit, Scope
from liaison.services.templates import TemplateView

NOT = ""
CHOICES = (
    (NOT, _l("Does not repeat")), ("daily", _l("Every day")), ("weekly", _l("Every week on chosen days")),
    ("month_day", _l("Every month on this day of the month")), ("month_nth", _l("Every month on this weekday, such as the second Monday")),
    ("month_last", _l("Every month on the last such weekday")), ("yearly", _l("Every year on this date")),
)
ENDS = (("count", _l("After a number of times")), ("until", _l("On a date")), ("never", _l("Never")))
SCOPES: tuple[tuple[str, Any], ...] = (
    ("this", _l("Only this date")), ("following", _l("This and the following dates")), ("all", _l("All dates still to come")))
FREQUENCIES = {"daily": "DAILY", "weekly": "WEEKLY", "month_day": "MONTHLY", "month_nth": "MONTHLY", "month_last": "MONTHLY",
               "yearly": "YEARLY"}
USUAL_TIMES = "10"


@dataclass
class Repeat:
    """As chosen and typed. ``leave_out`` are dates, ISO."""

    how: str = NOT
    interval: str = "1"
    days: list[str] = field(default_factory=list)
    end: str = "count"
    count: str = USUAL_TIMES
    until: str = ""
    leave_out: list[str] = field(default_factory=list)


def from_request(form: MultiDict[str, str]) -> Repeat:
    typed = {name: form.get(f"repeat_{name}", "").strip()[:20] for name in ("interval", "end", "count", "until")}
    return Repeat(how=form.get("repeat", "")[:20], days=form.getlist("repeat_days")[:7], leave_out=form.getlist("leave_out")[:400],
                  **{name: value for name, value in typed.items() if value})


def from_kept(kept: Mapping[str, Any]) -> Repeat:
    """From a draft."""
    return Repeat(**{name: value for name, value in kept.items() if name in Repeat.__dataclass_fields__})


def rule_of(repeat: Repeat, starts_on: date) -> str | None:
    """The RRULE's value, checked by the services; None for a session that does not repeat."""
    frequency = FREQUENCIES.get(repeat.how)
    if frequency is None:
        return None
    parts = [f"FREQ={frequency}", f"INTERVAL={repeat.interval or '1'}"]
    if repeat.how == "weekly" and repeat.days:
        parts.append("BYDAY=" + ",".join(day for day in DAYS if day in repeat.days))
    if repeat.how in ("month_nth", "month_last"):
        nth = -1 if repeat.how == "month_last" else nth_of(starts_on)
        parts.append(f"BYDAY={nth}{DAYS[starts_on.weekday()]}")
    if repeat.end == "count":
        parts.append(f"COUNT={repeat.count or '0'}")
    if repeat.end == "until":
        parts.append(f"UNTIL={repeat.until.replace('-', '') or 'x'}")
    return ";".join(parts)


def from_rule(text: str, local: datetime) -> Repeat:
    """The choices that give a rule, for a first start at ``local``."""
    if not text:
        return Repeat()
    rule = parse_rule(text, local, ZoneInfo("UTC"))
    month = "month_day" if rule.nth is None else ("month_last" if rule.nth < 0 else "month_nth")
    how = {"DAILY": "daily", "WEEKLY": "weekly", "MONTHLY": month, "YEARLY": "yearly"}[rule.frequency]
    end = "until" if rule.until else ("count" if rule.count else "never")
    return Repeat(how=how, interval=str(rule.interval), days=[DAYS[day] for day in rule.days] if how == "weekly" else [], end=end,
                  count=str(rule.count or USUAL_TIMES), until=rule.until.isoformat() if rule.until else "")


def first_day(template: TemplateView, soon: datetime) -> datetime:
    """When a template would first be held: the first date of its rule from ``soon`` (local, aware) on."""
    if not template.rule:
        return soon
    local = soon.replace(tzinfo=None)
    rule = replace(parse_rule(template.rule, local, ZoneInfo("UTC")), until=None, count=None)
    return first_start(rule, local).replace(tzinfo=soon.tzinfo)


def recurrence_of(repeat: Repeat, starts_on: date) -> Recurrence | None:
    rule = rule_of(repeat, starts_on)
    return Recurrence(rule, frozenset(dates_of(repeat.leave_out))) if rule else None


def dates_of(texts: Iterable[str]) -> list[date]:
    """The dates among what was sent; anything else was not written by us."""
    found = []
    for text in texts:
        try:
            found.append(date.fromisoformat(text))
        except ValueError:
            continue
    return found


def scope_of(form: MultiDict[str, str]) -> Scope:
    wanted = form.get("scope", "this")
    return cast(Scope, wanted if wanted in dict(SCOPES) else "this")


def edit_of(form: MultiDict[str, str], changes: Mapping[str, Any], repeat: Repeat, starts_on: date) -> Edit:
    """A change with how far it reaches; the rule only where one was chosen."""
    scope = scope_of(form)
    rule = rule_of(repeat, starts_on) if scope != "this" else None
    return Edit(scope, changes, rule, "overwrite" in form, frozenset(dates_of(repeat.leave_out)))
