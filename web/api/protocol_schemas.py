"""What the API says of a meeting's protocol."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from .shape import Shape


class ItemOut(Shape):
    title: dict[str, str]
    planned_minutes: int
    seconds: int = Field(description="how long it was treated")
    treated: bool
    closed_at: datetime | None
    notes: str = Field(description="empty for readers who may not read the notes")


class MarkOut(Shape):
    mark: Literal["present", "absent", "represented"]
    at: datetime
    by: str | None = Field(description="the point that represents it")
    name: str


class RollOut(Shape):
    started_at: datetime
    ended_at: datetime | None
    marks: dict[str, MarkOut]


class QuorumOut(Shape):
    at: datetime
    need: int
    has: int
    reached: bool


class CheckOut(Shape):
    at: datetime
    until: datetime
    asked: list[str]
    missing: list[str]


class VoteOut(Shape):
    vote: str
    title: str
    kind: Literal["open", "roll_call", "secret"]
    unit: Literal["point", "person"]
    majority: Literal["simple", "absolute", "two_thirds", "unanimous"]
    quorum: int
    voters: list[str] = Field(description="points, or people as in `people`")
    voted: list[str]
    cast: dict[str, str] = Field(description="who chose what; of a secret vote nothing")
    opened_at: datetime
    closed_at: datetime | None
    counts: dict[str, int]
    absent: list[str]
    lost: list[str] = Field(description="those of the absent whose line was lost during the vote")
    outcome: str


class SpokenOut(Shape):
    delegation: str
    seconds: int
    times: int


class ClosedItemOut(Shape):
    closed_at: datetime
    opened_at: datetime | None
    points: list[str] | None = Field(description="the points that stayed; null: all invited ones")


class ShownOut(Shape):
    at: datetime
    document: str
    title: str
    by: str | None = Field(description="who laid it out, as in `people`")


class AskedOut(Shape):
    number: int
    at: datetime
    text: str
    name: str = Field(description="as the citizen wished; often empty")
    place: str


class PersonOut(Shape):
    name: str
    point: str | None
    role: str


class ProtocolOut(Shape):
    session: dict[str, Any]
    points: dict[str, dict[str, str]]
    agenda: list[ItemOut]
    roll_calls: list[RollOut]
    quorum: list[QuorumOut]
    presence_checks: list[CheckOut]
    votes: list[VoteOut]
    speeches: list[SpokenOut]
    closed_items: list[ClosedItemOut]
    documents: list[ShownOut] = Field(description="those shown in the room")
    questions: list[AskedOut] = Field(description="of citizens, answered in the session")
    people: dict[str, PersonOut] = Field(description="who was in the room, by the room's own numbers")
    notes: str = Field(description="on the session as a whole")
