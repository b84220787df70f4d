"""The rules of a session's plan and of its states. Pure: ``now`` comes in, errors and verdicts go out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from .agenda import AgendaEntry, agenda_errors
from .booking import Period, end_of, widened
from .recording import TRACKS, choice, recording_errors
from .text import text_error, texts_errors
from .words import Answer, SessionKind, SessionStatus

SHORTEST_MINUTES = 5
LONGEST_MINUTES = 720
START_NOW = timedelta(minutes=10)
"""How far in the past a new session may start, so that "now" works for a slow typist."""
FARTHEST = timedelta(days=5 * 366)
LONGEST_TITLE = 300
LONGEST_DESCRIPTION = 10_000
LONGEST_REASON = 2_000
LONGEST_BUFFER = 240
CHECKS_EVERY_MINUTES = (5, 240)
HIGHEST_PRIORITY = 3
"""0 ordinary, 1 important, 2 high, 3 urgent."""

MOVES: dict[SessionStatus, frozenset[SessionStatus]] = {
    # straight to ended: the system stood still over the session's whole time
    SessionStatus.CONFIRMED: frozenset({SessionStatus.LIVE, SessionStatus.CANCELLED, SessionStatus.ENDED}),
    SessionStatus.LIVE: frozenset({SessionStatus.ENDED}),
    SessionStatus.ENDED: frozenset(),
    SessionStatus.CANCELLED: frozenset(),
}
CHANGEABLE = frozenset({SessionStatus.CONFIRMED, SessionStatus.LIVE})

Errors = list[dict[str, str]]


def shown_answer(answer: str, status: str, chairs: bool) -> str:
    """What to say of a point's answer: ``chairs`` where the chair sits, who need not answer, ``unanswered`` once it is too
    late to answer, else the answer itself."""
    if answer != Answer.PENDING:
        return answer
    if chairs:
        return "chairs"
    return answer if status in CHANGEABLE else "unanswered"


@dataclass(frozen=True)
class Plan:
    """What a booker asks for. Points by slug, people by account name or id, texts by language.

    ``points`` are required, ``optional_points`` invited without being needed; a slug in both is optional. No chair given:
    the booker, with the first point.
    """

    title: dict[str, str]
    kind: str
    starts_at: datetime
    duration_minutes: int
    points: tuple[str, ...]
    public: bool = False
    description: dict[str, str] = field(default_factory=dict)
    agenda: tuple[AgendaEntry, ...] = ()
    chair_point: str | None = None
    chair_user: str | None = None
    deputy: str | None = None
    secretary: str | None = None
    optional_points: tuple[str, ...] = ()
    record: str | None = None  # none, composite, tracks; None: as usual (domain.recording)
    timezone: str | None = None
    setup_minutes: int = 0
    clear_minutes: int = 0
    priority: int = 0
    quorum: int | None = None
    checks_minutes: int | None = None
    questions: bool | None = None  # citizens may ask; None: as usual for the kind (domain.questions)
    broadcast: bool | None = None  # seen by any number; None: a public session is, where the site has a place for it

    def __post_init__(self) -> None:
        object.__setattr__(self, "record", choice(self.record))  # plans kept before there was a choice say yes or no

    @property
    def ends_at(self) -> datetime:
        return end_of(self.starts_at, self.duration_minutes)

    @property
    def period(self) -> Period:
        return Period(self.starts_at, self.ends_at)

    @property
    def takes_tracks(self) -> bool:
        """Whether each source is recorded."""
        return self.record == TRACKS

    @property
    def held(self) -> Period:
        """What is booked of the points' rooms: the session with its set-up and clear-up times."""
        return widened(self.period, self.setup_minutes, self.clear_minutes)

    @property
    def all_points(self) -> tuple[str, ...]:
        """Every invited slug once, in the order named."""
        return tuple(dict.fromkeys((*self.points, *self.optional_points)))

    def required(self, slug: str) -> bool:
        return slug not in self.optional_points


PLAN_FIELDS = frozenset(item.name for item in fields(Plan))


def plan_errors(plan: Plan, languages: Iterable[str]) -> Errors:
    """Everything wrong with a plan that can be said without looking at anything else."""
    known = tuple(languages)
    errors = texts_errors("title", plan.title, known, LONGEST_TITLE)
    if not any(text.strip() for text in plan.title.values()):
        errors.append({"field": "title", "message": "Give a title in at least one language."})
    errors += texts_errors("description", plan.description, known, LONGEST_DESCRIPTION)
    errors += agenda_errors(plan.agenda, known)
    if plan.kind not in set(SessionKind):
        errors.append({"field": "kind", "message": "Choose one of the kinds offered."})
    if not SHORTEST_MINUTES <= plan.duration_minutes <= LONGEST_MINUTES:
        errors.append({"field": "duration_minutes", "message": "Give between 5 and 720 minutes."})
    return errors + _points_errors(plan) + _zone_errors(plan) + _buffer_errors(plan) + _rule_errors(plan) + recording_errors(
        plan.record, plan.public if plan.broadcast is None else plan.broadcast)


def _points_errors(plan: Plan) -> Errors:
    errors: Errors = []
    if not plan.points:
        errors.append({"field": "points", "message": "Choose at least one point."})
    if plan.chair_point is not None and plan.chair_point not in plan.all_points:
        errors.append({"field": "chair.point", "message": "The chair's point must be one of the points chosen."})
    return errors


@cache
def known_zones() -> frozenset[str]:
    """Asked for once: each time Python would walk through the folders of the zones, 5 ms."""
    return frozenset(available_timezones())


def _zone_errors(plan: Plan) -> Errors:
    if plan.timezone is None or plan.timezone in known_zones():
        return []
    return [{"field": "timezone", "message": "This time zone is not known."}]


def _buffer_errors(plan: Plan) -> Errors:
    errors: Errors = [{"field": name, "message": "Give between 0 and 240 minutes."}
                      for name in ("setup_minutes", "clear_minutes") if not 0 <= getattr(plan, name) <= LONGEST_BUFFER]
    if not 0 <= plan.priority <= HIGHEST_PRIORITY:
        errors.append({"field": "priority", "message": "Choose one of the priorities offered."})
    return errors


def _rule_errors(plan: Plan) -> Errors:
    """Rules that the room takes over when the session opens."""
    errors: Errors = []
    if plan.quorum is not None and not 1 <= plan.quorum <= len(plan.all_points):
        errors.append({"field": "quorum", "message": "The quorum is between one and the number of points invited."})
    low, high = CHECKS_EVERY_MINUTES
    if plan.checks_minutes is not None and not low <= plan.checks_minutes <= high:
        errors.append({"field": "checks_minutes", "message": "Give between 5 and 240 minutes."})
    return errors


def time_errors(starts_at: datetime, ends_at: datetime, now: datetime) -> Errors:
    """A new or moved session begins at most ten minutes ago, ends in the future, and not in another age."""
    errors: Errors = []
    if starts_at < now - START_NOW:
        errors.append({"field": "starts_at", "message": "The start is in the past."})
    elif starts_at > now + FARTHEST:
        errors.append({"field": "starts_at", "message": "The start is too far in the future."})
    elif ends_at <= now:
        errors.append({"field": "duration_minutes", "message": "The end is in the past."})
    return errors


def reason_errors(reason: str, field_name: str = "reason") -> Errors:
    message = text_error(reason, LONGEST_REASON)
    return [{"field": field_name, "message": message}] if message else []


def may_move(status: str, to: SessionStatus) -> bool:
    """Whether a session in ``status`` may come into the state ``to``."""
    return to in MOVES[SessionStatus(status)]


def number_year(starts_at: datetime, zone: ZoneInfo) -> int:
    """The year in a session's number: that of its start, as the network's calendar shows it."""
    return starts_at.astimezone(zone).year


def search_text(number: str, title: Mapping[str, str], description: Mapping[str, str]) -> str:
    """What the search looks in: case-folded in Python, since databases fold Cyrillic differently."""
    return " ".join((number, *title.values(), *description.values())).casefold()
