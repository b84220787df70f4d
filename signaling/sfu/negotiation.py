"""Offers and answers: what a connection publishes, and which slots it has."""

from __future__ import annotations

import itertools
from collections.abc import Mapping

from signaling.engine import EngineRefused, Slot, SlotKind, SourceKind, SubscribeOffer
from signaling.sfu import fragments, lifecycle, sdp
from signaling.sfu.core import rtp
from signaling.sfu.core.bandwidth import START
from signaling.sfu.core.interface import AUDIO, VIDEO, SlotSpec
from signaling.sfu.ice import Credentials
from signaling.sfu.model import Connection, Hub, OutSlot, Room, Source

MOST_SLOTS = 64
OFFERED_EXTENSIONS = {AUDIO: {rtp.AUDIO_LEVEL: 1}, VIDEO: {rtp.ABS_SEND_TIME: 2}}

_numbers = itertools.count(1)


def read(text: str) -> sdp.Description:
    """Parse a client's description and check that a transport can be made of it."""
    try:
        description = sdp.parse(text)
    except sdp.SdpError as exc:
        raise EngineRefused("bad_sdp", str(exc)) from None
    transport = description.transport
    if not transport.ufrag or not transport.password or not transport.fingerprints:
        raise EngineRefused("bad_sdp", "ICE credentials or the DTLS fingerprint are missing.")
    return description


def _take_transport(connection: Connection, description: sdp.Description) -> None:
    transport = description.transport
    connection.session = description.session
    connection.remote_ufrag = transport.ufrag
    connection.fingerprints = transport.fingerprints
    connection.reduced_rtcp = transport.reduced_rtcp


def _same(connection: Connection, description: sdp.Description) -> bool:
    """Whether an offer continues this connection; a page that was loaded anew brings another session."""
    fingerprints = description.transport.fingerprints
    return connection.session == description.session and connection.fingerprints == fingerprints


def _offered(hub: Hub, room: Room, peer: str, name: str, description: sdp.Description) -> Connection:
    """The connection that an offer is for: the present one, perhaps with new ICE credentials, or a new one."""
    connection = room.connections.get((peer, name))
    if connection is None or not _same(connection, description):
        connection = lifecycle.open_connection(hub, room, peer, name)
        connection.setup = "active" if description.transport.setup == "passive" else "passive"
    else:
        connection.version += 1
        if description.transport.ufrag != connection.remote_ufrag:
            lifecycle.add_credentials(hub, connection, Credentials.new())
    _take_transport(connection, description)
    return connection


def _write(connection: Connection, bodies: list[tuple[str | None, list[str]]], session: str, mixed: bool) -> str:
    mids = [mid for mid, _ in bodies if mid is not None]
    lines = sdp.head(session, connection.version, mids, mixed)
    return sdp.join([*lines, *(line for _, body in bodies for line in body)])


# ---------------------------------------------------------------------- publishing
def publish(
    hub: Hub, room: Room, peer: str, name: str, offer: str, kinds: Mapping[str, SourceKind] | None
) -> str:
    """Answer a publisher's offer and take in what it publishes."""
    description = read(offer)
    usable = [s for s in description.sections if s.port and sdp.choose(s) is not None]
    if not usable:
        raise EngineRefused("bad_sdp", "There is no section with Opus or VP8.")
    if name.startswith("whip"):
        _require_all(description, usable)
    connection = _offered(hub, room, peer, name, description)
    named = _kinds(usable, kinds or {})
    bodies: list[tuple[str | None, list[str]]] = []
    for section in description.sections:
        if section not in usable:
            bodies.append((None, sdp.rejected(section)))
            continue
        _take_section(hub, connection, section, named[section.mid])
        first = not bodies or all(mid is None for mid, _ in bodies)
        bodies.append((section.mid, sdp.receiving(section, lifecycle.local(hub, connection), first)))
    for source in [s for s in connection.sources.values() if s.mid not in named]:
        lifecycle.drop_source(hub, source)
    hub.touch(room)
    mixed = description.sections[0].extmap_mixed
    return _write(connection, bodies, str(connection.handle), mixed)


def _require_all(description: sdp.Description, usable: list[sdp.Section]) -> None:
    """An encoder's offer is taken whole or not at all (RFC 9725 section 4.4.3): nobody watches whether half of it arrives."""
    if any(section.sends and section not in usable for section in description.sections):
        raise EngineRefused("bad_sdp", "A section offers neither Opus nor VP8.")
    if not any(section.sends for section in usable):
        raise EngineRefused("bad_sdp", "No section sends anything.")


def _kinds(sections: list[sdp.Section], named: Mapping[str, SourceKind]) -> dict[str, SourceKind]:
    """What each section carries: as told, else audio is the microphone, the first video the camera, then screens."""
    videos = iter(["camera"])
    found: dict[str, SourceKind] = {}
    for section in sections:
        default: SourceKind = "microphone" if section.kind == "audio" else "camera" if next(videos, "") else "screen"
        kind = named.get(section.mid, default)
        if (kind == "microphone") != (section.kind == "audio"):
            raise EngineRefused("bad_request", f"Section {section.mid} of kind {section.kind} cannot be a {kind}.")
        found[section.mid] = kind
    return found


def _take_section(hub: Hub, connection: Connection, section: sdp.Section, kind: SourceKind) -> None:
    chosen = sdp.choose(section)
    assert chosen is not None
    known = connection.sources.get(section.mid)
    if known is not None and (not section.sends or known.kind != kind):
        lifecycle.drop_source(hub, known)
        known = None
    if not section.sends:
        return
    if known is not None:
        known.codec, known.rtx = chosen
        known.ssrcs, known.repairs = tuple(section.ssrcs), section.repair_ssrcs
        return
    source = Source(
        f"{connection.peer}:{kind}",
        connection.peer,
        kind,
        connection,
        section.mid,
        *chosen,
        section.extensions,
        tuple(section.rids),
        tuple(section.ssrcs),
        section.repair_ssrcs,
        next(_numbers),
    )
    connection.sources[section.mid] = source
    connection.room.sources[source.id] = source


# ---------------------------------------------------------------------- receiving
def _new_slot(hub: Hub, connection: Connection, mid: str, kind: SlotKind, out: sdp.Sending) -> OutSlot:
    extension = out.extensions.get(rtp.AUDIO_LEVEL if out.kind == AUDIO else rtp.ABS_SEND_TIME, 0)
    rtx = out.rtx.payload_type if out.rtx else 0
    pt, rate = out.codec.payload_type, out.codec.clock_rate
    slot = OutSlot(mid, kind, connection, SlotSpec(out.kind, out.ssrc, pt, rate, extension, out.rtx_ssrc, rtx))
    connection.slots[mid] = connection.by_ssrc[out.ssrc] = slot
    return slot


def _activate(hub: Hub, slot: OutSlot) -> None:
    slot.handle = hub.handle()
    hub.slots[slot.handle] = slot
    hub.core.add_slot(slot.handle, slot.connection.handle, slot.spec)


def subscribe(
    hub: Hub, room: Room, peer: str, name: str, counts: Mapping[SlotKind, int], first_video: int
) -> SubscribeOffer:
    """A new subscriber connection with its slots."""
    if not 0 < sum(counts.values()) <= MOST_SLOTS or min(counts.values()) < 0 or not 0 <= first_video < 1000:
        raise EngineRefused("bad_request", f"A connection has 1 to {MOST_SLOTS} slots.")
    connection = lifecycle.open_connection(hub, room, peer, name)
    connection.session = str(connection.handle)
    wish = connection.wish
    connection.budget.limit = START.get(wish.link if wish is not None else "normal", START["normal"])
    prefixes: dict[SlotKind, tuple[str, int]] = {
        "audio": ("a", 0),
        "interpretation": ("i", 0),
        "video": ("v", first_video),
        "screen": ("s", 0),
    }
    for kind, (prefix, first) in prefixes.items():
        for number in range(first, first + counts.get(kind, 0)):
            media = VIDEO if kind in ("video", "screen") else AUDIO
            _new_slot(hub, connection, f"{prefix}{number}", kind, _sending(hub, f"{prefix}{number}", media))
    return offer(hub, connection)


def _sending(hub: Hub, mid: str, media: str) -> sdp.Sending:
    codec, rtx = (sdp.OFFERED_VIDEO, sdp.OFFERED_RTX) if media == VIDEO else (sdp.OFFERED_AUDIO, None)
    return sdp.Sending(mid, media, codec, rtx, OFFERED_EXTENSIONS[media], hub.ssrc(), hub.ssrc() if rtx else 0)


def offer(hub: Hub, connection: Connection) -> SubscribeOffer:
    """The offer for a subscriber connection, the first time or again."""
    bodies: list[tuple[str | None, list[str]]] = []
    local = lifecycle.local(hub, connection, "actpass")
    for slot in connection.slots.values():
        spec = slot.spec
        codec, rtx = (sdp.OFFERED_VIDEO, sdp.OFFERED_RTX) if spec.kind == VIDEO else (sdp.OFFERED_AUDIO, None)
        extensions = OFFERED_EXTENSIONS[spec.kind]
        out = sdp.Sending(slot.mid, spec.kind, codec, rtx, extensions, spec.ssrc, spec.rtx_ssrc)
        bodies.append((slot.mid, sdp.sending(out, local, not bodies)))
    slots = tuple(Slot(slot.mid, slot.kind) for slot in connection.slots.values())
    return SubscribeOffer(_write(connection, bodies, connection.session, True), slots)


def restart(hub: Hub, connection: Connection) -> SubscribeOffer:
    """A subscriber connection gets new ICE credentials; DTLS and media go on."""
    if not connection.slots or connection.fills_itself:
        raise EngineRefused("bad_request", "Only a subscriber connection is restarted by an offer.")
    lifecycle.add_credentials(hub, connection, Credentials.new())
    connection.version += 1
    return offer(hub, connection)


def answer(hub: Hub, connection: Connection, text: str) -> None:
    """The client's answer to :func:`offer`: which slots it takes, and with which formats."""
    description = read(text)
    if len(description.sections) != len(connection.slots) or connection.fills_itself:
        raise EngineRefused("bad_sdp", "The answer does not fit the offer.")
    session = connection.session
    if connection.fingerprints and connection.fingerprints != description.transport.fingerprints:
        raise EngineRefused("bad_sdp", "The answer comes from another connection.")
    _take_transport(connection, description)
    connection.session = session
    if connection.dtls is None:
        connection.setup = "active" if description.transport.setup == "passive" else "passive"
    for slot, section in zip(connection.slots.values(), description.sections, strict=True):
        if not slot.handle and section.receives and sdp.choose(section) is not None:
            _take_slot(hub, slot, section)
    if connection.address and connection.dtls is None:
        lifecycle.begin_handshake(hub, connection)  # its checks were faster than its answer
    hub.touch(connection.room)


def _take_slot(hub: Hub, slot: OutSlot, section: sdp.Section) -> None:
    chosen = sdp.choose(section)
    assert chosen is not None
    codec, rtx = chosen
    uri = rtp.AUDIO_LEVEL if slot.spec.kind == AUDIO else rtp.ABS_SEND_TIME
    slot.spec = SlotSpec(
        slot.spec.kind,
        slot.spec.ssrc,
        codec.payload_type,
        codec.clock_rate,
        _one_byte(section.extensions.get(uri, 0)),
        slot.spec.rtx_ssrc if rtx else 0,
        rtx.payload_type if rtx else 0,
    )
    _activate(hub, slot)


def _one_byte(number: int) -> int:
    """An extension id that fits the one-byte form (RFC 8285 section 4.2); others are not used."""
    return number if 0 < number < 15 else 0


def whep(hub: Hub, room: Room, peer: str, name: str, text: str) -> str:
    """Answer a player's offer; every section that it receives in becomes a slot."""
    description = read(text)
    usable = [s for s in description.sections if s.receives and sdp.choose(s) is not None]
    if not 0 < len(usable) <= sdp.MOST_SECTIONS:
        raise EngineRefused("bad_sdp", "There is no section that receives Opus or VP8.")
    connection = _offered(hub, room, peer, name, description)
    bodies: list[tuple[str | None, list[str]]] = []
    for section in description.sections:
        if section not in usable:
            bodies.append((None, sdp.rejected(section)))
            continue
        first = not bodies or all(mid is None for mid, _ in bodies)
        bodies.append((section.mid, _player_section(hub, connection, section, first)))
    hub.touch(room)
    return _write(connection, bodies, str(connection.handle), description.sections[0].extmap_mixed)


def _player_section(hub: Hub, connection: Connection, section: sdp.Section, first: bool) -> list[str]:
    chosen = sdp.choose(section)
    assert chosen is not None
    codec, rtx = chosen
    known = connection.slots.get(section.mid)
    ssrc, rtx_ssrc = (known.spec.ssrc, known.spec.rtx_ssrc) if known else (hub.ssrc(), hub.ssrc() if rtx else 0)
    uri = rtp.AUDIO_LEVEL if section.kind == AUDIO else rtp.ABS_SEND_TIME
    number = _one_byte(section.extensions.get(uri, 0))
    out = sdp.Sending(section.mid, section.kind, codec, rtx, {uri: number} if number else {}, ssrc, rtx_ssrc)
    if known is None:
        _activate(hub, _new_slot(hub, connection, section.mid, "audio" if section.kind == AUDIO else "video", out))
    return sdp.sending(out, lifecycle.local(hub, connection), first)


# ---------------------------------------------------------------------- trickle
def trickle(hub: Hub, connection: Connection, text: str) -> str | None:
    """Take an SDP fragment; one with new credentials restarts ICE and is answered by ours."""
    try:
        fragment = fragments.read(text)
    except sdp.SdpError as exc:
        raise EngineRefused("bad_sdp", str(exc)) from None
    if fragment.ufrag in ("", connection.remote_ufrag):
        return None
    if not fragment.password:
        raise EngineRefused("bad_sdp", "The new user fragment came without its password.")
    connection.remote_ufrag = fragment.ufrag
    lifecycle.add_credentials(hub, connection, Credentials.new())
    mids = [*connection.sources, *connection.slots] or ["0"]
    media = fragment.media or f"audio 9 {sdp.PROFILE} 0"
    return fragments.write(lifecycle.local(hub, connection), mids, media)
