"""Taps: clear RTP of a room's sources to another process of this machine (a recorder, an encoder for broadcast).

:meth:`signaling.engine.MediaEngine.tap` names a UNIX socket (SOCK_SEQPACKET); who connects reads messages:

* ``{"open": true|false}`` first, and when it changes; after ``false`` comes no packet until ``true``
* ``{"streams": {"<number>": {source, peer, kind, layer, channel, ssrc, payload_type, codec, clock_rate}}}`` whenever they
  change; a number is never used again. A picture changes its layer by becoming another stream; it begins at the next key
  frame. ``channel`` is the language of an interpreter who is on the air (else null): one who takes over is another stream of it
* ``{"report": number, "ntp": [seconds, fraction], "timestamp": RTP timestamp}`` by each of the sender's reports (RFC 3550
  section 6.4.1), its time shifted to the worker's clock: all sources of the room lie on one clock
* packets: an octet 1, an octet 0, the stream's number (16 bit), when it arrived (64 bit, microseconds of POSIX time, all
  big-endian), and an RTP packet of 12 octets header and payload, as it was sent, in the order of arrival

and may write ``{"key": number}`` (a key frame, soon) or ``{"again": number, "sequences": […]}`` (packets of the last second
that were lost on the socket). A tap is no viewer: no slot, no presence; but what it reads is not paused at the sender.
"""

from __future__ import annotations

import itertools
import struct
from pathlib import Path
from typing import Any

from signaling.engine import TapSelection
from signaling.sfu import demand, feedback
from signaling.sfu.core.selection import by_height
from signaling.sfu.model import Hub, Layer, Room, Source
from signaling.sfu.tap_line import TapLine

HEAD = struct.Struct("!BBHQBBHII")  # the frame's and RTP's
MOST_REPEATED = 128  # sequence numbers of one request


class Tap:
    """One selection of a room's sources on its way to one reader."""

    def __init__(self, hub: Hub, room: Room, selection: TapSelection, path: Path) -> None:
        self._hub, self._room, self._selection = hub, room, selection
        self._numbers = itertools.count(1)
        self._streams: dict[int, Layer] = {}
        self._known: dict[Layer, int] = {}
        self._channels: dict[Layer, str | None] = {}
        self._said: set[int] = set()
        self._open: bool | None = None
        self._line = TapLine(path, self._asked, self._reader_changed)

    def close(self) -> None:
        """Nothing goes out any more."""
        self._carry({})
        self._line.close()

    def figures(self) -> dict[str, Any]:
        """Counters."""
        line = self._line
        counters = {"packets": line.packets, "octets": line.octets, "lost": line.lost}
        return {"read": line.read, "open": bool(self._open), "streams": len(self._streams), **counters}

    # ------------------------------------------------------------------ which streams
    def settle(self) -> None:
        """Bring it to what the room lets pass now."""
        room = self._room
        is_open = room.desired.open and room.desired.tap_open
        self._carry(self._wanted() if is_open and self._line.read else {})
        if is_open != self._open:
            self._open = is_open
            self._line.say({"open": is_open})
        if self._said != self._streams.keys():
            new = [layer for number, layer in self._streams.items() if number not in self._said]
            self._said = set(self._streams)
            self._line.say({"streams": {number: self._told(layer) for number, layer in self._streams.items()}})
            self._begin(new)

    def _wanted(self) -> dict[Layer, str | None]:
        """The layers that it shall read, with the channel of those that are an interpreter's."""
        chosen = [(self._choose(source), language) for source, language in self._sources() if self._room.passes(source)]
        return {layer: language for layer, language in chosen if layer is not None}

    def _sources(self) -> list[tuple[Source, str | None]]:
        room, chosen, kinds = self._room, self._selection.sources, self._selection.kinds
        found: list[tuple[Source, str | None]] = [(s, None) for s in room.sources.values()
                 if s.kind in kinds and (not chosen or s.id in chosen) and not room.interprets(s)]
        on_air = [(room.channel(language), language) for language in self._selection.channels]
        return [*found, *((source, language) for source, language in on_air if source is not None)]

    def _choose(self, source: Source) -> Layer | None:
        """The layer by the height that is asked for, or the nearest that arrives."""
        now = self._hub.monotonic()
        if not source.video:
            return next(iter(source.layers.values()), None)
        at = by_height(demand.options(source, now), self._selection.height) or 0
        offered = demand.offered(source)
        demand.want(source, offered[at][0], now)
        nearest = [layer for _, layer in [*offered[at::-1], *offered[at + 1 :]] if layer is not None]
        return next((layer for layer in nearest if layer.active(now) and layer.flows), None)

    def _carry(self, layers: dict[Layer, str | None]) -> None:
        for layer in list(self._known):
            if layer not in layers or layers[layer] != self._channels[layer]:
                self.forget(layer)
        for layer, channel in layers.items():
            if layer not in self._known:
                number = next(self._numbers) & 0xFFFF
                self._known[layer], self._streams[number], self._channels[layer] = number, layer, channel
                layer.taps.append(self)
                self._hub.core.tap(layer.handle, True)

    def forget(self, layer: Layer) -> None:
        """Take no more of it."""
        self._streams.pop(self._known.pop(layer))
        self._channels.pop(layer)
        layer.taps.remove(self)
        if not layer.taps and layer.handle in self._hub.layers:
            self._hub.core.tap(layer.handle, False)

    def _begin(self, layers: list[Layer]) -> None:
        for layer in layers:
            self.report(layer)
            if layer.source.video:
                feedback.want_key(self._hub, layer, self._hub.monotonic())

    # ------------------------------------------------------------------ what goes out
    def packet(self, layer: Layer, marker: bool, sequence: int, timestamp: int, payload: bytes) -> None:
        """One packet of a layer that it reads."""
        second = marker << 7 | layer.source.codec.payload_type
        arrived = int(self._hub.wall() * 1_000_000)
        head = HEAD.pack(1, 0, self._known[layer], arrived, 0x80, second, sequence, timestamp, layer.ssrc)
        self._line.packet(head + payload)

    def report(self, layer: Layer) -> None:
        """The newest mapping of its RTP timestamps to the worker's clock."""
        clock, number = feedback.clock(layer), self._known.get(layer)
        if clock is not None and number is not None:
            ntp, timestamp = clock
            self._line.say({"report": number, "ntp": [ntp >> 32, ntp & 0xFFFFFFFF], "timestamp": timestamp})

    # ------------------------------------------------------------------ the reader
    def _reader_changed(self) -> None:
        self._carry({})
        self._open, self._said = None, set()
        self.settle()

    def _asked(self, request: dict[str, Any]) -> None:
        layer = self._streams.get(int(request.get("key", request.get("again", 0))))
        if layer is None:
            return
        if "key" in request and layer.source.video:
            feedback.want_key(self._hub, layer, self._hub.monotonic())
        for_all, layer.taps = layer.taps, [self]
        try:
            self._hub.core.repeat(layer.handle, [int(n) & 0xFFFF for n in request.get("sequences", ())[:MOST_REPEATED]])
        finally:
            layer.taps = for_all

    def _told(self, layer: Layer) -> dict[str, Any]:
        source = layer.source
        codec = {"payload_type": source.codec.payload_type, "codec": source.codec.name, "clock_rate": source.codec.clock_rate}
        return {"source": source.id, "peer": source.peer, "kind": source.kind, "layer": layer.rid, "channel": self._channels[layer],
                "ssrc": layer.ssrc, **codec}


def refresh(room: Room) -> None:
    """Bring all taps of the room to what it lets pass now: what is cut has ended when this returns."""
    for tap in room.taps.values():
        tap.settle()


def figures(room: Room) -> dict[str, Any]:
    """Counters of the room's taps."""
    return {name: tap.figures() for name, tap in room.taps.items()}
