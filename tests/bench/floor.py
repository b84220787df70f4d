"""The floor of forwarding: ``python tests/bench/floor.py HOST PUBLISHERS VIEWERS`` prints its UDP port, waits until all have made
themselves known, and is then a bare loop in C (native/floor.c) until it is ended. Keys: sfu_floor.py.
"""

from __future__ import annotations

import socket
import sys

from tests.bench.native_library import ffi, functions, library, session
from tests.support.rtc_client import BENCH  # puts the load generator's folder where its files find each other

assert BENCH.is_dir()
from sfu_floor import floor_session  # noqa: E402

BUFFER = 4 << 20


def gather(sock: socket.socket, count: int) -> dict[str, tuple[str, int]]:
    """Who is there, by name: everybody says it until answered."""
    known: dict[str, tuple[str, int]] = {}
    while len(known) < count:
        data, address = sock.recvfrom(2048)
        if data[:1] in b"PV" and len(data) < 8:
            known[data.decode()] = address
            sock.sendto(data, address)
    return known


def places(known: dict[str, tuple[str, int]], letter: str, kept: list[object]) -> object:
    """The C table of all senders (``P``: decrypting) or receivers (``V``: encrypting)."""
    chosen = [(name, address) for name, address in known.items() if name.startswith(letter)]
    table = ffi.new("lg_place[]", len(chosen))
    for place, (name, (host, port)) in zip(table, chosen, strict=True):
        made = floor_session(name, letter == "P")
        kept.append(made)
        place.port, place.session = port, session(made)
        ffi.buffer(place.address)[:] = socket.inet_aton(host)
    return table


def main() -> int:
    """Until killed."""
    host, publishers, viewers = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    native = library()
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)
    sock.bind((host, 0))
    print(sock.getsockname()[1], flush=True)
    known = gather(sock, publishers + viewers)
    kept: list[object] = []
    senders, receivers = places(known, "P", kept), places(known, "V", kept)
    return int(native.lg_forward(sock.fileno(), functions(), senders, publishers, receivers, viewers))


if __name__ == "__main__":
    sys.exit(main())
