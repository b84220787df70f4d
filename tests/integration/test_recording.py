"""Tracks of a real room: written as they come, none of a closed item, playable after a kill, gone on with afterwards."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from liaison.domain.actor import SYSTEM
from liaison.house import House
from liaison.services import lifecycle, sessions
from signaling.engine import PeerDesired
from signaling.kept_files import checksum
from signaling.recording.saving import SAVE_S
from tests.support.media import SENDER, MediaWorker
from tests.support.people import organiser, plan
from tests.support.ports import wait_until
from tests.support.power import left
from tests.support.rtc_client import Loop
from tests.support.sender import Sender

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

PEOPLE = {"anna": SENDER, "bakyt": SENDER, "voice": replace(SENDER, role="interpreter", camera=False)}


class Scene:
    """A live session with a worker of its own, and ``liaison record`` beside them."""

    def __init__(self, house: House, worker: MediaWorker, session: str) -> None:
        self.house, self.worker, self.session = house, worker, session
        self.folder = house.settings.recordings_folder / session
        self.process: subprocess.Popen[bytes] | None = None

    def room(self, people: dict[str, PeerDesired] | None = None, tap_open: bool = True) -> None:
        self.worker.room(people or PEOPLE, self.session, tap_open=tap_open, ky="voice")

    def record(self, disk: Path | None = None) -> None:
        """``disk``: where is kept what a power cut would leave."""
        env = self.worker.env | {"LIAISON_SUPERVISED": str(os.getpid())}
        program = ["liaison.cli"] if disk is None else ["tests.support.power", str(disk)]
        with self.worker.log_file.open("ab") as log:
            self.process = subprocess.Popen([sys.executable, "-m", *program, "record"], env=env, stdout=log, stderr=log)

    def kill(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def manifest(self) -> dict[str, Any]:
        file = self.folder / "manifest.json"
        return dict(json.loads(file.read_text())) if file.exists() else {"tracks": [], "ended": False}

    def growing(self) -> list[Path]:
        """Files that are being written, each with some seconds in it."""
        named = [self.folder / track["file"] for track in self.manifest()["tracks"] if track["ended_at"] is None]
        return [path for path in named if path.stat().st_size > 1_500]

    def cut(self, disk: Path) -> None:
        """What a power cut would leave is all that there is."""
        left(disk, self.folder, disk / "left")
        shutil.rmtree(self.folder)
        (disk / "left").rename(self.folder)

    def until(self, condition: Any, what: str, seconds: float = 30) -> None:
        try:
            wait_until(condition, seconds, what)
        except TimeoutError as exc:
            raise TimeoutError(f"{exc}\n{self.worker.log()[-3000:]}\n{self.manifest()}") from None


@pytest.fixture
def scene(house: House) -> Iterator[Scene]:
    session = sessions.book_session(house, organiser(house), plan("osh-oblast", starts_at=house.clock.now(), record="tracks")).id
    lifecycle.open_session(house, SYSTEM, session)
    with MediaWorker(house.settings.data, database_url=house.settings.database_url) as worker:
        made = Scene(house, worker, session)
        yield made
        if made.process is not None and made.process.poll() is None:
            made.kill()
        worker.engine.drop_room(session)


@pytest.fixture
def loop(scene: Scene) -> Iterator[Loop]:
    made = Loop()
    scene.room()
    senders = [Sender(made, scene.worker.engine, scene.session, "anna"), Sender(made, scene.worker.engine, scene.session, "bakyt"),
               Sender(made, scene.worker.engine, scene.session, "voice", camera=False)]
    yield made
    for sender in senders:
        sender.close()
    made.stop()


def probed(path: Path) -> dict[str, Any]:
    """What ffprobe says of a file: its stream, how many frames it decodes, its duration where one is told."""
    told = subprocess.run(["ffprobe", "-v", "error", "-count_frames", "-show_entries", "stream=codec_name,width,height,nb_read_frames",
                           "-show_entries", "format=duration", "-of", "json", str(path)], capture_output=True, text=True, check=True)
    assert told.stderr == "", (path.name, told.stderr)
    found = json.loads(told.stdout)
    return dict(found["streams"][0]) | {"frames": int(found["streams"][0]["nb_read_frames"]), "seconds": found["format"].get("duration")}


def last_frame(path: Path) -> float:
    """When a file's last frame is seen or heard, in its seconds."""
    told = subprocess.run(["ffprobe", "-v", "error", "-show_entries", "packet=pts_time", "-of", "csv=p=0", str(path)],
                          capture_output=True, text=True, check=True)
    return float(told.stdout.split()[-1].strip(","))


def within_promise(scene: Scene, tracks: list[dict[str, Any]], killed_at: datetime) -> None:
    """All but the last five seconds is there."""
    for track in tracks:
        assert last_frame(scene.folder / track["file"]) > (killed_at - datetime.fromisoformat(track["started_at"])).total_seconds() - 5


def test_tracks_are_written_until_the_doors_close_and_survive_a_power_cut(scene: Scene, loop: Loop, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    scene.record(disk)
    scene.until(lambda: len(scene.growing()) == 5, "five files")
    first = scene.manifest()["tracks"]
    assert sorted((track["kind"], track["codec"], track["language"]) for track in first) == [
        ("camera", "vp8", None), ("camera", "vp8", None), ("channel", "opus", "ky"), *[("microphone", "opus", None)] * 2]
    scene.room(tap_open=False)
    scene.until(lambda: all(track["sha256"] for track in scene.manifest()["tracks"]), "the files' end")
    closed = {track["file"]: (scene.folder / track["file"]).stat() for track in first}
    for track in scene.manifest()["tracks"]:
        path = scene.folder / track["file"]
        said = probed(path)
        assert (said["codec_name"], checksum(path), path.stat().st_size) == (track["codec"], track["sha256"], track["octets"])
        assert abs(float(said["seconds"]) - track["seconds"]) < 0.1 and said["frames"] > 10
        if track["kind"] == "camera":
            assert (said["width"], said["height"]) == (track["width"], track["height"]) == (640, 480)
    scene.room()
    scene.until(lambda: len(scene.growing()) == 5, "the files after the closed item")
    assert {name: (scene.folder / name).stat() for name in closed} == closed
    second = time.monotonic() + SAVE_S
    scene.until(lambda: time.monotonic() > second, "all of them on the disk")
    killed_at = datetime.now(UTC)
    scene.kill()
    begun = [track for track in scene.manifest()["tracks"] if track["ended_at"] is None]
    assert len(begun) == 5
    within_promise(scene, begun, killed_at)
    whole = {name: (scene.folder / name).read_bytes() for name in closed}
    scene.cut(disk)
    assert {name: (scene.folder / name).read_bytes() for name in closed} == whole
    within_promise(scene, begun, killed_at)
    scene.record()
    scene.until(lambda: len(scene.growing()) == 5 and scene.manifest()["runs"] == 2, "the next run's files")
    known = {track["file"]: track for track in scene.manifest()["tracks"]}
    assert len(known) == 15 and all(known[track["file"]]["cut"] for track in begun)
    for track in begun:
        mended = known[track["file"]]
        said = probed(scene.folder / track["file"])
        assert abs(float(said["seconds"]) - mended["seconds"]) < 0.1 and said["frames"] > 10, "with its duration and its index"
    lifecycle.close_session(scene.house, SYSTEM, scene.session)
    scene.until(lambda: scene.manifest()["ended"], "the recording's end")
    ended = scene.manifest()["tracks"]
    assert len(ended) == 15 and all(track["sha256"] and track["ended_at"] >= track["started_at"] for track in ended)
