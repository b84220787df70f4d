"""What WHIP encoders and WHEP players send (RFC 9725, RFC 8840), answered without process, socket or clock."""

from __future__ import annotations

import pytest
from aiortc.sdp import SessionDescription

from signaling.engine import EngineRefused
from signaling.sfu import fragments, sdp
from tests.unit.signaling.sfu.world import ALLOWED, AUDIO, HEAD, VIDEO, World

START = HEAD.format(session=1, setup="actpass")
SOUND = AUDIO.format(mid="0", direction="sendonly")
H264 = "m=video 9 UDP/TLS/RTP/SAVPF 102\r\na=mid:1\r\na=sendonly\r\na=rtpmap:102 H264/90000\r\n"
CANDIDATE = "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\na=candidate:1 1 udp 1 192.0.2.1 61764 typ host\r\n"


def test_a_section_without_a_transport_of_its_own_is_taken(world: World) -> None:
    """With the policy max-bundle it says port 0 and bundle-only (RFC 9143 section 6), as in RFC 9725's example."""
    world.room(anna=ALLOWED)
    picture = VIDEO.format(mid="1", direction="sendonly").replace("m=video 9", "m=video 0") + "a=bundle-only\r\n"
    answer = world.do(lambda: world.rooms.publish("r", "anna", START + SOUND + picture, "whip:1", None))
    assert answer.count("a=recvonly") == 2 and "m=video 9 " in answer and "a=group:BUNDLE 0 1\r\n" in answer


@pytest.mark.parametrize("offer", [SOUND + H264, AUDIO.format(mid="0", direction="recvonly")])
def test_an_encoders_offer_is_taken_whole_or_not_at_all(world: World, offer: str) -> None:
    world.room(anna=ALLOWED)
    with pytest.raises(EngineRefused) as refused:
        world.do(lambda: world.rooms.publish("r", "anna", START + offer, "whip:1", None))
    assert refused.value.code == "bad_sdp" and not world.hub.connections


def test_a_browser_may_offer_more_than_is_taken(world: World) -> None:
    world.room(anna=ALLOWED)
    answer = world.do(lambda: world.rooms.publish("r", "anna", START + SOUND + H264, "publish", None))
    assert "m=video 0 " in answer and "a=recvonly" in answer


def test_answers_say_how_ice_and_rtcp_are_done(world: World) -> None:
    """RFC 9725: trickle ICE and restarts are for clients to find in the answer; RTCP never has a port of its own."""
    world.room(anna=ALLOWED)
    answer = world.do(lambda: world.rooms.publish("r", "anna", START + SOUND, "whip:1", None))
    assert "a=ice-lite\r\na=ice-options:trickle ice2\r\n" in answer and "a=rtcp-mux-only\r\n" in answer


def test_a_restart_is_answered_in_the_form_of_the_standard(world: World) -> None:
    world.room(eye=ALLOWED)
    connection = world.play("eye", 1, 1)
    first = connection.local
    fresh = "a=ice-ufrag:new1\r\na=ice-pwd:" + "x" * 24 + "\r\n"
    text = world.do(lambda: world.rooms.trickle("r", "eye", "whep:1", fresh + CANDIDATE))
    judged = SessionDescription.parse("v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n" + text)
    media = judged.media[0]
    assert (media.ice.usernameFragment, media.ice.password) == (connection.local.ufrag, connection.local.password)
    assert connection.local != first and {first.ufrag, connection.local.ufrag} == set(connection.credentials)
    assert judged.media[0].ice_candidates[0].ip == "127.0.0.1" and media.ice_candidates_complete
    assert text.split("\r\n")[:5] == [
        "a=ice-lite", "a=ice-options:trickle ice2", "a=group:BUNDLE a0 v0", "m=audio 9 UDP/TLS/RTP/SAVPF 111", "a=mid:a0"]


def test_a_fragment_for_another_ice_session_is_refused(world: World) -> None:
    world.room(eye=ALLOWED)
    connection = world.play("eye", 1, 1)
    known = connection.local.ufrag
    assert world.do(lambda: world.rooms.trickle("r", "eye", "whep:1", CANDIDATE, ["other", known])) is None
    with pytest.raises(EngineRefused) as refused:
        world.do(lambda: world.rooms.trickle("r", "eye", "whep:1", "a=ice-ufrag:n\r\na=ice-pwd:y\r\n" + CANDIDATE, ["other"]))
    assert refused.value.code == "stale_ice" and connection.local.ufrag == known


def test_new_credentials_need_their_password(world: World) -> None:
    world.room(eye=ALLOWED)
    connection = world.play("eye", 1, 1)
    with pytest.raises(EngineRefused) as refused:
        world.do(lambda: world.rooms.trickle("r", "eye", "whep:1", "a=ice-ufrag:new1\r\n" + CANDIDATE))
    assert refused.value.code == "bad_sdp" and len(connection.credentials) == 1


@pytest.mark.parametrize("text", ["", "nonsense", "m=audio 9 x 0", "a=candidate:1 1 udp", "a=x\n" * sdp.LARGEST])
def test_what_is_no_fragment_is_refused(text: str) -> None:
    with pytest.raises(sdp.SdpError):
        fragments.read(text)
