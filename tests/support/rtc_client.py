"""A WebRTC client without codecs, on aioice and aiortc's DTLS: the load generator's Peer, driven from a synchronous test."""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import threading
import time
from collections.abc import Coroutine
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import aioice.ice
from aiortc.rtcdtlstransport import RTCCertificate

BENCH = Path(__file__).resolve().parents[1] / "bench"
if str(BENCH) not in sys.path:
    sys.path.insert(0, str(BENCH))  # the load generator is a script whose two files import each other by plain name

import sfu_clients  # noqa: E402
from sfu_clients import Arena, MLine, Peer, Publisher, Stats  # noqa: E402

CONFIG = argparse.Namespace(
    srtp="gcm128", sample=1, audio_pps=50.0, audio_size=80, video_pps=60.0, video_size=600, video_burst=2
)


class Loop:
    """An event loop in a thread of its own."""

    def __init__(self, address: str = "127.0.0.1") -> None:
        """``address`` is the one that its clients have."""
        aioice.ice.get_host_addresses = lambda use_ipv4, use_ipv6: [address]
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, daemon=True, name="rtc-clients")
        self._thread.start()
        self.certificate = RTCCertificate.generateCertificate()
        self.clients: list[Client] = []

    def do(self, work: Coroutine[Any, Any, Any], seconds: float = 15) -> Any:
        """Run a coroutine there and wait for it."""
        made: Future[Any] = asyncio.run_coroutine_threadsafe(work, self.loop)
        return made.result(seconds)

    def stop(self) -> None:
        """Close every client and end the thread."""
        for client in self.clients:
            client.close()
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(5)
        self.loop.close()


class Client:
    """One connection: it offers, connects to the answer, sends what the test asks for and counts what arrives."""

    def __init__(self, loop: Loop, lines: list[MLine]) -> None:
        self.loop, self.stats = loop, Stats(measuring=True)
        self.peer: Peer = loop.do(self._make())
        self.lines = lines
        self.publisher: Publisher | None = None
        self._sending: Any = None
        loop.clients.append(self)

    async def _make(self) -> Peer:
        return Peer(CONFIG, self.stats, Arena(), self.loop.certificate, True)

    def offer(self) -> str:
        return str(self.loop.do(self.peer.local_sdp(self.lines, "actpass")))

    def connect(self, answer: str) -> None:
        self.loop.do(self.peer.connect(answer))

    def start_sending(self) -> None:
        """Send sound and video at the generator's rates until stopped; later on, where the numbering stood."""
        self.publisher = self.publisher or Publisher(CONFIG, len(self.loop.clients), self.peer)
        self._sending = asyncio.run_coroutine_threadsafe(self._send(), self.loop.loop)

    async def _send(self) -> None:
        assert self.publisher is not None
        next_at = {kind: self.loop.loop.time() for kind in ("audio", "video")}
        last_report = 0.0
        while True:
            now = self.loop.loop.time()
            for line in self.lines:
                while next_at[line.kind] <= now:
                    next_at[line.kind] += getattr(self.publisher, line.kind)()
            if now - last_report > 1:
                last_report = now
                self.peer.send(self.publisher.sender_report(), rtcp=True)
            await asyncio.sleep(0.01)

    def stop_sending(self) -> None:
        if self._sending is not None:
            self._sending.cancel()
            self._sending = None

    def send(self, packet: bytes, rtcp: bool = False) -> None:
        """Protect and send one packet."""

        async def act() -> None:
            self.peer.send(packet, rtcp)

        self.loop.do(act())

    def send_raw(self, datagram: bytes) -> None:
        """Send a datagram as it is from this client's own address."""

        async def act() -> None:
            assert self.peer._sock is not None
            self.peer._sock.sendto(datagram, self.peer._addr)

        self.loop.do(act())

    def received(self, seconds: float = 0.0) -> dict[int, int]:
        """Packets by SSRC; over the next ``seconds`` if given, else since the start."""
        before = {ssrc: stream.received for ssrc, stream in self.peer.streams.items()} if seconds else {}
        time.sleep(seconds)
        return {ssrc: stream.received - before.get(ssrc, 0) for ssrc, stream in self.peer.streams.items()}

    def close(self) -> None:
        self.stop_sending()
        self.loop.do(self.peer.close())


def publisher_lines(video: bool = True, audio: bool = True) -> list[MLine]:
    """Sendonly sections."""
    kinds = [kind for kind, wanted in (("audio", audio), ("video", video)) if wanted]
    pts = {"audio": sfu_clients.AUDIO_PT, "video": sfu_clients.VIDEO_PT}
    return [MLine(kind, str(n), "sendonly", pts[kind], random.getrandbits(32) | 1) for n, kind in enumerate(kinds)]


def player_lines(audio: int, video: int) -> list[MLine]:
    """Recvonly sections."""
    lines = [MLine("audio", f"a{n}", "recvonly", sfu_clients.AUDIO_PT) for n in range(audio)]
    return lines + [MLine("video", f"v{n}", "recvonly", sfu_clients.VIDEO_PT) for n in range(video)]
