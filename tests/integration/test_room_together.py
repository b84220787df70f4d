"""Events that happen together are told together; nobody hears more by it, and nothing in another order."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from liaison.house import House
from signaling import live as live_module
from signaling import rooms
from signaling.room.events import Event
from tests.support.live_room import LiveRoom, RoomClient, until

LONG_S = 3600.0


@pytest.fixture
def live(house: House) -> Iterator[LiveRoom]:
    room = LiveRoom(house)
    room.open()
    yield room
    room.stop()


def pause(live: LiveRoom, monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on everything waits for the first that may not wait."""
    followed = live.service.follower.get(live.session)
    assert followed is not None
    followed.tell()
    monkeypatch.setattr(live_module, "PAUSE_S", LONG_S)


def ask(client: RoomClient, name: str, **fields: object) -> None:
    """A command whose event is not waited for."""
    assert client.call("command", {"id": f"{name}-{client.peer}", "name": name, "fields": fields})["ok"]


def test_what_is_written_together_comes_as_one_message(live: LiveRoom) -> None:
    chair, osh = live.enter("chair", None), live.enter()
    now = live.house.clock.now()
    rooms.transact(live.house, live.session, lambda _db, _session, _state: [
        Event("media_set", {"peer": osh.peer, "camera": on}, now) for on in (True, False, True)], "test")
    live.service.follower.caught_up(live.session)
    for client in (chair, osh):
        until(lambda client=client: len(client.events("media_set")) == 3, "all three")
        assert client.together[-1] == 3
        assert client.snapshot == osh.call("snapshot")["snapshot"]


def test_after_the_first_the_others_wait_for_the_pause(live: LiveRoom, monkeypatch: pytest.MonkeyPatch) -> None:
    chair, osh = live.enter("chair", None), live.enter()
    pause(live, monkeypatch)
    before = osh.seq
    ask(chair, "set_list", open=False)
    ask(chair, "set_limits", speech_s=120)
    ask(osh, "raise_hand", order=True)
    assert osh.call("snapshot")["seq"] == before + 3 and osh.seq == before  # whoever asks is told at once
    followed = live.service.follower.get(live.session)
    assert followed is not None
    followed.tell()
    until(lambda: osh.seq == before + 3, "everything")
    assert osh.together[-1] == 3 and osh.snapshot["list"]["speech_s"] == 120


def test_whoever_is_let_in_does_not_hear_what_was_said_just_before(live: LiveRoom, monkeypatch: pytest.MonkeyPatch) -> None:
    chair, osh, alay = live.enter("chair", None), live.enter(), live.enter("point", "alay-district")
    assert chair.command("close_doors", points=["osh-oblast"])["ok"]
    assert alay.wait_told("audience") == {"outside": True}
    pause(live, monkeypatch)
    ask(osh, "raise_hand", subject="a secret")
    ask(chair, "open_doors")
    until(lambda: len(alay.told("audience")) == 2, "let in")
    raised = alay.wait_event("hand_raised")
    assert raised["data"] == {} and raised["patch"] == {}
    assert alay.call("snapshot")["snapshot"]["queue"][0]["subject"] == "a secret"  # it still stands in the list


def test_a_goodbye_comes_after_everything_before_it(live: LiveRoom, monkeypatch: pytest.MonkeyPatch) -> None:
    chair, osh = live.enter("chair", None), live.enter()
    pause(live, monkeypatch)
    ask(chair, "set_list", open=False)
    ask(chair, "remove_peer", peer=osh.peer)
    assert osh.wait_told("bye") == {"reason": "removed"}
    assert [name for name, _ in osh.heard][-3:] == ["event", "event", "bye"]
