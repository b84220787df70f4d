"""Votes: who may vote, what counts, what came out. Pure values; how they change is in ``vote_rules``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction

OPEN, ROLL_CALL, SECRET = "open", "roll_call", "secret"
YES, NO, ABSTAIN = "yes", "no", "abstain"
CHOICES = (YES, NO, ABSTAIN)
SIMPLE, ABSOLUTE, TWO_THIRDS, UNANIMOUS = "simple", "absolute", "two_thirds", "unanimous"
ACCEPTED, REJECTED, NO_QUORUM, CANCELLED = "accepted", "rejected", "no_quorum", "cancelled"
FEWEST_SECRET_VOTERS = 3
"""With fewer the result would tell who chose what."""


@dataclass(frozen=True, slots=True)
class Vote:
    """One vote. ``voters`` may take part (point slugs, or peers' ids where people vote); ``cast``: voter → choice ("": secret).

    ``quorum``: that many must have voted. ``absent`` and ``lost`` are filled when it closes: those who were not there, and
    those of them whose line was lost while it was open.
    """

    id: str
    title: str
    kind: str
    unit: str
    majority: str
    voters: tuple[str, ...]
    opened_at: datetime
    quorum: int = 1
    cast: Mapping[str, str] = field(default_factory=dict)
    current: str | None = None
    here: tuple[str, ...] = ()
    closed_at: datetime | None = None
    counts: Mapping[str, int] = field(default_factory=dict)
    absent: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    outcome: str = ""

    @property
    def secret(self) -> bool:
        return self.kind == SECRET


def count(vote: Vote) -> dict[str, int]:
    """Choices of a vote that is not secret."""
    return {choice: sum(cast == choice for cast in vote.cast.values()) for choice in CHOICES}


def outcome(vote: Vote, counts: Mapping[str, int]) -> str:
    """What ``counts`` mean. Simple: more yes than no. Absolute: yes of more than half of all voters. Two thirds: of yes and no.

    Unanimous: no against, at least one for. Abstentions count for the quorum alone.
    """
    yes, no = counts.get(YES, 0), counts.get(NO, 0)
    if sum(counts.values()) < vote.quorum:
        return NO_QUORUM
    passed = {
        SIMPLE: yes > no,
        ABSOLUTE: 2 * yes > len(vote.voters),
        TWO_THIRDS: yes > 0 and Fraction(yes, yes + no) >= Fraction(2, 3),
        UNANIMOUS: yes > 0 and no == 0,
    }[vote.majority]
    return ACCEPTED if passed else REJECTED
