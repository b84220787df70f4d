"""A client that is not ours, aiortc's own peer connection, publishes by WHIP and watches by WHEP: it decodes what another sent."""

from __future__ import annotations

import asyncio
import math
from array import array
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, cast

import httpx
import pytest
from aiortc import RTCConfiguration, RTCPeerConnection, RTCRtpSender, RTCSessionDescription
from aiortc.mediastreams import AudioStreamTrack, MediaStreamError, MediaStreamTrack, VideoStreamTrack
from av import AudioFrame, VideoFrame

from tests.support.room import Scene, book
from tests.support.server import LiaisonServer

PATIENCE_S = 60.0  # for a machine that is busy with other tests
TONE_HZ = 880
GREEN_YUV = (120, 70, 60)
SDP = {"Content-Type": "application/sdp"}


class Tone(AudioStreamTrack):
    """A steady tone."""

    async def recv(self) -> AudioFrame:
        frame: Any = await super().recv()
        first = frame.pts or 0
        wave = (round(12_000 * math.sin(2 * math.pi * TONE_HZ * (first + n) / frame.sample_rate)) for n in range(frame.samples))
        frame.planes[0].update(array("h", wave).tobytes())
        return cast(AudioFrame, frame)


class Colour(VideoStreamTrack):
    """A picture of one colour."""

    async def recv(self) -> VideoFrame:
        frame: Any = VideoFrame(320, 180, "yuv420p")
        frame.pts, frame.time_base = await self.next_timestamp()
        for plane, value in zip(frame.planes, GREEN_YUV, strict=True):
            plane.update(bytes([value]) * plane.buffer_size)
        return cast(VideoFrame, frame)


@pytest.fixture(scope="module")
def scene(shared_server: LiaisonServer) -> Iterator[Scene]:
    """An open session of two points."""
    made = book(shared_server, "osh-oblast", "naryn-oblast")
    yield made
    made.end()


async def connect(scene: Scene, kind: str, point: str, pc: RTCPeerConnection) -> str:
    """Offer over HTTP, take the answer; the Location."""
    await pc.setLocalDescription(await pc.createOffer())
    headers = SDP | {"Authorization": f"Bearer {scene.token('point', point)}"}
    async with httpx.AsyncClient(base_url=scene.server.url, timeout=30) as http:
        answer = await http.post(f"/{kind}/{scene.session}", content=pc.localDescription.sdp, headers=headers)
    assert answer.status_code == 201, answer.text
    await pc.setRemoteDescription(RTCSessionDescription(answer.text, "answer"))
    return answer.headers["Location"]


async def publish(scene: Scene, point: str) -> tuple[RTCPeerConnection, str]:
    pc = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    for track in (Tone(), Colour()):
        pc.addTransceiver(track, direction="sendonly")
    vp8 = [codec for codec in RTCRtpSender.getCapabilities("video").codecs if codec.mimeType in ("video/VP8", "video/rtx")]
    pc.getTransceivers()[1].setCodecPreferences(vp8)
    return pc, await connect(scene, "whip", point, pc)


async def watch(scene: Scene, point: str) -> tuple[RTCPeerConnection, str, dict[str, MediaStreamTrack]]:
    pc = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    tracks: dict[str, MediaStreamTrack] = {}
    pc.add_listener("track", lambda track: tracks.__setitem__(track.kind, track))
    for kind in ("audio", "video"):
        pc.addTransceiver(kind, direction="recvonly")
    location = await connect(scene, "whep", point, pc)
    return pc, location, tracks


def is_green(frame: Any) -> bool:
    middle = [bytes(plane)[plane.line_size * (plane.height // 2) + plane.width // 2] for plane in frame.planes]
    return all(abs(value - wanted) < 20 for value, wanted in zip(middle, GREEN_YUV, strict=True))


def is_tone(frames: list[Any]) -> bool:
    """Whether nearly all that is heard is the tone (Goertzel's algorithm against the whole energy)."""
    sound = array("h", b"".join(bytes(frame.planes[0])[: frame.samples * 2 * len(frame.layout.channels)] for frame in frames))
    mono = sound[:: len(frames[0].layout.channels)]
    turn = 2 * math.pi * TONE_HZ / frames[0].sample_rate
    real, imaginary = (sum(value * wave(turn * n) for n, value in enumerate(mono)) for wave in (math.cos, math.sin))
    energy = sum(value * value for value in mono)
    return energy > len(mono) * 1_000**2 and 2 * (real**2 + imaginary**2) / len(mono) > 0.7 * energy


async def sees(track: MediaStreamTrack) -> None:
    """Until ten green pictures in a row were decoded."""
    row = 0
    while row < 10:
        row = row + 1 if is_green(await track.recv()) else 0


async def hears(track: MediaStreamTrack) -> None:
    """Until half a second of the tone was decoded."""
    frames: list[Any] = []
    while len(frames) < 25 or not is_tone(frames[-25:]):
        frames.append(await track.recv())


async def ends(track: MediaStreamTrack) -> None:
    """Until it does, by itself."""
    with suppress(MediaStreamError):
        while True:
            await track.recv()


async def closes(connection: RTCPeerConnection) -> None:
    """Until it has noticed that its transport has ended, which is a little after its tracks have."""
    while connection.connectionState != "closed":
        await asyncio.sleep(0.01)


async def both_ways(scene: Scene) -> None:
    sender, published = await publish(scene, "osh-oblast")
    viewer, watched, tracks = await watch(scene, "naryn-oblast")
    await asyncio.wait_for(asyncio.gather(sees(tracks["video"]), hears(tracks["audio"])), PATIENCE_S)
    async with httpx.AsyncClient(base_url=scene.server.url, timeout=30) as http:
        assert [(await http.delete(location)).status_code for location in (published, watched)] == [200, 200]
    await asyncio.wait_for(ends(tracks["video"]), PATIENCE_S)  # the worker says goodbye
    await asyncio.wait_for(closes(viewer), PATIENCE_S)
    await asyncio.gather(sender.close(), viewer.close())


def test_aiortc_publishes_and_decodes(scene: Scene) -> None:
    asyncio.run(both_ways(scene))
