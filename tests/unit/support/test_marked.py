"""The comparison of marked packets finds what a server may not do to them."""

from __future__ import annotations

import struct
from collections import Counter
from types import SimpleNamespace
from typing import Any, cast

import pytest

from tests.support.marked import MARKER, TRAILER, Encoder, Marked, Player, compare, payload_of, read

VIDEO, AUDIO = 96, 111


def packet(kind: int, payload: bytes, mark: int = 7, extension: bytes = b"", padding: int = 0) -> bytes:
    first = 0x80 | (0x10 if extension else 0) | (0x20 if padding else 0)
    header = struct.pack("!BBHII", first, kind, 1, 2, 3)
    if extension:
        header += struct.pack("!HH", 0xBEDE, len(extension) // 4) + extension
    tail = bytes(padding - 1) + bytes([padding]) if padding else b""
    return header + payload + TRAILER.pack(MARKER, 1, mark) + tail


def sides(sent: list[Marked], arrived: dict[int, list[Marked]], others: dict[int, int] | None = None) -> dict[str, Any]:
    player = SimpleNamespace(arrived=arrived, others=Counter(others or {}), stats=SimpleNamespace(auth_failures=0))
    player.of = lambda kind: [one for stream in arrived.values() for one in stream if one.kind == kind]
    return compare(cast(Encoder, SimpleNamespace(sent={one.mark: one for one in sent})), cast(Player, player))


@pytest.mark.parametrize("more", [{}, {"extension": b"\x10a\x00\x00"}, {"padding": 4}])
def test_a_payload_is_found_behind_headers(more: dict[str, Any]) -> None:
    assert payload_of(packet(AUDIO, b"sound", **more)) == b"sound" + TRAILER.pack(MARKER, 1, 7)


def test_only_the_picture_id_may_differ() -> None:
    assert read(packet(VIDEO, b"\x90\x80\x80\x01rest")) == read(packet(VIDEO, b"\x90\x80\x92\x34rest"))
    assert read(packet(VIDEO, b"\x90\x80\x80\x01rest")) != read(packet(VIDEO, b"\x90\x80\x80\x01resT"))
    assert read(packet(AUDIO, b"\x78abcd")) != read(packet(AUDIO, b"\x78aBcd"))
    assert read(packet(AUDIO, b"other")[:-TRAILER.size]) is None


def test_changed_lost_and_mixed_packets_are_counted() -> None:
    sent = [Marked("video", mark, b"%d" % mark) for mark in range(10)]
    clean = sides(sent, {1: sent[2:8]})
    assert (clean["video"], clean["mixed_streams"]) == ({"arrived": 6, "lost": 0, "changed": 0}, [])
    assert sides(sent, {1: [*sent[2:4], *sent[6:8]]})["video"]["lost"] == 2
    assert sides(sent, {1: [sent[2], Marked("video", 3, b"x")]})["video"]["changed"] == 1
    assert sides(sent, {1: [Marked("video", 99, b"99")]})["video"]["changed"] == 1
    assert sides(sent, {1: sent[2:8]}, {1: 3})["mixed_streams"] == [1]
