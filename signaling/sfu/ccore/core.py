"""Drives the compiled packet core; see signaling/sfu/core/interface.py for what each method means."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable
from functools import cache
from operator import attrgetter
from random import Random
from typing import Any

from signaling.sfu.ccore.build import digest
from signaling.sfu.core.interface import (
    AUDIO,
    CoreHandler,
    Counters,
    SlotSpec,
    SlotStats,
    SrtpPair,
    StreamSpec,
    StreamStats,
    Traffic,
)
from signaling.sfu.core.thinning import ALL_LAYERS

try:
    from signaling.sfu.ccore import _native  # type: ignore[attr-defined, unused-ignore]
except ImportError:
    _native = None

SEGMENTS = 60  # most packets of one viewer in one send; the kernel takes 64
_COUNTERS = Counters.__slots__
_read_stream = attrgetter(*StreamStats.__slots__)  # the last is an array
_read_slot = attrgetter(*SlotStats.__slots__)


class Unavailable(Exception):
    """There is no compiled core, or it is one of other sources."""


def load() -> Any:
    """The compiled module. Raises Unavailable."""
    if _native is None:
        raise Unavailable("the compiled packet core is not built here")
    if _native.ffi.string(_native.lib.core_sources()).decode() != digest():
        raise Unavailable("the compiled packet core was built from other sources; run make install")
    return _native


class CCore:
    """Implements :class:`signaling.sfu.core.interface.Core`.

    ``srtp`` gives the addresses of libsrtp's functions (protect, unprotect, protect_rtcp, unprotect_rtcp) and
    ``pointer`` that of a context in an SrtpPair. ``fd`` is a non-blocking UDP socket, or -1: then datagrams come through
    :meth:`feed` and leave through ``datagram``.
    """

    name = "c"

    def __init__(
        self,
        fd: int,
        name_length: int,
        srtp: tuple[int, int, int, int],
        pointer: Callable[[Any], int],
        random: Random,
        segments: int = SEGMENTS,
    ) -> None:
        native = load()
        self.handler: CoreHandler
        self._ffi, self._lib = native.ffi, native.lib
        self._pointer, self._random, self._name_length = pointer, random, name_length
        self._owners: dict[int, Any] = {}
        self._failed: BaseException | None = None
        world = self._ffi.new("sfu_world *", {"fd": fd, "name_length": name_length, "segments": segments})
        world.seed = secrets.randbits(64)
        for name, address in zip(("protect", "unprotect", "protect_rtcp", "unprotect_rtcp"), srtp, strict=True):
            setattr(world, name, self._ffi.cast("sfu_crypt", address))
        # where C writes what is asked for, made once
        self._packets, self._level = self._ffi.new("int64_t *"), self._ffi.new("int *")
        self._stream_stats, self._slot_stats = self._ffi.new("sfu_stream_stats *"), self._ffi.new("sfu_slot_stats *")
        self._traffic = self._ffi.new("sfu_traffic *")
        self._self = self._ffi.new_handle(self)
        self._core = self._ffi.gc(self._lib.sfu_new(world, _callbacks(native), self._self), self._lib.sfu_free)
        if not self._core:
            raise MemoryError

    @property
    def counters(self) -> Counters:
        """A copy of the counters."""
        found = self._lib.sfu_count(self._core)
        return Counters(*(getattr(found, name) for name in _COUNTERS))

    def datagram(self, address: bytes, data: bytes) -> None:
        """What leaves when there is no socket."""

    # ------------------------------------------------------------------ connections
    def open(self, connection: int) -> None:
        self._check(self._lib.sfu_open(self._core, connection), connection)

    def accept_from(self, connection: int, address: bytes) -> None:
        self._check(self._lib.sfu_accept_from(self._core, connection, self._address(address)), connection)

    def send_to(self, connection: int, address: bytes) -> None:
        self._check(self._lib.sfu_send_to(self._core, connection, self._address(address)), connection)

    def secure(self, connection: int, srtp: SrtpPair) -> None:
        cast = self._ffi.cast
        receive, send = cast("void *", self._pointer(srtp.receive)), cast("void *", self._pointer(srtp.send))
        self._check(self._lib.sfu_secure(self._core, connection, receive, send), connection)
        self._owners[connection] = srtp

    def close(self, connection: int) -> None:
        self._check(self._lib.sfu_close(self._core, connection), connection)
        self._owners.pop(connection, None)

    def last_seen(self, connection: int) -> float:
        found = float(self._lib.sfu_last_seen(self._core, connection))
        if found < 0:
            raise KeyError(connection)
        return found

    # ------------------------------------------------------------------ streams and slots
    def add_stream(self, stream: int, connection: int, spec: StreamSpec) -> None:
        told = (spec.ssrc, spec.kind == AUDIO, spec.clock_rate, spec.level_id)
        known = self._ffi.new("sfu_stream_spec *", told)
        self._check(self._lib.sfu_add_stream(self._core, stream, connection, known, self._optional(spec.rtx_of)), stream)

    def drop_stream(self, stream: int) -> None:
        self._check(self._lib.sfu_drop_stream(self._core, stream), stream)

    def add_slot(self, slot: int, connection: int, spec: SlotSpec) -> None:
        draw = self._random.randrange
        numbers = (draw(1000, 30000), draw(1 << 31), draw(1 << 14), draw(1 << 8), draw(1 << 15))
        told = (spec.kind == AUDIO, spec.ssrc, spec.payload_type, spec.clock_rate, spec.extension_id)
        known = self._ffi.new("sfu_slot_spec *", (*told, spec.rtx_ssrc, spec.rtx_payload_type, *numbers))
        self._check(self._lib.sfu_add_slot(self._core, slot, connection, known), slot)

    def point(self, slot: int, stream: int | None) -> None:
        self._check(self._lib.sfu_point(self._core, slot, self._optional(stream)), slot, stream)

    def clear(self, slot: int) -> None:
        self._check(self._lib.sfu_clear(self._core, slot), slot)

    def limit_temporal(self, slot: int, highest: int | None) -> None:
        self._check(self._lib.sfu_limit_temporal(self._core, slot, ALL_LAYERS if highest is None else highest), slot)

    def waited_for(self, stream: int) -> bool:
        found = self._lib.sfu_waited_for(self._core, stream)
        self._check(found, stream)
        return bool(found)

    def tap(self, stream: int, on: bool) -> None:
        self._check(self._lib.sfu_tap(self._core, stream, on), stream)

    def repeat(self, stream: int, sequences: Iterable[int]) -> int:
        wanted = self._ffi.new("uint16_t[]", [sequence & 0xFFFF for sequence in sequences])
        done = int(self._lib.sfu_repeat(self._core, stream, wanted, len(wanted)))
        self._check(done, stream)
        self._raise()
        return done

    # ------------------------------------------------------------------ receiving
    def pump(self, now: float, wall: float) -> bool:
        more = bool(self._lib.sfu_pump(self._core, now, wall))
        self._raise()
        return more

    def feed(self, now: float, wall: float, datagrams: Iterable[tuple[bytes, bytes]]) -> None:
        """Treat (address, datagram) pairs as if they had arrived; for a core without a socket."""
        self._lib.sfu_begin(self._core, now, wall)
        for address, data in datagrams:
            self._lib.sfu_feed(self._core, self._address(address), data, len(data))
        self._lib.sfu_flush(self._core)
        self._raise()

    # ------------------------------------------------------------------ sending
    def flush(self) -> None:
        self._lib.sfu_flush(self._core)

    def send(self, connection: int, data: bytes) -> None:
        self._check(self._lib.sfu_send(self._core, connection, data, len(data)), connection)

    def send_anywhere(self, address: bytes, data: bytes) -> None:
        self._check(self._lib.sfu_send_anywhere(self._core, self._address(address), data, len(data)), address)

    def send_rtcp(self, connection: int, data: bytes) -> None:
        self._check(self._lib.sfu_send_rtcp(self._core, connection, data, len(data)), connection)

    def send_reports(self, stream: int, ntp: int, timestamp: int) -> None:
        self._check(self._lib.sfu_send_reports(self._core, stream, ntp, timestamp & 0xFFFFFFFF), stream)

    def retransmit(self, slot: int, sequences: Iterable[int], now: float, wall: float) -> int:
        wanted = self._ffi.new("uint16_t[]", [sequence & 0xFFFF for sequence in sequences])
        done = int(self._lib.sfu_retransmit(self._core, slot, wanted, len(wanted), now, wall))
        self._check(done, slot)
        return done

    # ------------------------------------------------------------------ housekeeping
    def expire(self, now: float) -> None:
        self._lib.sfu_expire(self._core, now)

    def take_traffic(self) -> Traffic:
        found = self._traffic
        self._lib.sfu_take_traffic(self._core, found)
        return Traffic(found.packets, found.messages, found.squares / found.packets if found.packets else 0.0)

    def take_level(self, stream: int) -> tuple[int, int]:
        packets, level = self._packets, self._level
        self._check(self._lib.sfu_take_level(self._core, stream, packets, level), stream)
        return packets[0], level[0]

    def stream_stats(self, stream: int) -> StreamStats:
        found = self._stream_stats
        self._check(self._lib.sfu_read_stream(self._core, stream, found), stream)
        stats = StreamStats(*_read_stream(found))
        stats.temporal = tuple(stats.temporal)
        return stats

    def slot_stats(self, slot: int) -> SlotStats:
        found = self._slot_stats
        self._check(self._lib.sfu_read_slot(self._core, slot, found), slot)
        return SlotStats(*_read_slot(found))

    # ------------------------------------------------------------------ inside
    def _address(self, address: bytes) -> bytes:
        if len(address) != self._name_length:
            raise ValueError(f"an address of {len(address)} octets, not {self._name_length}")
        return address

    def _optional(self, handle: int | None) -> Any:
        return self._ffi.NULL if handle is None else self._ffi.new("int64_t *", handle)

    @staticmethod
    def _check(result: int, *handles: object) -> None:
        """C says no for one reason that ever happens: something it does not know."""
        if result < 0:
            raise KeyError(*handles)

    def note(self, failure: BaseException) -> None:
        """A handler failed: the packets after it go on, and the first failure is raised when the pump is through."""
        self._failed = self._failed or failure

    def _raise(self) -> None:
        failed, self._failed = self._failed, None
        if failed is not None:
            raise failed


@cache
def _callbacks(native: Any) -> Any:
    """The functions that C calls, made once for the module."""
    ffi, lib = native.ffi, native.lib
    found, copy = ffi.from_handle, ffi.buffer

    def failed(_kind: object, failure: BaseException | None, traceback: Any) -> None:
        if failure is not None and traceback is not None:
            found(traceback.tb_frame.f_locals["owner"]).note(failure)

    def defined(act: Callable[..., None]) -> Any:
        return ffi.def_extern(name=act.__name__, onerror=failed)(act)

    @defined
    def core_stun(owner: Any, data: Any, length: int, address: Any) -> None:
        core = found(owner)
        core.handler.on_stun(copy(data, length)[:], copy(address, core._name_length)[:])

    @defined
    def core_dtls(owner: Any, connection: int, data: Any, length: int) -> None:
        found(owner).handler.on_dtls(connection, copy(data, length)[:])

    @defined
    def core_rtcp(owner: Any, connection: int, data: Any, length: int, now: float) -> None:
        found(owner).handler.on_rtcp(connection, copy(data, length)[:], now)

    @defined
    def core_unknown_stream(owner: Any, connection: int, data: Any, length: int) -> None:
        found(owner).handler.on_unknown_stream(connection, copy(data, length)[:])

    @defined
    def core_gap(owner: Any, stream: int, first: int, count: int, now: float) -> None:
        found(owner).handler.on_gap(stream, first, count, now)

    @defined
    def core_repaired(owner: Any, stream: int, sequence: int) -> None:
        found(owner).handler.on_repaired(stream, sequence)

    @defined
    def core_switched(owner: Any, slot: int, stream: int, timestamp: int) -> None:
        found(owner).handler.on_switched(slot, stream, timestamp)

    @defined
    def core_tapped(owner: Any, stream: int, marker: int, sequence: int, timestamp: int, data: Any, length: int) -> None:
        found(owner).handler.on_tapped(stream, bool(marker), sequence, timestamp, copy(data, length)[:])

    @defined
    def core_datagram(owner: Any, address: Any, data: Any, length: int) -> None:
        core = found(owner)
        core.datagram(copy(address, core._name_length)[:], copy(data, length)[:])

    names = ("stun", "dtls", "rtcp", "unknown_stream", "gap", "repaired", "switched", "tapped", "datagram")
    return ffi.new("sfu_handler *", {name: getattr(lib, f"core_{name}") for name in names})
