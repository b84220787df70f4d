"""The errors of the business, each with a stable code. They know no HTTP: ``web`` translates them.

``LiaisonError(message, **details)``: ``code`` is stable and machine readable, ``message`` an English gettext
msgid with ``%(name)s`` placeholders filled from ``details``, ``remedy`` a msgid that says what to do.
"""

from __future__ import annotations

from typing import Any


class LiaisonError(Exception):
    """A refusal that people can act on."""

    code = "error"
    message = "The request could not be carried out."
    remedy = ""

    def __init__(self, message: str = "", *, remedy: str = "", **details: Any) -> None:
        self.message = message or type(self).message
        self.remedy = remedy or type(self).remedy
        self.details = details
        super().__init__(self.message % details if details and "%(" in self.message else self.message)


class Invalid(LiaisonError):
    """Input that breaks a rule. ``errors`` in details: [{"field": dotted path, "message": msgid, ...}]."""

    code = "invalid"
    message = "Some fields need correcting."
    remedy = "Correct the fields named and send again."


class NotFound(LiaisonError):
    code = "not_found"
    message = "This does not exist or has been removed."
    remedy = "Check the address, or start again from the list."


class Forbidden(LiaisonError):
    code = "forbidden"
    message = "Your account may not do this."
    remedy = "Ask the administrator if you need this right."


class Removed(Forbidden):
    code = "removed"
    message = "The chair has removed you from this session."
    remedy = "Ask the chair to let you back in, or call the help desk."


class Unauthenticated(LiaisonError):
    code = "unauthenticated"
    message = "You are not signed in."
    remedy = "Sign in, or send a valid token."


class Conflict(LiaisonError):
    code = "conflict"
    message = "This has changed in the meantime."
    remedy = "Load it again and repeat your change."


class PreconditionFailed(Conflict):
    code = "precondition_failed"
    message = "Somebody changed this after you opened it."
    remedy = "Load the newest state and repeat your change."


class BookingConflict(Conflict):
    """details["conflicts"]: [{"point": slug, "session": {"id", "number", "title": {lang: text}, "starts_at", "ends_at"}}]."""

    code = "booking_conflict"
    message = "At least one point is already taken at that time."
    remedy = "Choose another time, or leave out the points named."


class IllegalState(Conflict):
    """A move that the session's or the room's present state does not allow."""

    code = "illegal_state"
    message = "This is not possible in the present state."
    remedy = "Load the page again to see the present state."


class Busy(LiaisonError):
    """The database or another resource is taken for longer than a person should wait."""

    code = "busy"
    message = "The system is busy."
    remedy = "Try again in a few seconds."


class RateLimited(LiaisonError):
    code = "rate_limited"
    message = "Too many attempts."
    remedy = "Wait a minute and try again."


class Unavailable(LiaisonError):
    code = "unavailable"
    message = "A part of the system does not answer."
    remedy = "It is being restarted; try again in a few seconds."


class RoomFull(LiaisonError):
    code = "room_full"
    message = "All places are taken."
    remedy = "Try again in a few minutes."
