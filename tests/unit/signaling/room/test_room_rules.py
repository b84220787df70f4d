"""Room conduct: every command in every wrong place changes nothing; random courses keep the room's invariants."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from liaison.domain.errors import Forbidden, IllegalState, Invalid, LiaisonError, NotFound, RoomFull
from signaling.room.commands import COMMANDS, Command, apply, decide
from signaling.room.entering import depart, enter, go_away
from signaling.room.errors import NoSuchPeer, NotJoined, ScreenTaken
from signaling.room.events import EVENTS, Event, evolve, public_data
from signaling.room.state import CLOSED, LIVE, LOBBY, Plan, RoomState, from_json, to_json
from signaling.room.view import patch, view
from tests.support.conduct import NOW, PEOPLE, POINTS, VALID, do, fold, happened, room, someone

# ---------------------------------------------------------------- who may do what, when


STEERING = {"chair", "tablet"}
SPEAKING = {"chair", "tablet", "deputy", "osh", "alay"}
CONDUCTING = {*STEERING, "secretary"}
ALLOWED = {"steering": STEERING, "speaking": SPEAKING, "deputy": {"deputy"}, "conducting": CONDUCTING,
           "taking_part": {*SPEAKING, "secretary"}, "interpreting": {"interpreter"}, "captioning": {*CONDUCTING, "interpreter"},
           "sending": {*SPEAKING, "interpreter"}, "arranging": {*CONDUCTING, "interpreter"}}


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize("by", PEOPLE)
def test_role_by_command(name: str, by: str) -> None:
    """Whoever is not named in the table is refused as forbidden, and nobody else for his role's sake."""
    state = room(LOBBY if name == "open_session" else LIVE)
    before = to_json(state)
    try:
        decide(state, Command(name, by, VALID.get(name, {})), NOW)
        refused = False
    except Forbidden as exc:
        refused = exc.message.startswith("Your role")
    except (IllegalState, NotFound):
        refused = False
    expected = by not in ALLOWED[COMMANDS[name].who]
    if name == "return_chair":  # the rule itself looks closer: only who steers
        expected = by not in STEERING
    if by in SPEAKING or expected:
        assert refused == expected
    assert to_json(state) == before


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize("phase", [LOBBY, LIVE, CLOSED])
def test_phase_by_command(name: str, phase: str) -> None:
    """In a phase that the table does not name, the one who otherwise may is refused."""
    row, state = COMMANDS[name], room(phase)
    by = {"deputy": "deputy", "interpreting": "interpreter"}.get(row.who, "chair")
    if phase in row.phases:
        return
    with pytest.raises(NotJoined if phase == CLOSED else IllegalState):
        decide(state, Command(name, by, VALID.get(name, {})), NOW)


@pytest.mark.parametrize("fields", [{}, {"peer": 3}, {"peer": None}, {"peer": "osh", "more": 1}, {"peer": ""}, {"peer": ["osh"]}])
def test_malformed_fields_are_refused_by_name(fields: dict[str, Any]) -> None:
    with pytest.raises(Invalid) as caught:
        decide(room(), Command("grant_floor", "chair", fields), NOW)
    assert {error["field"] for error in caught.value.details["errors"]} <= {"peer", "more"}


def test_unknown_command_peer_and_target() -> None:
    with pytest.raises(Invalid):
        decide(room(), Command("dance", "chair"), NOW)
    with pytest.raises(NotJoined):
        decide(room(), Command("raise_hand", "nobody"), NOW)
    with pytest.raises(NoSuchPeer):
        decide(room(), Command("grant_floor", "chair", {"peer": "nobody"}), NOW)


# ---------------------------------------------------------------- the floor


def test_hands_queue_in_order_and_the_floor_passes() -> None:
    state = do(do(do(room(), "raise_hand", "alay"), "raise_hand", "osh"), "raise_hand", "alay")
    assert state.hands == ("alay", "osh")
    state = do(state, "grant_floor", "tablet", peer="osh")
    assert (state.floor, state.hands, state.peers["osh"].hand_at) == ("osh", ("alay",), None)
    state = do(state, "grant_floor", "chair", peer="alay")
    assert (state.floor, state.hands) == ("alay", ())
    with pytest.raises(IllegalState):
        do(state, "release_floor", "osh")
    assert do(state, "release_floor", "alay").floor is None
    assert do(state, "take_floor_back", "chair").floor is None


def test_only_those_who_steer_lower_anothers_hand() -> None:
    state = do(room(), "raise_hand", "osh")
    with pytest.raises(Forbidden):
        do(state, "lower_hand", "alay", peer="osh")
    assert do(state, "lower_hand", "chair", peer="osh").hands == ()
    assert do(state, "lower_hand", "osh").hands == ()


def test_the_floor_goes_to_nobody_who_cannot_speak() -> None:
    for silent in ("citizen", "interpreter", "tablet", "player"):
        with pytest.raises(IllegalState):
            do(room(), "grant_floor", "chair", peer=silent)


# ---------------------------------------------------------------- microphones and screens


def test_mute_all_spares_those_who_steer_and_the_floor() -> None:
    state = do(do(room(), "grant_floor", "chair", peer="osh"), "mute_all", "tablet")
    assert {key for key, peer in state.peers.items() if peer.microphone} == {"chair", "osh", "interpreter"}
    assert state.peers["alay"].muted
    state = do(state, "set_media", "alay", microphone=True)
    assert state.peers["alay"].microphone and not state.peers["alay"].muted


def test_a_person_is_asked_and_an_encoder_is_unmuted() -> None:
    state = do(do(room(), "mute_peer", "chair", peer="alay"), "mute_peer", "chair", peer="encoder")
    _, asked = apply(state, Command("ask_unmute", "chair", {"peer": "alay"}), NOW)
    assert [event.type for event in asked.events] == ["unmute_asked"]
    assert do(state, "ask_unmute", "chair", peer="encoder").peers["encoder"].microphone


def test_one_screen_at_a_time() -> None:
    state = do(room(), "start_screen", "osh")
    with pytest.raises(ScreenTaken):
        do(state, "start_screen", "alay")
    with pytest.raises(Forbidden):
        do(state, "stop_screen", "alay", peer="osh")
    assert do(state, "stop_screen", "chair", peer="osh").screen is None
    assert fold(state, *depart(state, "osh", "lost", NOW)).screen is None
    with pytest.raises(Forbidden):
        do(room(), "start_screen", "tablet")


def test_a_points_second_browser_starts_muted_but_an_encoder_does_not() -> None:
    state = room(without=("encoder", "player", "tablet", "alay", "osh"))
    first = fold(state, *enter(state, someone("alay"), NOW, 50))
    second = fold(first, *enter(first, someone("alay", peer="alay2"), NOW, 50))
    third = fold(second, *enter(second, someone("encoder"), NOW, 50))
    assert first.peers["alay"].microphone
    assert not second.peers["alay2"].microphone and second.peers["alay2"].camera
    assert third.peers["encoder"].microphone


# ---------------------------------------------------------------- the chair


def test_the_deputy_takes_over_after_a_minute_without_a_chair() -> None:
    state = room(without=("tablet",))
    with pytest.raises(IllegalState):
        do(state, "take_chair", "deputy", NOW + timedelta(hours=1))
    state = fold(state, *go_away(state, "chair", "link-chair", NOW))
    assert state.chair_lost_at == NOW
    with pytest.raises(IllegalState):
        do(state, "take_chair", "deputy", NOW + timedelta(seconds=59))
    state = do(state, "take_chair", "deputy", NOW + timedelta(seconds=60))
    assert do(state, "mute_peer", "deputy", peer="osh").peers["osh"].muted
    with pytest.raises(Forbidden):
        do(state, "remove_peer", "deputy", peer="chair")
    state = fold(state, *enter(state, someone("chair"), NOW, 50))
    assert state.chair_lost_at is None and state.acting == "deputy"
    state = do(state, "return_chair", "chair")
    with pytest.raises(Forbidden):
        do(state, "mute_peer", "deputy", peer="osh")


def test_without_a_chair_from_the_start_the_minute_counts_from_the_opening() -> None:
    state = room(without=("chair", "tablet"))
    assert state.chair_lost_at == NOW
    assert do(state, "take_chair", "deputy", NOW + timedelta(seconds=61)).acting == "deputy"


def test_the_tablet_alone_keeps_the_chair() -> None:
    state = room()
    assert fold(state, *depart(state, "chair", "left", NOW)).chair_lost_at is None


def test_an_acting_deputy_who_leaves_acts_no_more() -> None:
    state = room(without=("chair", "tablet"))
    state = do(state, "take_chair", "deputy", NOW + timedelta(minutes=2))
    assert fold(state, *depart(state, "deputy", "lost", NOW)).acting is None


# ---------------------------------------------------------------- coming and going


def test_the_watcher_over_the_limit_is_refused_and_the_one_who_returns_is_not() -> None:
    state = room()
    with pytest.raises(RoomFull):
        enter(state, someone("citizen", peer="second"), NOW, 1)
    assert [event.type for event in enter(state, someone("citizen"), NOW, 1)] == ["peer_back"]


def test_coming_back_keeps_what_the_person_had_switched_off() -> None:
    state = do(room(), "set_media", "osh", microphone=False)
    state = fold(state, *go_away(state, "osh", "link-osh", NOW))
    back = fold(state, *enter(state, someone("osh", link="new"), NOW, 50))
    assert back.peers["osh"].away_at is None and not back.peers["osh"].microphone and back.peers["osh"].link == "new"
    muted = do(room(), "mute_peer", "chair", peer="osh")
    back = fold(muted, *enter(muted, someone("osh", microphone=True), NOW, 50))
    assert not back.peers["osh"].microphone


def test_an_older_sockets_end_does_not_send_the_peer_away() -> None:
    assert go_away(room(), "osh", "an older link", NOW) == ()


def test_nobody_enters_a_closed_room() -> None:
    with pytest.raises(IllegalState):
        enter(room(CLOSED), someone("osh"), NOW, 50)


def test_the_agenda_stays_within_its_items() -> None:
    state = room()
    with pytest.raises(IllegalState):
        do(state, "previous_agenda_item", "chair")
    state = do(do(state, "next_agenda_item", "chair"), "next_agenda_item", "chair")
    assert state.agenda_index == 2
    with pytest.raises(IllegalState):
        do(state, "next_agenda_item", "chair")


def test_a_collision_asks_its_point_alone() -> None:
    state = fold(room(), happened("collision_warned", point="osh-oblast", session="2027-0002", minutes=5))
    with pytest.raises(IllegalState):
        do(state, "choose_on_collision", "alay", choice="leave")
    state = do(state, "choose_on_collision", "osh", choice="leave")
    state = fold(state, happened("collision_warned", point="osh-oblast", session="2027-0002", minutes=1))
    assert state.collisions["osh-oblast"] == {"session": "2027-0002", "minutes": 1, "choice": "leave"}


def test_acts_of_other_services_write_nothing_themselves() -> None:
    for name, phase in (("open_session", LOBBY), ("end_session", LIVE), ("extend_session", LIVE)):
        state, outcome = apply(room(phase), Command(name, "chair", VALID.get(name, {})), NOW)
        assert (outcome.act, outcome.events, state) == (name, (), room(phase))


# ---------------------------------------------------------------- snapshots, views, patches


def test_the_snapshot_is_json_and_comes_back_the_same() -> None:
    state = do(do(room(), "raise_hand", "osh"), "set_headcount", "alay", headcount=4, representatives=["A. Aliev"])
    kept = json.loads(json.dumps(to_json(state)))
    assert from_json(kept, state.plan) == state


def test_the_view_tells_no_account_token_or_socket() -> None:
    shown = json.dumps(view(room()))
    assert "jti-" not in shown and "link-" not in shown


def test_private_data_stay_in_the_log() -> None:
    data = {"peer": "p", "role": "point", "via": "browser", "user": "u", "jti": "j", "link": "l", "by": "x"}
    assert set(public_data("peer_joined", data)) == {"peer", "role", "via", "by"}
    assert public_data("headcount_set", {"point": "a", "headcount": 1, "representatives": ["N"]}) == {"point": "a", "headcount": 1}
    assert public_data("something new", {"secret": 1}) == {}


def apply_patch(snapshot: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """What PROTOCOL.md tells clients to do."""
    after = snapshot | {key: value for key, value in changes.items() if key != "peers"}
    peers = snapshot["peers"] | changes.get("peers", {})
    return after | {"peers": {key: peer for key, peer in peers.items() if peer is not None}}


STEP = st.one_of(
    st.tuples(st.just("command"), st.sampled_from(sorted(COMMANDS)), st.sampled_from(sorted(PEOPLE)), st.sampled_from(sorted(PEOPLE))),
    st.tuples(st.sampled_from(["enter", "away", "left", "lost"]), st.sampled_from(sorted(PEOPLE))),
    st.tuples(st.just("time"), st.integers(0, 90)),
    st.tuples(st.just("event"), st.sampled_from(["session_opened", "session_closed", "media_reset", "unheard_of"])))


def _events(state: RoomState, step: Any, now: datetime) -> tuple[Event, ...]:
    kind, *rest = step
    if kind == "enter":
        return enter(state, someone(rest[0]), now, 50)
    if kind == "away":
        return go_away(state, rest[0], f"link-{rest[0]}", now)
    if kind in ("left", "lost"):
        return depart(state, rest[0], kind, now)
    if kind == "event":
        return (happened(rest[0], now, epoch=2, reason="limit"),)
    name, by, other = rest
    fields = dict(VALID.get(name, {}))
    if "peer" in COMMANDS[name].fields:
        fields["peer"] = other
    return decide(state, Command(name, by, fields), now).events


@settings(max_examples=200, deadline=None)
@given(st.lists(STEP, max_size=40))
def test_any_course_keeps_the_rooms_invariants(steps: list[Any]) -> None:
    state, now = RoomState("s1", plan=Plan(NOW, NOW, (10, 20), POINTS)), NOW
    shown = view(state)
    for step in steps:
        if step[0] == "time":
            now += timedelta(seconds=step[1])
            continue
        before = to_json(state)
        try:
            events = _events(state, step, now)
        except LiaisonError:
            assert to_json(state) == before
            continue
        for event in events:
            state, old = evolve(state, event), state
            quick = view(state, old, shown)  # only what has changed is made anew
            told = json.loads(json.dumps(patch(shown, quick)))
            shown = apply_patch(shown, told)
            assert shown == view(state) == quick
        _check(state)


def _check(state: RoomState) -> None:
    assert state.floor is None or state.peers[state.floor].sends
    assert state.screen is None or state.peers[state.screen].sends
    assert state.acting is None or state.peers[state.acting].role == "deputy"
    assert len(set(state.hands)) == len(state.hands) and set(state.hands) == set(state.requests)
    assert {key for key, peer in state.peers.items() if peer.hand_at} == set(state.hands) & set(state.peers)
    assert state.interrupted is None or (state.speech is not None and state.speech.order and state.interrupted.peer in state.peers)
    assert all(seconds >= 0 for seconds in state.spoken.values())
    assert set(state.stage.peers) <= set(state.peers) and (state.sign is None or state.sign in state.peers)
    assert sum(item.since is not None for item in state.items.values()) <= 1
    assert all(set(channel.peers) <= set(state.peers) and {channel.air, channel.offered} - {None} <= set(channel.peers)
               for channel in state.channels.values())
    assert not state.peers.keys() & set(state.revoked)
    assert not any(peer.microphone or peer.camera for peer in state.peers.values() if not peer.publishes)
    assert not any(peer.muted and peer.microphone for peer in state.peers.values())
    assert (state.chair_lost_at is None) or state.phase == LIVE
    if state.phase == CLOSED:
        assert not state.peers
    assert from_json(to_json(state), state.plan) == state


def test_every_kind_of_event_survives_a_room_that_does_not_fit_it() -> None:
    """The log is never refused: an event about a peer that is gone changes nothing or little, and never raises."""
    data = {"peer": "ghost", "peers": ["ghost"], "point": "osh-oblast", "choice": "stay", "index": 0, "epoch": 2, "role": "point",
            "via": "browser", "minutes": 5, "session": "s", "headcount": None, "reason": "lost",
            "open": True, "seconds": 10, "mark": "present", "has": 1, "need": 2, "reached": False, "vote": "1", "title": "T",
            "kind": "open",
            "unit": "point", "majority": "simple", "voters": ["osh-oblast"], "voter": "osh-oblast", "counts": {"yes": 1},
            "outcome": "accepted", "mode": "two", "language": "ky", "document": "plan", "pages": 3, "page": 1,
            "mood": "lively", "number": 1, "text": "Why?"}
    for kind in EVENTS:
        _check(evolve(RoomState("s1"), happened(kind, **data)))
