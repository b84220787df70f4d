"""How long the reader of a request waits, with a pair of sockets and a clock that the test moves."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from web import patience
from web.patience import CROWD, Crowd, PatientUnreader


class Pair:
    """The server's reader and the client's end of one connection."""

    def __init__(self) -> None:
        self.now_s = 1000.0
        self.client, self.server = socket.socketpair()
        self.crowd = Crowd()
        self.reader = PatientUnreader(self.server, self.crowd, lambda: self.now_s)


@pytest.fixture
def pair(monkeypatch: pytest.MonkeyPatch) -> Iterator[Pair]:
    monkeypatch.setattr(patience, "LOOK_EVERY_S", 0.01)
    made = Pair()
    yield made
    made.client.close()
    made.server.close()


def test_a_head_that_drips_ends_when_its_time_is_over(pair: Pair) -> None:
    for _ in range(14):
        pair.client.sendall(b"x")
        assert pair.reader.chunk() == b"x"
        pair.now_s += 1.0
    pair.now_s += 1.1
    pair.client.sendall(b"y")
    assert pair.reader.chunk() == b""
    assert pair.reader.chunk() == b""  # for good


def test_a_body_may_go_on_as_long_as_it_comes(pair: Pair) -> None:
    pair.reader.begin_body()
    for _ in range(100):  # two kilobytes in one and a half seconds, for 150 seconds
        pair.client.sendall(b"x" * 2048)
        assert len(pair.reader.chunk(2048)) == 2048
        pair.now_s += 1.5
    pair.now_s += 70
    assert pair.reader.chunk(2048) == b""


def test_the_next_request_has_its_own_time(pair: Pair) -> None:
    pair.now_s += 14
    pair.reader.begin()
    pair.now_s += 14
    pair.client.sendall(b"GET")
    assert pair.reader.chunk() == b"GET"


@pytest.mark.parametrize(("waiting", "seconds"), [(CROWD + 1, 3.0), (2 * CROWD, 1.0)])
def test_in_a_crowd_nobody_may_wait_long(pair: Pair, waiting: int, seconds: float) -> None:
    with ExitStack() as crowd:
        for _ in range(waiting):
            crowd.enter_context(pair.crowd.waits())
        pair.now_s += seconds - 0.1
        pair.client.sendall(b"G")
        assert pair.reader.chunk() == b"G"
        pair.now_s += 0.2
        assert pair.reader.chunk() == b""


def test_a_waiting_reader_notices_that_a_crowd_has_come(pair: Pair) -> None:
    found: list[bytes] = []
    reading = threading.Thread(target=lambda: found.append(pair.reader.chunk()))
    reading.start()
    pair.now_s += 5
    with ExitStack() as crowd:
        for _ in range(CROWD + 1):
            crowd.enter_context(pair.crowd.waits())
        reading.join(5)
    assert found == [b""]


def test_the_socket_is_left_as_it_was_found(pair: Pair) -> None:
    """What a WebSocket does with it afterwards is not limited."""
    pair.client.sendall(b"x")
    pair.reader.chunk()
    assert pair.server.gettimeout() is None
    pair.server.settimeout(0.02)
    threading.Timer(0.05, lambda: setattr(pair, "now_s", pair.now_s + 1)).start()
    with pytest.raises(TimeoutError):
        pair.reader.chunk()
    assert pair.server.gettimeout() == 0.02
