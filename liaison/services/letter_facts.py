"""From an outbox row to a letter: the facts read at the moment of sending, so that nothing stale leaves."""

from __future__ import annotations

from sqlalchemy import or_, select
from sqlalchemy.orm import Session as DbSession

from ..domain.delivery import SESSION_KINDS
from ..domain.words import Answer, OutboxKind, OutboxStatus, SessionStatus
from ..house import House
from ..store import tables as t
from .answer_links import AnswerLink, answer_url
from .notifier import InvitedPoint, Letter, SessionDetails
from .settings import read_setting

_ANSWERABLE = frozenset({OutboxKind.INVITATION, OutboxKind.UPDATE, OutboxKind.REMINDER, OutboxKind.SERIES_INVITATION,
                         OutboxKind.SERIES_UPDATE})


def recipient_gone(db: DbSession, row: t.Outbox, session: t.Session | None) -> bool:
    """Whether a person who would be invited or reminded is disabled by now, or acts for none of the points any more."""
    if row.kind == OutboxKind.WELCOME:
        return _needs_no_welcome(db, row)
    if session is None or row.user_id is None or OutboxKind(row.kind) not in _ANSWERABLE:
        return False
    user = db.get(t.User, row.user_id)
    if user is None or not user.active:
        return True
    conducts = user.id in (session.chair_user_id, session.deputy_user_id, session.secretary_user_id)
    return not conducts and {point.id for point in user.points}.isdisjoint(row.payload["points"])


def _needs_no_welcome(db: DbSession, row: t.Outbox) -> bool:
    """Disabled by now, or in already by another way (a printed letter)."""
    user = db.get(t.User, row.user_id) if row.user_id else None
    return user is None or not user.active or bool(user.password_hash)


def gather_letter(db: DbSession, house: House, row: t.Outbox, session: t.Session | None) -> Letter:
    """Everything that the wording of this row needs."""
    kind = OutboxKind(row.kind)
    user = db.get(t.User, row.user_id) if row.user_id else None
    points = invited_points(db, house, row, session, kind)
    return Letter(
        kind=kind, dedupe_key=row.dedupe_key, thread_key=thread_key(db, row, kind),
        to_address=(user.email if user else "") or row.address, to_name=recipient_name(house, row, user, points),
        language=(user.language if user else "") or row.language,
        help_desk_phone=str(read_setting(db, house, "help_desk_phone")), written_at=row.created_at, payload=row.payload,
        session=None if session is None else session_details(db, house, session, kind), points=points)


def recipient_name(house: House, row: t.Outbox, user: t.User | None, points: tuple[InvitedPoint, ...]) -> str:
    if user is not None:
        return user.full_name or user.name
    return house.network.text(points[0].name, row.language) if points else ""


def invited_points(db: DbSession, house: House, row: t.Outbox, session: t.Session | None,
            kind: OutboxKind) -> tuple[InvitedPoint, ...]:
    """The recipient's points in the order of the booking; those removed meanwhile by name alone."""
    ids = row.payload.get("points", [])
    if session is None or not ids:
        return ()
    invitations = {one.point_id: one for one in session.invitations}
    points = {point.id: point for point in db.scalars(select(t.Point).where(t.Point.id.in_(ids)))}
    made = []
    for id in (id for id in ids if id in points):
        invitation = invitations.get(id)
        link = AnswerLink(session.id, id, row.user_id, session.starts_at)
        open_to_answer = invitation is not None and kind in _ANSWERABLE
        made.append(InvitedPoint(points[id].name, Answer(invitation.answer) if invitation else Answer.PENDING,
                                 answer_url(house.settings, link) if open_to_answer else ""))
    return tuple(made)


def thread_key(db: DbSession, row: t.Outbox, kind: OutboxKind) -> str:
    """The first mail of this session that reached the recipient: later ones answer it, so threads form."""
    if kind not in SESSION_KINDS:
        return ""
    about = t.Outbox.session_id == row.session_id if row.series_id is None else t.Outbox.series_id == row.series_id
    same = t.Outbox.user_id == row.user_id if row.user_id else t.Outbox.address == row.address
    key = db.scalar(select(t.Outbox.dedupe_key).where(
        about, same, or_(*(t.Outbox.kind == one for one in SESSION_KINDS)),
        t.Outbox.status == OutboxStatus.SENT).order_by(t.Outbox.sent_at, t.Outbox.id).limit(1))
    return key if key is not None and key != row.dedupe_key else ""


def session_details(db: DbSession, house: House, session: t.Session, kind: OutboxKind) -> SessionDetails:
    booker = db.get(t.User, session.booked_by_id) if session.booked_by_id else None
    return SessionDetails(
        id=session.id, number=session.number, sequence=session.sequence, title=session.title,
        description=session.description or {}, starts_at=session.starts_at, ends_at=session.ends_at,
        timezone=session.timezone, created_at=session.created_at, updated_at=session.updated_at,
        agenda=tuple((item.title, item.minutes) for item in session.agenda), chair=_chair(house, session),
        cancelled=session.status == SessionStatus.CANCELLED or kind is OutboxKind.CANCELLATION,
        cancel_reason=session.cancel_reason if session.status == SessionStatus.CANCELLED else "",
        series_id=session.series_id, recurrence_id=session.recurrence_id,
        reply_to=booker.email if booker is not None and booker.active else "")


def _chair(house: House, session: t.Session) -> dict[str, str]:
    """Who chairs, by language: the point, and the person where one is named."""
    person = session.chair_user
    name = (person.full_name or person.name) if person is not None else ""
    point = session.chair_point.name if session.chair_point is not None else {}
    languages = house.network.languages
    return {code: ", ".join(part for part in (name, house.network.text(point, code)) if part) for code in languages}
