"""The shapes of the API, in and out. Rules beyond form (what exists, what is free) are the services'."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import (
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    StrictInt,
    StrictStr,
    ValidationInfo,
    field_validator,
)

from liaison.domain.words import Answer, Quality, RoomRole, SessionKind, SessionStatus
from liaison.i18n import N_

from .series_schemas import EditIn, OfSeriesOut, RecurrenceIn, Scope
from .shape import Shape

_RFC3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)")


def _moment(value: Any) -> Any:
    if isinstance(value, datetime):
        return value
    if not isinstance(value, str) or not _RFC3339.fullmatch(value):
        raise ValueError(N_("Give a date and time with its zone, such as 2027-03-01T04:00:00Z."))
    try:
        return datetime.fromisoformat(value.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError(N_("There is no such date and time.")) from None


Moment = Annotated[datetime, BeforeValidator(_moment)]
"""RFC 3339 with an offset; UTC inside."""
Texts = dict[StrictStr, StrictStr]
Slugs = Annotated[list[StrictStr], Field(max_length=1000)]


class _In(Shape):
    model_config = ConfigDict(extra="forbid")


class AgendaIn(_In):
    title: StrictStr | Texts
    minutes: StrictInt


class ChairIn(_In):
    """``user`` is an account's name or id; without ``point``, the user's own or the first."""

    point: StrictStr | None = None
    user: StrictStr | None = None


Buffer = Annotated[StrictInt, Field(ge=0, le=240)]
Priority = Annotated[StrictInt, Field(ge=0, le=3)]
Quorum = Annotated[StrictInt, Field(ge=1, le=1_000)] | None
Checks = Annotated[StrictInt, Field(ge=5, le=240)] | None
Questions = Annotated[StrictBool | None, Field(description="citizens may ask; null: as usual for the kind")]
Broadcast = Annotated[StrictBool | None, Field(
    description="one picture that any number can watch; null: for a public session, where the site has a place for it")]
Recorded = Annotated[StrictBool | Literal["none", "composite", "tracks"] | None, Field(
    description="`composite`: the broadcast of a public session is kept; `tracks`, or true: each source, too; null or false: as usual")]
Confirmed = Literal["holiday", "maintenance"]
Confirm = Annotated[list[Confirmed], Field(max_length=2)]


def _on_holidays() -> list[Confirmed]:
    return ["holiday"]


class SessionIn(_In):
    """A session to book. Texts are by language; points by slug; accounts by name or id.

    ``setup_minutes`` and ``clear_minutes`` hold the points before and after it. ``confirm`` names the warnings that do not stand
    in the way; send it empty to be refused on holidays.
    """

    title: Annotated[Texts, Field(min_length=1)]
    kind: SessionKind
    starts_at: Moment
    duration_minutes: Annotated[StrictInt, Field(ge=5, le=720)]
    groups: Slugs = Field(default_factory=list, description="all points of these groups, beside `points`")
    points: Annotated[Slugs, Field(validate_default=True)] = Field(default_factory=list)
    public: StrictBool = False
    description: Texts = Field(default_factory=dict)
    agenda: Annotated[list[AgendaIn], Field(max_length=100)] = Field(default_factory=list)
    chair: ChairIn | None = None
    deputy: StrictStr | None = None
    secretary: StrictStr | None = None
    optional_points: Slugs = Field(default_factory=list)
    record: Recorded = None
    broadcast: Broadcast = None
    timezone: StrictStr | None = None
    setup_minutes: Buffer = 0
    clear_minutes: Buffer = 0
    priority: Priority = 0
    quorum: Quorum = None
    checks_minutes: Checks = None
    questions: Questions = None
    confirm: Confirm = Field(default_factory=_on_holidays)
    recurrence: RecurrenceIn | None = None
    on_behalf_of: StrictStr | None = Field(default=None, description="the chief (account name or id) in whose name a deputy books")

    @field_validator("points")
    @classmethod
    def _somebody(cls, points: list[str], info: ValidationInfo) -> list[str]:
        if not points and not info.data.get("groups"):
            raise ValueError(N_("Give at least one."))
        return points


class ChangeIn(_In):
    """Any of the fields; what is not sent stays."""

    title: Annotated[Texts, Field(min_length=1)] = Field(default_factory=dict)
    kind: SessionKind = SessionKind.GOVERNMENT
    starts_at: Moment = datetime.min.replace(tzinfo=UTC)
    duration_minutes: Annotated[StrictInt, Field(ge=5, le=720)] = 60
    points: Annotated[Slugs, Field(min_length=1)] = Field(default_factory=list)
    public: StrictBool = False
    description: Texts = Field(default_factory=dict)
    agenda: Annotated[list[AgendaIn], Field(max_length=100)] = Field(default_factory=list)
    chair: ChairIn | None = None
    deputy: StrictStr | None = None
    secretary: StrictStr | None = None
    optional_points: Slugs = Field(default_factory=list)
    record: Recorded = None
    broadcast: Broadcast = None
    timezone: StrictStr | None = None
    setup_minutes: Buffer = 0
    clear_minutes: Buffer = 0
    priority: Priority = 0
    quorum: Quorum = None
    checks_minutes: Checks = None
    questions: Questions = None
    confirm: Confirm = Field(default_factory=_on_holidays)


class SessionPatch(ChangeIn):
    """Any of the fields; what is not sent stays. ``series`` says how far a change of one date of a series reaches."""

    series: EditIn = Field(default_factory=EditIn)


class CancelIn(_In):
    """``scope``: with one date of a series also the following ones, or all to come."""

    scope: Scope = "this"
    reason: Annotated[StrictStr, Field(max_length=2000)] = ""


class AnswerIn(_In):
    """A point's answer to its invitation; ``scope`` all: for every date of its series to come. The reason is told to the
    booker when it declines. ``expected``: how many will come; ``representatives``: their names; both left out stay as they are."""

    point: StrictStr
    answer: Literal["accepted", "tentative", "declined"]
    scope: Literal["this", "all"] = "this"
    reason: Annotated[StrictStr, Field(max_length=2000)] = ""
    expected: Annotated[StrictInt | None, Field(ge=0, le=100_000)] = None
    representatives: Annotated[list[StrictStr] | None, Field(max_length=100)] = None


class JoinIn(_In):
    """``point`` may be left out for watchers and for the chair (then the chair's point)."""

    role: Literal["chair", "point", "interpreter", "watcher"] = RoomRole.POINT.value
    point: StrictStr | None = None
    name: Annotated[StrictStr, Field(max_length=200)] = ""


class SessionQuery(_In):
    """Filters of the list. ``status`` may name several, separated by commas; ``mine``: where the reader takes part."""

    from_at: Annotated[Moment | None, Field(alias="from")] = None
    to_at: Annotated[Moment | None, Field(alias="to")] = None
    status: str | None = None
    kind: SessionKind | None = None
    point: str | None = None
    q: Annotated[str, Field(max_length=200)] = ""
    public: bool | None = None
    mine: bool = False
    order: Literal["asc", "desc"] = "asc"
    cursor: Annotated[str | None, Field(max_length=200)] = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50


class PointQuery(_In):
    """``q`` finds names in any language, other names, seats and slugs."""

    q: Annotated[str, Field(max_length=200)] = ""
    kind: Annotated[str | None, Field(max_length=32)] = None


class LinkHistoryQuery(_In):
    """The minutes from ``from`` (without it: the last seven days) until before ``to``."""

    from_at: Annotated[Moment | None, Field(alias="from")] = None
    to_at: Annotated[Moment | None, Field(alias="to")] = None
    limit: Annotated[int, Field(ge=1, le=5000)] = 1000


class DirectionOut(Shape):
    """What a point sent (up) or got (down) in a minute: means and worsts; null: not known."""

    loss: float | None = Field(description="share of packets lost, 0 to 1")
    loss_worst: float | None
    jitter_ms: float | None
    jitter_ms_worst: float | None
    bitrate: float | None = Field(description="bit/s")
    bitrate_worst: float | None = Field(description="the least")


class LinkMinuteOut(Shape):
    at: datetime = Field(description="the minute's beginning")
    session: str
    quality: Quality
    transport: str = Field(description="direct-udp, relay-udp, relay-tcp, relay-tls; empty: the device did not tell")
    up: DirectionOut
    down: DirectionOut
    rtt_ms: float | None
    rtt_ms_worst: float | None
    concealed: float | None = Field(description="share of the sound that the browser had to make up, 0 to 1")
    concealed_worst: float | None
    freezes: int
    frozen_ms: int


class LinkHistoryOut(Shape):
    items: list[LinkMinuteOut]
    next: str | None = Field(description="where to go on: the next `from`")


class PointOut(Shape):
    id: str
    slug: str
    name: dict[str, str]
    display_name: str
    kind: str
    province: str | None
    seat: dict[str, str]
    lat: float | None
    lon: float | None
    also_known_as: list[str]
    active: bool
    link_profile: str = Field(description="normal, thin, audio")
    phone: str | None = Field(description="null for readers without a token")
    email: str | None = Field(description="null for readers without a token")


class PointList(Shape):
    items: list[PointOut]
    next: str | None


class InvitedOut(Shape):
    """A point's place. Answers are null for readers who do not take part."""

    slug: str
    name: dict[str, str]
    display_name: str
    required: bool
    answer: Answer | None
    answer_reason: str | None
    answered_at: datetime | None
    expected: int | None = Field(description="how many will come, as said with the answer")
    representatives: list[str] | None


class AgendaOut(Shape):
    title: str | dict[str, str]
    minutes: int


class ChairOut(Shape):
    point: str | None
    user: str | None


class SessionOut(Shape):
    id: str
    number: str
    status: SessionStatus
    title: dict[str, str]
    display_title: str = Field(description="the title in the reader's language, or the first there is")
    description: dict[str, str]
    kind: SessionKind | Literal["help_desk", "rehearsal"]
    starts_at: datetime
    ends_at: datetime
    duration_minutes: int
    timezone: str
    setup_minutes: int = Field(description="its points are held this long before the start")
    clear_minutes: int = Field(description="and this long after the end")
    priority: int = Field(description="0 ordinary, 1 important, 2 high, 3 urgent")
    quorum: int | None = Field(description="so many points must be there; null: no rule")
    checks_minutes: int | None = Field(description="the room checks at random, about so often, who is there")
    questions: bool | None = Field(description="citizens may ask; null: as usual for its kind")
    broadcast: bool = Field(description="whether a broadcast is booked, which any number can watch")
    public: bool
    record: bool = Field(description="each source is recorded by itself")
    recording: Literal["none", "composite", "tracks"] = Field(description="what is kept of it")
    points: list[InvitedOut]
    agenda: list[AgendaOut]
    chair: ChairOut
    deputy: str | None
    secretary: str | None
    booked_by: str | None
    on_behalf_of: str | None = None
    opened_at: datetime | None
    closed_at: datetime | None
    extended_to: datetime | None
    cancel_reason: str
    sequence: int
    version: int
    created_at: datetime
    updated_at: datetime
    series: OfSeriesOut | None = None


class SessionList(Shape):
    items: list[SessionOut]
    next: str | None


class JoinOut(Shape):
    token: str
    expires_at: datetime
    room: str
    whip: str
    whep: str


class PresenceOut(Shape):
    model_config = ConfigDict(extra="allow")

    peer: str
    via: str
    joined_at: datetime
    left_at: datetime | None
    reason: str | None


class AttendedOut(Shape):
    model_config = ConfigDict(extra="allow")

    slug: str
    invited: bool
    answer: Answer
    present_seconds: float
    share: float
    first_joined_at: datetime | None
    last_left_at: datetime | None
    late_seconds: float | None
    drops: int
    headcount: int | None
    representatives: list[str]
    presences: list[PresenceOut]


class AttendanceOut(Shape):
    model_config = ConfigDict(extra="allow")

    session: dict[str, Any]
    points: list[AttendedOut]


class FieldError(Shape):
    model_config = ConfigDict(extra="allow")

    field: str
    message: str


class Problem(Shape):
    """RFC 9457, with a stable ``code`` and what to do (``remedy``). ``conflicts`` with ``booking_conflict``."""

    model_config = ConfigDict(extra="allow")

    type: str
    status: int
    code: str
    title: str
    detail: str
    remedy: str
