"""A whole media worker with the real core, without process, socket or clock, and offers for its doors."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

from signaling.engine import PeerDesired, RoomDesired, Want
from signaling.sfu.core import rtcp as rtcp_module
from signaling.sfu.core.interface import SrtpPair
from signaling.sfu.model import Connection, Hub
from signaling.sfu.plane import Plane
from signaling.sfu.rooms import Rooms
from signaling.sfu.timers import Clockwork
from tests.unit.signaling.sfu.rig import Rig, rtp, vp8

ALLOWED = PeerDesired(admitted=True, camera=True, microphone=True, screen=True)
HEAD = (
    "v=0\r\no=- {session} 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=ice-ufrag:abcd{session}\r\na=ice-pwd:"
    + "p" * 24 + "\r\na=fingerprint:sha-256 AA:BB\r\na=setup:{setup}\r\n"
)  # fmt: skip
AUDIO = (
    "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:{mid}\r\na={direction}\r\na=rtcp-rsize\r\na=rtpmap:111 opus/48000/2\r\na=rtcp-fb:111 nack\r\n"
    "a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level\r\na=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid\r\n"
)
VIDEO = (
    "m=video 9 UDP/TLS/RTP/SAVPF 96 97\r\na=mid:{mid}\r\na={direction}\r\na=rtcp-rsize\r\na=rtpmap:96 VP8/90000\r\na=rtcp-fb:96 nack\r\n"
    "a=rtcp-fb:96 nack\r\na=rtpmap:97 rtx/90000\r\na=fmtp:97 apt=96\r\na=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid\r\n"
    "a=extmap:10 urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id\r\n"
    "a=extmap:11 urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id\r\n"
)
LAYERS = "a=rid:q send\r\na=rid:h send\r\na=rid:f send\r\na=simulcast:send q;h;f\r\n"
SSRC = {"microphone": 1, "q": 2, "h": 3, "f": 4, "screen": 5, "rtx": 6}


class World:
    """A worker without process, socket or clock."""

    def __init__(self) -> None:
        self.rig = Rig()
        self.events: list[tuple[str, dict[str, Any]]] = []
        certificate: Any = SimpleNamespace(fingerprint="AA:BB", rtc=None)
        self.hub = Hub(
            self.rig.core, certificate, ("1 1 udp 1 127.0.0.1 9 typ host",), lambda: self.rig.now, lambda: self.rig.now,
            lambda kind, data: self.events.append((kind, data)), lambda raw: ("127.0.0.1", 1),
        )  # fmt: skip
        for _ in range(100):  # the rig's own handles
            self.hub.handle()
        self.rooms = Rooms(self.hub)
        self.rig.core.handler = Plane(self.hub)
        self.clock = Clockwork(self.hub)
        self.version = 0
        self.sequence = 0
        self.loop = asyncio.new_event_loop()

    def room(self, open_: bool = True, channels: Mapping[str, str] | None = None, **peers: PeerDesired) -> None:
        self.version += 1
        self.do(lambda: self.rooms.set_room(RoomDesired("r", self.version, 0, open_, peers, channels=channels or {})))

    def do(self, act: Any) -> Any:
        """Run something in the loop, with all that it leaves to be done soon."""

        async def run() -> Any:
            found = act()
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            return found

        return self.loop.run_until_complete(run())

    def up(self, connection: Connection) -> Connection:
        """As after the handshake, with an address of its own."""
        address = b"peer" + connection.handle.to_bytes(4, "big")
        self.rig.core.accept_from(connection.handle, address)
        self.rig.core.send_to(connection.handle, address)
        self.rig.core.secure(connection.handle, SrtpPair(object(), object()))
        connection.up, connection.address, connection.seen_at = True, address, self.rig.now
        self.do(lambda: self.hub.touch(connection.room))
        return connection

    def publish(self, peer: str, screen: bool = False, name: str = "publish", session: int = 1) -> Connection:
        body = AUDIO.format(mid=0, direction="sendonly") + VIDEO.format(mid=1, direction="sendonly") + LAYERS
        body += VIDEO.format(mid=2, direction="sendonly") if screen else ""
        offer = HEAD.format(session=session, setup="actpass") + body
        self.do(lambda: self.rooms.publish("r", peer, offer, name, None))
        return self.up(self.hub.rooms["r"].connections[peer, name])

    def subscribe(self, peer: str, video: int = 3, limit: float = math.inf) -> Connection:
        """A viewer whose link is known to take so many bit/s of pictures."""
        counts = {"video": video, "audio": 3, "screen": 1, "interpretation": 1}
        offer = self.do(lambda: self.rooms.subscribe("r", peer, "subscribe", counts, 0))  # type: ignore[arg-type]
        answer = offer.sdp.replace("actpass", "active").replace("sendonly", "recvonly")
        self.do(lambda: self.rooms.answer("r", peer, "subscribe", answer))
        made = self.hub.rooms["r"].connections[peer, "subscribe"]
        made.budget.limit = limit
        return self.up(made)

    def play(self, peer: str, audio: int, video: int) -> Connection:
        body = "".join(AUDIO.format(mid=f"a{n}", direction="recvonly") for n in range(audio))
        body += "".join(VIDEO.format(mid=f"v{n}", direction="recvonly") for n in range(video))
        offer = HEAD.format(session=1, setup="actpass") + body
        self.do(lambda: self.rooms.whep("r", peer, offer, "whep:1"))
        return self.up(self.hub.rooms["r"].connections[peer, "whep:1"])

    def send(self, publisher: Connection, *what: str, key: bool = True, level: int = 30, temporal: int = 0) -> None:
        """One packet of each named stream."""
        self.sequence += 1
        for name in what:
            ssrc = publisher.handle * 100 + SSRC[name]
            if name == "microphone":
                extensions = {4: b"0", 1: bytes([level])}
                packet = rtp(ssrc, self.sequence, self.sequence * 960, b"opus", pt=111, extensions=extensions)
            else:
                height = {"q": 180, "h": 360, "f": 720, "screen": 1080}[name]
                extensions = {4: b"2"} if name == "screen" else {4: b"1", 10: name.encode()}
                body = vp8(self.sequence, key=key, height=height, body=bytes(400), tid=temporal)
                packet = rtp(ssrc, self.sequence, self.sequence * 3000, body, extensions=extensions)
            self.rig.inbox.waiting.append((publisher.address, packet))
        self.do(lambda: self.rig.core.pump(self.rig.now, self.rig.now))

    def pass_time(self, seconds: float, sending: Any = None) -> None:
        """Let the clock run with all its jobs; ``sending()`` is called every 100 ms."""
        for step in range(round(seconds * 20)):
            self.rig.now += 0.05
            if sending is not None and step % 2 == 0:
                sending()
            self.do(lambda: self.clock.step(self.rig.now))
            if step % 10 == 9:
                self.do(lambda: self.clock.half_second(self.rig.now))
            if step % 20 == 19:
                self.do(lambda: self.clock.second(self.rig.now))

    def view(self, peer: str, **wants: tuple[str, int] | None) -> None:
        told = {mid: Want(*want) if want else None for mid, want in wants.items()}
        self.do(lambda: self.rooms.view("r", peer, "subscribe", told))

    def carries(self, connection: Connection) -> dict[str, str]:
        """slot → source/layer."""
        found = {mid: slot.layer for mid, slot in connection.slots.items() if slot.layer is not None}
        return {mid: f"{layer.source.id}/{layer.rid}" for mid, layer in found.items()}

    def told(self, kind: str) -> list[dict[str, Any]]:
        return [data for each, data in self.events if each == kind]

    def rtcp_to(self, connection: Connection) -> list[Any]:
        """The RTCP sent to a connection so far."""
        self.rig.core.flush()
        sent = [data for where, data in self.rig.outbox.sent_packets if where == connection.address]
        found: list[Any] = []
        for data in sent:
            if 192 <= data[1] <= 223:
                found += rtcp_module.parse(data)
        return found


Trio = tuple[World, Connection, Connection, Connection]
