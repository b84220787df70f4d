"""The outbox against real databases: claims, outcomes, retries, senders that die."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from liaison.domain.actor import SYSTEM, Actor
from liaison.domain.delivery import MAX_ATTEMPTS
from liaison.domain.errors import Forbidden, IllegalState
from liaison.domain.words import OutboxKind, OutboxStatus
from liaison.house import House
from liaison.ids import new_id
from liaison.services import housekeeping, outbox
from liaison.services.notifier import DeliveryError, DeliveryRefused, Letter
from liaison.store import tables as t
from scheduler.sending import is_gone, owner_name
from tests.support.databases import clean_environment

CLAIMERS, ROWS = 4, 300

# One process loads the program and becomes many, each with a house of its own; they begin when all are there.
CLAIMER = """
import json, multiprocessing, sys
from datetime import datetime
from liaison.config import load
from liaison.domain.clock import FixedClock
from liaison.house import open_house
from liaison.services import outbox
from scheduler.sending import owner_name

task = json.loads(sys.argv[1])
kind = multiprocessing.get_context("fork")
together, told = kind.Barrier(task["claimers"]), kind.SimpleQueue()

class Book:
    def deliver(self, letter):
        with open(task["book"], "a") as file:
            file.write(letter.dedupe_key + "\\n")

def claim():
    house = open_house(load(task["environment"]), FixedClock(datetime.fromisoformat(task["now"])))
    outbox.count_by_status(house)
    together.wait(60)
    told.put(outbox.deliver_due(house, Book(), owner_name()))

claimers = [kind.Process(target=claim) for _ in range(task["claimers"])]
for claimer in claimers: claimer.start()
counts = [told.get() for _ in claimers]
for claimer in claimers: claimer.join()
print(json.dumps(counts))
"""


class Post:
    """Keeps letters; ``fail`` may raise instead."""

    def __init__(self, fail: Callable[[Letter], None] = lambda _letter: None) -> None:
        self.letters: list[Letter] = []
        self.fail = fail

    def deliver(self, letter: Letter) -> None:
        self.fail(letter)
        self.letters.append(letter)


def raising(error: Exception) -> Post:
    def fail(_letter: Letter) -> None:
        raise error

    return Post(fail)


def add_letters(house: House, count: int = 1, *, url: str = "http://x/link/secret", lives: timedelta = timedelta(days=3)) -> list[str]:
    """Password letters: the kind that needs no session. Their ids."""
    now = house.clock.now()
    rows = [t.Outbox(id=new_id(), kind=OutboxKind.PASSWORD_RESET, dedupe_key=f"password_reset:{number}", language="en",
                     address=f"a{number}@example.org", payload={"recipient": "x", "url": url, "name": "x"}, due_at=now,
                     expires_at=now + lives, created_at=now) for number in range(count)]
    with house.db.write() as db:
        db.add_all(rows)
    return [row.id for row in rows]


def row(house: House, row_id: str) -> t.Outbox:
    with house.db.read() as db:
        return db.get_one(t.Outbox, row_id)


def pass_time(house: House, **span: float) -> None:
    house.clock.at += timedelta(**span)  # type: ignore[attr-defined]


def test_four_claimers_send_every_letter_exactly_once(house: House, tmp_path: Path) -> None:
    add_letters(house, ROWS)
    book = tmp_path / "book"
    now: datetime = house.clock.now()
    task = {"environment": {"LIAISON_DATA": str(tmp_path / "data"), "LIAISON_DATABASE_URL": house.settings.database},
            "now": now.isoformat(), "book": str(book), "claimers": CLAIMERS}
    done = subprocess.run([sys.executable, "-c", CLAIMER, json.dumps(task)], stdout=subprocess.PIPE, text=True, check=True, timeout=120,
                          env=clean_environment())
    counts = json.loads(done.stdout.splitlines()[-1])
    sent = Counter(book.read_text().split())
    assert (len(sent), set(sent.values()), sum(counts)) == (ROWS, {1}, ROWS)
    assert min(counts) > 0, counts
    assert outbox.count_by_status(house) == {"sent": ROWS}


def test_a_claim_is_nobody_else_s_until_it_lapses(house: House) -> None:
    (row_id,) = add_letters(house)
    assert outbox.claim_due(house, "one") == [row_id]
    assert outbox.claim_due(house, "two") == []
    pass_time(house, seconds=outbox.CLAIM_LASTS.total_seconds() + 1)
    assert outbox.claim_due(house, "two") == [row_id]
    late = Post()
    assert outbox.deliver(house, late, "one", row_id) is None
    assert late.letters == []


def test_the_first_sender_s_late_mark_does_not_undo_the_second_s_claim(house: House) -> None:
    (row_id,) = add_letters(house)
    outbox.claim_due(house, "one")

    def steal(_letter: Letter) -> None:
        pass_time(house, minutes=6)
        outbox.claim_due(house, "two")

    outbox.deliver(house, Post(steal), "one", row_id)
    kept = row(house, row_id)
    assert (kept.status, kept.claimed_by) == (OutboxStatus.CLAIMED, "two")


def test_an_outage_loses_nothing_and_is_tried_with_growing_pauses(house: House) -> None:
    (row_id,) = add_letters(house)
    away, pauses = raising(DeliveryError("no answer")), []
    for _ in range(4):
        outbox.deliver_due(house, away, "one")
        kept = row(house, row_id)
        assert (kept.status, kept.last_error) == (OutboxStatus.PENDING, "no answer")
        pauses.append((kept.due_at - house.clock.now()).total_seconds())
        house.clock.at = kept.due_at  # type: ignore[attr-defined]
    assert pauses == [30, 60, 120, 240]
    back = Post()
    outbox.deliver_due(house, back, "one")
    assert len(back.letters) == 1
    assert row(house, row_id).status == OutboxStatus.SENT


def test_after_a_day_of_failures_it_is_given_up_and_can_be_tried_again_by_hand(house: House) -> None:
    ids = add_letters(house, 1)
    with house.db.write() as db:
        db.get_one(t.Outbox, ids[0]).kind = OutboxKind.ANSWER_NOTICE
    started = house.clock.now()
    for _ in range(MAX_ATTEMPTS):
        outbox.deliver_due(house, raising(DeliveryError("no answer")), "one")
        house.clock.at = max(house.clock.now(), row(house, ids[0]).due_at)  # type: ignore[attr-defined]
    assert row(house, ids[0]).status == OutboxStatus.FAILED
    assert timedelta(hours=22) < house.clock.now() - started < timedelta(hours=26)
    assert [one["error"] for one in outbox.list_failed(house, SYSTEM)] == ["no answer"]
    with pytest.raises(Forbidden):
        outbox.retry_failed(house, Actor(user_id="x"), ids[0])
    outbox.retry_failed(house, SYSTEM, ids[0])
    outbox.deliver_due(house, Post(), "one")
    assert row(house, ids[0]).status == OutboxStatus.SENT
    with pytest.raises(IllegalState):
        outbox.retry_failed(house, SYSTEM, ids[0])


def test_a_refusal_for_good_is_not_repeated(house: House) -> None:
    (row_id,) = add_letters(house)
    outbox.deliver_due(house, raising(DeliveryRefused("550 no such mailbox")), "one")
    kept = row(house, row_id)
    assert (kept.status, kept.attempts, kept.last_error) == (OutboxStatus.FAILED, 1, "550 no such mailbox")
    assert "url" not in kept.payload


def test_one_letter_that_cannot_be_made_holds_up_no_other(house: House) -> None:
    ids = add_letters(house, 3)
    post = Post(lambda letter: 1 / 0 if letter.dedupe_key.endswith(":1") else None)  # type: ignore[arg-type, return-value]
    assert outbox.deliver_due(house, post, "one") == 3
    assert [row(house, one).status for one in ids] == ["sent", "pending", "sent"]
    assert "ZeroDivisionError" in row(house, ids[1]).last_error


def test_what_comes_too_late_is_skipped(house: House) -> None:
    (row_id,) = add_letters(house, lives=timedelta(hours=1))
    pass_time(house, hours=1)
    post = Post()
    outbox.deliver_due(house, post, "one")
    kept = row(house, row_id)
    assert (post.letters, kept.status, kept.last_error) == ([], OutboxStatus.SKIPPED, "expired")


def test_claims_of_a_dead_process_of_this_machine_come_back_at_once(house: House) -> None:
    dead = subprocess.Popen([sys.executable, "-c", "pass"])
    dead.wait()
    host, pid, _ = owner_name().rsplit(":", 2)
    owners = {f"{host}:{dead.pid}:aaaa": True, f"{host}:{pid}:bbbb": True, f"{host}:1:cccc": False,
              f"elsewhere:{dead.pid}:dddd": False}
    add_letters(house, len(owners))
    for owner in owners:
        outbox.claim_due(house, owner)
    assert outbox.release_claims(house, is_gone) == 2
    with house.db.read() as db:
        kept = set(db.scalars(select(t.Outbox.claimed_by).where(t.Outbox.status == OutboxStatus.CLAIMED)))
    assert kept == {owner for owner, gone in owners.items() if not gone}


def test_nothing_due_is_seen_without_a_lock(house: House) -> None:
    assert not outbox.anything_due(house)
    add_letters(house)
    assert outbox.anything_due(house)
    outbox.claim_due(house, "one")
    assert not outbox.anything_due(house)


def test_the_hourly_cleaning_keeps_what_is_of_use(house: House) -> None:
    done, waiting = add_letters(house, 2)
    outbox.claim_due(house, "one")
    outbox.deliver(house, Post(), "one", done)
    file = house.settings.mail_folder / "20270101T000000-0123456789abcdef.eml"
    file.parent.mkdir(parents=True)
    file.write_text("old")
    os.utime(file, (house.clock.now().timestamp(),) * 2)
    assert set(housekeeping.clean_up(house).values()) == {0}
    pass_time(house, days=31)
    assert housekeeping.clean_up(house)["letters"] == 1
    assert row(house, waiting).status == OutboxStatus.PENDING
    pass_time(house, days=60)
    assert housekeeping.clean_up(house)["mail_files"] == 1
    assert not file.exists()
