"""Sessions as a reader may see them: one, or a page of a list."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session as DbSession

from ..domain.actor import Actor
from ..domain.agenda import AgendaEntry
from ..domain.chase import silent_days
from ..domain.errors import Forbidden, NotFound, Unauthenticated
from ..domain.recording import NONE, what_is_kept
from ..domain.sessions import CHANGEABLE, Plan, shown_answer
from ..domain.words import HELP_DESK, UNBOOKED, AccountRole, Answer, SessionStatus
from ..house import House
from ..store import tables as t

CANCELLED_SHOWN = timedelta(days=7)
"""A cancelled public session stays on the public list this long after its start, so that people learn of it."""

COUNTED_ANSWERS = (Answer.ACCEPTED, Answer.DECLINED, Answer.TENTATIVE, Answer.PENDING, "unanswered")
"""In the order in which counts are shown."""


@dataclass(frozen=True)
class PersonView:
    """An account named in a session."""

    id: str
    name: str
    full_name: str

    @property
    def label(self) -> str:
        return self.full_name or self.name


@dataclass(frozen=True)
class InvitedPoint:
    """A point's place in a session. Answers are None for readers who may not see them."""

    id: str
    slug: str
    name: dict[str, str]
    kind: str
    province: str | None
    required: bool
    invitation_id: str
    answer: str | None = None
    answer_reason: str | None = None
    asked_at: datetime | None = None
    answered_at: datetime | None = None
    expected: int | None = None
    headcount: int | None = None
    representatives: tuple[str, ...] = ()


@dataclass(frozen=True)
class SessionView:
    """A session as one reader may see it. ``inside`` says whether people and answers are shown; times are aware UTC."""

    id: str
    number: str
    status: str
    title: dict[str, str]
    description: dict[str, str]
    kind: str
    starts_at: datetime
    ends_at: datetime
    timezone: str
    public: bool
    record: str | None  # as chosen (domain.recording)
    broadcast: bool
    points: tuple[InvitedPoint, ...]
    agenda: tuple[AgendaEntry, ...]
    opened_at: datetime | None
    closed_at: datetime | None
    extended_to: datetime | None
    cancel_reason: str
    chair_point: str | None
    chair_user: PersonView | None
    deputy: PersonView | None
    secretary: PersonView | None
    booked_by: PersonView | None
    on_behalf_of: PersonView | None
    sequence: int
    version: int
    created_at: datetime
    updated_at: datetime
    inside: bool
    may_change: bool
    setup_minutes: int
    clear_minutes: int
    priority: int
    quorum: int | None
    checks_minutes: int | None
    questions: bool | None
    series_id: str | None
    recurrence_id: datetime | None
    series_changes: tuple[str, ...]  # fields changed for this date of the series alone
    own_points: tuple[str, ...]  # slugs of the invited points that the reader acts for
    rehearses: str | None = None  # of a rehearsal: the session's id

    @property
    def duration_minutes(self) -> int:
        return int((self.ends_at - self.starts_at).total_seconds() // 60)

    @property
    def recording(self) -> str:
        """What is kept of it: none, composite, tracks."""
        return what_is_kept(self.record, self.broadcast) if self.kind not in UNBOOKED else NONE

    @property
    def planned_end(self) -> datetime:
        """The end in force: the plan's, or that of the newest extension."""
        return self.extended_to or self.ends_at

    def shown_answer(self, slug: str, answer: str | None) -> str | None:
        """What to say of a point's answer (``domain.sessions.shown_answer``); None for readers who may not see it."""
        return shown_answer(answer, self.status, slug == self.chair_point) if answer else None

    def silent_days(self, now: datetime) -> int:
        """For how many days the longest silent point has owed its answer; 0 once the session has begun."""
        silent = (point for point in self.points if point.answer == Answer.PENDING and point.slug != self.chair_point)
        asked = [point.asked_at or self.created_at for point in silent]
        return max((silent_days(at, now) for at in asked), default=0) if self.status == SessionStatus.CONFIRMED else 0

    def answers(self) -> dict[str, int]:
        """How many points gave which answer, in the words of ``shown_answer``; the chair's own place is not counted as open."""
        shown = [self.shown_answer(point.slug, point.answer) for point in self.points]
        return {answer: shown.count(answer) for answer in COUNTED_ANSWERS if answer in shown}


def get_session(house: House, actor: Actor, session_id: str) -> SessionView:
    """One session. Raises NotFound; Unauthenticated or Forbidden when it is not for this reader."""
    with house.db.read() as db:
        return session_view(house, actor, require_visible(house, actor, load_session(db, session_id)))


def load_session(db: DbSession, session_id: str, lock: bool = False) -> t.Session:
    """The row, inside another's transaction; locked for changing on request. Raises NotFound."""
    if "\0" in session_id:
        raise NotFound()
    # Not FOR UPDATE: that would also hold up others' new rows which refer to the session (room events, presences).
    locking = {"of": t.Session, "key_share": True} if lock else None
    session = db.get(t.Session, session_id, with_for_update=locking, populate_existing=lock)
    if session is None:
        raise NotFound()
    return session


def require_visible(house: House, actor: Actor, session: t.Session) -> t.Session:
    """The session if this reader may see it."""
    if not may_see(actor, session, house.clock.now()):
        raise Forbidden() if actor.signed_in else Unauthenticated()
    return session


def may_see(actor: Actor, session: t.Session, now: datetime) -> bool:
    """Everybody sees public sessions (cancelled ones for a week); those who take part and the office see the others."""
    if takes_part(actor, session):
        return True
    if not session.public:
        return False
    return session.status != SessionStatus.CANCELLED or session.starts_at > now - CANCELLED_SHOWN


def takes_part(actor: Actor, session: t.Session) -> bool:
    """Whether the reader works with this session: the office, its people, officers of its points."""
    if actor.sees_all:
        return True
    if not actor.signed_in:
        return False
    if session.kind == HELP_DESK:
        return actor.role is AccountRole.OFFICER
    if actor.user_id in people_of(session):
        return True
    return actor.role is AccountRole.OFFICER and any(i.point_id in actor.points for i in session.places)


def people_of(session: t.Session) -> set[str]:
    """Ids of the accounts the booking names."""
    named = (session.chair_user_id, session.deputy_user_id, session.secretary_user_id, session.booked_by_id,
             session.on_behalf_of_id)
    return {user_id for user_id in named if user_id}


def session_view(house: House, actor: Actor, session: t.Session) -> SessionView:
    """The view for a reader who may see the session."""
    inside = takes_part(actor, session)
    view = SessionView(
        id=session.id, number=session.number, status=session.status, title=session.title,
        description=session.description, kind=session.kind, starts_at=session.starts_at, ends_at=session.ends_at,
        timezone=session.timezone, public=session.public, record=session.recording, broadcast=session.broadcast,
        points=tuple(_invited(invitation, inside) for invitation in session.places),
        agenda=tuple(AgendaEntry(item.title, item.minutes) for item in session.agenda),
        opened_at=session.opened_at, closed_at=session.closed_at, extended_to=session.extended_to,
        cancel_reason=session.cancel_reason, chair_point=session.chair_point.slug if session.chair_point else None,
        chair_user=person(session.chair_user), deputy=person(session.deputy_user),
        secretary=person(session.secretary_user), booked_by=person(session.booked_by),
        on_behalf_of=person(session.on_behalf_of),
        sequence=session.sequence, version=session.version, created_at=session.created_at,
        updated_at=session.updated_at, series_id=session.series_id, recurrence_id=session.recurrence_id,
        series_changes=tuple(session.series_changes or ()), inside=inside, rehearses=session.rehearses_id,
        may_change=actor.plans and session.status in CHANGEABLE and session.kind not in UNBOOKED,
        setup_minutes=session.setup_minutes, clear_minutes=session.clear_minutes, priority=session.priority,
        quorum=session.quorum, checks_minutes=session.checks_minutes, questions=session.questions,
        own_points=tuple(i.point.slug for i in session.places if i.point_id in actor.points))
    return view if inside else replace(view, chair_user=None, deputy=None, secretary=None, booked_by=None, on_behalf_of=None)


def _invited(invitation: t.Invitation, inside: bool) -> InvitedPoint:
    point = invitation.point
    shown: dict[str, Any] = {}
    if inside:
        names = ("answer", "answer_reason", "asked_at", "answered_at", "expected", "headcount")
        shown = {name: getattr(invitation, name) for name in names}
        shown["representatives"] = tuple(invitation.representatives)
    return InvitedPoint(id=point.id, slug=point.slug, name=point.name, kind=point.kind, province=point.province,
                        required=invitation.required, invitation_id=invitation.id, **shown)


def person(user: t.User | None) -> PersonView | None:
    return PersonView(user.id, user.name, user.full_name) if user else None


def plan_of(session: t.Session) -> Plan:
    """The plan that would book this session again."""
    view = session.invitations
    return Plan(
        title=session.title, kind=session.kind, starts_at=session.starts_at,
        duration_minutes=int((session.ends_at - session.starts_at).total_seconds() // 60),
        points=tuple(i.point.slug for i in view if i.required),
        optional_points=tuple(i.point.slug for i in view if not i.required),
        public=session.public, description=session.description,
        agenda=tuple(AgendaEntry(item.title, item.minutes) for item in session.agenda),
        chair_point=session.chair_point.slug if session.chair_point else None, chair_user=session.chair_user_id,
        deputy=session.deputy_user_id, secretary=session.secretary_user_id, record=session.recording,
        timezone=session.timezone, setup_minutes=session.setup_minutes, clear_minutes=session.clear_minutes,
        priority=session.priority, quorum=session.quorum, checks_minutes=session.checks_minutes,
        questions=session.questions, broadcast=session.broadcast)
