"""The demonstration's live session: there is always one; when it has ended the next is booked and opened at once."""

from __future__ import annotations

from dataclasses import dataclass

from ..domain.actor import Actor
from ..domain.agenda import entry
from ..domain.errors import BookingConflict
from ..domain.sessions import CHANGEABLE, Plan
from ..domain.words import Answer, SessionKind
from ..house import House
from ..services import invitations, lifecycle, sessions
from ..services.demonstration import MARK
from ..services.session_views import load_session
from ..store import tables as t
from . import texts
from .seed import mark

LENGTH_MINUTES = 60
CASTS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("big-hall", texts.PROVINCES), ("president-office", texts.CITIES), ("chuy-district", texts.OSH_DISTRICTS),
    ("tash-komur-city", ("leylek-district", "toktogul-district", "ak-suu-district", "tyup-district", "moskva-district", "manas-district")),
)
"""Chair's point and the points that bots play: the first whose rooms are free is taken."""


@dataclass(frozen=True)
class Stage:
    """A live session and the points (slugs) that bots play in it."""

    session_id: str
    points: tuple[str, ...]


def stage_now(house: House) -> Stage | None:
    """The session that is live now; none when it has ended (or none was made yet)."""
    with house.db.read() as db:
        kept = db.get(t.Setting, MARK)
        session = db.get(t.Session, kept.value) if kept is not None and kept.value else None
        if session is None or session.status not in CHANGEABLE:
            return None
        chair = session.chair_point_id
        return Stage(session.id, tuple(i.point.slug for i in session.invitations if i.point_id != chair))


def keep_live(house: House, chair: Actor) -> Stage:
    """The live session, booked and opened anew if there is none. Raises BookingConflict when every cast is taken."""
    stage = stage_now(house)
    if stage is None:
        session_id = _book(house, chair)
        mark(house, session_id)
        _accept(house, chair, session_id)
        lifecycle.open_session(house, chair, session_id)
        stage = stage_now(house)
        assert stage is not None
    return stage


def _book(house: House, chair: Actor) -> str:
    now = house.clock.now()
    starts_at = now.replace(minute=now.minute - now.minute % 5, second=0, microsecond=0)
    refused: BookingConflict | None = None
    for hall, points in CASTS:
        plan = Plan(title=texts.LIVE_TITLE, kind=SessionKind.GOVERNMENT, starts_at=starts_at, duration_minutes=LENGTH_MINUTES,
                    points=(hall, *points), chair_point=hall, chair_user=texts.CHAIR, public=True, description=texts.DESCRIPTION,
                    agenda=tuple(entry(title, minutes) for title, minutes in texts.AGENDA))
        try:
            return sessions.book_session(house, chair, plan).id
        except BookingConflict as error:
            refused = error
    assert refused is not None
    raise refused


def _accept(house: House, chair: Actor, session_id: str) -> None:
    with house.db.write() as db:
        session = load_session(db, session_id, lock=True)
        for invitation in session.invitations:
            invitations.write_answer(db, house, chair, session, invitation, Answer.ACCEPTED, "")
