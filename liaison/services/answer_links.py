"""Answer links of mails: signed, bound to one point of one session and to the person written to; no sign-in needed.

The token says which start its reader was told, so that the page can say that the session has moved since. A link proves
only that its holder got the mail: it answers for that point and does nothing else.
"""

from __future__ import annotations

import hashlib
import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from uuid import UUID

from itsdangerous import BadSignature, Signer
from sqlalchemy import select
from sqlalchemy.orm import Session as DbSession

from ..config import Settings
from ..domain.errors import NotFound
from ..domain.sessions import CHANGEABLE
from ..domain.words import AccountRole, Answer, SessionStatus
from ..house import House
from ..secret import derived_key
from ..store import tables as t

NOBODY = UUID(int=0)
TIME = ">q"  # whole seconds since 1970


@dataclass(frozen=True)
class AnswerLink:
    """What a token says. ``user_id`` is None when the mail went to the office's own address."""

    session_id: str
    point_id: str
    user_id: str | None
    starts_at: datetime


class BadAnswerLink(NotFound):
    """The token was cut, changed or made by another installation."""

    code = "bad_answer_link"
    message = "This link is incomplete or was not made by this system."
    remedy = "Open the link again from the mail, or answer after signing in."


class LinkState(StrEnum):
    """Whether a link still answers, and if not, why."""

    OPEN = "open"
    CANCELLED = "cancelled"
    OVER = "over"
    REMOVED = "removed"        # the point is no longer invited
    REPLACED = "replaced"      # the person no longer acts for the point


@dataclass(frozen=True)
class AnswerView:
    """What the answer page shows. Texts are by language; ``moved``: the start is another than the mail said."""

    state: LinkState
    moved: bool
    session_id: str
    number: str
    title: dict[str, str]
    starts_at: datetime
    ends_at: datetime
    cancel_reason: str
    agenda: tuple[tuple[dict[str, str], int], ...]
    point: dict[str, str]
    invitation_id: str
    user_id: str | None
    person: str
    language: str
    answer: Answer
    reason: str
    expected: int | None = None
    representatives: tuple[str, ...] = ()


def answer_url(settings: Settings, link: AnswerLink) -> str:
    """The absolute address of the answer page; short enough (about 110 characters of token) for a plain-text mail."""
    ids = (link.session_id, link.point_id, link.user_id or str(NOBODY))
    packed = b"".join(UUID(id).bytes for id in ids) + struct.pack(TIME, int(link.starts_at.timestamp()))
    return f"{settings.base_url}/answer/{_signer(settings).sign(urlsafe_b64encode(packed).rstrip(b'=')).decode()}"


def read_answer_link(settings: Settings, token: str) -> AnswerLink:
    """The link behind a token. Raises BadAnswerLink."""
    try:
        packed = urlsafe_b64decode(_signer(settings).unsign(token.encode()) + b"==")
    except (BadSignature, UnicodeEncodeError) as error:
        raise BadAnswerLink() from error
    session_id, point_id, user_id = (UUID(bytes=packed[at:at + 16]) for at in (0, 16, 32))
    (seconds,) = struct.unpack(TIME, packed[48:])
    return AnswerLink(str(session_id), str(point_id), None if user_id == NOBODY else str(user_id),
                      datetime.fromtimestamp(seconds, UTC))


def _signer(settings: Settings) -> Signer:
    return Signer(derived_key(settings, "answer"), salt="answer", digest_method=hashlib.sha256)


def look_at_answer(house: House, token: str) -> AnswerView:
    """What a link is about and whether it still answers; changes nothing. Raises BadAnswerLink."""
    link = read_answer_link(house.settings, token)
    with house.db.read() as db:
        session, point = db.get(t.Session, link.session_id), db.get(t.Point, link.point_id)
        if session is None or point is None:
            raise BadAnswerLink()
        user = db.get(t.User, link.user_id) if link.user_id else None
        invitation = next((one for one in session.invitations if one.point_id == point.id), None)
        return _view(link, session, point, invitation, user, _state(db, house, link, session, invitation, user))


def _state(db: DbSession, house: House, link: AnswerLink, session: t.Session, invitation: t.Invitation | None,
           user: t.User | None) -> LinkState:
    if session.status == SessionStatus.CANCELLED:
        return LinkState.CANCELLED
    if session.status not in CHANGEABLE or (session.opened_at is None and house.clock.now() >= session.ends_at):
        return LinkState.OVER
    if invitation is None:
        return LinkState.REMOVED
    if link.user_id is not None and not acts_for(db, user, link.point_id):
        return LinkState.REPLACED
    return LinkState.OPEN


def acts_for(db: DbSession, user: t.User | None, point_id: str) -> bool:
    """Whether the person is still an officer of the point."""
    if user is None or not user.active or user.role != AccountRole.OFFICER:
        return False
    query = select(t.UserPoint).where(t.UserPoint.user_id == user.id, t.UserPoint.point_id == point_id)
    return db.scalars(query).one_or_none() is not None


def _view(link: AnswerLink, session: t.Session, point: t.Point, invitation: t.Invitation | None, user: t.User | None,
          state: LinkState) -> AnswerView:
    return AnswerView(
        state=state, moved=int(session.starts_at.timestamp()) != int(link.starts_at.timestamp()), session_id=session.id,
        number=session.number, title=session.title, starts_at=session.starts_at, ends_at=session.ends_at,
        cancel_reason=session.cancel_reason, agenda=tuple((item.title, item.minutes) for item in session.agenda),
        point=point.name, invitation_id=invitation.id if invitation else "", user_id=user.id if user else None,
        person=(user.full_name or user.name) if user else "", language=user.language if user else "",
        answer=Answer(invitation.answer) if invitation else Answer.PENDING,
        reason=invitation.answer_reason if invitation else "", expected=invitation.expected if invitation else None,
        representatives=tuple(invitation.representatives) if invitation else ())
