"""A reader in a process of its own takes a publisher's marked packets from a real worker, of either core, until the cut."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from signaling.engine import TapSelection
from tests.support.marked import Encoder, Marked, read
from tests.support.media import ROOM, SENDER, MediaWorker
from tests.support.rtc_client import Loop
from tests.support.tap_reader import LENGTH, Taken
from tests.unit.signaling.sfu.rig import CORES


class Reader:
    """The process and what it has read."""

    def __init__(self, path: str) -> None:
        self.taken = Taken()
        command = [sys.executable, "-m", "tests.support.tap_reader", path]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        stdout: Any = self.process.stdout
        while head := stdout.read(LENGTH.size):
            self.taken.take(stdout.read(*LENGTH.unpack(head)))

    def ask(self, **request: Any) -> None:
        stdin: Any = self.process.stdin
        stdin.write(json.dumps(request).encode())
        stdin.flush()

    def marked(self) -> list[Marked]:
        """The encoder's packets."""
        found = [read(packet) for _, packet in list(self.taken.packets)]
        return [packet for packet in found if packet is not None]

    def end(self) -> None:
        self.process.kill()
        self.process.wait()
        self._thread.join(5)


@pytest.fixture(params=CORES)
def worker(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[MediaWorker]:
    with MediaWorker(tmp_path_factory.mktemp(request.param), media_core=request.param) as made:
        yield made


def test_marked_packets_reach_another_process_intact_until_the_cut(worker: MediaWorker) -> None:
    worker.room({"anna": SENDER}, tap_open=True)
    loop = Loop()
    encoder = Encoder(loop)
    encoder.connect(worker.engine.publish(ROOM, "anna", encoder.offer(), "whip:1"))
    encoder.start_sending()
    reader = Reader(worker.engine.tap(ROOM, TapSelection()).path)
    try:
        worker.until(lambda: len(reader.marked()) > 200, "two hundred packets")
        arrived = reader.marked()
        assert {packet.kind for packet in arrived} == {"audio", "video"}
        assert all(encoder.sent[packet.mark] == packet for packet in arrived)
        due = {mark for mark in encoder.sent if arrived[0].mark <= mark <= arrived[-1].mark}
        streams = reader.taken.streams()
        sound = next(number for number, stream in streams.items() if stream["kind"] == "microphone")
        worker.until(lambda: reader.taken.newest("report"), "a sender's report")
        assert len({packet.mark for packet in arrived} & due) > 0.9 * len(due)
        picture = next(number for number in streams if number != sound)
        before = encoder.stats.pli
        reader.ask(key=picture)
        worker.until(lambda: encoder.stats.pli > before, "the request for a key frame")
        worker.room({"anna": SENDER}, tap_open=False)
        worker.until(lambda: reader.taken.newest("open") is False, "the cut")
        count, sent = len(reader.taken.packets), len(encoder.sent)
        worker.until(lambda: len(encoder.sent) > sent + 100, "more packets from the encoder")
        assert len(reader.taken.packets) == count
        worker.room({"anna": SENDER}, tap_open=True)
        worker.until(lambda: len(reader.taken.packets) > count + 50, "packets again")
        told = next(iter(worker.engine.stats(ROOM)["rooms"][ROOM]["taps"].values()))
        assert told["read"] and told["lost"] == 0
    finally:
        reader.end()
        loop.stop()
