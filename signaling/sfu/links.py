"""What each connection's link can take: evidence from RTCP, a viewer's budget and repairs, a publisher's allowance."""

from __future__ import annotations

from signaling.sfu.core import rtcp
from signaling.sfu.core.bandwidth import UPDATE_SECONDS, Seen
from signaling.sfu.core.uplink import Arrived, policy
from signaling.sfu.model import Connection, Hub, Layer, OutSlot

FRESH_SECONDS = 3.0  # an older REMB, or loss counted over a longer time, says nothing about now
REPAIR_BITS = 8_000  # what one packet sent again is reckoned with
LONGEST_TRIP = 8.0
VOICE_BITS = 25_000  # bit/s of headers and tags of a voice with 50 packets a second
EARLY_SECONDS = 0.1  # at least between two looks at a viewer
STALE = 0.8  # the share of an old loss that still counts after an update without a report


# ---------------------------------------------------------------------- evidence
def take_estimate(hub: Hub, connection: Connection, bitrate: int, now: float) -> None:
    """A viewer's REMB; one that falls far is looked at soon, before sound has been lost for long."""
    falls = connection.estimate is not None and bitrate < connection.estimate
    connection.estimate, connection.estimate_at = bitrate, now
    settling = connection.budget.settling(now, _trip(connection))
    if falls and not settling and connection.budget.alarming(bitrate) and now - connection.looked_at >= EARLY_SECONDS:
        before = connection.budget.limit
        _judge(hub, connection, now, early=True)
        if connection.budget.limit != before:
            hub.touch(connection.room)


def take_report(hub: Hub, connection: Connection, slot: OutSlot, report: rtcp.ReportBlock, now: float) -> None:
    """A viewer's receiver report about one slot."""
    lost = rtcp.signed_lost(report.lost)
    if slot.heard_at is not None and now - slot.heard_at < FRESH_SECONDS:
        connection.expected += max(0, report.highest - slot.heard[0])
        connection.missed += max(0, lost - slot.heard[1])
    slot.heard, slot.heard_at = (report.highest, lost, report.jitter), now
    if not report.last_sr:
        return
    middle = rtcp.ntp_time(hub.wall()) >> 16 & 0xFFFFFFFF
    trip = ((middle - report.last_sr - report.delay) & 0xFFFFFFFF) / 65536
    if trip < LONGEST_TRIP:
        connection.round_trip_ms = round(trip * 1000, 1)
        connection.waiting.take(now, trip, connection.budget.calm)


# ---------------------------------------------------------------------- a viewer's budget
def update(hub: Hub, connection: Connection, now: float) -> None:
    """Twice a second."""
    repaired, connection.repaired = connection.repaired, 0
    connection.repairing = repaired * REPAIR_BITS / UPDATE_SECONDS
    if connection.budget.settling(now, _trip(connection)):
        connection.loss_is_old = True
    elif connection.expected:
        loss = min(1.0, connection.missed / connection.expected)
        connection.loss += (loss - connection.loss) * (1.0 if connection.loss_is_old else 0.5)
        connection.loss_is_old = False
    elif not _pictures(connection):
        connection.loss *= STALE  # sound alone is reported on only every few seconds
    connection.expected = connection.missed = 0
    _judge(hub, connection, now)


def _trip(connection: Connection) -> float:
    return (connection.round_trip_ms or 0.0) / 1000


def _pictures(connection: Connection) -> float:
    """Bit/s of pictures that go out, with what is sent again."""
    return sum(slot.rate for slot in connection.slots.values()) + connection.repairing


def _sound(connection: Connection) -> int:
    """Bit/s of sound that go out, with what its small packets cost beside it."""
    carried = [slot.layer for slot in connection.slots.values() if slot.layer is not None]
    return sum(layer.bitrate + VOICE_BITS for layer in carried if not layer.source.video and layer.bitrate)


def _judge(hub: Hub, connection: Connection, now: float, early: bool = False) -> None:
    """What is known of the link now, put before its budget."""
    connection.looked_at = now
    sending = _pictures(connection)
    estimate = connection.estimate if now - connection.estimate_at < FRESH_SECONDS and sending else None
    link = (connection.loss, connection.waiting.queue)
    wishes = (connection.wanted, connection.least, _sound(connection))
    seen = Seen(sending, estimate, *link, *wishes, _trip(connection))
    connection.budget.update(now, seen, early)


def repair(hub: Hub, slot: OutSlot, sequences: tuple[int, ...], now: float) -> None:
    """Send again what a viewer misses, as far as its link allows; lost sound always."""
    connection = slot.connection
    if slot.spec.kind == "video":
        sequences = sequences[: connection.repairs.take(now, connection.budget.limit, len(sequences))]
    if not sequences:
        return
    repaired = hub.core.retransmit(slot.handle, sequences, now, hub.wall())
    if slot.spec.kind == "video":  # sound is not part of the budget, and its repairs are small
        connection.repaired += repaired


# ---------------------------------------------------------------------- a publisher's allowance
def allow(connection: Connection, layers: list[Layer], loss: float, now: float) -> int:
    """How much a publisher may send of pictures, bit/s; ``loss`` 0…1 since the last report."""
    kinds = {source.kind for source in connection.sources.values()}
    wish = connection.wish
    most = policy(wish.link if wish is not None else "normal", "camera" in kinds, "screen" in kinds)
    bitrate = sum(layer.bitrate for layer in layers if layer.source.video)
    return connection.uplink.step(now, Arrived(bitrate, max(0.0, loss), connection.waiting.queue), most)
