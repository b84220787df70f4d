"""A script of everything that can happen to a packet core, drawn from a seed, and what came of it with one core.

Two publishers send pictures in layers, sound and retransmissions with loss, reordering, repetition and damage, across
every wraparound; slots of three viewers are pointed here and there; receivers ask again; everybody comes and goes.
"""

from __future__ import annotations

import dataclasses
import random
import struct
from collections.abc import Callable
from typing import Any

from signaling.sfu.core.interface import AUDIO, VIDEO, SlotSpec, SrtpPair, StreamSpec
from tests.unit.signaling.sfu.rig import Rig, address, rtp, vp8

VIEWERS = (20, 21, 22)
PUBLISHERS = (30, 31)
PATTERNS = ((0,), (0, 1), (0, 2, 1, 2), (0, 3, 1, 3, 2))
SIZES = (0, 1, 5, 80, 400, 1100, 1400, 1560)


@dataclasses.dataclass
class Source:
    """One SSRC as its sender sees it."""

    handle: int
    ssrc: int
    publisher: int
    audio: bool
    sequence: int
    timestamp: int
    picture: int
    pattern: tuple[int, ...] = (0,)  # temporal layers of its pictures
    recent: list[tuple[int, bytes]] = dataclasses.field(default_factory=list)


class Script:
    """Plays one seed on one core; :attr:`told` is all that could be seen of it from outside."""

    def __init__(self, core: str, seed: int) -> None:
        self.dice = random.Random(seed)
        self.rig = Rig(core=core)
        self.core = self.rig.core
        self.core.handler = self  # type: ignore[assignment]
        self.told: list[tuple[Any, ...]] = []
        self.handles = 1000
        self.sources: dict[int, Source] = {}
        self.repairs: dict[int, tuple[int, int]] = {}  # stream → (SSRC of its RTX, publisher)
        self.slots: dict[int, int] = {}  # slot → viewer
        self.sent: dict[int, list[int]] = {}  # SSRC → numbers that went out
        self.arriving: list[tuple[bytes, bytes]] = []
        self.seen = 0
        for connection in (*VIEWERS, *PUBLISHERS):
            self.arrive(connection)
        for publisher in PUBLISHERS:
            for audio in (False, False, True):
                self.publish(publisher, audio)
        self.acts: list[tuple[Callable[[], None], int]] = [
            (self.packets, 60), (self.point, 8), (self.ask_again, 10), (self.wait, 20), (self.expire, 2), (self.clear, 2),
            (self.leave, 1), (self.publish_anew, 1), (self.rtcp, 3), (self.noise, 8), (self.levels, 2), (self.move, 1),
            (self.send_something, 2), (self.limit, 6), (self.tap, 2), (self.repeat, 2), (self.report, 2),
        ]  # fmt: skip

    # ------------------------------------------------------------------ what the core tells
    def __getattr__(self, name: str) -> Callable[..., None]:
        if not name.startswith("on_"):
            raise AttributeError(name)
        return lambda *told: self.told.append((name, *told))

    def on_unknown_stream(self, connection: int, packet: bytes) -> None:
        """Now and then a sender's RTX or a stranger becomes known by its first packet."""
        self.told.append(("on_unknown_stream", connection, packet))
        ssrc = int.from_bytes(packet[8:12], "big")
        for stream, (repair, publisher) in self.repairs.items():
            if repair == ssrc and publisher == connection and stream in self.sources:
                self.core.add_stream(self.handle(), connection, StreamSpec(ssrc, VIDEO, 90000, rtx_of=stream))

    def on_gap(self, stream: int, first: int, count: int, now: float) -> None:
        self.told.append(("on_gap", stream, first, count, now))
        self.core.send_rtcp(self.sources[stream].publisher, struct.pack("!BBHHH", 0x81, 205, first & 255, first, count))

    # ------------------------------------------------------------------ coming and going
    def handle(self) -> int:
        self.handles += 1
        return self.handles

    def arrive(self, connection: int) -> None:
        self.core.open(connection)
        self.core.accept_from(connection, address(connection))
        self.core.send_to(connection, address(connection))
        self.core.secure(connection, SrtpPair(object(), object()))
        if connection in VIEWERS:
            for kind in (VIDEO, VIDEO, AUDIO):
                slot, rtx = self.handle(), self.dice.random() < 0.7 and kind == VIDEO
                payload, rate = (96, 90000) if kind == VIDEO else (111, 48000)
                spec = SlotSpec(kind, slot, payload, rate, self.dice.choice([0, 2, 14]), slot + 500_000 if rtx else 0, 97 if rtx else 0)
                self.core.add_slot(slot, connection, spec)
                self.slots[slot] = connection

    def leave(self) -> None:
        connection = self.dice.choice([*VIEWERS, *PUBLISHERS])
        self.core.close(connection)
        self.sources = {n: s for n, s in self.sources.items() if s.publisher != connection}
        self.slots = {slot: viewer for slot, viewer in self.slots.items() if viewer != connection}
        self.arrive(connection)

    def publish(self, publisher: int, audio: bool) -> None:
        handle, dice = self.handle(), self.dice
        begin = dice.choice([0, 60_000]) + dice.randrange(5000)
        numbers = (begin, dice.randrange(1 << 32), dice.randrange(1 << 15))
        source = Source(handle, handle + 10_000, publisher, audio, *numbers, dice.choice(PATTERNS))
        kind, rate, level = (AUDIO, 48000, dice.choice([0, 1, 5])) if audio else (VIDEO, 90000, 0)
        self.core.add_stream(handle, publisher, StreamSpec(source.ssrc, kind, rate, level))
        self.sources[handle] = source
        self.repairs[handle] = (source.ssrc + 20_000, publisher)

    def publish_anew(self) -> None:
        if self.sources and self.dice.random() < 0.5:
            gone = self.dice.choice(list(self.sources))
            self.core.drop_stream(gone)
            del self.sources[gone]
        self.publish(self.dice.choice(PUBLISHERS), self.dice.random() < 0.3)

    def move(self) -> None:
        connection, place = self.dice.choice([*VIEWERS, *PUBLISHERS]), address(self.dice.randrange(40, 60))
        self.core.accept_from(connection, place)
        if connection in VIEWERS:
            self.core.flush()
            self.core.send_to(connection, place)

    # ------------------------------------------------------------------ media
    def packets(self) -> None:
        """Some packets of every source, out of order, some lost, some twice, some only through RTX."""
        batch: list[tuple[bytes, bytes]] = []
        for source in self.sources.values():
            for _ in range(self.dice.choice([0, 1, 1, 2, 4])):
                batch += self.next_packet(source)
        if self.dice.random() < 0.3:
            self.dice.shuffle(batch)
        self.arriving += batch
        self.pump()

    def next_packet(self, source: Source) -> list[tuple[bytes, bytes]]:
        dice = self.dice
        source.sequence += dice.choice([1] * 20 + [2, 3, 7, 250])
        source.timestamp += dice.choice([0, 960, 3000])
        source.picture += dice.choice([0, 1])
        if source.audio:
            extensions = dice.choice([None, {1: bytes([dice.randrange(256)])}, {5: b"ab", 1: b"\x7f"}])
            payload = dice.randbytes(dice.choice(SIZES[:4]))
            packet = rtp(source.ssrc, source.sequence, source.timestamp, payload, pt=111, extensions=extensions)
        else:
            payload = self.picture(source)
            packet = rtp(source.ssrc, source.sequence, source.timestamp, payload, marker=dice.random() < 0.3)
        source.recent = [*source.recent[-300:], (source.sequence & 0xFFFF, payload)]
        packet = self.damaged(packet) if dice.random() < 0.04 else packet
        copies = dice.choice([1] * 16 + [0, 0, 2])
        found = [(address(source.publisher), packet)] * copies
        if dice.random() < 0.08 and not source.audio:
            found.append((address(source.publisher), self.repair(source)))
        if dice.random() < 0.03:
            found.append((address(source.publisher), dice.choice([packet, self.old(source)])))
        return found

    def picture(self, source: Source) -> bytes:
        dice, body = self.dice, self.dice.randbytes(self.dice.choice(SIZES))
        if dice.random() < 0.03:
            return dice.choice([b"", b"\x90", b"\x90\x80\x05\x11", b"\x10\x10\x02", body])
        key = dice.random() < 0.1
        tid = source.pattern[source.picture % len(source.pattern)]
        form = (key, dice.random() < 0.6, body, dice.choice([180, 360, 720]))
        short = source.handle % 3 == 0
        return vp8(source.picture, source.picture // 3, *form, tid=tid, sync=dice.random() < 0.5, short=short)

    def repair(self, source: Source) -> bytes:
        sequence, payload = self.dice.choice(source.recent[-40:])
        return rtp(source.ssrc + 20_000, self.dice.randrange(1 << 16), 7, struct.pack("!H", sequence) + payload, pt=97)

    def old(self, source: Source) -> bytes:
        sequence, payload = self.dice.choice(source.recent)
        return rtp(source.ssrc, sequence, source.timestamp, payload)

    def damaged(self, packet: bytes) -> bytes:
        """Bits of the first octets turned over, or an end cut off."""
        ugly = bytearray(packet[: self.dice.randrange(len(packet) + 1)] if self.dice.random() < 0.4 else packet)
        for _ in range(self.dice.randrange(4)):
            if ugly:
                ugly[self.dice.choice([0, 0, self.dice.randrange(min(40, len(ugly))), len(ugly) - 1])] ^= 1 << self.dice.randrange(8)
        return bytes(ugly)

    def noise(self) -> None:
        """Anything at all from anywhere."""
        dice = self.dice
        heads = [b"", b"\x00\x01", b"\x16\xfe", b"\x80\xc8", b"\x90\x60", b"\xbf\xe0", b"\x50"]
        place = address(dice.choice([*PUBLISHERS, *VIEWERS, 99]))
        self.arriving.append((place, dice.choice(heads) + dice.randbytes(dice.choice([0, 3, 9, 10, 11, 14, 30, 1500, 1590, 1700]))))

    def rtcp(self) -> None:
        report = struct.pack("!BBHI", 0x80, 200, 6, self.dice.randrange(5)) + bytes(20)
        self.arriving.append((address(self.dice.choice(PUBLISHERS)), report))

    def pump(self) -> None:
        self.rig.inbox.waiting, self.arriving = self.arriving, []
        now = self.rig.now
        while self.core.pump(now, now + 1e9):
            pass
        self.look()

    # ------------------------------------------------------------------ what the caller does
    def point(self) -> None:
        slot = self.dice.choice(list(self.slots))
        self.core.point(slot, self.dice.choice([*self.sources, None]))

    def clear(self) -> None:
        self.core.clear(self.dice.choice(list(self.slots)))

    def limit(self) -> None:
        self.core.limit_temporal(self.dice.choice(list(self.slots)), self.dice.choice([0, 1, 2, 3, None, None]))

    def report(self) -> None:
        if self.sources:
            ntp, timestamp = self.dice.randrange(1 << 64), self.dice.randrange(1 << 32)
            self.core.send_reports(self.dice.choice(list(self.sources)), ntp, timestamp)
            self.look()

    def tap(self) -> None:
        if self.sources:
            self.core.tap(self.dice.choice(list(self.sources)), self.dice.random() < 0.6)

    def repeat(self) -> None:
        if self.sources:
            source = self.sources[self.dice.choice(list(self.sources))]
            picked = [source.sequence - self.dice.randrange(30) for _ in range(5)]
            self.told.append(("repeated", self.core.repeat(source.handle, picked)))

    def ask_again(self) -> None:
        slot = self.dice.choice(list(self.slots))
        numbers = [n & 0xFFFF for n in (self.sent.get(slot) or [5])[-40:] for n in (n, n - 1, n + 1)]
        picked = self.dice.choices(numbers, k=self.dice.choice([1, 3, 17]))
        self.told.append(("resent", self.core.retransmit(slot, picked, self.rig.now, self.rig.now + 1e9)))
        self.look()

    def wait(self) -> None:
        self.rig.now += self.dice.choice([0.001, 0.01, 0.02, 0.04, 0.2])

    def expire(self) -> None:
        self.core.expire(self.rig.now)

    def levels(self) -> None:
        self.told += [("level", n, self.core.take_level(n), self.core.waited_for(n)) for n in self.sources]

    def send_something(self) -> None:
        self.core.send(VIEWERS[0], self.dice.randbytes(100))
        self.core.send_anywhere(address(77), self.dice.randbytes(60))
        self.core.send_rtcp(PUBLISHERS[0], self.dice.randbytes(self.dice.choice([40, 1880, 1900])))

    def look(self) -> None:
        """Take note of what went out."""
        self.core.flush()
        for place, data in self.rig.outbox.sent_packets[self.seen :]:
            self.told.append(("sent", place, data))
            if len(data) >= 12:
                self.sent.setdefault(int.from_bytes(data[8:12], "big"), []).append(data[2] << 8 | data[3])
        self.seen = len(self.rig.outbox.sent_packets)

    def play(self, steps: int) -> list[tuple[Any, ...]]:
        """All of it; what was seen."""
        acts, weights = zip(*self.acts, strict=True)
        for act in self.dice.choices(acts, weights, k=steps):
            act()
        self.look()
        self.told += [("stream", n, self.core.stream_stats(n)) for n in self.sources]
        self.told += [("slot", n, self.core.slot_stats(n)) for n in self.slots]
        self.told += [("seen", n, self.core.last_seen(n)) for n in (*VIEWERS, *PUBLISHERS)]
        self.told.append(("counters", dataclasses.asdict(self.core.counters)))
        return self.told
