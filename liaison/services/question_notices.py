"""A citizen who left an address is told by mail what became of his question: outbox rows, written with the decision.

``payload``: ``question`` (its id: the address is read from it, sealed, at the moment of sending), ``what`` became of it, its
``title`` (the session's), ``text``, ``reason`` and ``answer``. The address itself stands in no row, so no list shows it.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session as DbSession

from ..domain.questions import QuestionState
from ..domain.words import Channel, OutboxKind, OutboxStatus
from ..house import House
from ..ids import new_id
from ..store import tables as t
from .citizen_links import public_title
from .question_links import opened, question_url

LIVES = timedelta(days=3)


def tell_asker(db: DbSession, house: House, session: t.Session, row: t.Question) -> None:
    """What has just become of it, to its asker and to those whose question was merged into it."""
    db.flush()
    merged = db.scalars(select(t.Question).where(t.Question.merged_into_id == row.id))
    for one in [row, *(merged if row.state != QuestionState.MERGED else ())]:
        if one.contact:
            _write(db, house, session, one, row)


def address_of(db: DbSession, house: House, row: t.Outbox) -> str:
    """Whom a notice goes to; empty once the contact is forgotten."""
    question = _question(db, row)
    return opened(house.settings, question.contact) if question is not None else ""


def not_wanted(db: DbSession, row: t.Outbox) -> bool:
    """Something else has become of it since (that is told by itself), or nobody can be reached any more."""
    question = _question(db, row)
    if question is None or not question.contact:
        return True
    counts = question.merged_into if question.merged_into is not None and row.payload["what"] != QuestionState.MERGED else question
    return bool(counts.state != row.payload["what"])


def _question(db: DbSession, row: t.Outbox) -> t.Question | None:
    return db.get(t.Question, row.payload["question"])


def _write(db: DbSession, house: House, session: t.Session, own: t.Question, counts: t.Question) -> None:
    now = house.clock.now()
    db.add(t.Outbox(
        id=new_id(), kind=OutboxKind.QUESTION_NOTICE, channel=Channel.EMAIL, address="", language=own.language,
        dedupe_key=f"{OutboxKind.QUESTION_NOTICE}:{own.id}:{counts.state}:{int(now.timestamp() * 1000)}",
        payload={"recipient": f"question-{own.id}", "question": own.id, "what": counts.state, "title": public_title(session),
                 "text": own.text if counts.state != QuestionState.DECLINED else "",  # nobody has rubbish sent to others through us
                 "reason": counts.reason, "answer": counts.answer, "url": question_url(house.settings, own.id)},
        status=OutboxStatus.PENDING, due_at=now, expires_at=now + LIVES, created_at=now))
