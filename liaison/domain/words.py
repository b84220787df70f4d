"""The fixed vocabulary of the business: roles, kinds, states. Values are what the API and the database show."""

from __future__ import annotations

from enum import StrEnum


class AccountRole(StrEnum):
    """What an account may do at all. Session roles come from the booking."""

    ADMINISTRATOR = "administrator"
    ORGANISER = "organiser"
    OPERATOR = "operator"
    OFFICER = "officer"
    INTERPRETER = "interpreter"


class SessionKind(StrEnum):
    GOVERNMENT = "government"
    POPULATION = "population"
    TRAINING = "training"
    PRESS = "press"
    TECHNICAL = "technical"


HELP_DESK = "help_desk"
"""The kind of the help desk's room: a session that nobody books (services/help_desk.py)."""
REHEARSAL = "rehearsal"
"""The kind of a booked session's rehearsal (services/rehearsals.py)."""
UNBOOKED = (HELP_DESK, REHEARSAL)
"""Kinds that stand in no list, hold no rooms and cannot be changed."""


class SessionStatus(StrEnum):
    """confirmed → live → ended, or cancelled. A draft is kept apart and holds no booking."""

    CONFIRMED = "confirmed"
    LIVE = "live"
    ENDED = "ended"
    CANCELLED = "cancelled"


class Answer(StrEnum):
    PENDING = "pending"
    ACCEPTED = "accepted"
    TENTATIVE = "tentative"
    DECLINED = "declined"


class RoomRole(StrEnum):
    """A peer's role in the room; given by the booking, carried by the join token."""

    CHAIR = "chair"
    DEPUTY = "deputy"
    SECRETARY = "secretary"
    POINT = "point"
    INTERPRETER = "interpreter"
    WATCHER = "watcher"


COUNTED_ROLES = frozenset({RoomRole.CHAIR, RoomRole.DEPUTY, RoomRole.POINT})
"""Roles whose presence counts as the point's attendance."""


class Via(StrEnum):
    """How a peer takes part."""

    BROWSER = "browser"
    ROOM_PC = "room_pc"
    WHIP = "whip"
    WHEP = "whep"
    CONTROL = "control"  # the chair's tablet: steers, no media, not counted
    WALL = "wall"  # a hall's wall screen: only receives, not counted
    BOT = "bot"  # stands for an absent point in a rehearsal: nobody's device, not counted


class Quality(StrEnum):
    """A connection in a word; as in PROTOCOL.md."""

    GOOD = "good"
    FAIR = "fair"
    POOR = "poor"


class LeaveReason(StrEnum):
    LEFT = "left"
    LOST = "lost"
    REMOVED = "removed"
    ENDED = "ended"


class OutboxKind(StrEnum):
    INVITATION = "invitation"      # iTIP REQUEST with SEQUENCE 0
    UPDATE = "update"              # iTIP REQUEST with a higher SEQUENCE
    CANCELLATION = "cancellation"  # iTIP CANCEL
    REMINDER = "reminder"
    WELCOME = "welcome"            # the first way in of an account that has no password yet
    PASSWORD_RESET = "password_reset"
    POLL = "poll"                  # asks a point which times suit it
    POLL_REMINDER = "poll_reminder"
    ANSWER_NOTICE = "answer_notice"  # tells the booker that a point declined
    SERIES_INVITATION = "series_invitation"      # all dates of a series in one letter (iTIP REQUEST)
    SERIES_UPDATE = "series_update"
    SERIES_CANCELLATION = "series_cancellation"  # all dates to come (iTIP CANCEL)
    SERIES_GAPS = "series_gaps"  # tells the booker which dates could not be booked when a series was carried on
    CHASE = "chase"                # no answer yet: asks the point's officers, then their province, then the organiser
    REQUEST_NOTICE = "request_notice"  # what became of a request, a place on the waiting list, an offer
    HELP_CALL = "help_call"        # tells the help desk who has entered its room
    QUESTION_NOTICE = "question_notice"  # tells a citizen what became of his question
    SEAT_NOTICE = "seat_notice"    # tells a citizen of his seat in a hall
    WATCH_REMINDER = "watch_reminder"  # reminds a citizen of a public session, or asks whether he wants that


LINK_LETTERS = frozenset({OutboxKind.WELCOME, OutboxKind.PASSWORD_RESET})
"""Letters with a link that lets into an account: for its eyes only, and forgotten once they have left."""
CITIZEN_LETTERS = frozenset({OutboxKind.QUESTION_NOTICE, OutboxKind.SEAT_NOTICE, OutboxKind.WATCH_REMINDER})
"""To people without an account: their address is read, sealed, at the moment of sending (services/citizen_letters.py)."""


class Channel(StrEnum):
    """A way to a person."""

    EMAIL = "email"
    SMS = "sms"
    TELEGRAM = "telegram"
    WEB_PUSH = "web_push"


class OutboxStatus(StrEnum):
    PENDING = "pending"
    CLAIMED = "claimed"
    SENT = "sent"
    SKIPPED = "skipped"   # no longer true at send time (cancelled, moved, past)
    FAILED = "failed"     # given up; said on the operator's page


class LinkPurpose(StrEnum):
    BOOTSTRAP = "bootstrap"
    SIGN_IN_LETTER = "sign_in_letter"
    WELCOME = "welcome"
    PASSWORD_RESET = "password_reset"
    DEMO = "demo"
