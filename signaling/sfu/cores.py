"""Which packet core a media worker gets: the compiled one where it is built, else the one in Python."""

from __future__ import annotations

import logging
import random
import socket

from signaling.sfu import dtls, transport
from signaling.sfu.ccore.core import CCore, Unavailable
from signaling.sfu.core.interface import Core
from signaling.sfu.core.python import PythonCore
from signaling.sfu.datagrams import ReceiveBatch, SendBatch

log = logging.getLogger("liaison.media")


class UnusableCore(Exception):
    """The settings ask for a packet core that is not there."""


def make_core(choice: str, sock: socket.socket) -> Core:
    """The packet core that LIAISON_MEDIA_CORE names (``auto``, ``c``, ``python``). Raises UnusableCore."""
    if choice != "python":
        try:
            return _compiled(sock)
        except Unavailable as exc:
            if choice == "c":
                raise UnusableCore(f"LIAISON_MEDIA_CORE=c cannot be had: {exc}. Use auto or python.") from None
            log.info("%s: the packet core in Python serves", exc)
    length = transport.name_length(sock)
    inbox, outbox = ReceiveBatch(sock.fileno(), length), SendBatch(sock.fileno(), length)
    return PythonCore(inbox, outbox, dtls.srtp, dtls.new_length(), random.SystemRandom())


def _compiled(sock: socket.socket) -> CCore:
    length = transport.name_length(sock)
    return CCore(sock.fileno(), length, dtls.srtp_addresses(), dtls.pointer, random.SystemRandom())
