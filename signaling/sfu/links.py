"""What each connection's link can take: evidence from RTCP, a viewer's budget and repairs, a publisher's allowance."""

from __future__ import annotations

from signaling.sfu.core import rtcp
from signaling.sfu.core.bandwidth import UPDATE_SECONDS, Seen
from signaling.sfu.core.uplink import Arrived, policy
from signaling.sfu.model import Connection, Hub, Layer, OutSlot

FRESH_SECONDS = 3.0  # an older REMB, or loss counted over a longer time, says nothing about now
REPAIR_BITS = 8_000  # what one packet sent again is reckoned with
LONGEST_TRIP = 8.0
STALE = 0.8  # the share of an old loss that still counts after an update without a report


# ---------------------------------------------------------------------- evidence
def take_estimate(connection: Connection, bitrate: int, now: float) -> None:
    """A viewer's REMB."""
    connection.estimate, connection.estimate_at = bitrate, now


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
        connection.waiting.take(now, trip)


# ---------------------------------------------------------------------- a viewer's budget
def update(hub: Hub, connection: Connection, now: float) -> None:
    """Twice a second."""
    repaired, connection.repaired = connection.repaired, 0
    sending = sum(slot.rate for slot in connection.slots.values()) + repaired * REPAIR_BITS / UPDATE_SECONDS
    if connection.expected:
        loss = min(1.0, connection.missed / connection.expected)
        connection.loss += (loss - connection.loss) * 0.5
    elif not sending:
        connection.loss *= STALE  # sound alone is reported on only every few seconds
    connection.expected = connection.missed = 0
    estimate = connection.estimate if now - connection.estimate_at < FRESH_SECONDS and sending else None
    queue = connection.waiting.queue
    seen = Seen(sending, estimate, connection.loss, queue, connection.wanted, connection.least)
    connection.budget.update(now, seen)


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
