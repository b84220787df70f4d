"""Media whose every packet is known: one WHIP encoder that remembers what it sent, one WHEP player that keeps what arrives.

The payloads are no pictures: a server that decoded and encoded them again could only break them.
"""

from __future__ import annotations

import struct
from collections import Counter
from dataclasses import dataclass
from typing import Any

import pylibsrtp

from tests.support.rtc_client import Client, Loop, player_lines, publisher_lines, sfu_clients

MARKER, TRAILER = sfu_clients.MARKER, sfu_clients.TRAILER
KINDS = {sfu_clients.AUDIO_PT: "audio", sfu_clients.VIDEO_PT: "video"}
PICTURE_ID = slice(2, 4)
"""Where the generator's VP8 descriptor holds its PictureID, which a forwarder counts on from where it was (RFC 7741, 4.2)."""


def payload_of(packet: bytes) -> bytes:
    """What an RTP packet carries (RFC 3550, section 5.1)."""
    start = 12 + 4 * (packet[0] & 0x0F)
    if packet[0] & 0x10:
        start += 4 + 4 * struct.unpack_from("!H", packet, start + 2)[0]
    end = len(packet) - (packet[-1] if packet[0] & 0x20 else 0)
    return packet[start:end]


@dataclass(frozen=True)
class Marked:
    """One packet of the encoder: its kind, its mark (when it was sent, in ns) and the bytes that nobody may change."""

    kind: str
    mark: int
    content: bytes


def read(packet: bytes) -> Marked | None:
    """The encoder's packet, or None for anybody else's."""
    payload, kind = payload_of(packet), KINDS[packet[1] & 0x7F]
    if len(payload) < TRAILER.size or payload[-TRAILER.size:][:4] != MARKER:
        return None
    mark = TRAILER.unpack_from(payload, len(payload) - TRAILER.size)[2]
    content = payload if kind == "audio" else payload[: PICTURE_ID.start] + payload[PICTURE_ID.stop:]
    return Marked(kind, mark, content)


class Encoder(Client):
    """``sent``: every packet by its mark."""

    def __init__(self, loop: Loop) -> None:
        super().__init__(loop, publisher_lines())
        self.sent: dict[int, Marked] = {}
        protect = self.peer.send

        def send(packet: bytes, rtcp: bool = False) -> None:
            if not rtcp and (known := read(packet)) is not None:
                self.sent[known.mark] = known
            protect(packet, rtcp)

        setattr(self.peer, "send", send)  # noqa: B010  (a method of one object)


class Player(Client):
    """``arrived``: the encoder's packets by SSRC; ``others``: how many of other people's came on each."""

    def __init__(self, loop: Loop, audio: int = 6, video: int = 6) -> None:
        super().__init__(loop, player_lines(audio, video))
        self.arrived: dict[int, list[Marked]] = {}
        self.others: Counter[int] = Counter()
        setattr(self.peer, "_inspect", self._look)  # noqa: B010

    def _look(self, packet: bytes, _control: int) -> None:
        try:
            plain = self.peer._rx.unprotect(packet)
        except pylibsrtp.Error:
            self.stats.auth_failures += 1
            return
        ssrc, known = struct.unpack_from("!I", plain, 8)[0], read(plain)
        if known is None:
            self.others[ssrc] += 1
        else:
            self.arrived.setdefault(ssrc, []).append(known)

    def of(self, kind: str) -> list[Marked]:
        """What has arrived of one kind."""
        return [packet for stream in list(self.arrived.values()) for packet in list(stream) if packet.kind == kind]


def compare(encoder: Encoder, player: Player) -> dict[str, Any]:
    """What became of the packets between the first and the last that arrived, by kind: counts of packets."""
    report: dict[str, Any] = {"not_authentic": player.stats.auth_failures,
                              "mixed_streams": [ssrc for ssrc in player.arrived if player.others[ssrc]]}
    for kind in KINDS.values():
        arrived = player.of(kind)
        marks = {packet.mark for packet in arrived}
        due = {m for m, packet in encoder.sent.items() if packet.kind == kind and min(marks, default=0) <= m <= max(marks, default=0)}
        changed = [packet for packet in arrived if encoder.sent.get(packet.mark) != packet]
        report[kind] = {"arrived": len(marks), "lost": len(due - marks), "changed": len(changed)}
    return report
