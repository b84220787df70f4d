"""A WHIP client (RFC 9725) on the machine of the service: how the bots enter, as any encoder would."""

from __future__ import annotations

import asyncio
import json
import re
import ssl
import urllib.error
import urllib.request
from typing import Any

from aioice import ice
from aiortc import RTCConfiguration, RTCPeerConnection, RTCRtpSender, RTCSessionDescription
from aiortc.mediastreams import MediaStreamTrack

from ..config import Settings
from ..services.doctor_network import split_port

TIMEOUT_S = 10.0
ANYWHERE = ("0.0.0.0", "::", "")
OVER = ("failed", "closed")
# The service is on this machine: a lost worker is noticed in 4 s instead of aioice's 30 (RFC 7675 allows up to 30).
ice.CONSENT_INTERVAL, ice.CONSENT_FAILURES = 1, 4


class Refused(Exception):
    """The service said no: ``status`` is HTTP's."""

    def __init__(self, status: int, text: str) -> None:
        self.status = status
        super().__init__(f"{status}: {text[:200]}")


class Door:
    """The service's HTTP, seen from its own machine. ``token`` is an API token of somebody who may hand out ways in."""

    def __init__(self, settings: Settings, token: str) -> None:
        self._token = token
        host = "127.0.0.1" if settings.http_host in ANYWHERE else settings.http_host
        self.base = f"{settings.scheme}://{host}:{settings.http_port}"
        self.media = "127.0.0.1" if settings.media_bind in ANYWHERE else settings.media_bind
        self._settings = settings
        self._tls = ssl.create_default_context()
        self._tls.check_hostname, self._tls.verify_mode = False, ssl.CERT_NONE  # its certificate names its public address
        ice.get_host_addresses = lambda use_ipv4, use_ipv6: [self.media]

    def own_port(self, announced: int) -> int:
        """The port on this machine behind an announced one: worker n has the n-th from the first, outside as inside."""
        settings = self._settings
        firsts = [split_port(host, settings.media_port)[1] for host in settings.media_hosts] or [settings.media_port]
        number = next((announced - first for first in firsts if 0 <= announced - first < settings.media_workers), 0)
        return settings.media_port + number

    async def way_in(self, session_id: str, point: str, name: str) -> str:
        """A join token for a point. Refused, OSError."""
        body = json.dumps({"point": point, "role": "point", "name": name}).encode()
        answer, _ = await self.send("POST", f"/api/v1/sessions/{session_id}/join-tokens", self._token, body, "application/json")
        return str(json.loads(answer)["token"])

    async def send(self, method: str, path: str, token: str, body: bytes | None = None, kind: str = "") -> tuple[str, str]:
        """The body and the Location of an answer. Refused, OSError."""
        return await asyncio.to_thread(self._send, method, path, token, body, kind)

    def _send(self, method: str, path: str, token: str, body: bytes | None, kind: str) -> tuple[str, str]:
        headers = {"Authorization": f"Bearer {token}"} | ({"Content-Type": kind} if kind else {})
        request = urllib.request.Request(self.base + path, body, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_S, context=self._tls) as answer:
                return answer.read().decode(), answer.headers.get("Location", "")
        except urllib.error.HTTPError as error:
            raise Refused(error.code, error.read().decode(errors="replace")) from error


class Publishing:
    """One WHIP connection. ``lost`` is set when its media has ended, whoever ended it."""

    def __init__(self, door: Door, session_id: str) -> None:
        self._door, self._session = door, session_id
        self._pc = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self._resource, self._token = "", ""
        self.lost = asyncio.Event()
        self.connected = asyncio.Event()
        self._pc.add_listener("connectionstatechange", self._changed)

    async def start(self, token: str, *tracks: MediaStreamTrack) -> None:
        """Offer the tracks; returns when picture and sound flow. Refused, OSError, TimeoutError."""
        self._token = token
        for track in tracks:
            self._pc.addTransceiver(track, direction="sendonly")
        self._prefer_vp8()
        await self._pc.setLocalDescription(await self._pc.createOffer())
        offer = self._pc.localDescription.sdp.encode()
        answer, self._resource = await self._door.send("POST", f"/whip/{self._session}", token, offer, "application/sdp")
        await self._pc.setRemoteDescription(RTCSessionDescription(self._reachable(answer), "answer"))
        await asyncio.wait_for(self.connected.wait(), TIMEOUT_S)

    async def stop(self) -> None:
        """End the connection and say so; a service that is gone needs no goodbye."""
        await self._pc.close()
        if self._resource:
            try:
                await self._door.send("DELETE", self._resource, self._token)
            except (Refused, OSError):
                pass  # it restarted, or had ended this connection already
            self._resource = ""

    def _changed(self) -> None:
        if self._pc.connectionState == "connected":
            self.connected.set()
        elif self._pc.connectionState in OVER:
            self.lost.set()

    def _prefer_vp8(self) -> None:
        wanted = [codec for codec in RTCRtpSender.getCapabilities("video").codecs if codec.mimeType in ("video/VP8", "video/rtx")]
        for transceiver in self._pc.getTransceivers():
            if transceiver.kind == "video":
                transceiver.setCodecPreferences(wanted)

    def _reachable(self, sdp: str) -> str:
        """The answer with candidates of this machine in place of the announced ones (a public name may not lead back here)."""
        def here(found: re.Match[str]) -> str:
            return f"{found[1]}{self._door.media} {self._door.own_port(int(found[2]))} typ host"

        return re.sub(r"(a=candidate:\S+ \d+ \S+ \d+ )\S+ (\d+) typ host", here, sdp)


def describe(error: BaseException) -> Any:
    """An error for a log line."""
    return str(error) or type(error).__name__
