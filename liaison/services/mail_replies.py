"""Answers that came by mail: accepting in one's calendar program accepts the invitation."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Select, select
from sqlalchemy.orm import Session as DbSession

from ..domain.actor import Actor, require
from ..domain.recurrence import moment
from ..domain.replies import Reply, ReplyOutcome, is_stale, reply_answer
from ..domain.sessions import CHANGEABLE
from ..domain.words import AccountRole, Answer, SessionStatus
from ..house import House
from ..ids import new_id
from ..store import tables as t
from .invitations import write_answer
from .reply_addresses import comes_from
from .series_answers import answer_all

SHOWN = 200


@dataclass(frozen=True)
class MailReplyView:
    """One mail of the mailbox, for the page of the help desk. ``number`` is the session's, "" where none was meant."""

    received_at: datetime
    from_address: str
    attendee: str
    outcome: str
    comment: str
    session_id: str | None
    number: str
    title: dict[str, str]


def take_reply(house: House, reply: Reply) -> ReplyOutcome:
    """Do what a mail asks, once: a mail known already changes nothing. What cannot be done is kept with the reason."""
    with house.db.write() as db:
        known = db.scalars(select(t.MailReply).where(t.MailReply.message_id == reply.message_id)).one_or_none()
        if known is not None:
            return ReplyOutcome(known.outcome)
        session, whole = _meant(db, house, reply)
        outcome = _take(db, house, reply, session, whole)
        db.add(t.MailReply(
            id=new_id(), message_id=reply.message_id, received_at=house.clock.now(), from_address=reply.from_address,
            attendee=reply.attendee, session_id=session.id if session else None, outcome=outcome, comment=reply.comment))
        return outcome


def list_replies(house: House, actor: Actor) -> list[MailReplyView]:
    """The newest mails and what became of them. For the help desk and administrators."""
    require(actor.assists, actor)
    query = (select(t.MailReply, t.Session).outerjoin(t.Session, t.Session.id == t.MailReply.session_id)
             .order_by(t.MailReply.received_at.desc(), t.MailReply.id.desc()).limit(SHOWN))
    with house.db.read() as db:
        return [MailReplyView(row.received_at, row.from_address, row.attendee, row.outcome, row.comment, row.session_id,
                              session.number if session else "", session.title if session else {})
                for row, session in db.execute(query)]


def _meant(db: DbSession, house: House, reply: Reply) -> tuple[t.Session | None, t.Series | None]:
    """The session whose UID it names, locked for the change; for an answer to a whole series also that, with its next date."""
    uid = reply.uid.partition("@")[0][:36]
    session, series = (db.get(t.Session, uid), db.get(t.Series, uid)) if uid else (None, None)
    if series is not None:
        session = db.scalars(_of_series(house, series, reply)).first()
    if session is not None:
        db.refresh(session, with_for_update={"of": t.Session, "key_share": True})
    return session, series if reply.recurrence_id is None else None


def _of_series(house: House, series: t.Series, reply: Reply) -> Select[tuple[t.Session]]:
    query = select(t.Session).where(t.Session.series_id == series.id)
    if reply.recurrence_id is not None:
        return query.where(t.Session.recurrence_id == reply.recurrence_id)
    return query.where(t.Session.status == SessionStatus.CONFIRMED, t.Session.ends_at > house.clock.now()).order_by(t.Session.starts_at)


def _take(db: DbSession, house: House, reply: Reply, session: t.Session | None, whole: t.Series | None) -> ReplyOutcome:
    if not reply.uid:
        return ReplyOutcome.OTHER
    if session is None:
        return ReplyOutcome.UNKNOWN
    if not comes_from(house.settings, reply.attendee, reply.from_address, reply.sent_to):
        return ReplyOutcome.FORGED
    answer = reply_answer(reply)
    if answer is None:
        return ReplyOutcome.NO_ANSWER
    if session.status not in CHANGEABLE:
        return ReplyOutcome.OVER
    starts_at = moment(datetime.fromisoformat(whole.starts_local), ZoneInfo(whole.timezone)) if whole else session.starts_at
    if is_stale(reply, starts_at, whole.sequence if whole else session.sequence):
        return ReplyOutcome.STALE
    return _answer(db, house, reply, session, answer, whole is not None)


def _answer(db: DbSession, house: House, reply: Reply, session: t.Session, answer: Answer, whole: bool) -> ReplyOutcome:
    actor, answered = _who(db, reply.attendee, session)
    for invitation in answered:
        if whole:
            answer_all(db, house, actor, session, invitation.point_id, answer, reply.comment)
        else:
            write_answer(db, house, actor, session, invitation, answer, reply.comment)
    return ReplyOutcome(answer.value) if answered else ReplyOutcome.NOT_INVITED


def _who(db: DbSession, address: str, session: t.Session) -> tuple[Actor, list[t.Invitation]]:
    """The person (or office) of an address, and the invitations it answers for."""
    officers = [user for user in db.scalars(select(t.User).where(t.User.active, t.User.role == AccountRole.OFFICER))
                if user.email.lower() == address]
    own = {point.id for user in officers for point in user.points}
    office = {one.point_id for one in session.invitations if one.point.email.lower() == address}
    answered = [one for one in session.invitations if one.point_id in own | office]
    user = officers[0] if len(officers) == 1 else None
    return Actor(user_id=user.id if user else None, name=f"{user.name if user else address} (mail)",
                 points=frozenset(one.point_id for one in answered)), answered
