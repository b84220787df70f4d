"""Somebody who sends real pictures and sound to a media worker: aiortc's encoders, in a thread of their own."""

from __future__ import annotations

from typing import Any

from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import AudioStreamTrack, VideoStreamTrack

from signaling.engine import MediaEngine
from tests.support.rtc_client import Loop


class Sender:
    """A camera (640 by 480 pixels) and a microphone of one peer, in VP8 and Opus."""

    def __init__(self, loop: Loop, engine: MediaEngine, room: str, peer: str, camera: bool = True) -> None:
        self._loop = loop
        self._pc: Any = loop.do(self._made(camera))
        answer = engine.publish(room, peer, self._pc.localDescription.sdp)
        loop.do(self._pc.setRemoteDescription(RTCSessionDescription(answer, "answer")))

    async def _made(self, camera: bool) -> RTCPeerConnection:
        made = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        made.addTransceiver(AudioStreamTrack(), direction="sendonly")
        if camera:
            made.addTransceiver(VideoStreamTrack(), direction="sendonly")
        await made.setLocalDescription(await made.createOffer())
        return made

    def close(self) -> None:
        self._loop.do(self._pc.close())
