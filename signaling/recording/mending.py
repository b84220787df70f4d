"""Files whose recorder was killed, or whose machine lost its power: cut behind the last whole cluster, with duration and index."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from .matroska import CLUSTER, CUE_EVERY_MS, DURATION_OCTETS, EBML, INFO, SEGMENT, TRACKS, UNKNOWN, ending

TIMESTAMP, BLOCK = b"\xe7", b"\xa3"
LONGEST_HEAD = 12
"""Octets of an element's name and size."""
KEY = 0x80


class Broken(Exception):
    """There is no whole element here."""


def mend(path: Path) -> float | None:
    """Its seconds; None where nothing in it can be played. Raises OSError."""
    with path.open("r+b") as file:
        try:
            segment, places, clusters_at = _head(file)
        except Broken:
            return None
        clusters = list(_clusters(file, clusters_at))
        last = None
        while clusters and (last := _last_block(file, *clusters[-1])) is None:
            clusters.pop()
        if last is None:
            return None
        size = sum(clusters[-1])
        index, patches = ending(segment, size, places, _cues(file, clusters, segment), last)
        file.truncate(size)
        _put(file, {size: index})
        _put(file, patches)
    return last / 1000


def _put(file: IO[bytes], patches: dict[int, bytes]) -> None:
    """For good, before anything else is written."""
    for place, data in patches.items():
        file.seek(place)
        file.write(data)
    file.flush()
    os.fsync(file.fileno())


def _head(file: IO[bytes]) -> tuple[int, dict[str, int], int]:
    """Where the segment's content begins, the places kept free, and where the first cluster is. Raises Broken."""
    name, content, length = _element(file, 0)
    if name != EBML:
        raise Broken
    segment = content + length + len(SEGMENT) + len(UNKNOWN)
    places, at = {"seek": segment}, segment
    while True:
        name, content, length = _element(file, at)
        at = content + length
        if name == INFO:
            places["duration"] = at - DURATION_OCTETS
        if name == TRACKS:
            return segment, places, at


def _clusters(file: IO[bytes], at: int) -> Iterator[tuple[int, int]]:
    """Where each begins, and its length, as far as they are there."""
    end = os.fstat(file.fileno()).st_size
    while True:
        try:
            name, content, length = _element(file, at)
        except Broken:
            return
        if name != CLUSTER or content + length > end:
            return
        yield at, content + length - at
        at = content + length


def _last_block(file: IO[bytes], at: int, length: int) -> int | None:
    """When a cluster's last block is seen or heard, in milliseconds; None where the cluster is not whole."""
    try:
        found = [stamp for stamp, _key in _blocks(file, at, at + length)]
    except Broken:
        return None
    return found[-1] if found else None


def _blocks(file: IO[bytes], at: int, end: int) -> Iterator[tuple[int, bool]]:
    """When each is seen or heard, and whether it can be begun with. Raises Broken."""
    name, content, length = _element(file, _element(file, at)[1])
    if name != TIMESTAMP:
        raise Broken
    since, at = int.from_bytes(_read(file, content, length), "big"), content + length
    while at < end:
        name, content, length = _element(file, at)
        at = content + length
        if name != BLOCK or at > end:
            raise Broken
        track = _read(file, content, 4)
        yield since + int.from_bytes(track[1:3], "big", signed=True), bool(track[3] & KEY)


def _cues(file: IO[bytes], clusters: list[tuple[int, int]], segment: int) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for at, length in clusters:
        try:
            stamp, key = next(_blocks(file, at, at + length))
        except Broken:
            continue
        if key and (not found or stamp - found[-1][0] >= CUE_EVERY_MS):
            found.append((stamp, at - segment))
    return found


def _element(file: IO[bytes], at: int) -> tuple[bytes, int, int]:
    """Name, where the content begins, and its length (RFC 8794 section 4). Raises Broken."""
    file.seek(at)
    head = file.read(LONGEST_HEAD)
    name, rest = _variable(head)
    size, _ = _variable(rest)
    length = int.from_bytes(size, "big") & (1 << 7 * len(size)) - 1
    return name, at + len(name) + len(size), length


def _variable(data: bytes) -> tuple[bytes, bytes]:
    """An integer of variable size, as it stands there, and what is behind it. Raises Broken."""
    octets = 9 - data[0].bit_length() if data and data[0] else 9
    if octets > 8 or len(data) < octets:
        raise Broken
    return data[:octets], data[octets:]


def _read(file: IO[bytes], at: int, length: int) -> bytes:
    file.seek(at)
    data = file.read(length)
    if len(data) < length:
        raise Broken
    return data
