"""A room's own PC: paired once with a code, shown the day, let into sessions by itself, and shut out at once when it is revoked."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from liaison.domain.actor import Actor
from liaison.domain.clock import FixedClock
from liaison.domain.errors import Busy, Conflict, Forbidden, Invalid, NotFound
from liaison.domain.words import AccountRole
from liaison.house import House
from liaison.services import invitations, join, room_devices, room_pc, sessions
from liaison.services.join import TokenRefused
from liaison.services.room_devices import Device
from liaison.store import tables as t
from tests.support.live_room import LiveRoom, until
from tests.support.people import add_actor, organiser, plan
from tests.support.web import Browser, sentences
from web.app import create_app

OSH = "osh-oblast"


@pytest.fixture
def planner(house: House) -> Actor:
    return organiser(house)


@pytest.fixture
def officer(house: House, planner: Actor) -> Actor:
    return add_actor(house, "osh", AccountRole.OFFICER, OSH)


def paired(house: House, actor: Actor, slug: str = OSH) -> tuple[str, Device]:
    """The key of a PC that was just paired, and the PC."""
    key = room_devices.new_key()
    room_devices.pair(house, actor, slug, room_devices.show_code(house, key).code, "Meeting room")
    device = room_devices.device_of(house, key)
    assert device is not None
    return key, device


def book(house: House, planner: Actor, minutes: float, *points: str, **more: Any) -> str:
    starts_at = house.clock.now() + timedelta(minutes=minutes)
    return sessions.book_session(house, planner, plan(*(points or (OSH, "big-hall")), starts_at=starts_at, **more)).id


# ---------------------------------------------------------------- pairing


def test_a_code_pairs_once(house: House, officer: Actor) -> None:
    key = room_devices.new_key()
    shown = room_devices.show_code(house, key)
    assert room_devices.show_code(house, key) == shown
    assert room_devices.device_of(house, key) is None
    device_id = room_devices.pair(house, officer, OSH, f" {shown.code[:4].lower()}-{shown.code[4:]} ", "Meeting room")
    device = room_devices.device_of(house, key)
    assert device is not None and (device.id, device.point, device.minutes, device.camera) == (device_id, OSH, 2, False)
    with pytest.raises(Invalid):
        room_devices.pair(house, officer, OSH, shown.code, "Another")
    with pytest.raises(Conflict):
        room_devices.show_code(house, key)
    with house.db.read() as db:
        kept = db.get(t.RoomDevice, device_id)
        assert kept is not None and key not in (kept.key_hash, kept.name)
    row = room_devices.room_settings(house, officer, OSH).devices[0]
    assert (row.name, bool(row.created_by), row.last_seen_at) == ("Meeting room", True, house.clock.now())


def test_a_code_lives_ten_minutes(house: House, officer: Actor, clock: FixedClock) -> None:
    key = room_devices.new_key()
    shown = room_devices.show_code(house, key)
    clock.advance(600)
    with pytest.raises(Invalid):
        room_devices.pair(house, officer, OSH, shown.code, "Meeting room")
    assert room_devices.show_code(house, key).code != shown.code


def test_screens_do_not_fill_the_database(house: House, monkeypatch: pytest.MonkeyPatch, clock: FixedClock) -> None:
    monkeypatch.setattr(room_devices, "MOST_CODES", 2)
    for _ in range(2):
        room_devices.show_code(house, room_devices.new_key())
    with pytest.raises(Busy):
        room_devices.show_code(house, room_devices.new_key())
    clock.advance(660)
    room_devices.show_code(house, room_devices.new_key())


@pytest.mark.parametrize(("role", "slug", "may"), [
    (AccountRole.ADMINISTRATOR, None, True), (AccountRole.OPERATOR, None, True), (AccountRole.OFFICER, OSH, True),
    (AccountRole.OFFICER, "naryn-oblast", False), (AccountRole.ORGANISER, None, False), (AccountRole.INTERPRETER, None, False)])
def test_who_may_pair_and_revoke(house: House, officer: Actor, role: AccountRole, slug: str | None, may: bool) -> None:
    actor = add_actor(house, "somebody", role, *([slug] if slug else []))
    _, device = paired(house, officer)
    acts = (lambda: paired(house, actor), lambda: room_devices.change_settings(house, actor, OSH, 5, True),
            lambda: room_devices.room_settings(house, actor, OSH), lambda: room_devices.revoke(house, actor, OSH, device.id))
    for act in acts:
        if may:
            act()
        else:
            with pytest.raises(Forbidden):
                act()


def test_what_cannot_be_is_refused(house: House, officer: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = room_devices.show_code(house, room_devices.new_key())
    wrong = [(typed, "PC") for typed in ("", "XXXXXXXX", "\0" * 8)] + [(shown.code, name) for name in ("", "x" * 101, "\x01")]
    for wrong_code, name in wrong:
        with pytest.raises(Invalid):
            room_devices.pair(house, officer, OSH, wrong_code, name)
    for minutes in (-1, 61):
        with pytest.raises(Invalid):
            room_devices.change_settings(house, officer, OSH, minutes, False)
    _, device = paired(house, officer)
    with pytest.raises(NotFound):
        room_devices.revoke(house, add_actor(house, "desk", AccountRole.OPERATOR), "naryn-oblast", device.id)
    monkeypatch.setattr(room_devices, "MOST_DEVICES", 1)
    with pytest.raises(Conflict):
        room_devices.pair(house, officer, OSH, shown.code, "One more")


# ---------------------------------------------------------------- the day, and going in


def test_the_day_of_a_room(house: House, planner: Actor, officer: Actor, clock: FixedClock) -> None:
    _, device = paired(house, officer)
    soon, evening = book(house, planner, 10), book(house, planner, 600)
    later = book(house, planner, 60 * 48)
    book(house, planner, 20, "naryn-oblast")
    found = room_pc.waiting(house, device)
    assert ([one.id for one in found.today], found.later and found.later.id, found.enter) == ([soon, evening], later, None)
    assert found.enters_at == clock.now() + timedelta(minutes=8)
    clock.advance(480)
    found = room_pc.waiting(house, device)
    assert (found.enter and found.enter.id, found.open) == (soon, {soon})
    assert room_pc.waiting(house, device, left=soon).enter is None
    claims = join.check_token(house, room_pc.enter(house, device, soon)["token"])
    assert (claims.session, claims.role, claims.point, claims.name, claims.user) == (soon, "point", OSH, "Meeting room", None)


def test_it_is_not_let_in_out_of_time(house: House, planner: Actor, officer: Actor) -> None:
    _, device = paired(house, officer)
    soon, foreign, declined = book(house, planner, 10), book(house, planner, 1, "naryn-oblast"), book(house, planner, 120)
    invitations.answer_invitation(house, officer, declined, OSH, "declined", "No power")
    room_devices.change_settings(house, officer, OSH, 60, True)
    for session, refusal in ((foreign, Invalid), ("x", NotFound)):
        with pytest.raises(refusal):
            room_pc.enter(house, device, session)
    with pytest.raises(Forbidden):
        room_pc.enter(house, device, soon)  # as this device was read, two minutes are agreed
    with pytest.raises(Forbidden):
        room_pc.enter(house, device, declined)


def test_a_revoked_pc_has_no_right_left(house: House, planner: Actor, officer: Actor) -> None:
    key, device = paired(house, officer)
    session = book(house, planner, 1)
    token = str(room_pc.enter(house, device, session)["token"])
    join.check_token(house, token)
    room_devices.revoke(house, officer, OSH, device.id)
    assert room_devices.device_of(house, key) is None
    with pytest.raises(TokenRefused):
        join.check_token(house, token)
    assert room_devices.room_settings(house, officer, OSH).devices == ()
    assert room_devices.show_code(house, key).key != key


# ---------------------------------------------------------------- in the room


@pytest.fixture
def live(house: House) -> Iterator[LiveRoom]:
    room = LiveRoom(house)
    yield room
    room.stop()


def test_in_the_room_until_it_is_revoked(live: LiveRoom, clock: FixedClock) -> None:
    officer = add_actor(live.house, "osh", AccountRole.OFFICER, OSH)
    _, device = paired(live.house, officer)
    clock.advance(540)
    client = live.connect(token=str(room_pc.enter(live.house, device, live.session)["token"]))
    me = client.join(via="room_pc", device={"camera": False, "microphone": False})["me"]
    assert (me["via"], me["point"], me["role"], me["name"]) == ("room_pc", OSH, "point", "Meeting room")
    assert client.snapshot["peers"][client.peer]["camera"] is False
    room_devices.revoke(live.house, officer, OSH, device.id)
    live.alive(client)
    until(lambda: client.told("bye"), "being shown out")
    with pytest.raises(TokenRefused):
        live.service.check_door(None, str(client.answer["resume"]))


def test_whom_the_chair_removes_stays_out_until_it_may_come_back(live: LiveRoom, clock: FixedClock) -> None:
    _, device = paired(live.house, add_actor(live.house, "osh", AccountRole.OFFICER, OSH))
    clock.advance(540)
    chair = live.enter("chair", "big-hall")
    client = live.connect(token=str(room_pc.enter(live.house, device, live.session)["token"]))
    client.join(via="room_pc")
    assert chair.command("remove_peer", peer=client.peer)["ok"]
    assert client.wait_told("bye") == {"reason": "removed"}
    found = room_pc.waiting(live.house, device)
    assert (found.enter, found.open, found.today[0].barred) == (None, frozenset(), True)
    with pytest.raises(Forbidden):
        room_pc.enter(live.house, device, live.session)
    assert chair.command("readmit_peer", peer=client.peer)["ok"]
    assert room_pc.waiting(live.house, device).open == {live.session}


# ---------------------------------------------------------------- the pages


def test_from_the_code_to_the_room_page(house: House, planner: Actor, officer: Actor, clock: FixedClock) -> None:
    app = create_app(house)
    pc, desk = Browser(app, house), Browser(app, house).become(officer.user_id)
    assert "This PC is not paired yet" in sentences(pc.get("/room-pc"))
    assert pc.get("/room-pc/state").json == {"paired": False}
    told = pc.post("/room-pc/code")
    cookie = next(one for one in told.headers.getlist("Set-Cookie") if one.startswith("room_pc="))
    assert all(word in cookie for word in ("HttpOnly", "SameSite=Strict", "Path=/room-pc")) and "Secure" not in cookie
    assert pc.post("/room-pc/code").json["code"] == told.json["code"]
    assert pc.post("/room-pc/code", csrf=False).status_code == 400
    wrong = desk.post(f"/network/points/{OSH}/room-pcs", {"code": "0000-0000", "device_name": "Hall"})
    assert wrong.status_code == 422 and "No PC shows this code now." in sentences(wrong)
    assert desk.post(f"/network/points/{OSH}/room-pcs", {"code": told.json["code"], "device_name": "Hall"}).status_code == 303
    assert "Hall" in sentences(desk.get(f"/network/points/{OSH}"))
    session = book(house, planner, 10, title={"en": "Harvest of the year"})
    page = pc.get("/room-pc")
    assert "Harvest of the year" in sentences(page) and page.headers["Cache-Control"] == "no-store"
    assert pc.get(f"/room-pc/session/{session}").status_code == 302
    assert desk.post(f"/network/points/{OSH}/room-pcs/settings", {"minutes": "20", "camera": "1"}).status_code == 303
    state = pc.get("/room-pc/state").json
    assert (state["enter"], "Harvest of the year" in state["shown"]) == (f"/room-pc/session/{session}", True)
    room = pc.get(state["enter"])
    assert room.status_code == 200 and '"pc": {"camera": true}' in room.text
    way = pc.post(f"/room-pc/session/{session}/token").json
    assert join.check_token(house, way["token"]).point == OSH
    device_id = room_devices.room_settings(house, officer, OSH).devices[0].id
    assert desk.post(f"/network/points/{OSH}/room-pcs/{device_id}/revoke").status_code == 303
    assert pc.get("/room-pc/state").json == {"paired": False}
    assert pc.post(f"/room-pc/session/{session}/token", headers={"Accept": "application/json"}).status_code in (303, 401)
    assert pc.post("/room-pc/code").json["paired"] is False


def test_the_cookie_goes_only_over_https_where_there_is_https(house: House, officer: Actor) -> None:
    key, _ = paired(house, officer)
    settings = house.settings.model_copy(update={"public_url": "https://liaison.example.org"})
    pc = Browser(create_app(House(settings, house.db, house.clock, house.network)), house)
    pc.client.set_cookie("room_pc", key, path="/room-pc")
    cookie = next(one for one in pc.get("/room-pc").headers.getlist("Set-Cookie") if one.startswith("room_pc="))
    assert "Secure" in cookie and "Max-Age=34560000" in cookie


def test_a_key_that_is_none_is_nobody(house: House) -> None:
    pc = Browser(create_app(house), house)
    for key in ("x" * 5000, "none"):
        pc.client.set_cookie("room_pc", key, path="/room-pc")
        assert pc.get("/room-pc/state").json == {"paired": False}
