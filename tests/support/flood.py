"""A stranger who floods a media port: ``python -m tests.support.flood PORT PACKETS UFRAG SSRC…`` sends 20,000 packets a second.

A process of its own, so that it does not share an interpreter with the clients whose sessions it tries to disturb.
"""

from __future__ import annotations

import random
import socket
import struct
import sys
import time
from collections.abc import Iterator

from tests.support.ports import LOOPBACK

RATE, BURST = 20_000, 50
SOURCES = 40  # addresses that it sends from
STUN = b"\x21\x12\xa4\x42"


def junk(dice: random.Random, ufrag: str, ssrcs: list[int]) -> Iterator[bytes]:
    """One of each kind: noise, broken and forged STUN, DTLS hellos, RTP and RTCP with streams that exist."""
    ssrc = dice.choice(ssrcs)
    yield dice.randbytes(dice.randrange(0, 250))
    yield b"\x00\x01" + dice.randbytes(2) + STUN + dice.randbytes(dice.randrange(0, 100))
    yield _forged(dice, ufrag)
    yield b"\x00\x01" + (600).to_bytes(2, "big") + STUN + bytes(12) + b"\x80\x22\x00\x00" * 150
    yield b"\x16\xfe\xfd\x00\x00" + dice.randbytes(6) + (100).to_bytes(2, "big") + b"\x01" + dice.randbytes(99)
    first, kind = dice.choice((0x80, 0x90, 0xBF)), dice.choice((96, 111))
    yield struct.pack("!BBHII", first, kind, dice.randrange(1 << 16), dice.getrandbits(32), ssrc) + dice.randbytes(dice.randrange(0, 200))
    yield struct.pack("!BBHI", 0x80 + dice.randrange(32), dice.randrange(200, 208), dice.randrange(1 << 16), ssrc) + dice.randbytes(40)


def _forged(dice: random.Random, ufrag: str) -> bytes:
    """A check that names a connection and is signed with a guess."""
    name = f"{ufrag}:x".encode()
    body = struct.pack("!HH", 6, len(name)) + name + bytes(-len(name) % 4) + struct.pack("!HH", 8, 20) + dice.randbytes(20)
    return b"\x00\x01" + len(body).to_bytes(2, "big") + STUN + dice.randbytes(12) + body


def main(port: int, packets: int, ufrag: str, ssrcs: list[int]) -> None:
    dice = random.Random(port)
    stock = [packet for _ in range(300) for packet in junk(dice, ufrag, ssrcs)]
    sources = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(SOURCES)]
    began = time.monotonic()
    for sent in range(0, packets, BURST):
        for at in range(sent, sent + BURST):
            sources[at % SOURCES].sendto(stock[at % len(stock)], (LOOPBACK, port))
        time.sleep(max(0.0, began + sent / RATE - time.monotonic()))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], [int(word) for word in sys.argv[4:]])
