"""What a session's questions are, for the room's rules, what its events mean for them, and what the desk's acts mean for the room."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy.orm import Session as DbSession

from liaison.domain.actor import Actor
from liaison.domain.questions import QuestionState, takes_questions
from liaison.house import House
from liaison.services import question_desk
from liaison.services import question_turns as turns
from liaison.services.broadcasts import timeline_of
from liaison.services.question_rows import QuestionView, view_of
from liaison.store import tables as t

from . import rooms
from .room.deciding import Command
from .room.events import Event
from .room.question_rules import in_public, told
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
    listed = {row.number: Listed(_public(row), row.state, row.point.slug if row.point else None)
              for row in turns.questions_of(db, session.id, number)}
    return replace(state, plan=replace(state.plan, questions=listed))


def _public(row: t.Question) -> Question:
    return Question(row.number, row.text, row.name, row.place)


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


# ---------------------------------------------------------------- the desk, outside of the room


def answer_at_desk(house: House, actor: Actor, session_id: str, number: int) -> QuestionView:
    """``question_desk.answer_live``: in the room, and in the broadcast, it stands as if the chair had taken it. Raises as that does."""
    views: list[QuestionView] = []

    def act(db: DbSession, _session: t.Session, state: RoomState) -> tuple[Event, ...]:
        row = question_desk.answering(db, house, actor, session_id, number)
        in_public(state)
        views.append(view_of(row, timeline_of(house, session_id)))
        return (Event("question_taken", told(_public(row)), house.clock.now()),)
    rooms.transact(house, session_id, act, actor.user_id or "desk")
    return views[0]


def approve_at_desk(house: House, actor: Actor, session_id: str, number: int) -> QuestionView:
    """``question_desk.approve``: what was not answered after all is taken out of the room's picture too."""
    views: list[QuestionView] = []

    def act(db: DbSession, _session: t.Session, state: RoomState) -> tuple[Event, ...]:
        views.append(view_of(question_desk.approving(db, house, actor, session_id, number)))
        return (Event("question_reopened", {"number": number}, house.clock.now()),)
    if not _answered(house, session_id, number):
        return question_desk.approve(house, actor, session_id, number)
    rooms.transact(house, session_id, act, actor.user_id or "desk")
    return views[0]


def _answered(house: House, session_id: str, number: int) -> bool:
    with house.db.read() as db:
        return any(row.state == QuestionState.ANSWERED_LIVE for row in turns.questions_of(db, session_id, number))
