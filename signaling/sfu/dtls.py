"""DTLS-SRTP (RFC 5764) by aiortc. The only file that touches aiortc's private names, hence the exact pin."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import pylibsrtp._binding as _srtp
from aiortc import rtcdtlstransport as rtc
from pylibsrtp import Policy, Session

from signaling.sfu.core.interface import SrtpPair

HANDSHAKE_SECONDS = 20.0
QUEUED_RECORDS = 64
SENT_WINDOW = 320  # packets back that may be sent late or again: the cache's 256 and some; a longer one costs with every packet

# Our order counts as long as we are the DTLS server: AES-128-GCM costs least.
_PROFILES = [
    profile
    for profile in (rtc.SRTP_AEAD_AES_128_GCM, rtc.SRTP_AEAD_AES_256_GCM, rtc.SRTP_AES128_CM_SHA1_80)
    if profile in rtc.SRTP_PROFILES
]

srtp = _srtp.lib  # libsrtp's functions, for the packet core


def new_length() -> Any:
    """An ``int *`` for libsrtp's in-place functions."""
    return _srtp.ffi.new("int *")


def pointer(context: Any) -> int:
    """The address of one of libsrtp's contexts or functions."""
    return int(_srtp.ffi.cast("uintptr_t", context))


def srtp_addresses() -> tuple[int, int, int, int]:
    """Those of libsrtp's functions, for a compiled packet core: protect, unprotect, and the same for RTCP."""
    names = ("srtp_protect", "srtp_unprotect", "srtp_protect_rtcp", "srtp_unprotect_rtcp")
    found = [pointer(_srtp.ffi.addressof(srtp, name)) for name in names]
    return found[0], found[1], found[2], found[3]


class DtlsError(Exception):
    """The handshake failed, or the fingerprint was another."""


class Certificate:
    """The worker's self-signed certificate, one per process."""

    def __init__(self) -> None:
        self.rtc = rtc.RTCCertificate.generateCertificate()
        self.fingerprint = next(f.value for f in self.rtc.getFingerprints() if f.algorithm == "sha-256")


class _Link:
    """What RTCDtlsTransport wants of an ICE transport: records in, records out."""

    role, state = "controlled", "completed"

    def __init__(self, send: Callable[[bytes], None]) -> None:
        self._out = send
        self.records: asyncio.Queue[bytes | None] = asyncio.Queue(QUEUED_RECORDS)

    async def _recv(self) -> bytes:
        record = await self.records.get()
        if record is None:
            raise ConnectionError
        return record

    async def _send(self, data: bytes) -> None:
        self._out(data)


class DtlsSession:
    """One connection's DTLS: feed it the records that arrive, await :meth:`handshake`, and it tells when it ends."""

    def __init__(self, certificate: Certificate, send: Callable[[bytes], None], ended: Callable[[], None]) -> None:
        self._link = _Link(send)
        self._transport = rtc.RTCDtlsTransport(self._link, [certificate.rtc])  # type: ignore[arg-type]
        self._transport._srtp_profiles = _PROFILES
        self._ended = ended
        self.profile = ""

    def feed(self, record: bytes) -> None:
        """A record from the network; too many at once are dropped, as the network might."""
        if not self._link.records.full():
            self._link.records.put_nowait(record)

    async def handshake(self, role: str, fingerprints: Sequence[tuple[str, str]]) -> SrtpPair:
        """Be ``server`` or ``client``, check the peer's (algorithm, value) fingerprints; the SRTP contexts."""
        self._transport._set_role(role)
        remote = rtc.RTCDtlsParameters([rtc.RTCDtlsFingerprint(a, v) for a, v in fingerprints])
        try:
            await asyncio.wait_for(self._transport.start(remote), HANDSHAKE_SECONDS)
        except TimeoutError:
            raise DtlsError("no answer") from None
        ssl = self._transport._ssl
        if self._transport.state != "connected" or ssl is None:
            raise DtlsError(f"the handshake ended {self._transport.state}")
        self.profile = ssl.get_selected_srtp_profile().decode()
        self._transport.on("statechange", self._changed)
        receive, send = self._transport._rx_srtp, self._sending(ssl, role)
        return SrtpPair(receive._srtp[0], send._srtp[0], (receive, send))

    @staticmethod
    def _sending(ssl: Any, role: str) -> Session:
        """The context for sending, keyed as aiortc keys its own (RFC 5764 section 4.2), with a shorter window."""
        profile = next(p for p in _PROFILES if p.openssl_profile == ssl.get_selected_srtp_profile())
        octets = 2 * (profile.key_length + profile.salt_length)
        material = ssl.export_keying_material(b"EXTRACTOR-dtls_srtp", octets)
        key = profile.get_key_and_salt(material, 1 if role == "server" else 0)
        policy = Policy(key=key, ssrc_type=Policy.SSRC_ANY_OUTBOUND, srtp_profile=profile.libsrtp_profile)
        policy.allow_repeat_tx, policy.window_size = True, SENT_WINDOW
        return Session(policy)

    def _changed(self) -> None:
        if self._transport.state in ("closed", "failed"):
            self._ended()

    async def close(self) -> None:
        """Say goodbye to the peer."""
        self._transport.remove_all_listeners()
        await self._transport.stop()
