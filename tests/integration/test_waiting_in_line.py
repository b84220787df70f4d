"""Two at the same moment: with one Idempotency-Key for different things, and with the same presences in another order."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError

from liaison.domain.actor import SYSTEM, Actor
from liaison.domain.clock import FixedClock
from liaison.house import House
from liaison.services import lifecycle, notices, presence, room_log, sessions
from liaison.services.tokens import create_token
from liaison.store import tables as t
from tests.support.people import TEN, organiser, plan
from web.app import create_app

LATER = TEN + timedelta(days=3)


def both(*acts: Callable[[], Any]) -> list[Any]:
    """What each act returns, all started at once."""
    found: list[Any] = [None] * len(acts)

    def run(index: int) -> None:
        found[index] = acts[index]()
    threads = [threading.Thread(target=run, args=(index,)) for index in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return found


def meet_in_the_middle(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever tells people of a change first waits a moment for the other one to come as far."""
    barrier, announce = threading.Barrier(2), notices.announce

    def wait_and_announce(*args: Any) -> None:
        try:
            barrier.wait(1.5)
        except threading.BrokenBarrierError:
            barrier.reset()
        announce(*args)
    monkeypatch.setattr(notices, "announce", wait_and_announce)


@pytest.mark.parametrize("second", ["cancel", "book"])
def test_one_key_for_two_things_at_the_same_moment(house: House, monkeypatch: pytest.MonkeyPatch, second: str) -> None:
    planner = organiser(house)
    first, other = (sessions.book_session(house, planner, plan(point, starts_at=LATER)).id for point in ("osh-oblast", "big-hall"))
    client = create_app(house).test_client
    headers = {"Authorization": f"Bearer {create_token(house, SYSTEM, user=planner.name)}", "Idempotency-Key": "one"}
    booking = {"title": {"en": "A"}, "kind": "training", "starts_at": "2027-09-01T04:00:00Z", "duration_minutes": 30,
               "points": ["osh-oblast"]}
    asked = {"cancel": (f"/api/v1/sessions/{other}/cancel", {"reason": "x"}), "book": ("/api/v1/sessions", booking)}

    meet_in_the_middle(monkeypatch)

    def post(path: str, body: dict[str, Any]) -> Any:
        return client().post(path, json=body, headers=headers)
    answers = both(lambda: post(f"/api/v1/sessions/{first}/cancel", {"reason": "x"}), lambda: post(*asked[second]))
    done, refused = sorted(answers, key=lambda answer: answer.status_code)
    assert done.status_code in (200, 201)
    problem = refused.get_json(force=True)
    assert (refused.status_code, refused.mimetype, problem["code"]) == (409, "application/problem+json", "idempotency_key_reused")
    assert problem["detail"] and problem["remedy"]


def presences(house: House, planner: Actor) -> tuple[str, list[str]]:
    """A live session with two people in it: the peers by their presences' ids."""
    session = sessions.book_session(house, planner, plan("osh-oblast")).id
    lifecycle.open_session(house, planner, session)
    with house.db.write() as db:
        room_log.ensure_room(db, session)
        for peer in ("z", "a"):  # the order of ids is not that of names
            presence.open_presence(db, session_id=session, peer_id=peer, point_id=None, user_id=None, name="", role="point",
                                   via="browser", at=house.clock.now())
    return session, ["z", "a"]


@pytest.mark.parametrize("writer", ["evidence", "sweep", "end"])
def test_whoever_takes_several_presences_takes_them_in_one_order(
        postgresql_url: str, request: pytest.FixtureRequest, tmp_path: Any, clock: FixedClock, writer: str) -> None:
    from liaison.house import open_house
    from tests.support.databases import make_settings

    house = open_house(make_settings(tmp_path / "data", database_url=postgresql_url), clock)
    request.addfinalizer(house.db.close)
    session, (low, high) = presences(house, organiser(house))
    clock.advance(60)

    def act() -> None:
        with house.db.write() as db:
            if writer == "evidence":
                presence.touch_presences(db, {high: clock.now(), low: clock.now()})
            else:
                presence.close_all(db, session, clock.now())
    acts: dict[str, Callable[[], Any]] = {"sweep": lambda: presence._close_lost(house, session, [high, low], clock.now())}
    with house.db.write() as holder:
        holder.execute(select(t.Presence.id).where(t.Presence.peer_id == low).with_for_update())
        thread = threading.Thread(target=acts.get(writer, act))
        thread.start()
        assert waiting(house), "the writer does not wait for the row that is taken"
        with house.db.write() as third:  # it holds nothing that others need while it waits
            third.execute(select(t.Presence.id).where(t.Presence.peer_id == high).with_for_update(nowait=True))
    thread.join(10)
    with house.db.read() as db:
        assert len(list(db.scalars(select(t.Presence)))) == 2


def waiting(house: House) -> bool:
    """Whether somebody waits for a lock by now."""
    query = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
    for _ in range(100):
        with house.db.read() as db:
            try:
                if db.scalar(query):
                    return True
            except OperationalError:
                return False
        threading.Event().wait(0.05)
    return False


