"""What the room's sockets refuse: malformed messages, foreign tokens and pages, floods, and every wrong role."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import socketio

from liaison.house import open_house
from signaling.messages import CLIENT
from tests.support.databases import make_settings
from tests.support.live_room import OFFER, LiveRoom, RoomClient, code, until


@pytest.fixture(scope="module")
def bad_input_room(_sqlite_factory: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveRoom]:
    folder = tmp_path_factory.mktemp("bad-input")
    opened = open_house(make_settings(folder / "data", database_url=_sqlite_factory.create(folder)))
    room = LiveRoom(opened)
    room.open()
    yield room
    room.stop()
    opened.db.close()


GOOD: dict[str, dict[str, Any]] = {
    "join": {"token": "x"}, "snapshot": {}, "publish": {"epoch": 1, "sdp": OFFER}, "unpublish": {},
    "subscribe": {"epoch": 1, "connection": "subscribe"}, "answer": {"epoch": 1, "connection": "subscribe", "sdp": OFFER},
    "restart": {"epoch": 1, "connection": "subscribe"}, "view": {"connection": "subscribe", "slots": {}},
    "command": {"id": "12345678", "name": "raise_hand"}, "report": {"quality": "good"}, "ice": {}, "leave": {},
    "chat_say": {"id": "12345678", "to": "chair", "text": "Hello"}, "chat_read": {}, "chat_remove": {"seq": 1}, "notes_read": {},
    "note_save": {"item": -1, "base": 0, "text": "Noted"}, "questions_read": {}, "question_typed": {},
    "question_ask": {"id": "12345678", "text": "Is there work?", "language": "en"},
}
WRONG_VALUES = [None, True, -1, 2**80, 1.5, "", "x" * 210_000, "\x00", "\ud800", [], [[]], {}, {"a": {"b": {}}}]


def malformed() -> list[tuple[str, Any]]:
    """Every message with every field replaced by every wrong kind of value, missing, and joined by an unknown one."""
    cases: list[tuple[str, Any]] = []
    for message, declared in CLIENT.items():
        good = GOOD[message]
        cases += [(message, wrong) for wrong in (3, "text", [1], None, True) if message != "leave"]
        cases.append((message, {**good, "unknown": 1}))
        cases += [(message, {key: value for key, value in good.items() if key != name})
                  for name, field in declared.fields.items() if field.required]
        cases += [(message, {**good, name: value}) for name, field in declared.fields.items() for value in WRONG_VALUES
                  if not _passes(field, value)]
    return cases


def _passes(field: Any, value: Any) -> bool:
    mistakes: list[Any] = []
    field.check(value, "", mistakes)
    return not mistakes


def test_every_malformed_message_is_refused_and_nothing_is_lost(bad_input_room: LiveRoom, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("web.sockets.Bucket.take", lambda self: True)
    client = bad_input_room.enter()
    before = client.call("snapshot")["snapshot"]
    for message, data in malformed():
        if data is None and message in ("snapshot", "unpublish", "ice", "chat_read", "notes_read", "questions_read", "question_typed"):
            continue  # no payload at all is what these want
        answer = client.io.call(message, data, timeout=8)
        assert not answer["ok"] and answer["error"]["code"] in ("invalid", "media_refused"), (message, str(data)[:80], answer)
        assert answer["error"]["detail"] and answer["error"]["remedy"]
    assert client.io.connected
    assert client.call("snapshot")["snapshot"] == before


def test_a_message_too_large_for_the_server_costs_its_sender_the_socket_alone(bad_input_room: LiveRoom) -> None:
    client = bad_input_room.enter()
    client.io.emit("publish", {"epoch": 1, "sdp": "x" * 400_000})
    until(lambda: not client.io.connected, "the socket closed")
    assert bad_input_room.resume(client).peer == client.peer


def test_messages_before_joining_are_refused(bad_input_room: LiveRoom) -> None:
    client = bad_input_room.connect(token=bad_input_room.token())
    for message, data in GOOD.items():
        if message != "join":
            assert code(client.call(message, data)) == "not_joined"


@pytest.mark.parametrize("auth", [{}, {"token": "nonsense"}, {"token": 3}, {"resume": "x" * 9000}, ["token"], "token", {"token": ""}])
def test_the_handshake_needs_a_token(bad_input_room: LiveRoom, auth: Any) -> None:
    client: Any = socketio.Client(reconnection=False)
    refusals: list[Any] = []
    client.on("connect_error", refusals.append)
    with pytest.raises(socketio.exceptions.ConnectionError):
        client.connect(bad_input_room.base, auth=auth, transports=["websocket"])
    assert refusals[0]["data"]["code"] == "unauthenticated"


def test_tokens_of_others_open_nothing(bad_input_room: LiveRoom) -> None:
    live = bad_input_room
    joined = live.enter()
    for auth in ({"token": joined.answer["resume"]}, {"resume": joined.auth["token"]},
                 {"token": joined.auth["token"], "resume": joined.answer["resume"]}, {}):
        assert code(joined.call("join", auth)) in ("unauthenticated", "invalid")


@pytest.mark.parametrize(("origin", "status"), [
    ("https://evil.example", 400), ("http://127.0.0.1.evil.example", 400), ("null", 400), (None, 200), ("own", 200)])
def test_a_foreign_page_opens_no_socket(bad_input_room: LiveRoom, origin: str | None, status: int) -> None:
    headers = {} if origin is None else {"Origin": bad_input_room.base if origin == "own" else origin}
    answer = httpx.get(f"{bad_input_room.base}/socket.io/?EIO=4&transport=polling", headers=headers)
    assert answer.status_code == status


def test_a_flood_is_refused_and_the_socket_lives(bad_input_room: LiveRoom) -> None:
    client = bad_input_room.enter()
    answers = [client.call("report", {"quality": "good"}) for _ in range(300)]
    assert {code(answer) for answer in answers if not answer["ok"]} == {"rate_limited"}
    assert any(not answer["ok"] for answer in answers) and client.io.connected


def test_one_socket_more_than_the_server_may_have(bad_input_room: LiveRoom, monkeypatch: pytest.MonkeyPatch) -> None:
    live = bad_input_room
    monkeypatch.setattr(live.app.extensions["liaison_socket_count"].__self__, "most", 0)
    client: Any = socketio.Client(reconnection=False)
    refusals: list[Any] = []
    client.on("connect_error", refusals.append)
    with pytest.raises(socketio.exceptions.ConnectionError):
        client.connect(live.base, auth={"token": live.token()}, transports=["websocket"])
    assert refusals[0]["data"]["code"] == "sockets_full"


ROLES = {"chair": "big-hall", "point": "osh-oblast", "interpreter": None, "watcher": None}
BY_WHO = {"all": set(ROLES), "receiving": set(ROLES), "sending": {"chair", "point", "interpreter"}, "anybody": set(ROLES),
          "talking": {"chair", "point", "interpreter"}, "leading": {"chair"}, "of_a_point": {"chair", "point"}}


def test_role_by_message(bad_input_room: LiveRoom) -> None:
    """Who may send what, through the real door: only the roles that PROTOCOL.md names get past 'forbidden'."""
    clients: dict[str, RoomClient] = {role: bad_input_room.enter(role, point) for role, point in ROLES.items()}
    for message, data in GOOD.items():
        if message in ("join", "command", "leave"):
            continue
        for role, client in clients.items():
            answer = client.call(message, data)
            forbidden = not answer["ok"] and answer["error"]["code"] == "forbidden"
            assert forbidden == (role not in BY_WHO[CLIENT[message].who]), (message, role, answer)
