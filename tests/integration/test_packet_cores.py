"""Both packet cores on real sockets with real SRTP: the same datagrams reach every viewer, each in order, whole or cut up."""

from __future__ import annotations

import asyncio
import itertools
import random
import socket
import struct
import time
from collections.abc import Callable
from typing import Any

import pytest
from pylibsrtp import Policy, Session

from signaling.sfu import dtls, transport
from signaling.sfu.ccore.core import CCore
from signaling.sfu.core.interface import AUDIO, VIDEO, Core, SlotSpec, SrtpPair, StreamSpec, Traffic
from signaling.sfu.core.python import PythonCore
from signaling.sfu.datagrams import ReceiveBatch, SendBatch
from signaling.sfu.moderation import Moderator
from tests.unit.signaling.sfu.rig import CORES, Notes, rtp, vp8

PROFILES = {"gcm128": (Policy.SRTP_PROFILE_AEAD_AES_128_GCM, 28), "cm": (Policy.SRTP_PROFILE_AES128_CM_SHA1_80, 30)}
VIEWERS = 3
NOW = 1000.0


def session(profile: str, seed: int, inbound: bool) -> Session:
    """One direction of a connection; the same seed gives the same key."""
    number, size = PROFILES[profile]
    key = random.Random(seed).randbytes(size)
    kind = Policy.SSRC_ANY_INBOUND if inbound else Policy.SSRC_ANY_OUTBOUND
    policy = Policy(key, kind, 0, number)
    policy.allow_repeat_tx = True
    policy.window_size = 1024
    return Session(policy)


def make(name: str, sock: socket.socket, segments: int) -> Core:
    if name == "c":
        length = transport.name_length(sock)
        return CCore(sock.fileno(), length, dtls.srtp_addresses(), dtls.pointer, random.Random(1), segments)
    length = transport.name_length(sock)
    inbox, outbox = ReceiveBatch(sock.fileno(), length), SendBatch(sock.fileno(), length)
    return PythonCore(inbox, outbox, dtls.srtp, dtls.new_length(), random.Random(1))


class Bench:
    """A core at a socket, one publisher and some viewers with sockets of their own."""

    def __init__(self, core: str, profile: str, segments: int = 60, host: str = "127.0.0.1") -> None:
        self.socket = transport.bind(host, 0)
        self.core = make(core, self.socket, segments)
        self.notes = self.core.handler = Notes()
        self.others = [transport.bind(host, 0) for _ in range(VIEWERS + 1)]
        self.publisher, self.viewers = self.others[0], self.others[1:]
        self.sending = session(profile, 1, False)
        self.receiving = [session(profile, 100 + n, True) for n in range(VIEWERS)]
        for n, other in enumerate(self.others):
            keys = (session(profile, 1 if n == 0 else 50 + n, True), session(profile, 99 + n, False))
            where = transport.pack_address(*other.getsockname()[:2], other.family)
            self.core.open(n)
            self.core.accept_from(n, where)
            self.core.send_to(n, where)
            self.core.secure(n, SrtpPair(keys[0]._srtp[0], keys[1]._srtp[0], keys))
        self.core.add_stream(10, 0, StreamSpec(1010, VIDEO, 90000))
        self.core.add_stream(11, 0, StreamSpec(1011, AUDIO, 48000, 1))
        for n in range(1, VIEWERS + 1):
            self.core.add_slot(100 + n, n, SlotSpec(VIDEO, 5000 + n, 96, 90000, 2, 5500 + n, 97))
            self.core.add_slot(200 + n, n, SlotSpec(AUDIO, 6000 + n, 111, 48000, 1))
            self.core.point(100 + n, 10)
            self.core.point(200 + n, 11)

    def __enter__(self) -> Bench:
        return self

    def __exit__(self, *_: Any) -> None:
        for each in (self.socket, *self.others):
            each.close()

    def publish(self, *packets: bytes) -> None:
        for packet in packets:
            self.publisher.sendto(self.sending.protect(packet), self.socket.getsockname()[:2])
        time.sleep(0.01)
        while self.core.pump(NOW, NOW):
            pass

    def received(self) -> list[list[bytes]]:
        """What each viewer got, still protected."""
        self.core.flush()
        time.sleep(0.01)
        return [list(read(viewer)) for viewer in self.viewers]


def by_stream(viewers: list[list[bytes]]) -> list[dict[bytes, list[bytes]]]:
    """Each viewer's packets, told apart by SSRC: streams may pass each other on the way, packets of one may not."""
    found: list[dict[bytes, list[bytes]]] = []
    for packets in viewers:
        found.append({})
        for packet in packets:
            found[-1].setdefault(packet[4:8] if 192 <= packet[1] <= 223 else packet[8:12], []).append(packet)
    return found


def read(sock: socket.socket) -> Any:
    while True:
        try:
            yield sock.recv(2048)
        except BlockingIOError:
            return


def media(count: int) -> list[bytes]:
    """A key frame and what follows, of many sizes, with sound between."""
    dice, packets = random.Random(5), []
    for n in range(count):
        body = dice.randbytes(dice.choice([1100, 1100, 1100, 300, 1180, 20]))
        packets.append(rtp(1010, 65500 + n, 3000 * n, vp8(n, n, n % 20 == 0, body=body), marker=n % 3 == 0))
        if n % 4 == 0:
            packets.append(rtp(1011, n // 4, 240 * n, dice.randbytes(80), pt=111, extensions={1: bytes([n % 128])}))
    return packets


@pytest.mark.parametrize("profile", PROFILES)
def test_both_cores_send_the_same_bytes(profile: str) -> None:
    got = []
    for name in CORES:
        with Bench(name, profile) as bench:
            bench.publish(*media(150))
            numbers = [struct.unpack("!H", packet[2:4])[0] for packet in by_stream(bench.received())[0][struct.pack("!I", 5001)]]
            assert bench.core.retransmit(101, numbers[-8:], NOW, NOW) > 3
            bench.core.send_rtcp(2, struct.pack("!BBHI", 0x81, 206, 2, 7) + bytes(4))
            bench.publish(*media(150)[-3:])  # SRTP knows them already
            got.append((numbers, by_stream(bench.received()), bench.core.counters, bench.notes.switched))
    assert all(each == got[0] for each in got)
    assert (got[0][2].send_failed, got[0][2].not_authentic) == (0, 3)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
@pytest.mark.parametrize("name", CORES)
def test_what_arrives_is_what_was_sent_and_in_order(name: str, host: str) -> None:
    with Bench(name, "gcm128", host=host) as bench:
        bench.publish(*media(200))
        for receiving, packets in zip(bench.receiving, bench.received(), strict=True):
            clear = [receiving.unprotect(packet) for packet in packets]
            assert len(clear) == 250
            for ssrc in (5000, 6000):
                numbers = [struct.unpack("!H", p[2:4])[0] for p in clear if struct.unpack("!I", p[8:12])[0] // 1000 == ssrc // 1000]
                assert all((b - a) & 0xFFFF == 1 for a, b in itertools.pairwise(numbers))
        assert bench.core.counters.sent == 250 * VIEWERS


def test_cutting_up_changes_nothing_for_the_viewer() -> None:
    got = []
    for segments in (1, 2, 7, 60):
        with Bench("c", "gcm128", segments) as bench:
            bench.publish(*media(200))
            got.append((by_stream(bench.received()), bench.core.counters))
    assert all(each == got[0] for each in got)


def test_packets_of_one_viewer_leave_in_few_messages() -> None:
    """Sound may fill up a message of pictures, and streams may pass each other."""
    with Bench("c", "gcm128") as bench:
        picture = [rtp(1010, n, 3000, vp8(1, 1, n == 0, body=bytes(1000 - 7 * (n == 0)))) for n in range(6)]
        sound = [rtp(1011, n, 240 * n, bytes(80), pt=111, extensions={1: b"1"}) for n in range(3)]
        for packets, messages in (([sound[0], *picture[:3]], 1), ([*picture[3:5], *sound[1:], picture[5]], 2)):
            bench.core.take_traffic()
            bench.publish(*packets)
            left = bench.core.take_traffic()
            assert (left.packets, left.messages, left.company) == (len(packets) * VIEWERS, messages * VIEWERS, len(packets))
        assert all(len(packets) == 9 for packets in bench.received())


def test_dense_traffic_leaves_in_steps_and_thin_traffic_at_once() -> None:
    with Bench("c", "gcm128") as bench:
        seen: list[Traffic] = []
        take = bench.core.take_traffic
        bench.core.take_traffic = lambda: seen.append(take()) or seen[-1]  # type: ignore[method-assign, func-returns-value]
        moderator = Moderator(bench.core, bench.socket.fileno(), lambda: bench.core.pump(NOW, NOW), time.monotonic)
        packets = itertools.count()

        async def feed(burst: int, pause: float, until: Callable[[], bool]) -> None:
            async with asyncio.timeout(30):
                while not until():
                    for number in itertools.islice(packets, burst):
                        packet = rtp(1011, number, 240 * number, bytes(80), pt=111, extensions={1: b"1"})
                        bench.publisher.sendto(bench.sending.protect(packet), bench.socket.getsockname()[:2])
                    await asyncio.sleep(pause)

        async def play() -> None:
            moderator.start()
            await feed(1, 0.02, lambda: len(seen) == 2)
            assert not moderator.stepping and seen[-1].messages == seen[-1].packets > 0
            await feed(10, 0.001, lambda: moderator.stepping)
            watched = len(seen)
            await feed(10, 0.001, lambda: len(seen) > watched)
            assert 0 < seen[-1].messages < seen[-1].packets / 3
            await feed(1, 0.02, lambda: not moderator.stepping)
            moderator.stop()

        asyncio.run(play())


def test_a_way_that_takes_no_segments_gets_packets_one_by_one() -> None:
    """Segments longer than the way's packets (here: than a small maximum) are refused by the kernel; nothing is lost."""
    with Bench("c", "gcm128", 60) as bench:
        bench.socket.setsockopt(socket.SOL_SOCKET, 11, 1)  # SO_NO_CHECK: no checksums, and so no segments
        bench.publish(*media(100))
        assert [len(packets) for packets in bench.received()] == [125] * VIEWERS
        assert bench.core.counters.send_failed == 0
