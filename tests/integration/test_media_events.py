"""What media workers tell, through the real web process on both databases: boots, evidence, and events that break."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

from liaison.domain.clock import FixedClock
from liaison.domain.errors import Busy
from liaison.house import House
from liaison.services import presence
from liaison.store import tables as t
from signaling import leases, media_events
from tests.support.live_room import OFFER, LiveRoom, code, until


@pytest.fixture
def live(house: House) -> Iterator[LiveRoom]:
    room = LiveRoom(house)
    yield room
    room.stop()


def presences(house: House, session: str) -> list[t.Presence]:
    with house.db.read() as db:
        return list(db.scalars(select(t.Presence).where(t.Presence.session_id == session).order_by(t.Presence.id)))


def test_a_media_restart_raises_the_epoch(live: LiveRoom) -> None:
    live.open()
    osh = live.enter()
    assert osh.call("publish", {"epoch": 1, "sdp": OFFER})["ok"]
    live.engine.restart_worker()
    assert osh.wait_event("media_reset")["data"] == {"epoch": 2}
    refused = osh.call("publish", {"epoch": 1, "sdp": OFFER})
    assert code(refused) == "stale_epoch" and refused["error"]["epoch"] == 2
    assert osh.call("publish", {"epoch": 2, "sdp": OFFER, "fresh": True})["ok"]
    live.engine.kill_worker()
    assert code(osh.call("subscribe", {"epoch": 2, "connection": "subscribe"})) == "unavailable"


def test_media_evidence_keeps_a_presence_and_media_loss_is_an_interval(live: LiveRoom, clock: FixedClock) -> None:
    live.open()
    osh = live.enter()
    assert osh.call("publish", {"epoch": 1, "sdp": OFFER})["ok"]
    lost_at = clock.now()
    live.engine.media("media_lost", live.session, osh.peer)
    clock.advance(30)
    live.renew()
    live.engine.alive(live.session)
    until(lambda: presences(live.house, live.session)[0].evidence_at == clock.now(), "evidence from the worker")
    assert presence.close_stale(live.house) == []
    live.engine.media("media_back", live.session, osh.peer)
    until(lambda: not live.engine.unacknowledged, "everything acknowledged")
    losses = presences(live.house, live.session)[0].media_losses
    assert [(loss.lost_at, loss.back_at) for loss in losses] == [(lost_at, clock.now())]


def test_events_told_while_the_database_does_not_answer_are_stored_once_and_in_order(
        live: LiveRoom, clock: FixedClock, monkeypatch: pytest.MonkeyPatch) -> None:
    live.open()
    osh = live.enter()
    assert osh.call("publish", {"epoch": 1, "sdp": OFFER})["ok"]
    until(lambda: not live.engine.unacknowledged, "everything acknowledged")
    answers = False
    real = media_events.worker_row

    def row(db: Any, worker: int) -> Any:
        if not answers:
            raise Busy()
        return real(db, worker)

    monkeypatch.setattr(media_events, "worker_row", row)
    for kind in ("media_lost", "media_back", "media_lost", "media_back"):
        live.engine.media(kind, live.session, osh.peer)
        live.engine.replay()  # what another holder's asking brings: everything once more
        clock.advance(10)
    answers = True
    until(lambda: not live.engine.unacknowledged, "everything acknowledged")
    losses = [(loss.lost_at, loss.back_at) for loss in presences(live.house, live.session)[0].media_losses]
    assert len(losses) == 2 and all((back - lost).total_seconds() == 10 for lost, back in losses if back)


def test_one_faulty_event_does_not_take_others_with_it(live: LiveRoom, clock: FixedClock, monkeypatch: pytest.MonkeyPatch) -> None:
    live.open()
    people = [live.enter(), live.enter("chair", None)]
    for person in people:
        assert person.call("publish", {"epoch": 1, "sdp": OFFER})["ok"]
    until(lambda: not live.engine.unacknowledged, "everything acknowledged")
    real_row, real_loss = media_events.worker_row, presence.media_lost
    held = True

    def row(db: Any, worker: int) -> Any:
        if held:
            raise Busy()  # until the events are in one batch
        return real_row(db, worker)

    def lost(db: Any, peer: str, at: datetime) -> None:
        if peer == "faulty":
            raise ValueError(peer)
        real_loss(db, peer, at)

    monkeypatch.setattr(media_events, "worker_row", row)
    monkeypatch.setattr(presence, "media_lost", lost)
    with capture_logs() as said:
        for peer in (people[0].peer, "faulty", people[1].peer):
            live.engine.media("media_lost", live.session, peer)
        held = False
        until(lambda: not live.engine.unacknowledged, "everything acknowledged")
    assert sorted(len(stay.media_losses) for stay in presences(live.house, live.session)) == [1, 1]
    assert [line["kind"] for line in said if line["event"] == "a media event is lost"] == ["media_lost"]


def test_two_that_write_a_workers_first_row_at_once(house: House) -> None:
    won: list[bool] = []
    together = threading.Barrier(4)

    def take(owner: str) -> None:
        together.wait()
        won.append(leases.take_lease(house, 7, owner))

    threads = [threading.Thread(target=take, args=(f"web-{number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(won) == [False, False, False, True]


def test_while_no_web_process_consumes_evidence_nobody_is_lost(live: LiveRoom, clock: FixedClock) -> None:
    live.open()
    osh = live.enter()
    live.service.keeper.stop()
    clock.advance(60)  # the lease has run out, and so has the written evidence
    assert presence.close_stale(live.house) == []
    live.renew()
    assert presence.close_stale(live.house) == []  # clients get the time to come back
    clock.advance(21)
    live.renew()
    assert presence.close_stale(live.house) == [osh.peer]


# ---------------------------------------------------------------- the chair's tablet, the deputy, headcounts, watchers
