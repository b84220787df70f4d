"""Questions of citizens: the chair takes one, puts it off, or takes an answer back; a point asks for the floor for a citizen.

What becomes of the question itself is written by the session's desk in the same transaction (``signaling.session_questions``).
"""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

from liaison.domain.errors import IllegalState, NotFound

from .deciding import Asked, Outcome, one
from .facts import Event
from .questions import ANSWERED_LIVE, APPROVED, WAITING, Listed, Question
from .state import RoomState


def take_question(asked: Asked) -> Outcome:
    listed = _listed(asked, APPROVED)
    in_public(asked.state)
    return one(asked.says("question_taken", **told(listed.question)))


def in_public(state: RoomState) -> None:
    """Raises IllegalState behind closed doors."""
    if state.closed_item is not None:
        raise IllegalState("A closed item is being treated; citizens are answered in public.", remedy="Open the doors first.")


def end_question(asked: Asked) -> Outcome:
    current = asked.state.question
    return one(asked.says("question_ended", number=current.number)) if current is not None else Outcome()


def put_off_question(asked: Asked) -> Outcome:
    """To the end of the list; ``written``: it is left for an answer in writing."""
    listed = _listed(asked, APPROVED)
    return one(asked.says("question_put_off", number=listed.question.number, written=asked.fields.get("written", False)))


def reopen_question(asked: Asked) -> Outcome:
    """It was not answered after all."""
    listed = _listed(asked, ANSWERED_LIVE)
    return one(asked.says("question_reopened", number=listed.question.number))


def wished(asked: Asked) -> Question | None:
    """The question of the citizen for whom a point asks for the floor: one that was typed there."""
    if "question" not in asked.fields:
        return None
    listed = _listed(asked, WAITING, APPROVED)
    if asked.peer.point is None or listed.point != asked.peer.point:
        raise NotFound("This question was not asked in your hall.", remedy="Type it first.")
    return listed.question


def told(question: Question) -> dict[str, Any]:
    """As it stands in an event's data."""
    return {name: value for name, value in asdict(question).items() if value not in ("", None)}


def _listed(asked: Asked, *states: str) -> Listed:
    listed = asked.state.plan.questions.get(asked.fields["question"])
    if listed is None or listed.state not in states:
        raise NotFound("Something else has become of this question.", remedy="Look at the list again.")
    return listed


# ---------------------------------------------------------------- what happened


def question_taken(state: RoomState, event: Event) -> RoomState:
    data = event.data
    return replace(state, question=Question(data["number"], data["text"], data.get("name", ""), data.get("place", ""), event.at))


def question_over(state: RoomState, event: Event) -> RoomState:
    current = state.question
    return replace(state, question=None) if current is not None and current.number == event.data["number"] else state


def question_reopened(state: RoomState, event: Event) -> RoomState:
    """Whoever speaks goes on, but not for this question."""
    speech = state.speech
    if speech is not None and speech.question is not None and speech.question.number == event.data["number"]:
        state = replace(state, speech=replace(speech, question=None))
    return question_over(state, event)
