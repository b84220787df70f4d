"""Packets written straight into a socket: all of them, whole, in their order, also where nobody reads for a while."""

from __future__ import annotations

import random
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import gevent
import gevent.socket
import pytest
from engineio import packet
from gevent.queue import JoinableQueue

from web.straight import Rest, Straight, is_of_greenlets


@dataclass
class Packet:
    text: str
    packet_type: int = packet.MESSAGE

    def encode(self) -> str:
        return self.text


class Transport:
    """As python-engineio's socket: a queue, and a greenlet that writes what it finds there."""

    def __init__(self) -> None:
        self.queue: Any = JoinableQueue()
        self.alive, self.queued = True, 0

    def check_ping_timeout(self) -> bool:
        return self.alive

    def send(self, told: Packet) -> None:
        self.queued += 1
        self.queue.put(told)

    def poll(self) -> list[Packet]:
        packets = [self.queue.get()]
        while not self.queue.empty():
            packets.append(self.queue.get())
        return packets

    def writer(self, sock: gevent.socket.socket) -> None:
        while True:
            for found in self.poll():
                data: Any = found.encode()
                sock.sendall(data if isinstance(data, Rest) else frame(data) or data.encode())


def frame(text: str) -> bytes | None:
    return None if text.startswith("?") else f"<{text}>".encode()


@dataclass
class Pair:
    transport: Transport
    ours: gevent.socket.socket
    theirs: gevent.socket.socket

    def read(self, ends: bytes) -> bytes:
        got = b""
        while not got.endswith(ends):
            got += self.theirs.recv(4096)
        return got


@pytest.fixture
def pair() -> Iterator[Pair]:
    ours, theirs = gevent.socket.socketpair()
    ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    transport = Transport()
    Straight(transport, frame, ours)
    writer = gevent.spawn(transport.writer, ours)
    with gevent.Timeout(20):
        gevent.idle()
        yield Pair(transport, ours, theirs)
    writer.kill()
    ours.close()
    theirs.close()


def test_a_packet_is_there_before_anything_else_runs(pair: Pair) -> None:
    pair.transport.send(Packet("one"))
    pair.transport.send(Packet("two"))
    assert pair.theirs.recv(100) == b"<one><two>" and pair.transport.queued == 0


def test_who_does_not_read_keeps_nobody_waiting_and_gets_everything_in_order(pair: Pair) -> None:
    chance = random.Random(6)
    texts = [f"{number}:{'x' * chance.randrange(1, 9000)}" for number in range(300)]
    for text in texts:
        pair.transport.send(Packet(text))  # returns at once, however full the line is
        if chance.random() < 0.1:
            gevent.sleep(0)
    assert pair.transport.queued > 100
    reader = gevent.spawn(pair.read, b"<end>")
    pair.transport.send(Packet("end"))
    assert reader.get() == b"".join(frame(text) or b"" for text in [*texts, "end"])
    gevent.idle()
    before = pair.transport.queued
    pair.transport.send(Packet("again"))
    assert pair.theirs.recv(100) == b"<again>" and pair.transport.queued == before


def test_what_is_framed_elsewhere_goes_through_the_queue_and_keeps_its_place(pair: Pair) -> None:
    for text in ("first", "?second", "third"):
        pair.transport.send(Packet(text))
    assert pair.transport.queued == 2  # the third must not overtake
    assert pair.read(b"<third>") == b"<first>?second<third>"


def test_pings_wake_the_writer_who_would_give_up_without(pair: Pair) -> None:
    pair.transport.send(Packet("ping", packet.PING))
    assert pair.transport.queued == 1
    assert pair.read(b"<ping>") == b"<ping>"


def test_a_socket_that_has_ended_is_left_to_the_writer(pair: Pair) -> None:
    pair.theirs.close()
    for _ in range(3):
        pair.transport.send(Packet("x" * 100))
    assert pair.transport.queued >= 1


def test_a_silent_client_is_told_nothing_more(pair: Pair) -> None:
    pair.transport.alive = False
    pair.transport.send(Packet("late"))
    pair.transport.alive = True
    pair.transport.send(Packet("seen again"))
    assert pair.theirs.recv(100) == b"<seen again>"


def test_only_plain_sockets_of_gevent_are_written_to(pair: Pair) -> None:
    plain, other = socket.socketpair()
    assert is_of_greenlets(pair.ours) and not is_of_greenlets(plain)
    plain.close()
    other.close()
