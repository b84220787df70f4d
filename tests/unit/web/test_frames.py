"""Frames made once for all: what a WebSocket client of another library reads from them."""

from __future__ import annotations

from typing import Any

import pytest
from wsproto.connection import Connection, ConnectionType
from wsproto.events import TextMessage
from wsproto.extensions import PerMessageDeflate

from web.frames import OFFERED, SharedFrames, frame_of, offers_deflate, without_takeover

TEXTS = ("", "short", "Сессия " * 10, "x" * 125, "x" * 126, "жогорку " * 300, "x" * 70_000)


def client(answer: str | None) -> Connection:
    """The browser's side of a connection, after what the server answered to its offer."""
    extensions = []
    if answer is not None:
        extensions = [PerMessageDeflate()]
        extensions[0].finalize(answer)
    return Connection(ConnectionType.CLIENT, extensions)


def read(connection: Connection, frame: bytes) -> str:
    connection.receive_data(frame)
    parts = [event for event in connection.events() if isinstance(event, TextMessage)]
    assert parts[-1].message_finished
    return "".join(part.data for part in parts)


@pytest.mark.parametrize("deflate", [False, True])
def test_every_text_is_read_as_it_was_by_every_reader(deflate: bool) -> None:
    readers = [client("permessage-deflate; server_no_context_takeover" if deflate else None) for _ in range(2)]
    readers[1].receive_data(frame_of("a message that only the second has heard " * 20, deflate))
    list(readers[1].events())
    for text in TEXTS:
        frame = frame_of(text, deflate)
        assert [read(reader, frame) for reader in readers] == [text, text]


def test_long_texts_become_short_where_that_is_agreed() -> None:
    text = "the same words " * 100
    assert len(frame_of(text, True)) < 100 < len(text) < len(frame_of(text, False))
    assert len(frame_of("short", True)) == 7


def test_the_server_takes_no_context_over_and_leaves_other_offers_alone() -> None:
    chrome = "permessage-deflate; client_max_window_bits"
    assert without_takeover(chrome) == f"{chrome}; server_no_context_takeover"
    assert without_takeover("x-other, permessage-deflate") == "x-other, permessage-deflate; server_no_context_takeover"
    assert without_takeover("permessage-deflate; server_no_context_takeover") == "permessage-deflate; server_no_context_takeover"
    assert PerMessageDeflate().accept(without_takeover(chrome)) == "server_no_context_takeover; client_max_window_bits=15"
    assert offers_deflate(chrome) and not offers_deflate("") and not offers_deflate("x-permessage-deflate-frame")


class Line:
    """A connection that keeps what was sent."""

    connected, mode, sock = True, "", None

    def __init__(self) -> None:
        self.sent: list[Any] = []
        self.sock = self

    def sendall(self, data: bytes) -> None:
        self.sent.append(data)

    def send(self, message: Any) -> None:
        self.sent.append(message)


def shared(monkeypatch: pytest.MonkeyPatch, offers: str) -> tuple[SharedFrames, Line]:
    line = Line()
    monkeypatch.setattr("simple_websocket.Server", lambda environ, **_args: line)
    made = SharedFrames(lambda _ws: None, None)
    made({OFFERED: offers} if offers else {}, None)
    return made, line


def test_the_same_text_is_framed_once_for_many(monkeypatch: pytest.MonkeyPatch) -> None:
    many = [shared(monkeypatch, "permessage-deflate") for _ in range(3)] + [shared(monkeypatch, "") for _ in range(3)]
    text = "to everybody " * 50
    for made, _ in many:
        made.send(text)
    packed, plain = [line.sent[0] for _, line in many[:3]], [line.sent[0] for _, line in many[3:]]
    assert packed[0] is packed[1] is packed[2] and plain[0] is plain[1] is plain[2]
    assert len(packed[0]) < len(plain[0])


def test_who_asks_for_a_window_of_its_own_is_served_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    made, line = shared(monkeypatch, "permessage-deflate; server_max_window_bits=10")
    made.send("text")
    assert line.sent == ["text"]


def test_an_ended_connection_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    made, line = shared(monkeypatch, "")
    line.connected = False
    with pytest.raises(OSError):
        made.send("text")
