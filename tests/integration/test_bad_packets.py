"""Packets below the messages, and messages at the wrong moment: each costs its own connection at most, nothing else dies.

``test_room_refusals`` sends every message with every wrong kind of field and by every wrong role.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
import websocket

from signaling.messages import CLIENT
from signaling.room.commands import COMMANDS
from tests.support.conduct import VALID
from tests.support.live_room import OFFER, until
from tests.support.office import Office


def raw(office: Office, *packets: str | bytes) -> Any:
    """A WebSocket below Socket.IO that has sent these Engine.IO packets."""
    link = websocket.create_connection(office.live.base.replace("http", "ws") + "/socket.io/?EIO=4&transport=websocket", timeout=8)
    for packet in packets:
        link.send(packet, websocket.ABNF.OPCODE_BINARY if isinstance(packet, bytes) else websocket.ABNF.OPCODE_TEXT)
    return link


def ended(link: Any) -> bool:
    """Read until the server ends the connection."""
    try:
        while link.recv():
            pass
    except websocket.WebSocketTimeoutException:
        return False
    except (websocket.WebSocketException, OSError):
        return True
    return True


STRANGE: dict[str, str | bytes] = {
    "bytes": b"\x00\x01", "no packet": "4", "no kind": "4x", "no JSON": '42["', "too deep": "42" + "[" * 100_000, "no event": "42{}",
    "an announced attachment": '451-["join",{"_placeholder":true,"num":0}]', "an error of ours": '44{"message":"x"}',
    "too long a number": "42" + "9" * 200 + '["x"]', "too long a message": '42["join","' + "x" * 600_000 + '"]',
}


@pytest.mark.parametrize("joined", [False, True])
@pytest.mark.parametrize("what", STRANGE)
def test_a_packet_that_no_page_sends_ends_its_own_connection_alone(office: Office, what: str, joined: bool) -> None:
    other = office.live.enter()
    start = ["40" + json.dumps({"token": office.live.token()})] if joined else []
    link = raw(office, *start)
    if joined:
        until(lambda: link.recv().startswith("40"), "the namespace")
    link.send(STRANGE[what], websocket.ABNF.OPCODE_BINARY if isinstance(STRANGE[what], bytes) else websocket.ABNF.OPCODE_TEXT)
    if what == "no event" and not joined:
        link.close()  # of nobody in particular: it is passed over
    else:
        assert ended(link)
    assert other.call("snapshot")["ok"]


def test_one_connection_takes_one_place(office: Office) -> None:
    connect = "40" + json.dumps({"token": office.live.token()})
    assert ended(raw(office, connect, connect))


def test_connections_that_ask_for_nothing_are_ended(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    guard = office.app.extensions["liaison_socket_count"].__self__.guard
    joined, silent = office.live.enter(), raw(office)
    monkeypatch.setattr("web.socket_guard.ASK_WITHIN_S", -1.0)
    guard.end_silent()
    assert ended(silent)
    assert joined.call("snapshot")["ok"]


def test_connections_below_socket_io_are_limited(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    guard = office.app.extensions["liaison_socket_count"].__self__.guard
    monkeypatch.setattr(guard, "_most", 0)
    with pytest.raises(websocket.WebSocketException):
        raw(office)
    monkeypatch.undo()
    assert office.live.enter().call("snapshot")["ok"]


GOOD: dict[str, dict[str, Any]] = {
    "join": {"token": "x"}, "snapshot": {}, "publish": {"epoch": 1, "sdp": OFFER}, "unpublish": {},
    "subscribe": {"epoch": 1, "connection": "subscribe"}, "answer": {"epoch": 1, "connection": "subscribe", "sdp": OFFER},
    "restart": {"epoch": 1, "connection": "subscribe"}, "view": {"connection": "subscribe", "slots": {"v0": None}},
    "command": {"id": "12345678", "name": "raise_hand"}, "report": {"quality": "good"}, "ice": {}, "leave": {},
    "chat_say": {"id": "12345678", "to": "chair", "text": "Hello"}, "chat_read": {}, "chat_remove": {"seq": 1}, "notes_read": {},
    "note_save": {"item": -1, "base": 0, "text": "Noted"}, "questions_read": {}, "question_typed": {},
    "question_ask": {"id": "12345678", "text": "Is there work?", "language": "en"},
}


def test_every_message_after_leaving_is_refused(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    assert set(GOOD) == set(CLIENT)
    sockets = office.app.extensions["liaison_socket_count"].__self__
    monkeypatch.setattr(sockets, "close", lambda link: None)
    client = office.live.enter()
    assert client.call("leave")["ok"]
    for message, data in GOOD.items():
        answer = client.call(message, data)
        assert answer["error"]["code"] == ("unauthenticated" if message == "join" else "not_joined"), (message, answer)


def test_media_messages_before_their_time_are_refused(office: Office) -> None:
    client = office.live.enter()
    for message in ("answer", "restart", "view"):
        assert client.call(message, GOOD[message])["error"]["code"] == "media_refused"
    for message in ("publish", "subscribe", "answer", "restart"):
        assert client.call(message, GOOD[message] | {"epoch": 99})["error"]["code"] == "stale_epoch"


def test_every_command_with_odd_fields_or_from_a_watcher_is_refused(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("web.sockets.Bucket.take", lambda self: True)
    chair, watcher = office.live.enter("chair", None), office.live.enter("watcher", None)
    before = chair.call("snapshot")["snapshot"]
    for name, row in COMMANDS.items():
        known = {"peer": "x"} | VALID.get(name, {})
        fine = {key: known[key] for key, one in row.fields.items() if one.required}
        assert watcher.command(name, **fine)["error"]["code"] == "forbidden", name
        for odd in ({"x": 1}, *({key: {"a": []}} for key in row.fields)):
            assert chair.command(name, **(fine | odd))["error"]["code"] == "invalid", (name, odd)
    assert chair.command("no_such_command")["error"]["code"] == "invalid"
    assert chair.call("snapshot")["snapshot"] == before


def test_watchers_are_told_of_no_other_session(office: Office) -> None:
    from liaison.services import room_log

    osh, watcher = office.live.enter(), office.live.enter("watcher", None)
    warning = {"point": "osh-oblast", "session": office.sessions["open"], "minutes": 5, "title": {"en": "Secret"}, "starts_at": "x"}
    with office.house.db.write() as db:
        room_log.append(db, office.live.session, [("collision_warned", warning)], office.house.clock.now(), "scheduler")
    assert osh.wait_event("collision_warned")["data"]["session"] == office.sessions["open"]
    watcher.wait_event("collision_warned")
    assert "Secret" not in str(watcher.heard) and office.sessions["open"] not in str(watcher.heard)
    assert "Secret" in str(osh.call("snapshot")) and "Secret" not in str(watcher.call("snapshot"))
