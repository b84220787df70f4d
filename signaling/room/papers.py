"""Documents in the room: what there is to show, and what is shown. Pure values."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Paper:
    """A document of the session, as the booking has it. ``public``: watchers see it too; ``points``: those it is for (None: all)."""

    title: str
    pages: int
    public: bool = False
    points: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """The document that everybody sees. ``by``: the peer that turns its pages; None: whoever it was has left. ``closed``: it was laid
    out during a closed item, and goes with it. ``limited``: it is for some points alone, and its title is told to nobody else."""

    document: str
    title: str
    pages: int
    page: int
    by: str | None
    public: bool = False
    closed: bool = False
    limited: bool = False
