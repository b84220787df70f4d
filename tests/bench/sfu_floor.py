"""The floor's clients for sfu_load: no ICE and no DTLS, keys that both sides know. See floor.py."""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import socket
from collections.abc import Callable
from typing import Any

import pylibsrtp
from sfu_clients import AUDIO_PT, VIDEO_PT, Http, LoadError, MLine, Peer, publish_lines

Policy = pylibsrtp.Policy
TRIES = 20


def floor_session(client: str, inbound: bool) -> pylibsrtp.Session:
    """One direction's SRTP of a client (``P0``, ``V3``): AES-128-GCM with a key made from its name."""
    kind = Policy.SSRC_ANY_INBOUND if inbound else Policy.SSRC_ANY_OUTBOUND
    key = hashlib.sha256(client.encode()).digest()[:28]  # key and salt (RFC 7714 section 12)
    policy = Policy(key=key, ssrc_type=kind, srtp_profile=Policy.SRTP_PROFILE_AEAD_AES_128_GCM)
    policy.allow_repeat_tx, policy.window_size = True, 1024
    return pylibsrtp.Session(policy)


class FloorTarget:
    """Publishers ``P…`` and viewers ``V…`` make themselves known by a datagram with their name."""

    def __init__(self, cfg: argparse.Namespace, _http: Http, make_peer: Callable[[bool], Peer]) -> None:
        host, _, port = cfg.url.rpartition(":")
        self.address, self.make_peer, self.bind_ip = (host, int(port)), make_peer, cfg.bind_ip

    async def _join(self, name: str, lines: list[MLine]) -> Peer:
        peer: Any = self.make_peer(True)
        peer.lines, peer.profile = lines, "SRTP_AEAD_AES_128_GCM"
        peer.kept = sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.bind((self.bind_ip, 0))
        sock.setblocking(False)
        for _ in range(TRIES):
            sock.sendto(name.encode(), self.address)
            try:
                await asyncio.wait_for(asyncio.get_running_loop().sock_recv(sock, 64), 0.5)
                break
            except TimeoutError:
                continue
        else:
            raise LoadError("the floor does not answer")
        peer._addr, peer._tx, peer._rx = self.address, floor_session(name, False), floor_session(name, True)
        peer._adopt(sock.fileno())
        return peer

    async def publish(self, index: int) -> Peer:
        """One sender."""
        return await self._join(f"P{index}", publish_lines())

    async def subscribe(self, index: int, publishers: int) -> list[Peer]:
        """One receiver of everything."""
        lines = [MLine("audio", "0", "recvonly", AUDIO_PT), MLine("video", "1", "recvonly", VIDEO_PT)]
        return [await self._join(f"V{index}", lines)]

    async def close(self) -> None:
        """Nothing is held."""
