"""A live session of three browsers while reminders leave, and the killing of its processes: what people notice, and what is lost."""

from __future__ import annotations

import contextlib
import socket
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from playwright.sync_api import Error as PlaywrightError
from sqlalchemy import select

from liaison.domain.actor import SYSTEM
from liaison.domain.words import AccountRole
from liaison.notify.message import message_id
from liaison.services import sessions
from liaison.services.points import list_points
from liaison.store import tables as t
from tests.support.chromium import Participant
from tests.support.people import add_actor, plan
from tests.support.ports import LOOPBACK, listening, wait_until
from tests.support.room import Scene, book, frames_by_point, state
from tests.support.server import LiaisonServer
from tests.support.smtp import SmtpSink

PEOPLE = (("osh-oblast", "#d02020", 440.0), ("batken-oblast", "#20b030", 660.0), ("naryn-oblast", "#2040d0", 880.0))
POINTS = {point for point, _, _ in PEOPLE}
BACK_WITHIN_S = 10.0
LOOK_S = 0.8
FRAMES_PER_SECOND = 5.0
PRESENCE_MAY_LOSE_S = 5.0
ROUNDING_S = 1.0  # writing takes a moment, and the sheet counts whole seconds
INSTANT_S = 2.0
"""A letter that the mail server took within this time of a kill of the scheduler may leave again: nobody could note that it had left."""


@dataclass(frozen=True)
class Kill:
    """One kill, when (Unix seconds), and how long it took until everybody saw and heard everybody again."""

    role: str
    at: float
    back_after_s: float


@dataclass
class Storm:
    """The session, its people, and the letters under way."""

    server: LiaisonServer
    sink: SmtpSink
    scene: Scene
    kills: list[Kill] = field(default_factory=list)
    missing: str = ""
    joined_at: datetime = field(default_factory=lambda: datetime.now(UTC))

    @classmethod
    def gather(cls, server: LiaisonServer, sink: SmtpSink, make: Callable[..., Participant]) -> Storm:
        """Book and open a session, bring three people into it, and wait until they see and hear each other."""
        scene = book(server, *(point for point, _, _ in PEOPLE))
        for index, (point, colour, tone) in enumerate(PEOPLE):
            scene.enter(make(server.url, colour, tone), point, role="chair" if index == 0 else "point")
        storm = cls(server, sink, scene)
        wait_until(storm.all_back, 60, "everybody to see and hear everybody")
        storm.joined_at = datetime.now(UTC)
        return storm

    # ------------------------------------------------------------ letters

    def schedule_reminders(self, count: int, within_s: float) -> None:
        """``count`` reminders that become due one after another, from in a few seconds on."""
        house = self.scene.house
        slugs = [point.slug for point in list_points(house, SYSTEM) if point.slug not in POINTS][:count]
        soon = datetime.now(UTC) + timedelta(minutes=10, seconds=5 + 0.06 * count)  # booking them takes a while itself
        for index, slug in enumerate(slugs):
            add_actor(house, f"officer-{slug}", AccountRole.OFFICER, slug, email=f"{slug}@example.org")
            starts_at = soon + timedelta(seconds=within_s * index / len(slugs))
            sessions.book_session(house, SYSTEM, plan(slug, starts_at=starts_at, duration_minutes=30))

    def reminders(self) -> list[t.Outbox]:
        """The rows of reminders that are due by now."""
        with self.scene.house.db.read() as db:
            return list(db.scalars(select(t.Outbox).where(t.Outbox.kind == "reminder", t.Outbox.due_at <= datetime.now(UTC))))

    def all_sent(self) -> bool:
        return all(row.status == "sent" for row in self.reminders())

    def accepted(self) -> Counter[str]:
        """How often the mail server took each reminder, by Message-ID."""
        return Counter(str(mail.message["Message-ID"]) for mail in self.sink.messages if mail.message["X-Liaison-Kind"] == "reminder")

    def letters_verdict(self) -> tuple[list[str], list[str], list[str]]:
        """(lost, doubled without excuse, doubled because taken in the instant of a kill), as Message-IDs."""
        host = self.server.url.split("//")[1].split(":")[0]
        expected = {message_id(row.dedupe_key, host) for row in self.reminders()}
        taken = self.accepted()
        instants = [kill.at for kill in self.kills if kill.role in ("scheduler", "everything")]
        doubled = [key for key, times in taken.items() if times > 1]
        excused = [key for key in doubled if taken[key] == 2 and any(abs(self._first(key) - at) <= INSTANT_S for at in instants)]
        return sorted(expected - set(taken)), sorted(set(doubled) - set(excused)), excused

    def _first(self, key: str) -> float:
        return min(mail.accepted_at for mail in self.sink.messages if mail.message["Message-ID"] == key)

    # ------------------------------------------------------------ people

    def all_back(self) -> bool:
        """Whether now everybody is in, decodes the two others at five frames a second, and hears both."""
        self.missing = ""
        people = self.scene.people
        try:
            if any(state(person).get("signal") != "joined" for person in people):
                self.missing = "a socket"
                return False
            before = [frames_by_point(person) for person in people]
            began = time.monotonic()
            time.sleep(LOOK_S)
            after = [frames_by_point(person) for person in people]
            seconds = time.monotonic() - began
            blind = [person.colour for person, *rows in zip(people, before, after, strict=True) if not self._sees(person, *rows, seconds)]
            deaf = [] if blind else [person.colour for person in people if not self._hears(person)]
            self.missing = f"pictures at {blind}: {before} {after}" if blind else f"sound at {deaf}"
            return not blind and not deaf
        except PlaywrightError as error:
            self.missing = str(error)  # a page in the middle of coming back
            return False

    def _sees(self, person: Participant, before: dict[str, int], after: dict[str, int], seconds: float) -> bool:
        others = POINTS - {state(person)["me"]["point"]}
        return all(point in before and after.get(point, 0) - before[point] >= FRAMES_PER_SECOND * seconds * 0.9 for point in others)

    def _hears(self, person: Participant) -> bool:
        heard = person.hears()
        return all(any(abs(tone - one) <= 12 for one in heard) for _, colour, tone in PEOPLE if colour != person.colour)

    def until_back(self, since: float, limit_s: float) -> float:
        """Seconds from ``since`` (monotonic) to the beginning of the first look in which everything was there; ``limit_s`` is kept."""
        while True:
            looked = time.monotonic()
            if self.all_back():
                return looked - since
            if looked - since > limit_s:
                raise TimeoutError(f"after {looked - since:.1f} s still not everybody sees and hears everybody; "
                                   f"missing: {self.missing}")

    def kill(self, role: str) -> Kill:
        """kill -9 one process of the service; nobody touches anything."""
        old = self.server.pids()[role]
        at, began = time.time(), time.monotonic()
        self.server.kill(role)
        self.server.wait_for_new(role, old, 20)
        if role == "web":  # before that the pages may not have noticed yet, and look as if they were in
            wait_until(self.server.healthy, 20, "the new web process to answer")
        took = self.until_back(began, BACK_WITHIN_S)
        self.kills.append(Kill(role, at, took))
        return self.kills[-1]

    # ------------------------------------------------------------ presence

    def presences(self) -> dict[str, list[dict[str, Any]]]:
        """By point: every stay as the database has it now."""
        with self.scene.house.db.read() as db:
            rows = db.execute(select(t.Presence, t.Point.slug).join(t.Point, t.Point.id == t.Presence.point_id).where(
                t.Presence.session_id == self.scene.session).order_by(t.Presence.joined_at))
            found: dict[str, list[dict[str, Any]]] = {point: [] for point in POINTS}
            for row, slug in rows:
                found[slug].append({"joined_at": row.joined_at, "left_at": row.left_at, "evidence_at": row.evidence_at})
        return found

    def lost_presence_s(self, until: datetime) -> dict[str, float]:
        """By point: seconds since everybody was in that no stay covers."""
        lost = {}
        for point, stays in self.presences().items():
            covered = sum(self._covered(stay, until) for stay in stays)
            lost[point] = (until - self.joined_at).total_seconds() - covered
        return lost

    def _covered(self, stay: dict[str, Any], until: datetime) -> float:
        ends_at = min(stay["left_at"] or stay["evidence_at"], until)
        return max(0.0, (ends_at - max(stay["joined_at"], self.joined_at)).total_seconds())

    # ------------------------------------------------------------ the end of everything

    def kill_supervisor(self) -> tuple[list[int], datetime]:
        """kill -9 of ``liaison serve`` itself: the processes that it had, and when."""
        pids = [pid for role in self.server.pids() for pid in self.server.family(role)]
        assert self.server.process is not None
        at = datetime.now(UTC)
        self.server.process.kill()
        self.server.process.wait()
        return pids, at

    def ports_free(self) -> bool:
        """Whether nobody listens on the service's TCP and UDP port."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            with contextlib.suppress(OSError):
                probe.bind((LOOPBACK, self.server.media_port))
                return not listening(self.server.http_port)
        return False
