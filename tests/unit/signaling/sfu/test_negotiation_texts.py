"""Session descriptions: what clients send is read or refused, what the worker says is what the standards want."""

from __future__ import annotations

import pytest
from aiortc.sdp import SessionDescription
from hypothesis import given, settings
from hypothesis import strategies as st

from signaling.sfu import ice, sdp, transport
from signaling.sfu.core import rtp

CHROME = """v=0
o=- 4611731400430051336 2 IN IP4 127.0.0.1
s=-
t=0 0
a=group:BUNDLE 0 1
a=extmap-allow-mixed
a=msid-semantic: WMS
m=audio 9 UDP/TLS/RTP/SAVPF 111 63
c=IN IP4 0.0.0.0
a=ice-ufrag:abcd
a=ice-pwd:abcdefghijklmnopqrstuvwx
a=fingerprint:sha-256 AA:BB
a=setup:actpass
a=mid:0
a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level
a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid
a=sendonly
a=rtcp-mux
a=rtcp-rsize
a=rtpmap:111 opus/48000/2
a=fmtp:111 minptime=10;useinbandfec=1
a=rtpmap:63 red/48000/2
a=ssrc:77 cname:x
m=video 9 UDP/TLS/RTP/SAVPF 96 97 98
c=IN IP4 0.0.0.0
a=ice-ufrag:abcd
a=ice-pwd:abcdefghijklmnopqrstuvwx
a=fingerprint:sha-256 AA:BB
a=setup:actpass
a=mid:1
a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid
a=extmap:10 urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id
a=extmap:11 urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id
a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01
a=sendonly
a=rtcp-rsize
a=rtpmap:96 VP8/90000
a=rtcp-fb:96 goog-remb
a=rtcp-fb:96 transport-cc
a=rtcp-fb:96 nack
a=rtcp-fb:96 nack pli
a=rtpmap:97 rtx/90000
a=fmtp:97 apt=96
a=rtpmap:98 VP9/90000
a=rid:q send
a=rid:h send
a=rid:f send
a=simulcast:send q;h;f
m=application 9 UDP/DTLS/SCTP webrtc-datachannel
a=mid:2
"""
LOCAL = sdp.Local("uuuu", "p" * 24, "AB:CD", ("1 1 udp 1 127.0.0.1 9 typ host",), "passive")


def test_a_browser_offer_is_understood() -> None:
    found = sdp.parse(CHROME.replace("\n", "\r\n"))
    audio, video, data = found.sections
    assert found.session == "- 4611731400430051336"
    assert found.transport.ufrag == "abcd" and found.transport.fingerprints == [("sha-256", "AA:BB")]
    assert audio.sends and not audio.receives and audio.ssrcs == [77] and audio.reduced_rtcp
    assert video.rids == ["q", "h", "f"]
    assert video.extensions[rtp.REPAIRED_RID] == 11
    chosen = sdp.choose(video)
    assert chosen is not None and chosen[0].payload_type == 96 and chosen[1] is not None
    assert chosen[1].payload_type == 97
    assert data.kind == "application" and sdp.choose(data) is None


def test_a_section_without_a_port_of_its_own_is_no_refused_one() -> None:
    """Firefox bundles every section behind the first: m=video 0 with a=bundle-only (RFC 8843, section 6)."""
    firefox = CHROME.replace("m=video 9", "m=video 0").replace("a=mid:1\n", "a=mid:1\na=bundle-only\n")
    video = sdp.parse(firefox).sections[1]
    assert video.sends and "m=video 9 UDP/TLS/RTP/SAVPF 96 97" in sdp.receiving(video, LOCAL, False)
    assert not sdp.parse(CHROME.replace("m=video 9", "m=video 0")).sections[1].sends


def test_an_answer_takes_layers_and_refuses_what_is_not_served() -> None:
    video = sdp.parse(CHROME).sections[1]
    text = "\n".join(sdp.receiving(video, LOCAL, True))
    assert "a=simulcast:recv q;h;f" in text and "a=rid:h recv" in text and "a=recvonly" in text
    assert "m=video 9 UDP/TLS/RTP/SAVPF 96 97\n" in text
    assert "goog-remb" in text and "transport-cc" not in text  # feedback that is not sent is not promised
    assert "VP9" not in text and "a=candidate:1 1 udp 1 127.0.0.1 9 typ host" in text


def test_opus_is_answered_with_dtx_and_fec() -> None:
    audio = sdp.parse(CHROME).sections[0]
    assert "a=fmtp:111 minptime=10;useinbandfec=1;usedtx=1;maxaveragebitrate=24000" in sdp.receiving(audio, LOCAL, False)


def test_sound_is_sent_again_where_the_client_offers_to() -> None:
    plain, offering = (sdp.parse(text).sections[0] for text in (CHROME, CHROME.replace("a=fmtp:111", "a=rtcp-fb:111 nack\na=fmtp:111")))
    for section, resends in ((plain, False), (offering, True)):
        chosen = sdp.choose(section)
        assert chosen is not None and chosen[0].resends is resends
        assert ("a=rtcp-fb:111 nack" in sdp.receiving(section, LOCAL, False)) is resends
    assert "a=rtcp-fb:111 nack" in sdp.sending(sdp.Sending("a0", "audio", sdp.OFFERED_AUDIO, None, {}, 11, 0), LOCAL, True)


def test_a_section_that_has_stopped_is_answered_inactive() -> None:
    video = sdp.parse(CHROME.replace("a=sendonly", "a=inactive")).sections[1]
    assert "a=inactive" in sdp.receiving(video, LOCAL, False)


def test_a_refused_section_keeps_its_place() -> None:
    data = sdp.parse(CHROME).sections[2]
    lines = sdp.rejected(data)
    assert lines[0] == "m=application 0 UDP/DTLS/SCTP webrtc-datachannel" and "a=mid:2" in lines


def test_an_offered_slot_reads_well_to_others() -> None:
    out = sdp.Sending("v0", "video", sdp.OFFERED_VIDEO, sdp.OFFERED_RTX, {rtp.ABS_SEND_TIME: 2}, 11, 12)
    text = sdp.join([*sdp.head("5", 1, ["v0"]), *sdp.sending(out, LOCAL, True)])
    judged = SessionDescription.parse(text).media[0]
    assert judged.direction == "sendonly" and judged.rtp.muxId == "v0"
    assert [group.semantic for group in judged.ssrc_group] == ["FID"]
    assert [codec.payloadType for codec in judged.rtp.codecs] == [96, 97]
    assert len(judged.ice_candidates) == 1


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        "v=0\n",
        "v=0\nm=audio\n",
        "v=0\nm=audio x UDP/TLS/RTP/SAVPF 0\n",
        "v=0\nm=audio 9 UDP/TLS/RTP/SAVPF 0\na=mid:\n",
        "v=0\nm=audio 9 UDP/TLS/RTP/SAVPF 0\na=mid:a b\n",
        "v=0\nm=audio 9 UDP/TLS/RTP/SAVPF 0\na=mid:a\nm=audio 9 UDP/TLS/RTP/SAVPF 0\na=mid:a\n",
        "v=0\nm=audio 9 UDP/TLS/RTP/SAVPF 0\na=rtpmap:0 opus\n",
        "v=0\nm=audio 9 UDP/TLS/RTP/SAVPF 0\na=extmap:x y\n",
        "v=0\nm=audio 9 UDP/TLS/RTP/SAVPF 0\na=ssrc:abc\n",
        "v=0\n" + "m=audio 9 UDP/TLS/RTP/SAVPF 0\n" * 200,
        "v=0\n" + "x" * sdp.LARGEST,
    ],
)
def test_what_is_no_description_is_refused(text: str) -> None:
    with pytest.raises(sdp.SdpError):
        sdp.parse(text)


@given(st.text(max_size=200))
def test_no_text_harms(text: str) -> None:
    for candidate in (text, "v=0\nm=audio 9 UDP/TLS/RTP/SAVPF 111\na=" + text):
        try:
            sdp.parse(candidate)
        except sdp.SdpError:
            continue


def test_candidates_are_ranked_in_order() -> None:
    first, second = sdp.candidate(0, "10.0.0.1", 8801), sdp.candidate(1, "127.0.0.1", 8801)
    assert first.endswith("10.0.0.1 8801 typ host")
    assert int(first.split()[3]) > int(second.split()[3])


# ---------------------------------------------------------------------- ICE
def test_a_check_is_answered_only_with_the_right_password() -> None:
    from aioice import stun

    request = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
    request.attributes["USERNAME"] = "mine:theirs"
    request.attributes["USE-CANDIDATE"] = None
    request.add_message_integrity(b"secret")
    data = bytes(request)
    assert ice.requested_ufrag(data) == "mine"
    assert ice.check(data, "wrong", "1.2.3.4", 5) is None
    checked = ice.check(data, "secret", "1.2.3.4", 5)
    assert checked is not None and checked.nominated
    answer = stun.parse_message(checked.answer)
    assert answer.attributes["XOR-MAPPED-ADDRESS"] == ("1.2.3.4", 5)
    assert answer.transaction_id == request.transaction_id and answer.check_message_integrity(b"secret")


def test_what_stands_after_the_signature_is_not_signed_and_what_stands_before_it_is() -> None:
    from aioice import stun

    request = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
    request.attributes["USERNAME"] = "mine:theirs"
    request.attributes["PRIORITY"] = 7
    request.add_message_integrity(b"secret")
    data = bytes(request)
    assert ice.check(data, "secret", "1.2.3.4", 5) is not None
    for at in range(0, len(data) - 8):  # the fingerprint at the end is no secret's work
        changed = data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
        assert at in (2, 3) or ice.check(changed, "secret", "1.2.3.4", 5) is None, at


def test_a_request_of_nothing_but_empty_attributes_costs_little() -> None:
    data = b"\x00\x01" + (1400).to_bytes(2, "big") + b"\x21\x12\xa4\x42" + bytes(12) + b"\x80\x22\x00\x00" * 349 + b"\x00\x06\x00\x00"
    assert ice.requested_ufrag(data) is None and ice.check(data, "secret", "1.2.3.4", 5) is None


def test_a_check_without_integrity_is_nothing() -> None:
    from aioice import stun

    request = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
    request.attributes["USERNAME"] = "mine:theirs"
    assert ice.check(bytes(request), "secret", "1.2.3.4", 5) is None


@settings(deadline=None)
@given(st.sampled_from(["1.2.3.4", "255.255.255.255", "2001:db8::1", "::"]), st.integers(0, 65535), st.binary(min_size=12, max_size=12))
def test_the_answer_reads_well_to_others(host: str, port: int, transaction: bytes) -> None:
    from aioice import stun

    request = stun.Message(stun.Method.BINDING, stun.Class.REQUEST, transaction, {"USERNAME": "mine:theirs"})
    request.add_message_integrity(b"secret")
    checked = ice.check(bytes(request), "secret", host, port)
    assert checked is not None and not checked.nominated
    answer = stun.parse_message(checked.answer)
    assert (answer.message_class, answer.attributes["XOR-MAPPED-ADDRESS"]) == (stun.Class.RESPONSE, (host, port))
    ours = stun.Message(stun.Method.BINDING, stun.Class.RESPONSE, transaction, {"XOR-MAPPED-ADDRESS": (host, port)})
    ours.add_message_integrity(b"secret")
    assert checked.answer == bytes(ours)


@given(st.binary(max_size=100))
def test_no_datagram_harms_the_ice_agent(data: bytes) -> None:
    ice.requested_ufrag(data)
    forged = b"\x00\x01" + (len(data) & ~3).to_bytes(2, "big") + b"\x21\x12\xa4\x42" + bytes(12) + data
    ice.requested_ufrag(forged)
    assert ice.check(forged, "secret", "1.2.3.4", 5) is None


def test_credentials_are_never_the_same() -> None:
    assert len({ice.Credentials.new().password for _ in range(50)}) == 50


# ---------------------------------------------------------------------- addresses
def test_addresses_survive_packing() -> None:
    import socket

    for family, host in ((socket.AF_INET, "10.1.2.3"), (socket.AF_INET6, "10.1.2.3"), (socket.AF_INET6, "2001:db8::1")):
        assert transport.unpack_address(transport.pack_address(host, 5004, family)) == (host, 5004)


def test_what_is_configured_is_announced() -> None:
    assert transport.announced("0.0.0.0", 8802, ["127.0.0.2", "127.0.0.3:9000", "[::1]:9000"], 1) == [
        ("127.0.0.2", 8802), ("127.0.0.3", 9001), ("::1", 9001),
    ]  # fmt: skip
    assert transport.announced("127.0.0.1", 8801, []) == [("127.0.0.1", 8801)]
    everywhere = transport.announced("0.0.0.0", 8801, [])
    assert everywhere[-1] == ("127.0.0.1", 8801)
    assert not any(host.startswith("127.") for host, _ in everywhere[:-1])
