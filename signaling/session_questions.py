"""What a session's questions are, for the room's rules, and what the room's events mean for them."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy.orm import Session as DbSession

from liaison.domain.actor import Actor
from liaison.domain.questions import takes_questions
from liaison.house import House
from liaison.services import question_turns as turns
from liaison.store import tables as t

from .room.deciding import Command
from .room.events import Event
from .room.questions import Listed, Question
from .room.state import RoomState

NEEDED_FOR = frozenset({"take_question", "put_off_question", "reopen_question", "raise_hand"})


def laid_ready(db: DbSession, session: t.Session, state: RoomState, command: Command) -> RoomState:
    """The state with the question that the command names in its plan."""
    number = command.fields.get("question")
    if command.name not in NEEDED_FOR or type(number) is not int or not 0 < number < 2**31:
        return state
    if not takes_questions(session.public, session.kind, session.questions):
        return state
    listed = {row.number: Listed(Question(row.number, row.text, row.name, row.place), row.state, row.point.slug if row.point else None)
              for row in turns.questions_of(db, session.id, number)}
    return replace(state, plan=replace(state.plan, questions=listed))


def follow(db: DbSession, house: House, session: t.Session, state: RoomState, event: Event) -> None:
    """Write beside the log what has become of a question, by whoever commanded it."""
    by = state.peers.get(event.data.get("by", ""))
    actor = Actor(user_id=by.user if by else None, name=by.name if by else "")
    if event.type == "question_taken":
        turns.answered_now(db, house, actor, session, event.data["number"])
    elif event.type == "floor_granted" and "question" in event.data:
        turns.answered_now(db, house, actor, session, event.data["question"])
    elif event.type == "question_put_off":
        turns.put_off(db, house, actor, session, event.data["number"], event.data["written"])
    elif event.type == "question_reopened":
        turns.not_answered(db, house, actor, session, event.data["number"])
