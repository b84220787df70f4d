"""What happens when packets arrive that the core cannot treat alone: STUN, DTLS, RTCP, new streams, losses, switches."""

from __future__ import annotations

from signaling.sfu import assignment, feedback, ice, lifecycle, links
from signaling.sfu.core import rtcp, rtp
from signaling.sfu.core.interface import AUDIO, VIDEO, StreamSpec
from signaling.sfu.model import Connection, Hub, Layer, Source

MOST_NACKED = 128  # sequence numbers taken from one RTCP datagram
EARLY_RECORDS = 4  # DTLS records of a client that are kept for its description
SOUND_NACKED = 25  # packets: half a second, and what was said longer ago comes too late to be heard


class Plane:
    """Implements :class:`signaling.sfu.core.interface.CoreHandler`."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    # ------------------------------------------------------------------ ICE, DTLS
    def on_stun(self, data: bytes, address: bytes) -> None:
        ufrag = ice.requested_ufrag(data)
        connection = self._hub.ufrags.get(ufrag) if ufrag else None
        if connection is None or ufrag is None:
            return
        host, port = self._hub.describe_address(address)
        checked = ice.check(data, connection.credentials[ufrag].password, host, port)
        if checked is None:
            return
        self._hub.core.send_anywhere(address, checked.answer)
        connection.checked_at = self._hub.monotonic()
        self._take_address(connection, address, checked.nominated)
        if ufrag == connection.local.ufrag and len(connection.credentials) > 1:
            lifecycle.forget_credentials(self._hub, connection, keep=ufrag)
        if connection.dtls is None and connection.fingerprints:
            lifecycle.begin_handshake(self._hub, connection)

    def _take_address(self, connection: Connection, address: bytes, nominated: bool) -> None:
        """A checked address may send to us; we send to the first one, then to the one the client chose."""
        self._hub.core.accept_from(connection.handle, address)
        if not connection.address or (nominated and connection.address != address):
            self._hub.core.send_to(connection.handle, address)
            connection.address = address

    def on_dtls(self, connection: int, data: bytes) -> None:
        known = self._hub.connections[connection]
        if known.dtls is not None:
            known.dtls.feed(data)
        elif len(known.early) < EARLY_RECORDS:
            known.early.append(data)  # the client's first flight was faster than its answer: else it says it again a second later

    # ------------------------------------------------------------------ RTCP
    def on_rtcp(self, connection: int, data: bytes, now: float) -> None:
        known = self._hub.connections[connection]
        for report in rtcp.parse(data):
            if isinstance(report, rtcp.SenderReport):
                self._sender_report(known, report, now)
            elif isinstance(report, rtcp.Remb):
                links.take_estimate(self._hub, known, report.bitrate, now)
            else:
                self._about_slot(known, report, now)

    def _sender_report(self, connection: Connection, report: rtcp.SenderReport, now: float) -> None:
        for source in connection.sources.values():
            for layer in source.layers.values():
                if layer.ssrc == report.ssrc:
                    feedback.take_sender_report(self._hub, layer, report, now)

    def _about_slot(
        self, connection: Connection, report: rtcp.ReportBlock | rtcp.Nack | rtcp.KeyFrameRequest, now: float
    ) -> None:
        slot = connection.by_ssrc.get(report.ssrc)
        if slot is None:
            return
        if isinstance(report, rtcp.Nack):
            slot.asked_again += len(report.sequences[:MOST_NACKED])
            links.repair(self._hub, slot, report.sequences[:MOST_NACKED], now)
        elif isinstance(report, rtcp.KeyFrameRequest):
            slot.keys_asked += 1
            if slot.layer is not None:
                feedback.want_key(self._hub, slot.layer, now)
        else:
            links.take_report(self._hub, connection, slot, report, now)

    # ------------------------------------------------------------------ streams
    def on_unknown_stream(self, connection: int, packet: bytes) -> None:
        known = self._hub.connections[connection]
        parsed = rtp.parse(packet)
        if parsed is None:
            return
        source = find_source(known, parsed)
        if source is None:
            return
        if source.rtx is not None and parsed.payload_type == source.rtx.payload_type:
            self._add_repair(known, source, parsed)
        else:
            self._add_layer(known, source, parsed)

    def _add_layer(self, connection: Connection, source: Source, packet: rtp.Packet) -> None:
        rid = _text(packet, source, rtp.RID) or ""
        if source.rids and rid not in source.rids:
            return
        old = source.layers.pop(rid, None)
        if old is not None:
            assignment.drop_layer(self._hub, old)
        if packet.ssrc == connection.rtcp_ssrc:
            connection.rtcp_ssrc = self._hub.ssrc()  # RFC 3550 section 8.2: the newcomer to the number gives way, and that is us
        layer = Layer(self._hub.handle(), rid, packet.ssrc, source, self._hub.monotonic())
        source.layers[rid] = self._hub.layers[layer.handle] = layer
        level = 0 if source.video else source.extensions.get(rtp.AUDIO_LEVEL, 0)
        kind = VIDEO if source.video else AUDIO
        spec = StreamSpec(packet.ssrc, kind, source.codec.clock_rate, level)
        self._hub.core.add_stream(layer.handle, connection.handle, spec)
        self._hub.touch(connection.room)

    def _add_repair(self, connection: Connection, source: Source, packet: rtp.Packet) -> None:
        layer = _repaired_layer(source, packet)
        if layer is not None:
            spec = StreamSpec(packet.ssrc, VIDEO, source.codec.clock_rate, rtx_of=layer.handle)
            self._hub.core.add_stream(self._hub.handle(), connection.handle, spec)

    def on_gap(self, stream: int, first: int, count: int, now: float) -> None:
        layer = self._hub.layers[stream]
        worth_it = layer.source.video or count <= SOUND_NACKED
        if layer.source.codec.resends and worth_it:
            self._hub.chased[stream] = layer
            feedback.want_packets(self._hub, layer, layer.losses.gap(first, count, now))

    def on_repaired(self, stream: int, sequence: int) -> None:
        layer = self._hub.layers[stream]
        layer.repaired += layer.losses.arrived(sequence, self._hub.monotonic())

    def on_switched(self, slot: int, stream: int, timestamp: int) -> None:
        assignment.switched(self._hub, self._hub.slots[slot], self._hub.layers[stream], timestamp)

    def on_tapped(self, stream: int, marker: bool, sequence: int, timestamp: int, payload: bytes) -> None:
        layer = self._hub.layers[stream]
        for tap in layer.taps:
            tap.packet(layer, marker, sequence, timestamp, payload)


def find_source(connection: Connection, packet: rtp.Packet) -> Source | None:
    """Which section a packet belongs to: by mid, by announced SSRC, by payload type (RFC 8843 section 9.2)."""
    for source in connection.sources.values():
        mid = packet.extensions.get(source.extensions.get(rtp.MID, -1))
        if mid is not None:
            return connection.sources.get(mid.decode("ascii", "replace"))
    for source in connection.sources.values():
        if packet.ssrc in source.ssrcs:
            return source
    fitting = [s for s in connection.sources.values() if packet.payload_type in _formats(s)]
    return fitting[0] if len(fitting) == 1 else None


def _formats(source: Source) -> set[int]:
    return {codec.payload_type for codec in (source.codec, source.rtx) if codec is not None}


def _text(packet: rtp.Packet, source: Source, uri: str) -> str | None:
    raw = packet.extensions.get(source.extensions.get(uri, -1))
    return raw.decode("ascii", "replace") if raw is not None else None


def _repaired_layer(source: Source, packet: rtp.Packet) -> Layer | None:
    """The layer that an RTX stream repairs: by repaired-rid, by FID group, or the only one there is."""
    rid = _text(packet, source, rtp.REPAIRED_RID)
    if rid is not None:
        return source.layers.get(rid)
    primary = next((p for p, repair in source.repairs.items() if repair == packet.ssrc), None)
    by_group = [layer for layer in source.layers.values() if layer.ssrc == primary]
    if by_group:
        return by_group[0]
    return next(iter(source.layers.values())) if len(source.layers) == 1 and not source.rids else None


