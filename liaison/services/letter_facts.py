"""From an outbox row to a letter: the facts read at the moment of sending, so that nothing stale leaves."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session as DbSession

from ..domain.chase import ChaseTo
from ..domain.delivery import SESSION_KINDS
from ..domain.words import Answer, Channel, OutboxKind, OutboxStatus, SessionStatus
from ..house import House
from ..store import tables as t
from . import citizen_letters
from .answer_links import AnswerLink, answer_url
from .message_texts import own_words
from .notifier import InvitedPoint, Letter, SessionDetails, Target
from .poll_notices import needs_no_letter
from .reply_addresses import reply_address
from .settings import read_setting

_ANSWERABLE = frozenset({OutboxKind.INVITATION, OutboxKind.UPDATE, OutboxKind.REMINDER, OutboxKind.SERIES_INVITATION,
                         OutboxKind.SERIES_UPDATE})


def _may_answer(row: t.Outbox) -> bool:
    """Whether the reader acts for the points named: those above a silent point hear of it, they do not answer for it."""
    return row.kind in _ANSWERABLE or (row.kind == OutboxKind.CHASE and row.payload.get("step") == ChaseTo.OFFICERS)


def recipient_gone(db: DbSession, row: t.Outbox, session: t.Session | None) -> str:
    """Why nobody needs the message any more (a stable word), or "": the person who would be invited or reminded is disabled by now or
    acts for none of the points; a point has answered that was to be asked again."""
    if row.kind in (OutboxKind.POLL, OutboxKind.POLL_REMINDER):
        return "answered" if needs_no_letter(db, row) else ""
    if citizen_letters.is_to_citizen(row):
        return "recipient_gone" if citizen_letters.not_wanted(db, row) else ""
    if row.kind == OutboxKind.WELCOME:
        return "recipient_gone" if _needs_no_welcome(db, row) else ""
    if row.kind == OutboxKind.CHASE:
        return _asked_in_vain(row, session)
    if session is None or row.user_id is None or OutboxKind(row.kind) not in _ANSWERABLE:
        return ""
    user = db.get(t.User, row.user_id)
    if user is None or not user.active:
        return "recipient_gone"
    conducts = user.id in (session.chair_user_id, session.deputy_user_id, session.secretary_user_id)
    return "" if conducts or not {point.id for point in user.points}.isdisjoint(row.payload["points"]) else "recipient_gone"


def _asked_in_vain(row: t.Outbox, session: t.Session | None) -> str:
    return "answered" if session is None or not _still_silent(row, session) else ""


def _still_silent(row: t.Outbox, session: t.Session) -> list[str]:
    """Of the points of a chase, those that still owe this answer: asked anew (the session moved), the chase begins anew, too."""
    return [one.point_id for one in session.invitations if one.point_id in row.payload["points"] and one.answer == Answer.PENDING
            and not (one.asked_at is not None and one.asked_at > row.created_at)]


def _needs_no_welcome(db: DbSession, row: t.Outbox) -> bool:
    """Disabled by now, or in already by another way (a printed letter)."""
    user = db.get(t.User, row.user_id) if row.user_id else None
    return user is None or not user.active or bool(user.password_hash)


def gather_letter(db: DbSession, house: House, row: t.Outbox, session: t.Session | None) -> Letter:
    """Everything that the wording of this row needs."""
    kind = OutboxKind(row.kind)
    user = db.get(t.User, row.user_id) if row.user_id else None
    points = invited_points(db, house, row, session)
    language = (user.language if user else "") or row.language
    address = (user.email if user else "") or row.address or citizen_letters.address_of(db, house, row)
    return Letter(
        own_words=own_words(db, kind, language),
        kind=kind, channel=Channel(row.channel), targets=targets_of(db, house, row), row_id=row.id, expires_at=row.expires_at,
        alarm_minutes=alarm_of(db, row), dedupe_key=row.dedupe_key, thread_key=thread_key(db, row, kind),
        to_address=address, answer_to=reply_address(house.settings, address), to_name=recipient_name(house, row, user, points),
        language=language,
        help_desk_phone=str(read_setting(db, house, "help_desk_phone")), written_at=row.created_at, payload=row.payload,
        session=None if session is None else session_details(db, house, session, kind), points=points)


def targets_of(db: DbSession, house: House, row: t.Outbox) -> tuple[Target, ...]:
    """The person's addresses on the row's channel as they are now."""
    if citizen_letters.is_to_citizen(row):
        return citizen_letters.targets_of(db, house, row)
    if row.channel == Channel.EMAIL or row.user_id is None:
        return ()
    contacts = db.scalars(select(t.Contact).where(t.Contact.user_id == row.user_id, t.Contact.channel == row.channel))
    return tuple(Target(one.address, one.keys) for one in contacts)


def alarm_of(db: DbSession, row: t.Outbox) -> int | None:
    """So many minutes before the start the reader's calendar rings."""
    choice = db.get(t.NoticeChoice, row.user_id) if row.user_id else None
    return choice.alarm_minutes if choice else None


def recipient_name(house: House, row: t.Outbox, user: t.User | None, points: tuple[InvitedPoint, ...]) -> str:
    if user is not None:
        return user.full_name or user.name
    return house.network.text(points[0].name, row.language) if points else ""


def invited_points(db: DbSession, house: House, row: t.Outbox, session: t.Session | None) -> tuple[InvitedPoint, ...]:
    """The recipient's points in the order of the booking; those removed meanwhile by name alone."""
    ids = row.payload.get("points", [])
    if session is None or not ids:
        return ()
    if row.kind == OutboxKind.CHASE:
        ids = _still_silent(row, session)
    invitations = {one.point_id: one for one in session.invitations}
    points = {point.id: point for point in db.scalars(select(t.Point).where(t.Point.id.in_(ids)))}
    made = []
    for id in (id for id in ids if id in points):
        invitation = invitations.get(id)
        link = AnswerLink(session.id, id, row.user_id, session.starts_at)
        open_to_answer = invitation is not None and _may_answer(row)
        made.append(InvitedPoint(points[id].name, Answer(invitation.answer) if invitation else Answer.PENDING,
                                 answer_url(house.settings, link) if open_to_answer else ""))
    return tuple(made)


def thread_key(db: DbSession, row: t.Outbox, kind: OutboxKind) -> str:
    """The first mail of this session that reached the recipient: later ones answer it, so threads form."""
    if kind not in SESSION_KINDS or row.channel != Channel.EMAIL:
        return ""
    about = t.Outbox.session_id == row.session_id if row.series_id is None else t.Outbox.series_id == row.series_id
    same = t.Outbox.user_id == row.user_id if row.user_id else t.Outbox.address == row.address
    key = db.scalar(select(t.Outbox.dedupe_key).where(
        about, t.Outbox.channel == Channel.EMAIL, same, t.Outbox.kind.in_(SESSION_KINDS),
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
