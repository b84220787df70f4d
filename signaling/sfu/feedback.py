"""RTCP that the worker sends: key frame requests, NACKs, receiver reports, REMB, and sender reports for each slot."""

from __future__ import annotations

from signaling.sfu import links
from signaling.sfu.core import rtcp
from signaling.sfu.core.interface import StreamStats
from signaling.sfu.model import Connection, Hub, Layer, OutSlot

KEY_PAUSE_SECONDS = 0.3  # Chromium makes no key frames closer together than this
KEY_AGAIN_SECONDS = 0.6
CLOCK_SET_ANEW = 2 << 32  # a publisher's clock that jumps by two seconds, in NTP units
CREEP = 64


def send(hub: Hub, connection: Connection, packet: bytes) -> None:
    """Send one RTCP packet; to a client without reduced-size RTCP (RFC 5506) behind an empty report."""
    if not connection.reduced_rtcp and packet[1] not in (rtcp.SR, rtcp.RR):
        packet = rtcp.receiver_report(connection.rtcp_ssrc, ()) + packet
    hub.core.send_rtcp(connection.handle, packet)


def want_key(hub: Hub, layer: Layer, now: float) -> None:
    """Ask for a key frame, unless that was just done; then the next tick does."""
    if now - layer.asked_key_at < KEY_PAUSE_SECONDS:
        layer.key_wanted, hub.chased[layer.handle] = True, layer
        return
    layer.asked_key_at, layer.key_wanted = now, False
    layer.keys_asked += 1
    publisher = layer.source.connection
    send(hub, publisher, rtcp.picture_loss(publisher.rtcp_ssrc, layer.ssrc))


def want_packets(hub: Hub, layer: Layer, sequences: list[int]) -> None:
    """Ask the publisher for missing packets."""
    publisher = layer.source.connection
    if sequences:
        layer.asked_again += len(sequences)
        send(hub, publisher, rtcp.nack(publisher.rtcp_ssrc, layer.ssrc, sequences))


def chase(hub: Hub, layer: Layer, now: float) -> bool:
    """Ask again for what was asked for and has not come; whether anything is still to come."""
    if layer.handle not in hub.layers:
        return False
    if layer.losses.missing:
        want_packets(hub, layer, layer.losses.due(now))
    waited_for = layer.source.video and hub.core.waited_for(layer.handle)
    if layer.key_wanted or (waited_for and now - layer.asked_key_at > KEY_AGAIN_SECONDS):
        want_key(hub, layer, now)
    return waited_for or layer.key_wanted or bool(layer.losses.missing)


def report_to_publisher(hub: Hub, connection: Connection, now: float) -> None:
    """Receiver reports for all its streams, and how much it may send: from the first second on."""
    layers = [layer for source in connection.sources.values() for layer in source.layers.values()]
    before = [layer.reported for layer in layers]
    blocks = [block(layer, hub.core.stream_stats(layer.handle), now) for layer in layers]
    if blocks:
        send(hub, connection, rtcp.receiver_report(connection.rtcp_ssrc, blocks))
    expected = sum(layer.reported[0] - was[0] for layer, was in zip(layers, before, strict=True))
    received = sum(layer.reported[1] - was[1] for layer, was in zip(layers, before, strict=True))
    bitrate = links.allow(connection, layers, 1 - received / expected if expected > 0 else 0.0, now)
    if bitrate:
        video = [layer.ssrc for layer in layers if layer.source.video]
        send(hub, connection, rtcp.remb(connection.rtcp_ssrc, bitrate, video or [0]))


def block(layer: Layer, stats: StreamStats, now: float) -> rtcp.ReportBlock:
    """A report block (RFC 3550 section 6.4.1); repaired packets do not count as received.

    Repaired sound comes in its own stream and is taken off again: an encoder that is told of the losses adds FEC.
    """
    expected = stats.highest - stats.first + 1 if stats.packets else 0
    received = stats.packets - (0 if layer.source.video else layer.repaired)
    expected_now, received_now = expected - layer.reported[0], received - layer.reported[1]
    layer.reported = (expected, received)
    fraction = max(0.0, (expected_now - received_now) / expected_now) if expected_now > 0 else 0.0
    last, delay = 0, 0
    if layer.report is not None:
        last, delay = layer.report[0] >> 16 & 0xFFFFFFFF, int((now - layer.report_at) * 65536) & 0xFFFFFFFF
    return rtcp.ReportBlock(layer.ssrc, fraction, expected - received, stats.highest, stats.jitter, last, delay)


def take_sender_report(hub: Hub, layer: Layer, report: rtcp.SenderReport, now: float) -> None:
    """Pass a publisher's clock mapping on to all who receive the stream."""
    publisher = layer.source.connection
    offset = rtcp.ntp_time(hub.wall()) - report.ntp
    publisher.waiting.take(now, offset / (1 << 32), publisher.uplink.calm)
    _follow_clock(publisher, offset)
    layer.report, layer.report_at = (report.ntp, report.timestamp), now
    told = clock(layer)
    if told is not None and layer.slots:
        hub.core.send_reports(layer.handle, *told)
    for tap in list(layer.taps):
        tap.report(layer)


def _follow_clock(publisher: Connection, offset: int) -> None:
    """Keep to the reports that came fastest, creep after a clock that runs slower, and follow one that was set anew."""
    known = publisher.clock_offset
    if known is None or abs(offset - known) > CLOCK_SET_ANEW:
        for layer in (layer for source in publisher.sources.values() for layer in source.layers.values()):
            layer.report = None  # what was told on the old clock fits nothing that is told on the new one
        publisher.clock_offset = offset
    else:
        publisher.clock_offset = min(offset, known + (offset - known) // CREEP)


def clock(layer: Layer) -> tuple[int, int] | None:
    """The newest (NTP time on the worker's clock, RTP timestamp) of a layer."""
    if layer.report is None:
        return None
    ntp, timestamp = layer.report
    return ntp + (layer.source.connection.clock_offset or 0) & 0xFFFFFFFFFFFFFFFF, timestamp


def send_report(hub: Hub, slot: OutSlot) -> None:
    """A sender report for a slot: the publisher's mapping, on our clock and on the slot's timestamps.

    All sources come to lie on the worker's clock, those of one publisher by the same shift: lips and sound stay
    together also when a slot goes from one publisher to another.
    """
    layer = slot.layer
    told = clock(layer) if layer is not None else None
    if layer is None or told is None:
        return
    ntp, timestamp = told
    age = max(0.0, hub.monotonic() - layer.report_at)  # carried on to now, or the receiver's answer would tell a longer way
    ntp, timestamp = ntp + int(age * (1 << 32)), timestamp + round(age * slot.spec.clock_rate)
    stats = hub.core.slot_stats(slot.handle)
    packet = rtcp.sender_report(
        slot.spec.ssrc, ntp & 0xFFFFFFFFFFFFFFFF, timestamp + stats.timestamp_offset, stats.packets, stats.octets
    )
    hub.core.send_rtcp(slot.connection.handle, packet)
