"""A page's subscriber connection without a page: whose packets arrive in a slot, in the order of arrival."""

from __future__ import annotations

import re
import struct

from signaling.engine import MediaEngine
from tests.bench.participants import subscriber_lines, transport_of
from tests.support.rtc_client import Client, Loop, sfu_clients

TRAILER = sfu_clients.TRAILER


class Listener(Client):
    """``heard``: the index of the publisher (see :meth:`Client.start_sending`) of each packet in the slot ``mid``."""

    def __init__(self, loop: Loop, engine: MediaEngine, room: str, peer: str, mid: str = "i0") -> None:
        offer = engine.subscribe(room, peer, video=1).sdp
        super().__init__(loop, subscriber_lines(offer))
        self.heard: list[int] = []
        self.ssrc = _ssrc_of(offer, mid)
        setattr(self.peer, "_inspect", self._look)  # noqa: B010  (a method of one object)
        engine.answer(room, peer, "subscribe", str(loop.do(self.peer.local_sdp(self.lines, "active"))))
        loop.do(self.peer.connect(transport_of(offer), answering=True))

    def _look(self, packet: bytes, _control: int) -> None:
        plain = self.peer._rx.unprotect(packet)
        if struct.unpack_from("!I", plain, 8)[0] == self.ssrc:
            self.heard.append(TRAILER.unpack_from(plain, len(plain) - TRAILER.size)[1])

    def speakers(self) -> list[int]:
        """Who was heard one after another."""
        heard = self.heard[:]
        return [index for n, index in enumerate(heard) if not n or heard[n - 1] != index]

    def missing(self) -> int:
        """Sequence numbers that left the server in the slot and did not come."""
        stream = self.peer.streams[self.ssrc]
        return stream.extended - stream.received - stream.late


def _ssrc_of(offer: str, mid: str) -> int:
    section = next(part for part in offer.split("\r\nm=") if f"a=mid:{mid}\r\n" in part)
    found = re.search(r"a=ssrc:(\d+)", section)
    assert found is not None, section
    return int(found[1])
