"""The port through which signaling reaches this process's sockets; ``web.sockets`` implements it."""

from __future__ import annotations

from typing import Any, Protocol

SESSION, WATCHERS, OUTSIDE = "session", "watchers", "outside"
AUDIENCES = (SESSION, WATCHERS, OUTSIDE)
"""Audiences of a room: those who take part, those who watch, those who are cut off from it."""


class SocketGone(Exception):
    """The socket has ended meanwhile."""


class Emitter(Protocol):
    """Only this process's sockets are meant: every web process follows the log and tells its own."""

    def to_room(self, session: str, message: str, payload: dict[str, Any], watchers: dict[str, Any] | None = None,
                outside: dict[str, Any] | None = None) -> None:
        """To every joined socket of the session; those who only watch are told ``watchers`` instead, where it is given, and those
        who are cut off ``outside`` or nothing."""

    def to_link(self, link: str, message: str, payload: dict[str, Any]) -> None:
        """To one socket."""

    def enter(self, link: str, session: str, audience: str) -> None:
        """From now on ``to_room`` reaches this socket in that audience, and in no other. Raises SocketGone."""

    def close(self, link: str) -> None:
        """End the socket, after what was sent to it."""


class NoEmitter:
    """Without sockets: encoders only, or a test of something else."""

    def to_room(self, session: str, message: str, payload: dict[str, Any], watchers: dict[str, Any] | None = None,
                outside: dict[str, Any] | None = None) -> None:
        return None

    def to_link(self, link: str, message: str, payload: dict[str, Any]) -> None:
        return None

    def enter(self, link: str, session: str, audience: str) -> None:
        return None

    def close(self, link: str) -> None:
        return None
