"""The minutes of connections: collected from a live room, kept once, pruned, and shown to those who may see them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from liaison.domain.actor import ANONYMOUS, SYSTEM
from liaison.domain.clock import FixedClock
from liaison.domain.errors import Forbidden, NotFound, Unauthenticated
from liaison.domain.words import AccountRole, Quality
from liaison.house import House
from liaison.services import housekeeping, link_history, sessions
from liaison.services.tokens import create_token
from liaison.store import tables as t
from tests.support.link_samples import add_minutes
from tests.support.live_room import OFFER, LiveRoom
from tests.support.people import TEN, add_actor, organiser, plan

UP = {"loss": 0.02, "jitter_ms": 4.0, "bitrate": 900_000}
DOWN = {"loss": 0.01, "jitter_ms": 3.0, "bitrate": 700_000, "round_trip_ms": 60.0}


def kept(house: House) -> list[t.LinkSample]:
    with house.db.read() as db:
        return list(db.scalars(select(t.LinkSample).order_by(t.LinkSample.at, t.LinkSample.point_id)))


# ---------------------------------------------------------------- from the room into the database


@pytest.fixture
def live(house: House, monkeypatch: pytest.MonkeyPatch) -> Iterator[LiveRoom]:
    monkeypatch.setattr("signaling.link_health.LOOK_EVERY_S", 3600)  # the test looks itself
    room = LiveRoom(house)
    yield room
    room.stop()


def look(live: LiveRoom, clock: FixedClock, seconds: float = 5) -> None:
    assert live.service._health is not None
    live.service._health.look()
    clock.advance(seconds)


def test_a_minute_in_a_room_becomes_one_row(live: LiveRoom, clock: FixedClock) -> None:
    live.open()
    osh, again = live.enter(), live.enter()
    for client in (osh, again):
        assert client.call("publish", {"epoch": 1, "sdp": OFFER, "fresh": True})["ok"]
    live.engine.figures[osh.peer] = {"up": UP, "down": DOWN}
    live.engine.figures[again.peer] = {"up": UP | {"loss": 0.3}}
    look(live, clock)
    osh.call("report", {"quality": "poor", "rtt_ms": 130, "candidate": "relay", "transport": "tcp",
                        "down": {"freezes": 2, "frozen_ms": 800, "concealed": 0.1}})
    look(live, clock)
    assert kept(live.house) == [], "the minute is not over"
    clock.advance(60)
    look(live, clock)
    (row,) = kept(live.house)
    assert (row.session_id, row.at) == (live.session, row.at.replace(second=0, microsecond=0))
    assert row.up_loss == pytest.approx(0.16) and row.up_loss_worst == 0.3
    assert (row.down_bitrate, row.rtt_ms_worst, row.freezes, row.frozen_ms, row.concealed) == (700_000, 130, 2, 800, 0.1)
    assert (row.transport, row.quality) == ("relay-tcp", "poor"), "three looks of four were poor"


def test_only_the_holder_of_the_lease_writes(live: LiveRoom, clock: FixedClock) -> None:
    live.open()
    osh = live.enter()
    osh.call("publish", {"epoch": 1, "sdp": OFFER, "fresh": True})
    beside = live.second_process()
    try:
        for _ in range(2):
            for room in (live, beside):
                look(room, clock, 30)
        clock.advance(60)
        for room in (beside, live):
            look(room, clock, 0)
        assert not beside.leads and 1 <= len(kept(live.house)) <= 3
    finally:
        beside.stop()


def test_a_minute_is_kept_once(house: House) -> None:
    planner = organiser(house)
    session = sessions.book_session(house, planner, plan("osh-oblast")).id
    for _ in range(2):
        add_minutes(house, session, "osh-oblast", TEN, 3)
    with house.db.write() as db:
        row = {"session_id": session, "point": "atlantis", "at": TEN, "quality": "good", "transport": "", "freezes": 0, "frozen_ms": 0}
        assert link_history.store_samples(db, [row, row | {"session_id": "gone", "point": "osh-oblast"}]) == 0
    assert len(kept(house)) == 3


def test_old_minutes_are_forgotten(house: House, clock: FixedClock) -> None:
    session = sessions.book_session(house, organiser(house), plan("osh-oblast")).id
    now = clock.now()
    add_minutes(house, session, "osh-oblast", now - timedelta(days=181), 2)
    add_minutes(house, session, "osh-oblast", now - timedelta(days=179), 2)
    assert housekeeping.clean_up(house)["link_samples"] == 2
    assert len(kept(house)) == 2


# ---------------------------------------------------------------- who sees what


@pytest.fixture
def weeks(house: House, clock: FixedClock) -> dict[str, str]:
    """Osh is poor of late, Naryn good; the hall was never in a room."""
    planner = organiser(house)
    made = {name: sessions.book_session(house, planner, plan("osh-oblast", "naryn-oblast", title={"en": name},
            starts_at=TEN + timedelta(days=day))).id for day, name in enumerate(("first", "second"))}
    now = clock.now()
    add_minutes(house, made["first"], "osh-oblast", now - timedelta(days=9), 10)
    add_minutes(house, made["second"], "osh-oblast", now - timedelta(days=2), 10, quality="poor", loss=0.12, rtt=400, freezes=2)
    add_minutes(house, made["first"], "naryn-oblast", now - timedelta(days=9), 10)
    add_minutes(house, made["first"], "osh-oblast", now - timedelta(days=40), 10, quality="poor")
    return made


def test_the_worst_point_comes_first(house: House, weeks: dict[str, str]) -> None:
    links = link_history.list_links(house, SYSTEM)
    assert [link.point.slug for link in links[:2]] == ["osh-oblast", "naryn-oblast"]
    osh, naryn, *others = links
    assert osh.recent == (Quality.GOOD, Quality.POOR) and naryn.recent == (Quality.GOOD,)
    assert osh.figures is not None and (osh.figures.minutes, osh.figures.poor, osh.figures.freezes) == (20, 10, 20)
    assert osh.figures.loss == pytest.approx(0.065) and osh.figures.rtt_ms == pytest.approx(230)
    assert len(others) > 50 and all(link.figures is None for link in others)


def test_a_points_sessions_of_four_weeks(house: House, weeks: dict[str, str]) -> None:
    point, found = link_history.point_history(house, SYSTEM, "osh-oblast")
    assert point.slug == "osh-oblast"
    assert [(link.session_id, link.title, link.figures.word) for link in found] == [
        (weeks["first"], {"en": "first"}, Quality.GOOD), (weeks["second"], {"en": "second"}, Quality.POOR)]
    assert found[1].last_at - found[1].first_at == timedelta(minutes=9)


def test_officers_see_their_own_points(house: House, weeks: dict[str, str]) -> None:
    osh = add_actor(house, "osh", AccountRole.OFFICER, "osh-oblast", "big-hall")
    assert [link.point.slug for link in link_history.list_links(house, osh)] == ["osh-oblast", "big-hall"]
    assert len(link_history.point_history(house, osh, "osh-oblast")[1]) == 2
    for ask in (lambda: link_history.point_history(house, osh, "naryn-oblast"),
                lambda: link_history.link_samples(house, osh, "naryn-oblast", TEN, TEN)):
        with pytest.raises(Forbidden):
            ask()
    with pytest.raises(NotFound):
        link_history.point_history(house, osh, "atlantis")


def test_the_office_sees_all_and_strangers_nothing(house: House, weeks: dict[str, str]) -> None:
    for role in (AccountRole.OPERATOR, AccountRole.ORGANISER, AccountRole.ADMINISTRATOR):
        assert len(link_history.list_links(house, add_actor(house, role.value, role))) > 50
    for ask in (lambda actor: link_history.list_links(house, actor), lambda actor: link_history.point_history(house, actor, "osh-oblast")):
        with pytest.raises(Unauthenticated):
            ask(ANONYMOUS)
        with pytest.raises(Forbidden):
            ask(add_actor(house, f"anna-{id(ask)}", AccountRole.INTERPRETER))


def test_the_api_gives_the_minutes(house: House, weeks: dict[str, str], clock: FixedClock) -> None:
    from web.app import create_app

    client = create_app(house).test_client()
    headers = {"Authorization": f"Bearer {create_token(house, SYSTEM, user='planner')}", "Accept-Language": "en"}
    since = (clock.now() - timedelta(days=10)).isoformat().replace("+00:00", "Z")

    def ask(query: str) -> Any:
        return client.get(f"/api/v1/points/osh-oblast/link-history{query}", headers=headers).get_json()
    whole = ask(f"?from={since}")
    assert len(whole["items"]) == 20 and whole["next"] is None
    last = whole["items"][-1]
    assert last == last | {"session": weeks["second"], "quality": "poor", "freezes": 2, "transport": "direct-udp"}
    assert last["up"] == last["up"] | {"loss": 0.12, "loss_worst": 0.24}
    first = ask(f"?from={since}&limit=15")
    rest = ask(f"?from={first['next']}")
    assert first["items"] + rest["items"] == whole["items"]
    assert len(ask("")["items"]) == 10, "by default the last seven days"
