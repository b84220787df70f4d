"""Who waits outside, what the rules of the room allow, closed items, the stage, and channels of interpretation."""

from __future__ import annotations

import pytest

from liaison.domain.errors import Forbidden, IllegalState, Invalid
from signaling.desired import desired
from signaling.room.channels import Channel
from signaling.room.entering import depart, enter, go_away
from signaling.room.errors import NoSuchPeer, RoomLocked
from signaling.room.state import RoomState
from tests.support.conduct import NOW, do, fold, room, someone


def let_in(state: RoomState, name: str, **changes: object) -> RoomState:
    return fold(state, *enter(state, someone(name, **changes), NOW, 50))


def hears(state: RoomState) -> set[str]:
    return {key for key, peer in desired(state, 1, 0).peers.items() if peer.admitted}


def test_whoever_comes_into_a_lobby_waits_until_admitted() -> None:
    state = let_in(do(room(without=("osh", "alay")), "set_rights", "chair", lobby=True), "osh")
    state = let_in(let_in(state, "alay"), "deputy", peer="deputy-2")
    assert {key for key, peer in state.peers.items() if peer.held} == {"osh", "alay"}
    assert not hears(state) & {"osh", "alay"}
    assert hears(do(state, "admit", "secretary", peer="osh")) >= {"osh"}
    state = do(state, "admit", "secretary")
    assert not any(peer.held for peer in state.peers.values())
    state = do(state, "hold", "secretary", peer="osh")
    assert "osh" not in hears(state) and "osh-oblast" not in state.points_here()
    with pytest.raises(IllegalState):
        do(state, "hold", "secretary", peer="deputy")
    everybody = do(state, "hold", "chair")
    assert hears(everybody) == {"chair", "deputy", "deputy-2", "secretary"}


def test_a_locked_room_lets_nobody_new_in() -> None:
    state = do(room(without=("osh",)), "set_rights", "chair", locked=True)
    with pytest.raises(RoomLocked):
        let_in(state, "osh")
    assert "secretary" in let_in(state, "secretary").peers
    away = fold(state, *go_away(state, "alay", "link-alay", NOW))
    assert let_in(away, "alay").peers["alay"].away_at is None, "whoever is in comes back in"


def test_a_microphone_is_carried_only_for_whoever_may_speak() -> None:
    state = do(room(), "set_rights", "chair", speak="floor")
    carried = {key for key, peer in desired(state, 1, 0).peers.items() if peer.microphone}
    assert carried == {"chair"}
    state = do(state, "grant_floor", "chair", peer="osh")
    assert {key for key, peer in desired(state, 1, 0).peers.items() if peer.microphone} == {"chair", "osh"}


def test_who_may_show_a_screen() -> None:
    state = do(do(room(), "start_screen", "osh"), "set_rights", "chair", share="chair")
    assert state.screen is None, "the rule ends what it forbids"
    with pytest.raises(Forbidden):
        do(state, "start_screen", "osh")
    assert do(state, "start_screen", "chair").screen == "chair"
    state = do(do(state, "set_rights", "chair", share="floor"), "grant_floor", "chair", peer="osh")
    assert do(state, "start_screen", "osh").screen == "osh"


def test_a_closed_item_cuts_off_watchers_recordings_and_whoever_is_not_invited_to_it() -> None:
    state = do(room(), "close_doors", "chair")
    assert room().peers.keys() - hears(state) == {"citizen", "tablet"}, "the tablet never has any media"
    assert not desired(state, 1, 0).tap_open
    state = do(state, "close_doors", "chair", points=["osh-oblast"])
    assert hears(state) == {"chair", "secretary", "osh", "interpreter"}
    assert hears(do(state, "open_doors", "chair")) == hears(room()) and desired(do(state, "open_doors", "chair"), 1, 0).tap_open
    with pytest.raises(Invalid):
        do(room(), "close_doors", "chair", points=["atlantis"])
    with pytest.raises(Forbidden):
        do(room(), "close_doors", "secretary")


def test_a_removal_may_say_why() -> None:
    state = do(room(), "remove_peer", "chair", peer="osh", why=" Not invited ")
    assert "osh" not in state.peers


# ---------------------------------------------------------------- the stage


def test_the_stage_names_as_many_as_it_shows() -> None:
    state = do(room(), "set_stage", "secretary", mode="two", peers=["osh", "alay"])
    assert (state.stage.mode, state.stage.peers) == ("two", ("osh", "alay"))
    for fields in ({"mode": "two", "peers": ["osh"]}, {"mode": "two", "peers": ["osh", "osh"]}, {"mode": "pinned"},
                   {"mode": "gallery", "peers": ["osh"]}):
        with pytest.raises(IllegalState):
            do(room(), "set_stage", "chair", **fields)
    with pytest.raises(NoSuchPeer):
        do(room(), "set_stage", "chair", mode="pinned", peers=["nobody"])
    assert fold(state, *depart(state, "osh", "left", NOW)).stage.mode == "free"


def test_the_sign_interpreter_is_pinned_until_gone() -> None:
    state = do(room(), "set_sign", "chair", peer="interpreter")
    assert state.sign == "interpreter"
    assert fold(state, *depart(state, "interpreter", "left", NOW)).sign is None
    assert do(state, "set_sign", "chair", peer=None).sign is None


def test_an_interpreter_may_say_so_of_itself_alone_and_is_seen_then() -> None:
    state = do(room(), "set_sign", "interpreter", peer="interpreter")
    assert [key for key in ("interpreter",) if desired(state, 1, 0).peers[key].camera] == ["interpreter"]
    assert not desired(room(), 1, 0).peers["interpreter"].camera, "an interpreter who is only heard sends no picture"
    assert do(state, "set_sign", "interpreter", peer=None).sign is None
    with pytest.raises(Forbidden):
        do(room(), "set_sign", "interpreter", peer="osh")
    with pytest.raises(Forbidden):
        do(do(room(), "set_sign", "chair", peer="osh"), "set_sign", "interpreter", peer=None)


# ---------------------------------------------------------------- interpretation


def two_interpreters() -> RoomState:
    state = let_in(room(), "interpreter", peer="second")
    return do(do(state, "enter_channel", "interpreter", language="ky"), "enter_channel", "second", language="ky")


def test_one_is_on_the_air_and_hands_over() -> None:
    state = two_interpreters()
    assert state.channels["ky"] == Channel(("interpreter", "second"), "interpreter")
    with pytest.raises(IllegalState):
        do(state, "take_air", "second")
    with pytest.raises(IllegalState):
        do(state, "offer_air", "second", peer="interpreter")
    with pytest.raises(NoSuchPeer):
        do(state, "offer_air", "interpreter", peer="osh")
    offered = do(state, "offer_air", "interpreter", peer="second")
    assert do(offered, "offer_air", "interpreter", peer=None).channels["ky"].offered is None, "one may think better of it"
    state = do(offered, "take_air", "second")
    assert state.channels["ky"] == Channel(("interpreter", "second"), "second")


def test_a_channel_carries_whoever_is_on_the_air_and_no_interpreter_is_heard_without_one() -> None:
    assert not desired(room(), 1, 0).peers["interpreter"].microphone
    state = two_interpreters()
    wanted = desired(state, 1, 0)
    assert wanted.channels == {"ky": "interpreter"}
    assert wanted.peers["interpreter"].microphone and wanted.peers["second"].microphone, "ready, so that nothing is missed"
    state = do(do(state, "offer_air", "interpreter", peer="second"), "take_air", "second")
    assert desired(state, 1, 0).channels == {"ky": "second"}
    muted = do(state, "set_media", "second", microphone=False)
    assert not desired(muted, 1, 0).peers["second"].microphone
    assert desired(fold(state, *depart(state, "second", "left", NOW)), 1, 0).channels == {}


def test_interpreters_speak_whoever_has_the_floor_and_are_not_muted_with_everybody() -> None:
    state = do(do(two_interpreters(), "set_rights", "chair", speak="floor"), "mute_all", "chair")
    assert desired(state, 1, 0).peers["interpreter"].microphone
    state = do(do(state, "mute_peer", "chair", peer="interpreter"), "ask_unmute", "chair", peer="interpreter")
    assert not state.peers["interpreter"].microphone
    assert do(state, "set_media", "interpreter", microphone=True).peers["interpreter"].microphone


def test_a_colleague_steps_in_for_a_lost_line() -> None:
    state = two_interpreters()
    state = fold(state, *go_away(state, "interpreter", "link-interpreter", NOW))
    assert do(state, "take_air", "second").channels["ky"].air == "second"
    gone = fold(state, *depart(state, "interpreter", "lost", NOW))
    assert gone.channels["ky"] == Channel(("second",), None), "nobody goes on the air unasked"


def test_channels_are_made_from_channels_that_exist() -> None:
    state = do(room(), "enter_channel", "interpreter", language="ru")
    state = let_in(state, "interpreter", peer="second")
    state = do(state, "enter_channel", "second", language="en", source="ru")
    assert state.channels["en"].source == "ru"
    with pytest.raises(IllegalState):
        do(room(), "enter_channel", "interpreter", language="en", source="ru")
    with pytest.raises(IllegalState):
        do(state, "enter_channel", "interpreter", language="ru", source="en")  # each from the other: from nobody
    with pytest.raises(IllegalState):
        do(state, "enter_channel", "interpreter", language="ru", source="ru")
    moved = do(state, "enter_channel", "second", language="ky")
    assert set(moved.channels) == {"ru", "ky"}, "one interprets into one language at a time"
    assert set(do(moved, "leave_channel", "second").channels) == {"ru"}
