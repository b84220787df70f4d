"""The port through which signaling reaches this process's sockets; ``web.sockets`` implements it."""

from __future__ import annotations

from typing import Any, Protocol


class SocketGone(Exception):
    """The socket has ended meanwhile."""


class Emitter(Protocol):
    """Only this process's sockets are meant: every web process follows the log and tells its own."""

    def to_room(self, session: str, message: str, payload: dict[str, Any], watchers: dict[str, Any] | None = None) -> None:
        """To every joined socket of the session; those who only watch are told ``watchers`` instead, where it is given."""

    def to_link(self, link: str, message: str, payload: dict[str, Any]) -> None:
        """To one socket."""

    def enter(self, link: str, session: str, watches: bool) -> None:
        """From now on ``to_room`` reaches this socket, as a watcher's or as a participant's. Raises SocketGone."""

    def close(self, link: str) -> None:
        """End the socket, after what was sent to it."""


class NoEmitter:
    """Without sockets: encoders only, or a test of something else."""

    def to_room(self, session: str, message: str, payload: dict[str, Any], watchers: dict[str, Any] | None = None) -> None:
        return None

    def to_link(self, link: str, message: str, payload: dict[str, Any]) -> None:
        return None

    def enter(self, link: str, session: str, watches: bool) -> None:
        return None

    def close(self, link: str) -> None:
        return None
