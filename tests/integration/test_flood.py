"""20,000 packets a second of rubbish from outside the room, on each packet core: sessions go on, nothing fails, memory stays."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from tests.support.media import ROOM, SENDER, MediaWorker
from tests.support.rtc_client import Client, Loop, player_lines, publisher_lines
from tests.unit.signaling.sfu.rig import CORES

PACKETS = 50_000
GROWTH = 6 << 20  # octets; what allocators keep back differs from run to run
ROOT = Path(__file__).resolve().parents[2]


def dropped(port: int) -> int:
    """What the kernel threw away because the worker came too late for it: a busy machine, not the worker's doing."""
    rows = [line.split() for line in Path("/proc/net/udp").read_text().splitlines()[1:]]
    return sum(int(row[-1]) for row in rows if int(row[1].rpartition(":")[2], 16) == port)


def missing(player: Client) -> int:
    return sum(stream.extended - stream.received - stream.late for stream in player.peer.streams.values())


def flood(worker: MediaWorker, publisher: Client, packets: int) -> None:
    """Runs to its end."""
    remote = publisher.peer.remote
    assert remote is not None
    ssrcs = [str(line.ssrc) for line in publisher.lines]
    command = [sys.executable, "-m", "tests.support.flood", str(worker.settings.media_port), str(packets)]
    subprocess.run([*command, remote.media[0].ice.usernameFragment, *ssrcs], cwd=ROOT, check=True, timeout=120)


@pytest.mark.parametrize("core", CORES)
def test_a_flood_from_outside_disturbs_nobody(core: str, tmp_path: Path) -> None:
    with MediaWorker(tmp_path, media_core=core) as worker:
        loop = Loop()
        worker.room({"anna": SENDER, "eye": SENDER})
        publisher = Client(loop, publisher_lines())
        publisher.connect(worker.engine.publish(ROOM, "anna", publisher.offer(), "whip:1"))
        publisher.start_sending()
        player = Client(loop, player_lines(1, 1))
        player.connect(worker.engine.whep(ROOM, "eye", player.offer(), "whep:1"))
        worker.until(lambda: sum(packets > 3 for packets in player.received(0.5).values()) == 2, "sound and picture")
        assert worker.process is not None
        process, port = psutil.Process(worker.process.pid), worker.settings.media_port
        flood(worker, publisher, PACKETS // 5)  # buffers and caches reach their size
        size, lost, away = process.memory_info().rss, missing(player), dropped(port)
        before = worker.engine.stats()["workers"][0]
        flood(worker, publisher, PACKETS)
        after = worker.engine.stats()["workers"][0]
        assert sum(packets > 3 for packets in player.received(0.5).values()) == 2
        assert missing(player) - lost <= dropped(port) - away
        assert process.memory_info().rss - size < GROWTH
        assert after["unknown_address"] - before["unknown_address"] + dropped(port) - away > PACKETS // 3
        assert after["connections"] == 2 and not worker.seen("disconnected") and not worker.seen("media_lost")
        assert "Traceback" not in worker.log()
        loop.stop()
