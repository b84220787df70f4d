"""Computers that try themselves out: the private room in the media engine, what is kept, and who reads it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from liaison.domain.actor import ANONYMOUS, Actor
from liaison.domain.clock import FixedClock
from liaison.domain.errors import Forbidden, NotFound, Unauthenticated
from liaison.domain.self_test import Camera, Device, Direction, Loop, Loudspeaker, Measured, Microphone, TriedWay, Way
from liaison.domain.words import AccountRole
from liaison.house import House
from liaison.services import housekeeping, room_devices
from liaison.services.self_tests import KEPT, SelfTester, get_test, keep_test, point_checks
from signaling.room.errors import MediaRefused, MediaUnavailable
from signaling.trials import MOST_SENDING, SECONDS, Trials, TrialsFull
from tests.fakes.fake_engine import FakeEngine
from tests.support.live_room import OFFER
from tests.support.people import add_actor, organiser
from tests.support.web import Browser
from web.app import create_app

OSH, NARYN = "osh-oblast", "naryn-oblast"
WAY = Direction(2_000_000)
FOUND = Measured(True, True, Camera(Device.DENIED), Microphone(Device.OK, 0.5), Loudspeaker(), (TriedWay(Way.UDP, True, 9),),
                 Loop(WAY, WAY))
FIGURES: dict[str, Any] = {
    "browser": "X", "camera": {"state": "denied"}, "microphone": {"state": "ok", "level": 0.5, "label": "Mic"},
    "ways": [{"way": "udp", "works": True, "took_ms": 9}],
    "loop": {"up": vars(WAY), "down": vars(WAY), "rtt_ms": 5}}


@pytest.fixture
def osh(house: House) -> Actor:
    return add_actor(house, "osh", AccountRole.OFFICER, OSH)


@pytest.fixture
def engine() -> FakeEngine:
    made = FakeEngine()
    made.start()
    return made


@pytest.fixture
def trials(house: House, engine: FakeEngine) -> Trials:
    return Trials(house, engine)


# ---------------------------------------------------------------- what is kept


def test_an_officers_test_is_kept_with_the_point(house: House, osh: Actor) -> None:
    naryn, office = add_actor(house, "naryn", AccountRole.OFFICER, NARYN), organiser(house)
    view = keep_test(house, SelfTester(osh), OSH, FOUND, FIGURES)
    assert (view.score, view.findings, view.by, view.point) == (65, ("camera_denied", "speaker_unsure"), "Osh", OSH)
    assert get_test(house, SelfTester(osh), view.id) == get_test(house, SelfTester(office), view.id) == view
    assert [check.test for check in point_checks(house, osh, OSH)] == [view]
    with pytest.raises(NotFound):
        get_test(house, SelfTester(naryn), view.id)
    with pytest.raises(Forbidden):
        point_checks(house, naryn, OSH)
    with pytest.raises(Forbidden):
        keep_test(house, SelfTester(naryn), OSH, FOUND, FIGURES)
    with pytest.raises(Unauthenticated):
        keep_test(house, SelfTester(ANONYMOUS), "", FOUND, FIGURES)


def test_a_room_pcs_test_is_kept_with_its_point(house: House) -> None:
    desk = add_actor(house, "desk", AccountRole.OPERATOR)
    key = room_devices.new_key()
    room_devices.pair(house, desk, OSH, room_devices.show_code(house, key).code, "Meeting room")
    device = room_devices.device_of(house, key)
    view = keep_test(house, SelfTester(ANONYMOUS, device), NARYN, FOUND, FIGURES)
    assert (view.point, view.by) == (OSH, "Meeting room")
    assert get_test(house, SelfTester(ANONYMOUS, device), view.id) == view
    own = keep_test(house, SelfTester(desk), "", FOUND, FIGURES)
    with pytest.raises(NotFound):
        get_test(house, SelfTester(ANONYMOUS, device), own.id)


def test_old_tests_are_forgotten(house: House, clock: FixedClock, osh: Actor) -> None:
    keep_test(house, SelfTester(osh), OSH, FOUND, FIGURES)
    clock.advance((KEPT - timedelta(days=1)).total_seconds())
    keep_test(house, SelfTester(osh), OSH, FOUND, FIGURES)
    clock.advance(2 * 86400)
    assert housekeeping.clean_up(house)["self_tests"] == 1
    assert len(point_checks(house, osh, OSH)) == 1


# ---------------------------------------------------------------- the room in the media engine


def test_a_trial_is_its_owners_alone_and_ends(house: House, clock: FixedClock, engine: FakeEngine, trials: Trials) -> None:
    mine = trials.begin("user:a")
    assert trials.publish(mine, "user:a", OFFER).startswith("v=0")
    assert engine.desired.keys() == {mine}
    for other in (mine.replace("trial-0", "trial-1"), mine[:-1] + ("0" if mine[-1] != "0" else "1"), "trial-x", ""):
        with pytest.raises(NotFound):
            trials.publish(other, "user:a", OFFER)
    with pytest.raises(NotFound):
        trials.publish(mine, "user:b", OFFER)
    with pytest.raises(NotFound):
        trials.receive(mine, "user:a", 99, OFFER)
    clock.advance(SECONDS + 1)
    with pytest.raises(NotFound):
        trials.publish(mine, "user:a", OFFER)
    trials.sweep()
    assert engine.desired == {}


def test_one_trial_an_owner_and_few_that_send_at_once(clock: FixedClock, engine: FakeEngine, trials: Trials) -> None:
    first = trials.begin("user:a")
    clock.advance(1)
    second = trials.begin("user:a")
    assert engine.desired.keys() == {second}
    with pytest.raises(NotFound):
        trials.publish(first, "user:a", OFFER)
    trials.publish(second, "user:a", OFFER)
    for number in range(MOST_SENDING - 1):
        trials.publish(trials.begin(f"user:{number}"), f"user:{number}", OFFER)
    last = trials.begin("user:z")
    with pytest.raises(TrialsFull):
        trials.publish(last, "user:z", OFFER)
    trials.end(second, "user:a")
    trials.publish(last, "user:z", OFFER)


def test_another_web_process_goes_on_with_a_trial(house: House, engine: FakeEngine, trials: Trials) -> None:
    made = trials.begin("user:a")
    assert Trials(house, engine).publish(made, "user:a", OFFER).startswith("v=0")


def test_without_an_engine_or_with_a_broken_offer(house: House, trials: Trials) -> None:
    with pytest.raises(MediaUnavailable):
        Trials(house, None).begin("user:a")
    made = trials.begin("user:a")
    with pytest.raises(MediaRefused):
        trials.publish(made, "user:a", "v=0\r\n")


@pytest.fixture
def browser(house: House, engine: FakeEngine) -> Iterator[Browser]:
    app = create_app(house, engine)
    yield Browser(app, house)
    app.extensions["liaison_rooms"].stop()


def test_what_the_worker_saw_is_judged(engine: FakeEngine, osh: Actor, browser: Browser) -> None:
    browser.become(osh.user_id)
    trial = browser.send("POST", "/self-test/trial", json={}).get_json()
    assert trial["ways"] == [{"way": "udp", "name": trial["ways"][0]["name"], "ice_servers": [], "receive": trial["ways"][0]["receive"]}]
    assert browser.send("POST", trial["send"], json={"sdp": OFFER}).status_code == 200
    seen = {"bitrate": 90_000, "expected": 500, "loss": 0.5, "jitter_ms": 7.0}
    engine.figures[f"{trial['id']}-up"] = {"up": seen, "down": None, "told": None}
    measured = {"supported": True, "secure": True, "camera": {"state": "ok", "width": 1280, "height": 720, "fps": 30},
                "microphone": {"state": "ok", "level": 0.5}, "loudspeaker": {"heard": "yes", "echo": "none"},
                "ways": [{"way": "udp", "works": True}], "loop": {"up": vars(WAY), "down": vars(WAY)}}
    told = browser.send("POST", "/self-test/reports", json={"trial": trial["id"], "point": OSH, "measured": measured}).get_json()
    assert told["findings"] == ["up_tiny", "up_loss_heavy"] and (told["score"], told["verdict"]) == (10, "trouble")
    assert trial["id"] not in engine.desired
    assert browser.send("GET", f"/self-test/reports/{told['id']}.pdf").data.startswith(b"%PDF-")
    refused = browser.send("POST", "/self-test/reports", json={"measured": measured | {"score": 100}})
    assert refused.status_code == 422
