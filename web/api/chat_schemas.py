"""What the API says of a session's chat and notes."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from .shape import Shape


class ChatQuery(Shape):
    """The page after the message numbered ``cursor``."""

    model_config = ConfigDict(extra="forbid")

    cursor: Annotated[int, Field(ge=0, le=2**31 - 1)] = 0
    limit: Annotated[int, Field(ge=1, le=500)] = 200


class FileOut(Shape):
    name: str = Field(description="without its ending, which is the kind")
    kind: str
    size: int = Field(description="bytes")
    width: int = Field(description="of a picture's small one; 0: it is no picture")
    height: int
    address: str = Field(description="where the file is got, with the same token; the small picture is beside it, at thumbnail")


class MessageOut(Shape):
    seq: int
    at: datetime
    peer: str = Field(description="the room's own number of the sender; empty: the help desk")
    point: str | None
    name: str
    role: str
    to: Literal["all", "chair", "help_desk", "peer"]
    to_peer: str | None = Field(description="whom an answer is for")
    to_point: str | None
    to_name: str
    answers: int | None = Field(description="the message that this one answers")
    text: str
    file: FileOut | None = Field(description="a file that came with it")
    removed: bool = Field(description="taken away by the chair: its text is empty, its file is gone")


class ChatOut(Shape):
    session: str
    items: list[MessageOut]
    next: int | None


class NoteOut(Shape):
    item: int = Field(description="agenda item, counted from 0; -1: on the session as a whole")
    version: int
    at: datetime
    name: str
    text: str


class NotesOut(Shape):
    items: list[NoteOut]
    next: None
