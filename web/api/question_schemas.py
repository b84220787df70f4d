"""Shapes of citizens' questions."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, StrictInt, StrictStr

from liaison.domain.questions import LONGEST, LONGEST_ANSWER, LONGEST_CONTACT, LONGEST_NAME, SHORTEST, Category, Origin, QuestionState

from .schemas import _In
from .shape import Shape

Short = Annotated[StrictStr, Field(max_length=LONGEST_NAME)]
Long = Annotated[StrictStr, Field(max_length=LONGEST_ANSWER)]


class QuestionQuery(_In):
    """Without a state: what everybody reads. With one: the queue, for the office and those who lead the session."""

    state: QuestionState | None = None


class QuestionIn(_In):
    """What an officer types for a citizen in the hall of his point. ``contact``: an e-mail address, shown to nobody."""

    point: StrictStr
    text: Annotated[StrictStr, Field(min_length=SHORTEST, max_length=LONGEST)]
    name: Short = ""
    place: Short = ""
    contact: Annotated[StrictStr, Field(max_length=LONGEST_CONTACT)] = ""
    category: Category = Category.OTHER
    language: StrictStr | None = None


class DecisionIn(_In):
    """What becomes of a question: ``reason`` goes with decline, ``answer`` with answer_in_writing, ``into`` (a number) with merge."""

    act: Literal["approve", "decline", "merge", "answer_live", "answer_in_writing", "category"]
    reason: Long = ""
    answer: Long = ""
    into: Annotated[StrictInt, Field(ge=1, le=2**31 - 1)] | None = None
    category: Category = Category.OTHER


class QuestionOut(Shape):
    number: int
    text: str
    name: str
    place: str
    language: str
    category: Category
    origin: Origin
    state: QuestionState
    likes: int
    reason: str = Field(description="why it was declined")
    answer: str = Field(description="in writing")
    answered_at: datetime | None = Field(description="when it was answered in the session")
    seconds: int | None = Field(description="where the recording answers it: `/public/sessions/{id}#t={seconds}`")
    merged_into: int | None
    created_at: datetime


class QuestionList(Shape):
    items: list[QuestionOut]
    next: str | None
