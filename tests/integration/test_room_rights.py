"""Whoever loses the right to be in a room is out within seconds and does not come back; whom the chair removes stays out."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from liaison.domain.actor import SYSTEM, Actor
from liaison.domain.clock import FixedClock
from liaison.domain.errors import Removed
from liaison.domain.words import AccountRole
from liaison.house import House
from liaison.services import join, people, sessions
from liaison.services.presence import newest
from tests.support.live_room import OFFER, LiveRoom, RoomClient, code, until
from tests.support.people import add_actor
from tests.support.web import Browser


@pytest.fixture
def live(house: House) -> Iterator[LiveRoom]:
    room = LiveRoom(house)
    yield room
    room.stop()


@pytest.fixture
def officer(live: LiveRoom) -> Actor:
    return add_actor(live.house, "osh", AccountRole.OFFICER, "osh-oblast")


def enter(live: LiveRoom, actor: Actor | None, role: str = "point", point: str | None = "osh-oblast") -> RoomClient:
    way = join.watch_token(live.house, live.session) if actor is None else join.issue_token(
        live.house, actor, live.session, role=role, point=point)
    client = live.connect(token=way["token"])
    client.join()
    return client


def refused(live: LiveRoom, client: RoomClient) -> None:
    """Gone from the room, told so, and neither of its tokens opens it again."""
    assert client.wait_told("bye") == {"reason": "refused"}
    until(lambda: not client.io.connected, "the socket closed")
    with live.house.db.write() as db:
        stay = newest(db, client.peer)
        assert stay is not None and stay.reason == "removed"
    for check, token in ((join.check_token, client.auth["token"]), (join.check_resume, client.answer["resume"])):
        with pytest.raises(join.TokenRefused):
            check(live.house, token)


def encoder(live: LiveRoom, token: str) -> int:
    return live.app.test_client().post(f"/whip/{live.session}", data=OFFER, content_type="application/sdp",
                                       headers={"Authorization": f"Bearer {token}"}).status_code


def test_a_disabled_account_is_out_and_stays_out(live: LiveRoom, officer: Actor) -> None:
    live.open()
    chair, osh = live.enter("chair", None), enter(live, officer)
    assert encoder(live, osh.auth["token"]) == 201
    people.set_active(live.house, SYSTEM, str(officer.user_id), False)
    refused(live, osh)
    until(lambda: list(chair.call("snapshot")["snapshot"]["peers"]) == [chair.peer], "the chair alone, the encoder gone too")
    assert encoder(live, osh.auth["token"]) == 401
    people.set_active(live.house, SYSTEM, str(officer.user_id), True)
    assert enter(live, officer).peer != osh.peer  # nothing of the chair's doing: enabled again, it may come again


@pytest.mark.parametrize("lost", ["point of the session", "point of the account"])
def test_a_point_that_is_taken_away_takes_its_people_along(live: LiveRoom, officer: Actor, lost: str) -> None:
    live.open()
    chair, osh, alay = live.enter("chair", None), enter(live, officer), live.enter("point", "alay-district")
    if lost == "point of the session":
        sessions.change_session(live.house, live.planner, live.session, {"points": ("big-hall", "alay-district")})
    else:
        people.change_user(live.house, SYSTEM, str(officer.user_id), points=["naryn-oblast"])
    refused(live, osh)
    assert set(chair.call("snapshot")["snapshot"]["peers"]) == {chair.peer, alay.peer}
    assert alay.call("snapshot")["ok"]


def test_a_session_made_private_closes_the_door_to_citizens(live: LiveRoom, officer: Actor) -> None:
    live.open()
    osh, stranger = enter(live, officer), add_actor(live.house, "naryn", AccountRole.OFFICER, "naryn-oblast")
    citizen, guest = enter(live, None), enter(live, stranger, "watcher", None)
    watcher = enter(live, officer, "watcher", None)
    sessions.change_session(live.house, live.planner, live.session, {"public": False})
    refused(live, citizen)
    refused(live, guest)
    assert osh.call("snapshot")["ok"] and watcher.call("snapshot")["ok"]


def test_whom_the_chair_removes_stays_out_until_it_lets_them_in(live: LiveRoom, officer: Actor, clock: FixedClock) -> None:
    live.open()
    chair, osh, alay = live.enter("chair", None), enter(live, officer), live.enter("point", "alay-district")
    ready = join.issue_token(live.house, officer, live.session, point="osh-oblast", page=True)["token"]  # in another tab
    chair.command("remove_peer", peer=osh.peer)
    assert osh.wait_told("bye") == {"reason": "removed"}
    again = live.connect(token=ready)
    assert code(again.call("join", {"token": ready})) == "removed"
    browser = Browser(live.app, live.house).become(officer.user_id)
    page = browser.get(f"/room/{live.session}")
    assert page.status_code == 403 and "Ask the chair to let you back in" in page.text
    for role, point in (("point", "osh-oblast"), ("watcher", "")):
        answer = browser.post(f"/room/{live.session}/token", {"role": role, "point": point}, headers={"Accept": "application/json"})
        problem = answer.get_json(force=True)
        assert (answer.status_code, problem["code"]) == (403, "removed") and problem["remedy"]
    assert chair.wait_event("peer_left") and list(chair.call("snapshot")["snapshot"]["removed"]) == [osh.peer]
    assert code(alay.command("readmit_peer", peer=osh.peer)) == "forbidden"
    assert chair.command("readmit_peer", peer=osh.peer)["ok"]
    assert chair.call("snapshot")["snapshot"]["removed"] == {}
    assert browser.get(f"/room/{live.session}").status_code == 200
    assert enter(live, officer).answer["ok"]


def test_a_second_device_of_whom_the_chair_removed_may_load_its_page(live: LiveRoom, officer: Actor) -> None:
    live.open()
    chair, first, second = live.enter("chair", None), enter(live, officer), enter(live, officer)
    chair.command("remove_peer", peer=first.peer)
    assert join.ways_in(live.house, officer, live.session)
    assert live.resume(second).peer == second.peer
    second.drop()
    live.service.depart(live.session, second.peer, "left")
    with pytest.raises(Removed):
        join.ways_in(live.house, officer, live.session)
