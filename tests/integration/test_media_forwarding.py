"""A real worker process, real UDP, real DTLS and SRTP: who receives what, and what bad input does (nothing)."""

from __future__ import annotations

import contextlib
import random
import socket
import struct
import time
from collections.abc import Iterator
from dataclasses import replace

import psutil
import pylibsrtp
import pytest
from aioice import stun

from signaling.engine import EngineUnavailable, PeerDesired, RoomDesired
from tests.support.media import ROOM, SENDER, MediaWorker
from tests.support.ports import LOOPBACK, free_udp_ports
from tests.support.rtc_client import Client, Loop, player_lines, publisher_lines
from tests.unit.signaling.sfu.rig import CORES


@pytest.fixture(scope="module")
def worker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MediaWorker]:
    """One worker for the whole file; every test drops its room."""
    with MediaWorker(tmp_path_factory.mktemp("media")) as made:
        yield made


@pytest.fixture
def clients(worker: MediaWorker) -> Iterator[Loop]:
    """Clients that are closed afterwards, with their room."""
    loop = Loop()
    worker.events.clear()
    yield loop
    loop.stop()
    worker.engine.drop_room(ROOM)


def publish(worker: MediaWorker, clients: Loop, peer: str, video: bool = True, audio: bool = True) -> Client:
    """A peer that sends."""
    made = Client(clients, publisher_lines(video, audio))
    made.connect(worker.engine.publish(ROOM, peer, made.offer(), "whip:1"))
    made.start_sending()
    return made


def play(worker: MediaWorker, clients: Loop, peer: str, audio: int = 3, video: int = 3) -> Client:
    """A WHEP player."""
    made = Client(clients, player_lines(audio, video))
    made.connect(worker.engine.whep(ROOM, peer, made.offer(), "whep:1"))
    return made


def flowing(client: Client, seconds: float = 1.0) -> int:
    """How many streams bring packets now."""
    return sum(1 for packets in client.received(seconds).values() if packets > 3)


def test_a_player_gets_everything_but_what_is_its_own(worker: MediaWorker, clients: Loop) -> None:
    worker.room({"anna": SENDER, "bob": SENDER, "both": replace(SENDER, group="x"), "eye": replace(SENDER, group="x")})
    for peer in ("anna", "bob", "both"):
        publish(worker, clients, peer)
    player = play(worker, clients, "eye", audio=4, video=4)
    worker.until(lambda: flowing(player) == 4, "sound and picture of two, not of the own encoder")
    assert player.stats.auth_failures == 0 and player.stats.unknown_payloads == 0
    assert {s.payload_type for s in player.peer.streams.values()} == {111, 96}


def test_payloads_arrive_unchanged_and_soon(worker: MediaWorker, clients: Loop) -> None:
    worker.room({"anna": SENDER, "eye": SENDER})
    publish(worker, clients, "anna")
    player = play(worker, clients, "eye")
    worker.until(lambda: len(player.stats.latency_us) > 200, "two hundred packets with the sender's marker")
    assert player.stats.unknown_payloads == player.stats.auth_failures == 0
    assert sum(stream.late for stream in player.peer.streams.values()) == 0


def test_with_three_audio_sections_the_loudest_and_with_more_everybody(worker: MediaWorker, clients: Loop) -> None:
    names = ["p1", "p2", "p3", "p4", "p5"]
    worker.room({name: SENDER for name in [*names, "few", "many"]})
    for name in names:
        publish(worker, clients, name, video=False)
    few, many = play(worker, clients, "few", 3, 0), play(worker, clients, "many", 6, 0)
    worker.until(lambda: flowing(many) == 5, "all five")
    assert flowing(few) == 3


def test_nothing_passes_before_the_room_opens_or_the_peer_is_admitted(worker: MediaWorker, clients: Loop) -> None:
    waiting = replace(SENDER, admitted=False)
    worker.room({"anna": SENDER, "late": waiting, "eye": SENDER, "outside": waiting}, open_=False)
    publish(worker, clients, "anna")
    publish(worker, clients, "late")
    inside, outside = play(worker, clients, "eye"), play(worker, clients, "outside")
    worker.until(lambda: len(worker.seen("connected")) == 4, "all connections in the lobby")
    assert sum(inside.received(1).values()) == sum(outside.received().values()) == 0
    worker.room({"anna": SENDER, "late": waiting, "eye": SENDER, "outside": waiting})
    worker.until(lambda: flowing(inside) == 2, "anna alone")
    assert sum(outside.received().values()) == 0
    worker.room({"anna": SENDER, "late": SENDER, "eye": SENDER, "outside": SENDER})
    worker.until(lambda: flowing(inside) == 4 and flowing(outside) == 4, "everybody")


def test_a_forbidden_kind_is_dropped_in_the_worker(worker: MediaWorker, clients: Loop) -> None:
    worker.room({"anna": SENDER, "eye": SENDER})
    publish(worker, clients, "anna")
    player = play(worker, clients, "eye")
    worker.until(lambda: flowing(player) == 2, "sound and picture")
    worker.room({"anna": replace(SENDER, microphone=False), "eye": SENDER})
    worker.until(lambda: flowing(player) == 1, "the picture alone")
    worker.room({"anna": SENDER, "eye": SENDER})
    worker.until(lambda: flowing(player) == 2, "sound again")


def test_a_removed_peer_is_told_and_its_packets_stop(worker: MediaWorker, clients: Loop) -> None:
    worker.room({"anna": SENDER, "eye": SENDER})
    anna = publish(worker, clients, "anna")
    player = play(worker, clients, "eye")
    worker.until(lambda: flowing(player) == 2, "sound and picture")
    worker.room({"eye": SENDER})
    worker.until(lambda: worker.seen("disconnected", peer="anna", reason="closed"), "the end")
    worker.until(lambda: anna.stats.remote_closed, "the goodbye")
    time.sleep(0.3)
    assert sum(player.received(1).values()) == 0


def test_a_publisher_that_comes_back_fills_the_same_slots(worker: MediaWorker, clients: Loop) -> None:
    worker.room({"anna": SENDER, "eye": SENDER})
    first = publish(worker, clients, "anna")
    player = play(worker, clients, "eye", audio=1, video=1)
    worker.until(lambda: flowing(player) == 2, "sound and picture")
    first.stop_sending()
    publish(worker, clients, "anna")
    worker.until(lambda: worker.seen("disconnected", peer="anna", reason="replaced"), "the old connection's end")
    worker.until(lambda: flowing(player) == 2, "sound and picture again")
    streams = player.peer.streams.values()
    assert len(streams) == 2
    assert all(stream.extended == stream.received + stream.late for stream in streams), "a gap in the numbering"


def test_a_client_that_says_goodbye_is_gone_at_once(worker: MediaWorker, clients: Loop) -> None:
    worker.room({"anna": SENDER})
    anna = publish(worker, clients, "anna")
    worker.until(lambda: worker.seen("connected", peer="anna"), "the connection")
    anna.close()
    worker.until(lambda: worker.seen("disconnected", peer="anna"), "the end", 3)


def test_silence_is_media_lost_and_life_is_media_back(worker: MediaWorker, clients: Loop) -> None:
    worker.room({"anna": SENDER})
    anna = publish(worker, clients, "anna")
    worker.until(lambda: worker.seen("connected", peer="anna"), "the connection")
    began = time.time()
    anna.stop_sending()
    clients.do(_hush(anna))
    worker.until(lambda: worker.seen("media_lost", peer="anna"), "the loss", 20)
    told = worker.seen("media_lost", peer="anna")[0].data["at"].timestamp()
    assert began - 6 < told < began + 3  # the last evidence, not the moment of noticing
    anna.start_sending()
    worker.until(lambda: worker.seen("media_back", peer="anna"), "the return")


async def _hush(client: Client) -> None:
    """Stop the client's consent checks."""
    connection = client.peer.ice._connection
    if connection._query_consent_task is not None:
        connection._query_consent_task.cancel()


def test_the_address_of_a_client_moves_without_a_new_handshake(worker: MediaWorker, clients: Loop) -> None:
    """A check from a new address with the right password takes the connection there (RFC 8445 section 7.3)."""
    worker.room({"anna": SENDER, "eye": SENDER})
    publish(worker, clients, "anna")
    player = play(worker, clients, "eye")
    worker.until(lambda: flowing(player) == 2, "sound and picture")
    remote = player.peer.remote
    assert remote is not None
    ice = remote.media[0].ice
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as moved:
        moved.settimeout(5)
        moved.connect((LOOPBACK, worker.settings.media_port))
        wrong = _check(ice.usernameFragment, "wrong" * 5)
        moved.send(wrong)
        assert flowing(player) == 2
        moved.send(_check(ice.usernameFragment, ice.password))
        kinds = {moved.recv(2048)[0] >> 6 for _ in range(50)}
        assert kinds == {0, 2}  # the answer, then SRTP
    assert len(worker.seen("connected", peer="eye")) == 1


@pytest.mark.parametrize("kind", ["whip", "whep"])
def test_ice_restarts_while_media_goes_on(worker: MediaWorker, clients: Loop, kind: str) -> None:
    """New credentials by trickle: media pauses nowhere, nobody shakes hands again, and then the old password opens nothing."""
    worker.room({"anna": SENDER, "eye": SENDER})
    anna = publish(worker, clients, "anna")
    player = play(worker, clients, "eye")
    worker.until(lambda: flowing(player) == 2, "sound and picture")
    client, peer = (anna, "anna") if kind == "whip" else (player, "eye")
    remote = client.peer.remote
    assert remote is not None
    old, lost = remote.media[0].ice, missing(player)
    fragment = worker.engine.trickle(ROOM, peer, f"{kind}:1", "a=ice-ufrag:again\r\na=ice-pwd:" + "p" * 24 + "\r\n")
    assert fragment is not None
    fresh = dict(line[2:].split(":", 1) for line in fragment.splitlines() if line.startswith(("a=ice-ufrag:", "a=ice-pwd:")))
    assert flowing(player) == 2 and answers(worker, old.usernameFragment, old.password)  # until the client uses the new ones
    assert answers(worker, fresh["ice-ufrag"], fresh["ice-pwd"], from_client=client)
    assert not answers(worker, old.usernameFragment, old.password)
    assert flowing(player) == 2 and missing(player) == lost
    assert len(worker.seen("connected")) == 2 and not worker.seen("disconnected")


def missing(player: Client) -> int:
    return sum(stream.extended - stream.received - stream.late for stream in player.peer.streams.values())


def answers(worker: MediaWorker, ufrag: str, password: str, from_client: Client | None = None) -> bool:
    """Whether a check without nomination is answered; a client's own address is tried without looking at the answer."""
    if from_client is not None:
        from_client.send_raw(_check(ufrag, password, nominate=False))
        time.sleep(0.2)
        return True
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        stranger.settimeout(1)
        stranger.sendto(_check(ufrag, password, nominate=False), (LOOPBACK, worker.settings.media_port))
        with contextlib.suppress(TimeoutError):
            return stranger.recv(2048)[:2] == b"\x01\x01"
    return False


def test_a_publisher_moves_to_another_address_without_a_new_handshake(worker: MediaWorker, clients: Loop) -> None:
    """Its network changed: after one authentic check its packets are taken from where they come now."""
    worker.room({"anna": SENDER, "eye": SENDER})
    anna = publish(worker, clients, "anna")
    player = play(worker, clients, "eye")
    worker.until(lambda: flowing(player) == 2, "sound and picture")
    remote = anna.peer.remote
    assert remote is not None
    ice = remote.media[0].ice
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as moved:
        moved.connect((LOOPBACK, worker.settings.media_port))
        clients.do(_send_from(anna, moved))
        assert flowing(player) == 0  # a stranger, as long as it has not shown the password
        moved.send(_check(ice.usernameFragment, ice.password))
        worker.until(lambda: flowing(player) == 2, "sound and picture from the new address")
        assert len(worker.seen("connected", peer="anna")) == 1 and not worker.seen("disconnected")
        anna.stop_sending()


async def _send_from(client: Client, other: socket.socket) -> None:
    """From now on the client's packets leave from another socket."""
    client.peer._sock, client.peer._addr = _Connected(other), ("", 0)


class _Connected:
    """A connected socket where an unconnected one is expected."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock

    def sendto(self, data: bytes, _address: object) -> int:
        return self._sock.send(data)

    def close(self) -> None:
        """The test closes it."""


def _check(ufrag: str, password: str, nominate: bool = True) -> bytes:
    request = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
    request.attributes["USERNAME"] = f"{ufrag}:x"
    request.attributes["PRIORITY"] = 1
    request.attributes["ICE-CONTROLLING"] = 1
    if nominate:
        request.attributes["USE-CANDIDATE"] = None
    request.add_message_integrity(password.encode())
    return bytes(request)


def test_malformed_packets_from_inside_and_outside_harm_nobody(worker: MediaWorker, clients: Loop) -> None:
    worker.room({"anna": SENDER, "bad": SENDER, "eye": SENDER})
    publish(worker, clients, "anna")
    bad = publish(worker, clients, "bad", video=False)
    player = play(worker, clients, "eye")
    worker.until(lambda: flowing(player) == 3, "all streams")
    dice = random.Random(7)
    ssrc = bad.lines[0].ssrc or 0
    for n in range(300):
        bad.send_raw(dice.randbytes(dice.randrange(0, 1500)))
        bad.send_raw(bytes([dice.choice([0x80, 0x90, 0xBF]), dice.randrange(256)]) + dice.randbytes(60))
        head = struct.pack("!BBHII", dice.choice([0x80, 0x90, 0xB0, 0x8F]), 111, n, n, ssrc + dice.randrange(2))
        with contextlib.suppress(pylibsrtp.Error):  # some of it libsrtp will not even protect
            bad.send(head + dice.randbytes(dice.randrange(1, 40)))  # authentic, but nonsense
        bad.send(struct.pack("!BBHI", 0x81 + dice.randrange(30), dice.randrange(200, 208), 9, ssrc) + dice.randbytes(36), True)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        for kind in (b"\x00\x01", b"\x16\xfe", b"\x80\x60", b"\x01\x01"):
            for _ in range(100):
                stranger.sendto(kind + dice.randbytes(dice.randrange(0, 200)), (LOOPBACK, worker.settings.media_port))
    assert flowing(player) >= 2
    assert worker.process is not None and worker.process.poll() is None
    assert "Traceback" not in worker.log()


def test_an_idle_worker_costs_next_to_nothing(worker: MediaWorker) -> None:
    assert worker.process is not None
    process = psutil.Process(worker.process.pid)
    before = sum(process.cpu_times()[:2])
    time.sleep(3)
    assert sum(process.cpu_times()[:2]) - before < 0.1


def test_one_port_serves_both_internet_protocols(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Answers name candidates of both; somebody on IPv4 is seen by somebody on IPv6 alone, and the other way round."""
    with MediaWorker(tmp_path_factory.mktemp("six"), media_bind="::", media_host=f"{LOOPBACK},[::1]") as both:
        both.room({"four": SENDER, "six": SENDER})
        loops, players = {}, {}
        for peer, address in (("four", LOOPBACK), ("six", "::1")):
            loop = loops[peer] = Loop(address)
            sender = publish(both, loop, peer)
            players[peer] = play(both, loop, peer, audio=1, video=1)
            assert sender.peer.remote is not None
            assert [c.ip for c in sender.peer.remote.media[0].ice_candidates] == [LOOPBACK, "::1"]
            assert sender.peer._addr[0] == address
        for peer, player in players.items():
            both.until(lambda player=player: flowing(player) == 2, f"sound and picture of the other at {peer}")
        for loop in loops.values():
            loop.stop()


def test_several_workers_carry_rooms_of_their_own(tmp_path_factory: pytest.TempPathFactory) -> None:
    data = tmp_path_factory.mktemp("two")
    with MediaWorker(data, media_workers=2, media_port=free_udp_ports(2)) as first:
        desired = RoomDesired("second", 1, 0, True, {"anna": SENDER}, worker=1)
        with pytest.raises(EngineUnavailable):
            first.engine.set_room(desired)
        stats = first.engine.stats()["workers"]
        assert [bool(worker["boot_id"]) for worker in stats] == [True, False]
        first.start(1)
        first.until(lambda: first.engine.available(1), "the second worker", 60)
        assert first.engine.subscribe("second", "anna").slots
        ports = {worker["worker"]: worker["rooms"] for worker in first.engine.stats()["workers"]}
        assert ports == {0: 0, 1: 1}


@pytest.mark.parametrize("core", CORES)
def test_the_worker_tells_which_packet_core_serves(core: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    with MediaWorker(tmp_path_factory.mktemp(core), media_core=core) as made:
        assert f"packet core {core}" in made.log()


def test_the_log_tells_no_secret(worker: MediaWorker, clients: Loop) -> None:
    worker.room({"anna": PeerDesired(admitted=True, camera=True, microphone=True)})
    made = Client(clients, publisher_lines())
    answer = worker.engine.publish(ROOM, "anna", made.offer(), "whip:1")
    made.connect(answer)
    worker.until(lambda: worker.seen("connected", peer="anna"), "the connection")
    secrets = [line.split(":", 1)[1] for line in answer.splitlines() if line.startswith(("a=ice-pwd", "a=ice-ufrag"))]
    assert secrets and not any(secret in worker.log() for secret in secrets)
    assert "packet core" in worker.log()
