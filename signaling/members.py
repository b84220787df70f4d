"""The sockets of this process: which peer each one is, and when it last gave a sign of life. In memory only."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import datetime

SENDING_ROLES = frozenset({"chair", "deputy", "point", "interpreter"})
LEADING_ROLES = frozenset({"chair", "deputy", "secretary"})
PAGES = frozenset({"browser", "room_pc", "control"})


@dataclass
class Member:
    """A socket that has joined. ``link`` is its Socket.IO id."""

    link: str
    session: str
    peer: str
    role: str
    via: str
    point: str | None
    last_seen_at: datetime
    audience: str = ""

    @property
    def sends(self) -> bool:
        return self.role in SENDING_ROLES and self.via not in ("control", "wall")

    @property
    def talks(self) -> bool:
        """Takes part in the chat."""
        return self.role != "watcher" and self.via in PAGES

    @property
    def leads(self) -> bool:
        """Reads and writes the notes."""
        return self.role in LEADING_ROLES and self.via in PAGES

    @property
    def of_a_point(self) -> bool:
        """Acts for a point, and may ask for a citizen in its hall."""
        return self.role in SENDING_ROLES and self.point is not None and self.via in PAGES

    @property
    def receives(self) -> bool:
        return self.via != "control"


class Members:
    """Thread-safe registry by socket and by peer; a peer has one socket, the newest."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._by_link: dict[str, Member] = {}
        self._by_peer: dict[str, Member] = {}

    def add(self, member: Member) -> Member | None:
        """Register; return the peer's older socket here, if it had one (it is registered no more)."""
        with self._lock:
            old = self._by_peer.get(member.peer)
            if old is not None:
                self._by_link.pop(old.link, None)
            self._by_link[member.link] = self._by_peer[member.peer] = member
            return old if old is not None and old.link != member.link else None

    def remove(self, link: str) -> Member | None:
        with self._lock:
            member = self._by_link.pop(link, None)
            if member is not None and self._by_peer.get(member.peer) is member:
                del self._by_peer[member.peer]
            return member

    def get(self, link: str) -> Member | None:
        with self._lock:
            return self._by_link.get(link)

    def of_peer(self, peer: str) -> Member | None:
        with self._lock:
            return self._by_peer.get(peer)

    def of_session(self, session: str) -> list[Member]:
        with self._lock:
            return [member for member in self._by_link.values() if member.session == session]

    def any_of(self, session: str) -> bool:
        with self._lock:
            return any(member.session == session for member in self._by_link.values())

    def seen(self, link: str, at: datetime) -> None:
        with self._lock:
            member = self._by_link.get(link)
            if member is not None:
                member.last_seen_at = at

    def evidence(self) -> dict[str, datetime]:
        """Peer → last sign of life."""
        with self._lock:
            return {member.peer: member.last_seen_at for member in self._by_link.values()}

    def __len__(self) -> int:
        with self._lock:
            return len(self._by_link)
