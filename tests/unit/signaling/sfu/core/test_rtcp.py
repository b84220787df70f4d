"""RTCP read and written; aiortc's own parser is the judge of what we write."""

from __future__ import annotations

import struct

from aiortc import rtp as judge
from hypothesis import given
from hypothesis import strategies as st

from signaling.sfu.core import rtcp


def test_sender_report_survives() -> None:
    packet = rtcp.sender_report(7, 0x1122334455667788, 99, 5, 600)
    assert list(rtcp.parse(packet)) == [rtcp.SenderReport(7, 0x1122334455667788, 99)]
    judged = judge.RtcpPacket.parse(packet)[0]
    assert isinstance(judged, judge.RtcpSrPacket) and judged.sender_info.packet_count == 5


def test_receiver_reports_are_split_by_thirty_one() -> None:
    blocks = [rtcp.ReportBlock(n, 0.5, 3, 70000 + n, 12, 34, 56) for n in range(40)]
    packet = rtcp.receiver_report(1, blocks)
    assert list(rtcp.parse(packet)) == blocks
    assert [len(p.reports) for p in judge.RtcpPacket.parse(packet) if isinstance(p, judge.RtcpRrPacket)] == [31, 9]


def test_an_empty_receiver_report_is_valid() -> None:
    assert len(judge.RtcpPacket.parse(rtcp.receiver_report(1, []))) == 1


def test_nack_packs_and_unpacks_across_the_wraparound() -> None:
    lost = [65530, 65531, 65535, 0, 9, 40]
    packet = rtcp.nack(1, 2, lost)
    assert list(rtcp.parse(packet)) == [rtcp.Nack(2, tuple(lost))]
    judged = judge.RtcpPacket.parse(packet)[0]
    assert isinstance(judged, judge.RtcpRtpfbPacket)
    assert [sequence & 0xFFFF for sequence in judged.lost] == lost


def test_picture_loss_and_fir() -> None:
    assert list(rtcp.parse(rtcp.picture_loss(1, 2))) == [rtcp.KeyFrameRequest(2)]
    fir = struct.pack("!BBHIIIB3x", 0x84, 206, 4, 1, 0, 55, 1)
    assert list(rtcp.parse(fir)) == [rtcp.KeyFrameRequest(55)]


def test_remb_keeps_its_figure() -> None:
    for bitrate in (60_000, 262_143, 3_000_000, 5_500_000):
        packet = rtcp.remb(1, bitrate, [5, 6])
        found = list(rtcp.parse(packet))
        assert isinstance(found[0], rtcp.Remb) and abs(found[0].bitrate - bitrate) <= bitrate / 1000
        judged = judge.RtcpPacket.parse(packet)[0]
        assert isinstance(judged, judge.RtcpPsfbPacket)
        assert judge.unpack_remb_fci(judged.fci) == (found[0].bitrate, [5, 6])


def test_compound_packets_are_read_to_their_end() -> None:
    packet = rtcp.receiver_report(1, []) + rtcp.picture_loss(1, 2) + rtcp.nack(1, 3, [4])
    assert list(rtcp.parse(packet)) == [rtcp.KeyFrameRequest(2), rtcp.Nack(3, (4,))]


def test_what_is_cut_short_is_ignored() -> None:
    packet = rtcp.nack(1, 3, [4])
    assert list(rtcp.parse(packet[:-1])) == []
    assert list(rtcp.parse(b"\x81\xcd\xff\xff" + bytes(8))) == []


@given(st.binary(max_size=120))
def test_no_input_harms(data: bytes) -> None:
    list(rtcp.parse(data))
    list(rtcp.parse(bytes([0x80 | (data[0] & 31), 200 + data[0] % 8]) + data[2:] if data else b""))


def test_ntp_time() -> None:
    assert rtcp.ntp_time(0.5) == (2_208_988_800 << 32) + (1 << 31)
