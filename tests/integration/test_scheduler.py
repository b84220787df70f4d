"""The scheduler as a process, with a real mail server: end to end, killed, hanging, standing by."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import psutil
import pytest
from icalendar import Calendar

from liaison.domain.actor import Actor
from liaison.domain.clock import SystemClock
from liaison.domain.words import AccountRole, OutboxKind
from liaison.house import House, open_house
from liaison.ids import new_id
from liaison.services import outbox, sessions
from liaison.store import tables as t
from tests.chaos.reminder_storm import ReminderStorm
from tests.support.databases import clean_environment, make_settings
from tests.support.people import add_actor, organiser, plan, tell_at_once
from tests.support.ports import LOOPBACK, wait_until
from tests.support.scheduler import LIAISON, Scheduler
from tests.support.smtp import SmtpSink

Start = Callable[..., Scheduler]
ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""What the process does with its mail server or its parent: the database has no part in it."""


@pytest.fixture
def house(database_url: str, tmp_path: Path) -> Iterator[House]:
    """As in other tests, but with the real clock: the scheduler has it too."""
    opened = open_house(make_settings(tmp_path / "data", database_url=database_url), SystemClock())
    yield opened
    opened.db.close()


@pytest.fixture
def booker(house: House) -> Actor:
    actor = organiser(house)
    tell_at_once(house)
    add_actor(house, "aida", AccountRole.OFFICER, "osh-oblast", email="aida@example.org", language="ky")
    return actor


@pytest.fixture
def start(house: House, tmp_path: Path) -> Iterator[Start]:
    started: list[Scheduler] = []

    def begin(smtp_url: str = "") -> Scheduler:
        started.append(Scheduler(house, smtp_url, tmp_path / f"scheduler-{len(started)}.log"))
        return started[-1]

    yield begin
    for scheduler in started:
        scheduler.stop()


def add_rows(house: House, count: int) -> None:
    """Letters of the kind that needs no session."""
    now = house.clock.now()
    with house.db.write() as db:
        db.add_all(t.Outbox(id=new_id(), kind=OutboxKind.PASSWORD_RESET, dedupe_key=f"password_reset:{new_id()}",
                            language="en", address=f"a{number}@example.org", due_at=now, created_at=now,
                            payload={"recipient": "x", "url": "http://x/link/s", "name": "x"}) for number in range(count))


def soon(seconds: float) -> datetime:
    return SystemClock().now() + timedelta(seconds=seconds)


def test_from_booking_to_mailbox(house: House, booker: Actor, start: Start, smtp_sink: SmtpSink) -> None:
    start(smtp_sink.url)
    made = sessions.book_session(house, booker, plan("osh-oblast", starts_at=soon(3600 * 48)))
    (request,) = smtp_sink.wait_for(lambda mail: mail.calendar_method == "REQUEST")
    sessions.change_session(house, booker, made.id, {"starts_at": soon(3600 * 50)})
    smtp_sink.wait_for(lambda mail: mail.calendar_method == "REQUEST", count=2)
    sessions.cancel_session(house, booker, made.id, "Storm")
    (cancel,) = smtp_sink.wait_for(lambda mail: mail.calendar_method == "CANCEL")
    events = [Calendar.from_ical(mail.calendar).events[0] for mail in smtp_sink.messages]
    assert [event["SEQUENCE"] for event in events] == [0, 1, 2]
    assert {str(event["UID"]) for event in events} == {f"{made.id}@sessions.example.org"}
    assert cancel.message["References"] == request.message["Message-ID"]
    assert request.recipients == ("aida@example.org",)
    assert "http://sessions.example.org/answer/" in request.text()


@ON_SQLITE
def test_a_refused_mailbox_and_a_busy_server(house: House, booker: Actor, start: Start, smtp_sink: SmtpSink) -> None:
    add_actor(house, "gone", AccountRole.OFFICER, "osh-oblast", email="gone@example.org")
    smtp_sink.refuse = lambda envelope: "550 no such mailbox" if "gone@example.org" in envelope.rcpt_tos else "451 later"
    start(smtp_sink.url)
    sessions.book_session(house, booker, plan("osh-oblast", starts_at=soon(1800)))
    wait_until(lambda: bool(errors(house).get("gone@example.org")) and bool(errors(house).get("aida@example.org")), 20, "answers")
    assert errors(house) == {"gone@example.org": ("failed", "550 no such mailbox"), "aida@example.org": ("pending", "451 later")}


def errors(house: House) -> dict[str, tuple[str, str]]:
    with house.db.read() as db:
        return {row.address: (row.status, row.last_error) for row in db.query(t.Outbox).filter(t.Outbox.last_error != "")}


@pytest.mark.kills
@pytest.mark.timeout(240)
def test_two_schedulers_killed_again_and_again_lose_no_reminder(house: House, booker: Actor, tmp_path: Path, smtp_sink: SmtpSink) -> None:
    """The same as ``make chaos`` in small."""
    run = ReminderStorm(house, booker, smtp_sink, tmp_path).rage(kills=6, reminders=60, seed=20270301)
    print(run)
    assert run.clean, run


def test_a_mail_server_that_hangs_delays_no_session(house: House, booker: Actor, start: Start) -> None:
    with socket.create_server((LOOPBACK, 0)) as silent:
        scheduler = start(f"smtp://{LOOPBACK}:{silent.getsockname()[1]}")
        wait_until(scheduler.leads, 30, "the scheduler to lead")
        add_rows(house, 8)
        made = sessions.book_session(house, booker, plan("osh-oblast", starts_at=soon(3)))
        wait_until(lambda: opened_at(house, made.id) is not None, 15, "the session to open")
        late = (opened_at(house, made.id) - made.starts_at).total_seconds()  # type: ignore[operator]
        assert 0 <= late < 2
        scheduler.process.terminate()
        assert scheduler.process.wait(8) == 0


def opened_at(house: House, session_id: str) -> datetime | None:
    with house.db.read() as db:
        return db.get_one(t.Session, session_id).opened_at


@pytest.mark.kills
def test_the_standby_takes_over_when_the_leader_is_killed(house: House, start: Start, smtp_sink: SmtpSink) -> None:
    leader = start(smtp_sink.url)
    wait_until(leader.leads, 30, "the first to lead")
    standby = start(smtp_sink.url)
    wait_until(lambda: "standing by" in standby.log(), 30, "the second to stand by")
    leader.process.send_signal(signal.SIGKILL)
    begun = time.monotonic()
    wait_until(standby.leads, 10, "the standby to lead")
    assert time.monotonic() - begun < 5
    add_rows(house, 3)
    smtp_sink.wait_for(lambda _mail: True, count=3)


@ON_SQLITE
def test_without_a_mail_server_letters_are_kept_and_the_log_says_where(house: House, start: Start) -> None:
    scheduler = start()
    add_rows(house, 2)
    wait_until(lambda: outbox.count_by_status(house).get("sent") == 2, 30, "letters to be kept")
    assert len(list(house.settings.mail_folder.glob("*.eml"))) == 2
    assert f"mail is kept in {house.settings.mail_folder}" in scheduler.log()
    scheduler.process.terminate()
    assert scheduler.process.wait(8) == 0


@ON_SQLITE
def test_it_dies_with_its_supervisor(house: House, tmp_path: Path) -> None:
    """A parent of our own starts it, and is killed."""
    script = ("import os, subprocess, sys, time; child = subprocess.Popen([sys.argv[1], 'scheduler'], env={**os.environ, "
              "'LIAISON_SUPERVISED': str(os.getpid())}); print(child.pid, flush=True); time.sleep(60)")
    environment = clean_environment() | {"LIAISON_DATA": str(house.settings.data),
                                         "LIAISON_DATABASE_URL": house.settings.database}
    parent = subprocess.Popen([sys.executable, "-c", script, LIAISON], env=environment, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True)
    assert parent.stdout is not None and parent.stderr is not None
    child = psutil.Process(int(parent.stdout.readline()))
    assert "leading" in parent.stderr.readline()
    parent.kill()
    parent.wait()
    wait_until(lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE, 5, "the child to die")
