"""Points in a live session, as browsers are: Socket.IO, a publisher connection with three layers, a subscriber connection with slots.

They come in through the service's own door (``join``, ``publish``, ``subscribe``, ``answer``, ``view``: signaling/PROTOCOL.md) and
give their sockets to the generator. They decode nothing, and go on sending layers that nobody watches.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import random
import re
import time
from dataclasses import dataclass, field
from typing import Any

from aiortc.rtcdtlstransport import RTCCertificate

from tests.bench.door import Door, Lost, Refused
from tests.bench.generator import Generator, HandedPeer, Stream, peer_class
from tests.support.rtc_client import sfu_clients

REPORT_SECONDS = 5.0
AUDIO_PT, VIDEO_PT = sfu_clients.AUDIO_PT, sfu_clients.VIDEO_PT
LEVEL_ID, MID_ID, RID_ID = 1, 4, 10
LEVEL_URI = "urn:ietf:params:rtp-hdrext:ssrc-audio-level"
RID_URI = "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id"
SPEECH_DB, SILENCE_DB = 25, 127
SMALL_HEIGHT, LARGE_HEIGHT = 180, 720
SMALL_PICTURES = 24


@dataclass(frozen=True, slots=True)
class LayerPlan:
    """What a browser sends on one layer."""

    rid: str
    size: tuple[int, int]
    kbit: int
    frames: int
    key_bytes: int


LAYERS = (
    LayerPlan("q", (320, 180), 100, 15, 2500),
    LayerPlan("h", (640, 360), 350, 25, 8000),
    LayerPlan("f", (1280, 720), 1000, 25, 25000),
)
KEY_SECONDS = 20.0
AUDIO_BYTES, AUDIO_PER_SECOND = 80, 50.0


def publisher_lines() -> list[sfu_clients.MLine]:
    """A microphone, and a camera in three layers (RFC 8853)."""
    rids = [layer.rid for layer in LAYERS]
    video = [f"a=rtcp-fb:{VIDEO_PT} goog-remb", "a=rtcp-rsize", f"a=extmap:{RID_ID} {RID_URI}", *(f"a=rid:{rid} send" for rid in rids)]
    audio = ("a=rtcp-rsize", f"a=extmap:{LEVEL_ID} {LEVEL_URI}")
    return [
        sfu_clients.MLine("audio", "0", "sendonly", AUDIO_PT, mid_ext=MID_ID, extra=audio),
        sfu_clients.MLine("video", "1", "sendonly", VIDEO_PT, mid_ext=MID_ID, extra=(*video, f"a=simulcast:send {';'.join(rids)}")),
    ]


def subscriber_lines(offer: str) -> list[sfu_clients.MLine]:
    """The answer's sections: everything that is offered is taken."""
    lines = []
    for section in re.split(r"(?m)^m=", offer)[1:]:
        kind, _, _, first = section.split("\r\n", 1)[0].split(" ")[:4]
        mid = re.search(r"(?m)^a=mid:(\S+)", section)
        assert mid is not None
        extra = ("a=rtcp-rsize", f"a=rtcp-fb:{first} goog-remb") if kind == "video" else ("a=rtcp-rsize",)
        lines.append(sfu_clients.MLine(kind, mid[1], "recvonly", int(first), mid_ext=None, extra=extra))
    return lines


def transport_of(description: str) -> str:
    """Only the first section: everything is bundled on its transport."""
    parts = re.split(r"(?m)^(?=m=)", description)
    return parts[0] + parts[1]


def element(number: int, value: bytes) -> bytes:
    """A header extension in the one-byte form (RFC 8285)."""
    return bytes([number << 4 | len(value) - 1]) + value


def camera_streams() -> list[Stream]:
    """The three layers."""
    streams = []
    for layer in LAYERS:
        extension = element(MID_ID, b"1") + element(RID_ID, layer.rid.encode())
        octets = layer.kbit * 125 // layer.frames
        streams.append(Stream(True, random.getrandbits(32) | 1, VIDEO_PT, layer.frames, octets, layer.key_bytes, KEY_SECONDS,
                              size=layer.size, temporal_layers=3, extension=extension))  # fmt: skip
    return streams


def microphone_stream(speaks: bool) -> Stream:
    """Sound with its level (RFC 6464)."""
    extension = element(LEVEL_ID, b"\x7f") + element(MID_ID, b"0")
    return Stream(False, random.getrandbits(32) | 1, AUDIO_PT, AUDIO_PER_SECOND, AUDIO_BYTES, packet_bytes=AUDIO_BYTES,
                  extension=extension, level_at=1, level=SPEECH_DB if speaks else SILENCE_DB)  # fmt: skip


@dataclass
class Participant:
    """One point's browser."""

    url: str
    token: str
    generator: Generator
    certificate: RTCCertificate
    speaks: bool = False
    publishing: HandedPeer | None = None
    receiving: HandedPeer | None = None
    seconds: dict[str, float] = field(default_factory=dict)  # how long publish, subscribe, and everything took
    _reports: asyncio.Task[None] | None = None

    def __post_init__(self) -> None:
        self.door = Door(self.url, self.token)

    async def enter(self) -> None:
        """From nothing to both connections up; the publisher's streams begin at once."""
        began = time.monotonic()
        await self.door.open()
        self.seconds["door"] = time.monotonic() - began
        await asyncio.gather(self._publish(), self._subscribe())
        self.seconds["everything"] = time.monotonic() - began
        self._reports = asyncio.create_task(self._report())

    def _connection(self, remb: bool) -> HandedPeer:
        config = argparse.Namespace(srtp="auto")
        return peer_class(self.generator, remb)(config, sfu_clients.Stats(), None, self.certificate, True)

    async def _publish(self) -> None:
        self.publishing = self._connection(False)
        offer = await self.publishing.local_sdp(publisher_lines(), "actpass")
        began = time.monotonic()
        kinds = {"0": "microphone", "1": "camera"}
        answer = await self.door.ask_until("publish", epoch=self.door.epoch, sdp=offer, kinds=kinds, fresh=True)
        await self.publishing.connect(transport_of(answer["sdp"]))
        self.seconds["publish"] = time.monotonic() - began
        for stream in (microphone_stream(self.speaks), *camera_streams()):
            self.generator.send(self.publishing, stream)

    async def _subscribe(self) -> None:
        self.receiving = self._connection(True)
        began = time.monotonic()
        offer = (await self.door.ask_until("subscribe", epoch=self.door.epoch, connection="subscribe"))["sdp"]
        answer = await self.receiving.local_sdp(subscriber_lines(offer), "active")
        told = asyncio.ensure_future(self.door.ask_until("answer", epoch=self.door.epoch, connection="subscribe", sdp=answer))
        try:
            await self.receiving.connect(transport_of(offer), answering=True)
        finally:
            await told
        self.seconds["subscribe"] = time.monotonic() - began

    async def view(self, large: str, small: list[str]) -> None:
        """One large picture and small ones, by peer."""
        slots: dict[str, Any] = {"v0": {"source": f"{large}:camera", "height": LARGE_HEIGHT}}
        slots |= {f"v{n}": {"source": f"{peer}:camera", "height": SMALL_HEIGHT} for n, peer in enumerate(small, 1)}
        await self.door.ask_until("view", connection="subscribe", slots=slots)

    async def _report(self) -> None:
        while True:
            await asyncio.sleep(REPORT_SECONDS * random.uniform(0.9, 1.1))
            with contextlib.suppress(Lost, Refused):  # lost just now: it comes back by itself
                await self.door.ask("report", quality="good")

    async def leave(self) -> None:
        """Out, whatever state it is in."""
        if self._reports is not None:
            self._reports.cancel()
        for connection in (self.publishing, self.receiving):
            if connection is not None:
                connection.leave = None
                await connection.close()
        await self.door.close()


def chosen_views(peers: list[str], viewer: int, spread: bool) -> tuple[str, list[str]]:
    """Whom a viewer sees large and small: the speaker (the first; ``spread``: its own neighbour) and the next 24 of the others."""
    count = len(peers)
    large = (viewer + 1) % count if spread else (0 if viewer else 1 % count)
    around = [(viewer + step) % count for step in range(1, count)]
    return peers[large], [peers[n] for n in around if n != large][:SMALL_PICTURES]
