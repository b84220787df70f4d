"""Reading RTP headers and VP8 descriptors, whole and broken."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signaling.sfu.core import rtp
from tests.unit.signaling.sfu import rig


def test_one_byte_extensions() -> None:
    packet = rig.rtp(1, 2, 3, b"payload", extensions={4: b"mid1", 10: b"q"})
    parsed = rtp.parse(packet)
    assert parsed is not None
    assert parsed.extensions == {4: b"mid1", 10: b"q"}
    assert parsed.payload == b"payload"


def test_two_byte_extensions() -> None:
    body = bytes([20, 3]) + b"abc" + bytes([0, 21, 0]) + bytes(4)
    packet = struct.pack("!BBHIIHH", 0x90, 96, 1, 2, 3, 0x1000, len(body) // 4) + body + b"p"
    parsed = rtp.parse(packet)
    assert parsed is not None
    assert parsed.extensions == {20: b"abc", 21: b""}
    assert parsed.payload == b"p"


def test_contributing_sources_are_skipped() -> None:
    packet = struct.pack("!BBHII", 0x82, 96, 1, 2, 3) + bytes(8) + b"payload"
    parsed = rtp.parse(packet)
    assert parsed is not None and parsed.payload == b"payload"


@pytest.mark.parametrize(
    "packet",
    [
        b"",
        bytes(11),
        struct.pack("!BBHII", 0x40, 96, 1, 2, 3),  # another version
        struct.pack("!BBHII", 0x8F, 96, 1, 2, 3),  # 15 contributing sources that are not there
        struct.pack("!BBHII", 0x90, 96, 1, 2, 3),  # an extension that is not there
        struct.pack("!BBHIIHH", 0x90, 96, 1, 2, 3, 0xBEDE, 9) + bytes(8),  # a longer extension than the packet
        struct.pack("!BBHII", 0xA0, 96, 1, 2, 3) + b"\x00",  # padding of no octets
        struct.pack("!BBHII", 0xA0, 96, 1, 2, 3) + b"\x09",  # more padding than packet
    ],
)
def test_what_is_cut_short_is_no_packet(packet: bytes) -> None:
    assert rtp.parse(packet) is None


def test_an_extension_that_overruns_ends_the_list() -> None:
    body = bytes([0x10, 7, 0x2F, 1])  # id 1: one octet; id 2 claims sixteen
    packet = struct.pack("!BBHIIHH", 0x90, 96, 1, 2, 3, 0xBEDE, 1) + body
    assert rtp.extensions(packet, 0, len(packet)) == {1: b"\x07"}


def test_padding_is_no_payload() -> None:
    packet = bytearray(rig.rtp(1, 2, 3, b"payload" + bytes(3) + b"\x04"))
    packet[0] |= 0x20
    parsed = rtp.parse(bytes(packet))
    assert parsed is not None and parsed.payload == b"payload"


def test_vp8_key_frame() -> None:
    found = rtp.vp8(rig.vp8(0x1234, 9, key=True, height=720))
    assert (found.picture, found.tl0, found.key, found.height) == (0x1234, 9, True, 720)
    assert (found.picture_at, found.tl0_at) == (2, 4)


def test_vp8_continuation_is_no_key_frame() -> None:
    assert not rtp.vp8(rig.vp8(1, key=True, start=False)).key
    assert not rtp.vp8(rig.vp8(1)).key


def test_vp8_without_extensions_and_with_a_short_picture_id() -> None:
    plain = rtp.vp8(b"\x10\x10\x02\x00\x9d\x01\x2a\x80\x02\x68\x01")
    assert plain.key and plain.picture_at == 0 and plain.height == 360
    assert rtp.vp8(b"\x90\x80\x05\x11\x00").picture_at == 0


@given(st.binary(max_size=40))
def test_no_input_harms(data: bytes) -> None:
    found = rtp.vp8(data)
    assert max(found.picture_at + 1, found.tl0_at) < max(1, len(data)) or found == rtp.NO_VP8
    rtp.parse(data)
    rtp.extensions(data, 0, len(data))


def test_order_wraps() -> None:
    assert rtp.older(65535, 0) and not rtp.older(0, 65535) and not rtp.older(5, 5)
