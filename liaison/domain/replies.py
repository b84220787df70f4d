"""What a calendar program answers to an invitation (iTIP REPLY, RFC 5546 section 3.2.3), and what to do with it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from .words import Answer

ANSWERS = {"ACCEPTED": Answer.ACCEPTED, "TENTATIVE": Answer.TENTATIVE, "DECLINED": Answer.DECLINED}
"""PARTSTAT of a VEVENT (RFC 5545 section 3.2.12) that says something; NEEDS-ACTION and DELEGATED do not answer for the point."""


class ReplyOutcome(StrEnum):
    """What became of a mail that reached the calendar's mailbox."""

    ACCEPTED = "accepted"
    TENTATIVE = "tentative"
    DECLINED = "declined"
    NO_ANSWER = "no_answer"      # a REPLY that neither accepts nor declines
    STALE = "stale"              # it answers for a time that no longer holds
    OVER = "over"                # the session has ended or been cancelled
    UNKNOWN = "unknown"          # no session of ours
    NOT_INVITED = "not_invited"  # the address answers for no invited point
    FORGED = "forged"            # the mail does not come from whom it answers for
    OTHER = "other"              # no calendar answer at all


@dataclass(frozen=True)
class Reply:
    """A mail of the calendar's mailbox as its headers and its iCalendar part say. ``uid`` is "" where there is no REPLY in it.

    ``from_address`` and ``attendee`` are lower-case addresses; ``sent_to`` all addresses of the receiving side that the headers name.
    ``starts_at`` is DTSTART where the reply repeats it.
    """

    message_id: str
    from_address: str
    sent_to: tuple[str, ...] = ()
    uid: str = ""
    attendee: str = ""
    partstat: str = ""
    comment: str = ""
    sequence: int | None = None
    starts_at: datetime | None = None
    recurrence_id: datetime | None = None


def reply_answer(reply: Reply) -> Answer | None:
    """The answer it gives; None for a delegation or no answer."""
    return ANSWERS.get(reply.partstat.upper())


def is_stale(reply: Reply, starts_at: datetime, sequence: int) -> bool:
    """Whether it answers for another time than the session has now.

    A program that repeats DTSTART tells by it; for one that does not, any change since makes the answer doubtful (RFC 5546
    section 2.1.5: an older SEQUENCE is obsolete).
    """
    if reply.recurrence_id is None and reply.starts_at is not None:
        return reply.starts_at != starts_at
    return reply.sequence is not None and reply.sequence < sequence
