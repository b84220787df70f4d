"""The real service with three media workers behind TCP and a token: rooms are spread, and a kill disturbs only its own rooms."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy import select

from liaison.store import tables as t
from tests.support.ports import LOOPBACK, free_port, wait_until
from tests.support.room import Scene, book
from tests.support.rtc_client import Client, Loop, player_lines, publisher_lines
from tests.support.server import LiaisonServer

WORKERS = 3
SDP = {"Content-Type": "application/sdp"}
GREAT = ("big-hall", "osh-oblast", "jalal-abad-oblast", "batken-oblast", "naryn-oblast", "talas-oblast", "chuy-oblast")
SMALL = (("alay-district", "aksy-district"), ("kemin-district", "sokuluk-district"))
FLOWS_S = 60.0  # for a machine that is busy with other tests; bench and kills measure the real times


@dataclass
class Sitting:
    """One room with an encoder and a player in it, which come back by themselves as such devices do."""

    server: LiaisonServer
    scene: Scene
    point: str
    loop: Loop
    clients: dict[str, Client] = field(default_factory=dict)

    def connect(self, kind: str) -> Client:
        """A new WHIP or WHEP connection; tried until the room's worker takes it."""
        made = Client(self.loop, publisher_lines() if kind == "whip" else player_lines(2, 2))
        headers = SDP | {"Authorization": f"Bearer {self.scene.token('point', self.point)}"}
        offer, answers = made.offer(), []

        def taken() -> bool:
            with self.server.client() as http:
                answers.append(http.post(f"/{kind}/{self.scene.session}", content=offer, headers=headers))
            return answers[-1].status_code == 201

        wait_until(taken, FLOWS_S, "the service to take an encoder")
        made.connect(answers[-1].text)
        if kind == "whip":
            made.start_sending()
        self.clients[kind] = made
        return made

    def begin(self) -> None:
        for kind in ("whip", "whep"):
            self.connect(kind)
        wait_until(self.flows, FLOWS_S, "sound and picture")

    def flows(self) -> bool:
        """Whether sound and picture of the encoder arrive now."""
        return sum(packets > 3 for packets in self.clients["whep"].received(0.5).values()) >= 2

    def missing(self) -> int:
        """Numbers that never came, of all that was sent to the player."""
        return sum(stream.extended - stream.received - stream.late for stream in self.clients["whep"].peer.streams.values())

    def come_back(self) -> None:
        """Both devices notice that they are cut off, and connect again."""
        self.clients.pop("whip").stop_sending()
        self.begin()

    def row(self) -> t.Room:
        with self.scene.house.db.read() as db:
            return db.get_one(t.Room, self.scene.session)

    def log(self) -> list[t.RoomEvent]:
        with self.scene.house.db.read() as db:
            return list(db.scalars(select(t.RoomEvent).where(t.RoomEvent.session_id == self.scene.session).order_by(t.RoomEvent.seq)))

    def present(self) -> int:
        """Peers that the sheet counts as here."""
        query = select(t.Presence).where(t.Presence.session_id == self.scene.session, t.Presence.left_at.is_(None))
        with self.scene.house.db.read() as db:
            return len(list(db.scalars(query)))


@pytest.fixture(scope="module")
def sittings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Sitting]]:
    """A great room and two small ones, each with media in it."""
    control = f"{LOOPBACK}:{free_port(WORKERS)}"
    loop = Loop()
    with LiaisonServer(tmp_path_factory.mktemp("workers"), media_workers=WORKERS, media_control=control, media_token="s" * 32) as server:
        made = [Sitting(server, book(server, *points), points[1], loop) for points in (GREAT, *SMALL)]
        for sitting in made:
            sitting.begin()
        yield made
        loop.stop()
        for sitting in made:
            sitting.scene.end()


def role(worker: int) -> str:
    return f"media-{worker}" if worker else "media"


def test_each_room_has_a_worker_of_its_own(sittings: list[Sitting]) -> None:
    assert sorted(sitting.row().worker for sitting in sittings) == [0, 1, 2]
    server = sittings[0].server
    assert {role(n) for n in range(WORKERS)} <= set(server.pids())
    assert not list(server.data.glob("media-*.sock"))  # the control API is on TCP alone
    with socket.create_connection((LOOPBACK, int(server.env["LIAISON_MEDIA_CONTROL"].rpartition(":")[2]) + 1), 5) as stranger:
        stranger.sendall(b"a guess\n")
        assert stranger.recv(100) == b""


def test_a_killed_worker_disturbs_only_its_own_room(sittings: list[Sitting]) -> None:
    great, hit, other = sittings
    boots = [sitting.row().media_boot_id for sitting in (great, other)]
    lost = [sitting.missing() for sitting in (great, other)]
    received = [sum(sitting.clients["whep"].received().values()) for sitting in (great, other)]
    great.server.kill(role(hit.row().worker))
    newcomer = Sitting(great.server, great.scene, GREAT[2], great.loop)  # what the other workers tell is stored meanwhile
    before = great.present()
    newcomer.connect("whip")
    wait_until(lambda: great.present() == before + 1, FLOWS_S, "the newcomer's presence")
    hit.come_back()
    assert [sitting.missing() for sitting in (great, other)] == lost
    assert all(sitting.flows() for sitting in sittings)
    assert all(sum(sitting.clients["whep"].received().values()) > count
               for sitting, count in zip((great, other), received, strict=True))
    assert [(sitting.row().media_epoch, sitting.row().media_boot_id) for sitting in (great, other)] == [(1, boot) for boot in boots]
    assert hit.row().media_epoch > 1
    assert [event.type for event in hit.log()].count("media_reset") == hit.row().media_epoch - 1
    for sitting in sittings:
        assert [event.seq for event in sitting.log()] == list(range(1, sitting.row().seq + 1))


def test_a_room_whose_worker_stays_away_moves(sittings: list[Sitting]) -> None:
    hit = sittings[1]
    server, worker, epoch = hit.server, hit.row().worker, hit.row().media_epoch
    unhurt = {sitting.point: sitting.row().media_epoch for sitting in sittings if sitting.row().worker != worker}
    with occupied(server, worker):
        wait_until(lambda: hit.row().worker != worker, FLOWS_S, "the room to move")
        assert hit.row().media_epoch == epoch + 1
        hit.come_back()
        assert unhurt and all(sitting.flows() for sitting in sittings if sitting.point in unhurt)
        assert {sitting.point: sitting.row().media_epoch for sitting in sittings if sitting.point in unhurt} == unhurt
        assert hit.log()[-1].type != "media_reset" and hit.row().media_boot_id
    wait_until(lambda: worker_is_back(hit, worker), FLOWS_S, "the worker to be there again")
    assert hit.row().worker != worker and hit.flows()  # it stays where it is now


@contextlib.contextmanager
def occupied(server: LiaisonServer, worker: int) -> Iterator[None]:
    """A worker is dead, and its port is taken: the supervisor cannot bring it back."""
    pid = server.pids()[role(worker)]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as thief:
        os.kill(pid, signal.SIGKILL)
        wait_until(lambda: _bound(thief, server.media_port + worker), 10, "the port to be free")
        yield


def _bound(sock: socket.socket, port: int) -> bool:
    with contextlib.suppress(OSError):
        sock.bind((LOOPBACK, port))
        return True
    time.sleep(0.001)
    return False


def worker_is_back(sitting: Sitting, worker: int) -> bool:
    with sitting.scene.house.db.read() as db:
        row: Any = db.get_one(t.MediaWorker, worker)
        return row.down_since is None
