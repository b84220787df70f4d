"""Two schedulers that compete for due reminders while one of them is killed again and again: what is lost, what is sent twice."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from random import Random

from sqlalchemy import func, select, update

from liaison.domain.actor import Actor
from liaison.domain.words import OutboxKind
from liaison.house import House
from liaison.ids import new_id
from liaison.notify.message import message_id
from liaison.services import sessions
from liaison.store import tables as t
from tests.support.people import plan
from tests.support.ports import wait_until
from tests.support.scheduler import Scheduler
from tests.support.smtp import SmtpSink

HOST = "sessions.example.org"
START_S = 60.0
SHARE_S = 0.8
"""Over so many seconds the reminders before each kill fall due, so that some are always in somebody's hands, however slow the machine."""


@dataclass(frozen=True)
class StormRun:
    """The figures of one run. ``excused``: taken by the mail server from a sender that was killed with it in its hands, before it could
    note that it had left, and sent again by the next; counted from the sink's own record."""

    database: str
    reminders: int
    kills: int
    accepted: int
    lost: int
    excused: int
    doubled: int
    seconds: float

    @property
    def clean(self) -> bool:
        return self.lost == 0 and self.doubled == 0

    def __str__(self) -> str:
        return (f"{self.database}: {self.reminders} reminders, {self.kills} kills, {self.seconds:.0f} s: "
                f"{self.accepted} messages accepted, {self.lost} lost, "
                f"{self.excused} accepted in the instant of a kill and sent again, {self.doubled} doubled otherwise")


class ReminderStorm:
    def __init__(self, house: House, booker: Actor, sink: SmtpSink, folder: Path) -> None:
        self.house, self.booker, self.sink, self.folder = house, booker, sink, folder
        self.keys: list[str] = []
        self.kills = 0
        self.in_hands: list[str] = []
        self._started = 0

    def rage(self, kills: int, reminders: int, seed: int) -> StormRun:
        """Let reminders fall due, kill and start again, and wait until everything has left."""
        chance, began = Random(seed), time.monotonic()
        self._schedule(reminders)
        self.sink.delay_seconds = 0.05  # so that kills meet messages half way
        pair = [self._start(), self._start()]
        try:
            for one in pair:
                wait_until(one.works, START_S, "both to work")
            for number in range(kills):
                self._release(number * reminders // kills, (number + 1) * reminders // kills)
                self._kill_one(pair, chance)
            wait_until(self._all_sent, 120 + reminders * 0.2, "every reminder to leave")
        finally:
            for one in pair:
                one.stop()
        return self._verdict(reminders, time.monotonic() - began)

    def _kill_one(self, pair: list[Scheduler], chance: Random) -> None:
        """Either of the two, at any moment of its work; the next one is not killed before this one works again."""
        time.sleep(chance.uniform(0.0, SHARE_S + 0.8))  # the scheduler looks every second
        index = chance.randrange(2)
        pair[index].freeze()
        self.in_hands += self._held_by(pair[index].process.pid)
        pair[index].kill()
        self.kills += 1
        pair[index] = self._start()
        wait_until(pair[index].works, START_S, "the killed one to work again")

    def _held_by(self, pid: int) -> list[str]:
        """Keys of the messages that this process has claimed and not marked."""
        with self.house.db.read() as db:
            return list(db.scalars(select(t.Outbox.dedupe_key).where(
                t.Outbox.status == "claimed", t.Outbox.claimed_by.like(f"%:{pid}:%"))))

    def _start(self) -> Scheduler:
        self._started += 1
        return Scheduler(self.house, self.sink.url, self.folder / f"storm-{self._started}.log")

    def _schedule(self, count: int) -> None:
        """Reminders of one session to come, each to another office, due in a day until they are released."""
        now = self.house.clock.now()
        made = sessions.book_session(self.house, self.booker, plan("naryn-oblast", starts_at=now + timedelta(days=1)))
        with self.house.db.write() as db:
            point = made.points[0].id
            for number in range(count):
                key = f"reminder:{made.id}:0:10:storm-{number}"
                self.keys.append(key)
                db.add(t.Outbox(
                    id=new_id(), kind=OutboxKind.REMINDER, dedupe_key=key, session_id=made.id, session_sequence=0, language="en",
                    address=f"office-{number}@example.org", due_at=made.starts_at - timedelta(minutes=10),
                    payload={"recipient": key[-40:], "points": [point], "minutes_before": 10}, expires_at=made.starts_at, created_at=now))

    def _release(self, first: int, last: int) -> None:
        """These reminders fall due one after another from now on."""
        now = self.house.clock.now()
        with self.house.db.write() as db:
            for number in range(first, last):
                due_at = now + timedelta(seconds=SHARE_S * (number - first) / max(1, last - first))
                db.execute(update(t.Outbox).where(t.Outbox.dedupe_key == self.keys[number]).values(due_at=due_at))

    def _all_sent(self) -> bool:
        with self.house.db.read() as db:
            return db.scalar(select(func.count()).select_from(t.Outbox).where(
                t.Outbox.dedupe_key.like("reminder:%:storm-%"), t.Outbox.status == "sent")) == len(self.keys)

    def _verdict(self, reminders: int, seconds: float) -> StormRun:
        expected = {message_id(key, HOST): key for key in self.keys}
        taken = Counter(id for mail in list(self.sink.messages) if (id := str(mail.message["Message-ID"])) in expected)
        held = Counter(self.in_hands)
        again = {id: times - 1 for id, times in taken.items() if times > 1}
        doubled = sum(max(0, more - held[expected[id]]) for id, more in again.items())
        return StormRun(self.house.db.dialect, reminders, self.kills, sum(taken.values()), len(expected.keys() - taken.keys()),
                        sum(again.values()) - doubled, doubled, seconds)
