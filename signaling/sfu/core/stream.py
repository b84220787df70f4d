"""One incoming stream: arrival order, loss, jitter, the packet cache; and which slots carry it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from signaling.sfu.core.interface import AUDIO, NO_LEVEL, StreamSpec, StreamStats
from signaling.sfu.core.rtp import NO_VP8, Vp8

if TYPE_CHECKING:
    from signaling.sfu.core.slot import Slot

CACHE_PACKETS = 256  # a power of two; a second of 2 Mbit/s
CACHE_SECONDS = 1.0
LARGEST_GAP = 200  # more missing packets than this are a restart, not a loss worth asking for

DUPLICATE, LATE, NEWEST = 0, 1, 2


class Record(NamedTuple):
    """A cached packet; ``payload`` is None once it is too old to be sent again (then it only tells duplicates)."""

    marker: int  # 0x80 or 0
    sequence: int
    timestamp: int
    payload: bytes | None
    level: int  # the octet of RFC 6464
    vp8: Vp8
    at: float


class Stream:
    """State of one SSRC. The core keeps ``plain``, ``extended`` (what the fan-out loop needs of each slot) and ``thinned``."""

    __slots__ = (
        "audio",
        "clock_rate",
        "connection",
        "duplicates",
        "extended",
        "first",
        "gap",
        "handle",
        "height",
        "highest",
        "jitter",
        "key_frames",
        "last_at",
        "level_id",
        "level_packets",
        "level_sum",
        "octets",
        "packets",
        "picture",
        "plain",
        "repaired",
        "ring",
        "rtx_of",
        "slots",
        "ssrc",
        "tail",
        "tapped",
        "temporal",
        "thinned",
        "timestamp",
        "tl0",
        "transit",
        "waiting",
    )

    def __init__(self, handle: int, connection: Any, spec: StreamSpec, rtx_of: Stream | None) -> None:
        self.handle = handle
        self.connection = connection
        self.ssrc = spec.ssrc
        self.audio = spec.kind == AUDIO
        self.clock_rate = spec.clock_rate
        self.level_id = spec.level_id
        self.rtx_of = rtx_of
        self.ring: list[Record | None] = [] if rtx_of else [None] * CACHE_PACKETS
        self.slots: list[Slot] = []
        self.waiting: list[Slot] = []
        self.plain: list[tuple[Any, ...]] = []
        self.extended: list[tuple[Any, ...]] = []
        self.thinned: list[Slot] = []  # those that leave temporal layers out
        self.temporal = [0, 0, 0, 0]  # octets of each
        self.first = self.highest = -1  # extended sequence numbers
        self.tail = 0
        self.tapped = False
        self.gap = 0
        self.timestamp = self.picture = self.tl0 = self.height = 0
        self.packets = self.octets = self.repaired = self.duplicates = self.key_frames = 0
        self.jitter = self.transit = 0
        self.level_packets = self.level_sum = 0
        self.last_at = 0.0

    def arrive(self, sequence: int, timestamp: int, now: float) -> int:
        """Place a packet in the order: NEWEST (``gap`` tells how many were skipped), LATE or DUPLICATE."""
        if self.highest < 0:
            self.first = self.highest = self.tail = sequence
            self.gap = 0
            self.transit = int(now * self.clock_rate) - timestamp
        else:
            step = (sequence - self.highest) & 0xFFFF
            if step == 0 or step >= 0x8000:
                return self._late(sequence, step)
            self.highest += step
            self.gap = step - 1
            transit = int(now * self.clock_rate) - timestamp
            change = abs(transit - self.transit)
            self.transit = transit
            if change < 0x4000000:  # not across a timestamp wraparound
                self.jitter += (change - self.jitter) // 16
        self.timestamp = timestamp
        self.last_at = now
        return NEWEST

    def _late(self, sequence: int, step: int) -> int:
        if step == 0 or not self.ring or 0x10000 - step >= CACHE_PACKETS:
            self.duplicates += 1
            return DUPLICATE
        known = self.ring[sequence & CACHE_PACKETS - 1]
        if known is not None and known.sequence == sequence:
            self.duplicates += 1
            return DUPLICATE
        return LATE

    def keep(self, record: Record) -> None:
        """Put a packet into the cache."""
        if self.ring:
            self.ring[record.sequence & CACHE_PACKETS - 1] = record

    def cached(self, sequence: int) -> Record | None:
        """The packet, if it can still be sent again."""
        if not self.ring:
            return None
        record = self.ring[sequence & CACHE_PACKETS - 1]
        if record is None or record.sequence != sequence or record.payload is None:
            return None
        return record

    def expire(self, now: float) -> None:
        """Let the payloads of packets older than a second go; their numbers stay to tell duplicates."""
        if not self.ring:
            return
        self.tail = max(self.tail, self.highest - CACHE_PACKETS + 1)
        while self.tail <= self.highest:
            at = self.tail & CACHE_PACKETS - 1
            record = self.ring[at]
            if record is not None and record.payload is not None:
                if now - record.at < CACHE_SECONDS:
                    return
                self.ring[at] = record._replace(payload=None, vp8=NO_VP8)
            self.tail += 1

    def layer_above(self, layer: int) -> int:
        """The next temporal layer that the stream has ever had; 4: none."""
        return next((higher for higher in range(layer + 1, 4) if self.temporal[higher]), 4)

    def take_level(self) -> tuple[int, int]:
        """(packets, mean level) since the last call."""
        packets, total = self.level_packets, self.level_sum
        self.level_packets = self.level_sum = 0
        if not packets or not self.level_id:
            return packets, NO_LEVEL
        return packets, total // packets

    def stats(self) -> StreamStats:
        """The counters, copied."""
        return StreamStats(
            self.packets,
            self.octets,
            self.first,
            self.highest,
            self.jitter,
            self.repaired,
            self.duplicates,
            self.key_frames,
            self.height,
            self.last_at,
            tuple(self.temporal),
        )
