"""The parts of the load generator in C that need no socket: counting by sequence numbers, and the packets that it makes."""

from __future__ import annotations

from typing import Any

import pytest

from signaling.sfu.core import rtp
from tests.bench.native_library import ffi, library
from tests.bench.participants import LAYERS, camera_streams, microphone_stream, subscriber_lines, transport_of

OFFER = "v=0\r\ns=-\r\nm=video 9 UDP/TLS/RTP/SAVPF 96 97\r\na=mid:v0\r\na=x\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:a0\r\n"


def counted(numbers: list[int]) -> tuple[int, int, int]:
    """(expected, received, duplicates) after these sequence numbers."""
    state = ffi.new("lg_sequence *") if library() else None
    for number in numbers:
        library().lg_sequence_note(state, number & 0xFFFF)
    return state.expected, state.received, state.duplicates


@pytest.mark.parametrize(
    ("numbers", "result"),
    [
        ([7], (1, 1, 0)),
        ([7, 8, 9], (3, 3, 0)),
        ([7, 9], (3, 2, 0)),
        ([7, 9, 8], (3, 3, 0)),
        ([7, 9, 9, 8, 8], (3, 3, 2)),
        ([65534, 65535, 0, 1], (4, 4, 0)),
        ([65534, 1, 65535], (4, 3, 0)),
        ([10, 9], (1, 1, 1)),
        ([0, 100, 20], (101, 2, 1)),
        ([0, 63, 1], (64, 3, 0)),
        ([0, 64, 1], (65, 3, 0)),
        ([0, 64, 0], (65, 2, 1)),
    ],
    ids=str,
)
def test_sequence_numbers_are_counted(numbers: list[int], result: tuple[int, int, int]) -> None:
    assert counted(numbers) == result


def test_a_long_stream_wraps_many_times() -> None:
    assert counted(list(range(200_000))) == (200_000, 200_000, 0)


def specification(stream: Any) -> Any:
    """The C form of a stream."""
    library()
    made = ffi.new("lg_stream_spec *")
    for name in ("video", "ssrc", "payload_type", "per_second", "frame_bytes", "key_bytes", "packet_bytes", "temporal_layers", "level_at"):
        setattr(made, name, getattr(stream, name))
    made.level, made.clock_rate = stream.level, 90000 if stream.video else 48000
    made.width, made.height = stream.size
    made.extension_length = len(stream.extension)
    ffi.buffer(made.extension)[: len(stream.extension)] = stream.extension
    return made


def frame(spec: Any, state: Any, key: bool) -> list[bytes]:
    """The packets of the next frame."""
    out, packets = ffi.new("uint8_t[1600]"), []
    library().lg_frame_begin(spec, state, key)
    while length := library().lg_packet(spec, state, 123456789, out, 1600):
        packets.append(bytes(ffi.buffer(out, length)))
    return packets


@pytest.mark.parametrize("at", range(3))
def test_the_layers_are_what_a_forwarder_expects(at: int) -> None:
    stream = camera_streams()[at]
    spec, state = specification(stream), ffi.new("lg_stream_state *")
    assert library().lg_spec_fits(spec)
    frames = [frame(spec, state, n == 0) for n in range(9)]
    pictures = []
    for packets in frames:
        read = [rtp.parse(packet) for packet in packets]
        assert all(packet is not None and packet.extensions == {4: b"1", 10: LAYERS[at].rid.encode()} for packet in read)
        assert [packet.marker for packet in read if packet] == [False] * (len(read) - 1) + [True]
        assert len({packet.timestamp for packet in read if packet}) == 1
        found = [rtp.vp8(packet.payload) for packet in read if packet]
        assert len({vp8.picture for vp8 in found}) == 1
        pictures.append((found[0].picture, found[0].tl0, found[0].key, found[0].height))
        assert not any(vp8.key for vp8 in found[1:])
    assert [key for _, _, key, _ in pictures] == [True] + [False] * 8
    assert pictures[0][3] == LAYERS[at].size[1]
    assert [picture for picture, _, _, _ in pictures] == list(range(1, 10))
    assert [tl0 for _, tl0, _, _ in pictures] == [1, 1, 1, 1, 2, 2, 2, 2, 3]
    assert sum(len(packet) - 20 for packet in frames[0]) == LAYERS[at].key_bytes
    assert sum(len(packet) - 20 for packet in frames[1]) == LAYERS[at].kbit * 125 // LAYERS[at].frames


def test_sound_carries_its_level() -> None:
    spec, state = specification(microphone_stream(True)), ffi.new("lg_stream_state *")
    (packet,) = frame(spec, state, False)
    read = rtp.parse(packet)
    assert read is not None
    assert (read.extensions, len(read.payload), read.payload[-16:-12]) == ({1: b"\x19", 4: b"0"}, 80, b"SFUL")


def test_a_stream_that_cannot_be_sent_is_refused() -> None:
    spec = specification(camera_streams()[0])
    wrong = {"packet_bytes": 1400, "frame_bytes": 10, "key_bytes": 1 << 20, "extension_length": 68, "temporal_layers": 4}
    for name, value in wrong.items():
        before = getattr(spec, name)
        setattr(spec, name, value)
        assert not library().lg_spec_fits(spec), name
        setattr(spec, name, before)
    assert library().lg_spec_fits(spec)


def test_a_packet_is_never_longer_than_its_room() -> None:
    spec, state = specification(camera_streams()[2]), ffi.new("lg_stream_state *")
    library().lg_frame_begin(spec, state, True)
    assert library().lg_packet(spec, state, 0, ffi.new("uint8_t[100]"), 100) == 0


def test_an_offer_is_answered_section_by_section() -> None:
    assert [(line.kind, line.mid, line.payload_type) for line in subscriber_lines(OFFER)] == [("video", "v0", 96), ("audio", "a0", 111)]
    assert transport_of(OFFER).endswith("a=x\r\n")
