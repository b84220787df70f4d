"""Documents in the room: what there is to show, and what is shown. Pure values."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Paper:
    """A document of the session, as the booking has it. ``public``: watchers see it too."""

    title: str
    pages: int
    public: bool = False


@dataclass(frozen=True, slots=True)
class Shown:
    """The document that everybody sees. ``by``: the peer that turns its pages; None: whoever it was has left. ``closed``: it was laid
    out during a closed item, and goes with it."""

    document: str
    title: str
    pages: int
    page: int
    by: str | None
    public: bool = False
    closed: bool = False
