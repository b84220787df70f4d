"""The life of a connection, with the real core and no network: offers, reports, replacement, consent, the journal."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from signaling.engine import EngineRefused
from signaling.sfu import feedback, lifecycle
from signaling.sfu.core import rtcp as rtcp_module
from signaling.sfu.core.uplink import POLICY, START
from signaling.sfu.dtls import DtlsError
from signaling.sfu.journal import Journal
from signaling.sfu.plane import EARLY_RECORDS, Plane
from tests.unit.signaling.sfu.rig import rtp, vp8
from tests.unit.signaling.sfu.world import ALLOWED, AUDIO, HEAD, SSRC, Trio, World


def test_sender_reports_lie_on_one_clock_and_on_the_slots_timestamps(trio: Trio) -> None:
    world, anna, _, eve = trio
    world.view("eve", v0=("anna:camera", 90))
    world.send(anna, "q", "microphone")
    theirs = rtcp_module.ntp_time(world.rig.now - 3600)  # her clock is an hour behind
    for name, timestamp in (("q", 90_000), ("microphone", 48_000)):
        packet = rtcp_module.sender_report(anna.handle * 100 + SSRC[name], theirs, timestamp, 1, 1)
        world.rig.inbox.waiting.append((anna.address, packet))
    world.rig.outbox.sent_packets.clear()
    world.do(lambda: world.rig.core.pump(world.rig.now, world.rig.now))
    reports = {r.ssrc: r for r in world.rtcp_to(eve) if isinstance(r, rtcp_module.SenderReport)}
    picture, sound = eve.slots["v0"], eve.slots["a0"]
    assert {picture.spec.ssrc, sound.spec.ssrc} <= reports.keys()
    ours = rtcp_module.ntp_time(world.rig.now)
    assert abs(reports[picture.spec.ssrc].ntp - ours) < 1 << 20
    assert reports[picture.spec.ssrc].ntp == reports[sound.spec.ssrc].ntp
    offset = world.rig.core.slot_stats(picture.handle).timestamp_offset
    assert reports[picture.spec.ssrc].timestamp == (90_000 + offset) & 0xFFFFFFFF


def test_the_publisher_is_told_what_arrives_and_what_it_may_send(trio: Trio) -> None:
    world, anna, _, _ = trio
    world.rig.outbox.sent_packets.clear()
    world.pass_time(1.1, lambda: world.send(anna, "q"))
    reports = world.rtcp_to(anna)
    assert next(r.bitrate for r in reports if isinstance(r, rtcp_module.Remb)) == pytest.approx(START, rel=0.01)
    blocks = [r for r in reports if isinstance(r, rtcp_module.ReportBlock)]
    assert {b.ssrc for b in blocks} == {anna.handle * 100 + SSRC[n] for n in ("microphone", "q", "h", "f")}


@pytest.mark.parametrize("link", list(POLICY))
def test_what_a_publisher_may_send_grows_at_once_to_what_its_points_link_allows(world: World, link: str) -> None:
    world.room(anna=replace(ALLOWED, link=link), eve=ALLOWED)
    anna = world.publish("anna")
    world.pass_time(6, lambda: world.send(anna, "q"))
    told = [r.bitrate for r in world.rtcp_to(anna) if isinstance(r, rtcp_module.Remb)]
    assert told == sorted(told) and told[-1] == pytest.approx(POLICY[link][0], rel=0.01)


def test_a_publisher_whose_packets_wait_in_a_queue_may_send_less(trio: Trio) -> None:
    world, anna, _, _ = trio

    def report(late: float) -> None:
        ntp = rtcp_module.ntp_time(world.rig.now - late)
        packet = rtcp_module.sender_report(anna.handle * 100 + SSRC["q"], ntp, 90_000, 9, 9)
        world.rig.inbox.waiting.append((anna.address, packet))
        world.send(anna, "q")

    world.pass_time(6, lambda: report(0.05))
    world.rig.outbox.sent_packets.clear()
    world.pass_time(3, lambda: report(0.6))
    told = [r.bitrate for r in world.rtcp_to(anna) if isinstance(r, rtcp_module.Remb)]
    assert told[-1] < 100_000


def test_lost_sound_is_asked_for_and_told_as_lost_even_when_it_comes_again(trio: Trio) -> None:
    world, anna, _, _ = trio
    ssrc = anna.handle * 100 + SSRC["microphone"]
    world.send(anna, "microphone")
    world.do(lambda: feedback.report_to_publisher(world.hub, anna, world.rig.now))
    before = [r.lost for r in world.rtcp_to(anna) if isinstance(r, rtcp_module.ReportBlock) and r.ssrc == ssrc]
    world.rig.outbox.sent_packets.clear()
    world.sequence += 1
    lost = world.sequence
    world.send(anna, "microphone")
    assert [(r.ssrc, r.sequences) for r in world.rtcp_to(anna) if isinstance(r, rtcp_module.Nack)] == [(ssrc, (lost,))]
    world.rig.now += 0.06
    world.sequence = lost - 1
    world.send(anna, "microphone")
    world.do(lambda: feedback.report_to_publisher(world.hub, anna, world.rig.now))
    told = [r for r in world.rtcp_to(anna) if isinstance(r, rtcp_module.ReportBlock) and r.ssrc == ssrc]
    assert told[-1].lost == before[-1] + 1 and told[-1].fraction_lost == pytest.approx(0.5, abs=0.01)


def test_sound_that_comes_too_late_anyway_is_not_asked_for(trio: Trio) -> None:
    world, anna, _, _ = trio
    world.send(anna, "microphone", "q")
    world.rig.outbox.sent_packets.clear()
    world.sequence += 40
    world.send(anna, "microphone", "q")
    asked = {r.ssrc for r in world.rtcp_to(anna) if isinstance(r, rtcp_module.Nack)}
    assert asked == {anna.handle * 100 + SSRC["q"]}


def test_a_reloaded_page_replaces_its_connection(trio: Trio) -> None:
    world, anna, _, eve = trio
    world.view("eve", v0=("anna:camera", 90))
    world.send(anna, "q")
    again = world.publish("anna", session=2)
    assert again is not anna and anna.closed
    assert [d["reason"] for d in world.told("disconnected")] == ["replaced"]
    world.send(again, "q")
    world.send(again, "q")
    assert world.carries(eve)["v0"] == "anna:camera/q"


def test_a_further_offer_changes_the_connection(trio: Trio) -> None:
    world, anna, _, _ = trio
    ufrag = anna.local.ufrag
    again = world.publish("anna", screen=True)
    assert again is anna and anna.local.ufrag == ufrag
    assert set(world.hub.rooms["r"].sources) >= {"anna:screen", "anna:camera"}
    world.publish("anna")
    assert "anna:screen" not in world.hub.rooms["r"].sources


def test_kinds_are_checked(world: World) -> None:
    world.room(anna=ALLOWED)
    offer = HEAD.format(session=1, setup="actpass") + AUDIO.format(mid=0, direction="sendonly")
    with pytest.raises(EngineRefused, match="bad_request"):
        world.do(lambda: world.rooms.publish("r", "anna", offer, "publish", {"0": "camera"}))


def test_consent_runs_out_after_thirty_seconds(trio: Trio) -> None:
    world, anna, bob, _ = trio
    for _ in range(40):
        world.rig.now += 1
        world.send(bob, "q", key=False)
        world.do(lambda: world.clock.second(world.rig.now))
    assert anna.closed and not bob.closed
    gone = [d for d in world.told("disconnected") if d["peer"] == "anna"]
    assert [d["reason"] for d in gone] == ["consent"]
    assert [d["peer"] for d in world.told("media_lost") if d["peer"] == "anna"] == ["anna"]


def test_signs_of_life_name_every_connected_peer(trio: Trio) -> None:
    world, *_ = trio
    world.do(lambda: world.clock.five_seconds(world.rig.now))
    assert set(world.told("alive")[-1]["peers"]) == {"anna", "bob", "eve"}


def test_too_many_connections_are_refused(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lifecycle, "MOST_CONNECTIONS", 1)
    world.room(anna=ALLOWED, bob=ALLOWED)
    world.publish("anna")
    with pytest.raises(EngineRefused, match="full"):
        world.publish("bob")


def test_rtx_streams_are_learnt_by_their_repaired_rid(trio: Trio) -> None:
    world, anna, _, _ = trio
    packet = rtp(anna.handle * 100 + SSRC["rtx"], 1, 0, b"\x00\x01" + vp8(1), pt=97, extensions={4: b"1", 11: b"h"})
    world.rig.inbox.waiting.append((anna.address, packet))
    world.do(lambda: world.rig.core.pump(world.rig.now, world.rig.now))
    assert world.rig.core.counters.refused_stream == 0
    alien = rtp(999, 1, 0, b"\x00\x01" + vp8(1), pt=97, extensions={4: b"1", 11: b"z"})
    world.rig.inbox.waiting.append((anna.address, alien))
    world.do(lambda: world.rig.core.pump(world.rig.now, world.rig.now))
    assert world.rig.core.counters.refused_stream == 1


def test_the_journal_keeps_what_is_durable_until_it_is_acknowledged() -> None:
    delivered: list[dict[str, Any]] = []
    journal = Journal("boot", delivered.append)
    journal.emit("connected", {"room": "r"})
    journal.emit("speakers", {"room": "r"})
    journal.emit("alive", {"room": "r", "peers": {"a": 1}})
    journal.emit("alive", {"room": "r", "peers": {"a": 2}})
    assert [e.get("seq") for e in delivered] == [1, None, 2, 3]
    assert [e["seq"] for e in journal.unacknowledged()] == [1, 3]
    journal.ack(1)
    assert [e["data"]["peers"] for e in journal.unacknowledged()] == [{"a": 2}]


def test_what_a_client_said_before_its_description_came_is_heard_then(trio: Trio, monkeypatch: pytest.MonkeyPatch) -> None:
    world, heard = trio[0], list[bytes]()

    class Session:
        """Stands in for DTLS: nobody shakes hands."""

        def __init__(self, *_: object) -> None:
            self.profile = ""

        def feed(self, record: bytes) -> None:
            heard.append(record)

        async def handshake(self, *_: object) -> None:
            raise DtlsError("not here")

        async def close(self) -> None:
            return None

    monkeypatch.setattr(lifecycle, "DtlsSession", Session)
    plane = Plane(world.hub)
    offer = world.do(lambda: world.rooms.subscribe("r", "bob", "wall", {"video": 1}, 25))
    early = world.hub.rooms["r"].connections["bob", "wall"]
    for number in range(EARLY_RECORDS + 3):
        plane.on_dtls(early.handle, b"%d" % number)
    early.address = b"somewhere"
    world.do(lambda: world.rooms.answer("r", "bob", "wall", offer.sdp.replace("actpass", "active").replace("sendonly", "recvonly")))
    assert heard == [b"%d" % number for number in range(EARLY_RECORDS)] and not early.early
