"""A broadcast handed on over RTMP, by ``python -m signaling.broadcast.restream`` with ``{folder, url, parent}`` on standard input.

It reads what lies on the shelf, encodes nothing, and ends at the first trouble; whoever started it says when it comes again
(``restreaming.py``). So the broadcast cannot be held up by it, and what is handed on is what everybody may see. The address holds
the key: it stands in no argument, in no environment, and nothing that is written here says it.

Written to standard output: ``sending`` once it does, at last a word for the trouble.
"""

from __future__ import annotations

import io
import json
import os
import signal
import sys
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import IO, Any

import av

from liaison.process import die_with

from .encoders import LARGE
from .shelf import INDEX, STATE

SOUND = "sound"
PATIENCE_S = 30
"""A server that takes nothing for so long is gone."""
LOOK_S = 0.25
ENDED, AGAIN, TROUBLE = 0, 3, 1
"""How it may end: with the broadcast; because the encoder began anew, and so must this; with trouble."""

Row = dict[str, Any]


class Track:
    """One track's segments from the newest of the newest run on, as they come."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._file: IO[str] = (folder / INDEX).open()
        self._begun = ""
        self.rows: list[Row] = []

    def look(self) -> None:
        """Take in what has been written since; a line that is being written comes next time."""
        *lines, self._begun = (self._begun + self._file.read()).split("\n")
        self.rows += [json.loads(line) for line in lines]

    def data(self, row: Row) -> bytes:
        return (self.folder / f"init-{row['run']}.mp4").read_bytes() + (self.folder / f"{row['n']}.m4s").read_bytes()


def begin(pictures: list[Row], sounds: list[Row]) -> tuple[list[Row], list[Row]]:
    """The newest segments of both tracks that lie at the same time; nothing while there are none."""
    for picture in reversed(pictures):
        beside = [index for index, sound in enumerate(sounds) if sound["run"] == picture["run"] and abs(apart(sound, picture)) < 1]
        if beside:
            return pictures[pictures.index(picture):], sounds[beside[0]:]
    return [], []


def apart(one: Row, other: Row) -> float:
    """Seconds from the beginning of one segment to that of another of the same run."""
    return (datetime.fromisoformat(one["at"]) - datetime.fromisoformat(other["at"])).total_seconds()


class Sender:
    """One connection. Raises av.FFmpegError."""

    def __init__(self, url: str) -> None:
        self._out: Any = av.open(url, "w", format="flv", options={"flvflags": "no_duration_filesize"})
        self._streams: list[Any] = []
        self._first: float | None = None
        self._began = 0.0

    def send(self, parts: list[bytes]) -> None:
        """A segment of each track, at the pace at which it is seen."""
        files: list[Any] = [av.open(io.BytesIO(part)) for part in parts]
        if not self._streams:
            self._streams = [self._out.add_stream_from_template(file.streams[0]) for file in files]
        packets = [(float(packet.dts * packet.time_base), index, packet) for index, file in enumerate(files)
                   for packet in file.demux() if packet.dts is not None]
        for at, index, packet in sorted(packets, key=lambda one: one[:2]):
            self._pace(at)
            shift = int((self._first or 0.0) / packet.time_base)
            packet.pts, packet.dts, packet.stream = packet.pts - shift, packet.dts - shift, self._streams[index]
            self._out.mux(packet)
            signal.alarm(PATIENCE_S)

    def _pace(self, at: float) -> None:
        if self._first is None:
            self._first, self._began = at, time.monotonic()
        time.sleep(max(0.0, self._began + at - self._first - time.monotonic()))

    def close(self) -> None:
        self._out.close()


def pairs(pictures: Track, sounds: Track, folder: Path) -> Iterator[tuple[Row, Row]]:
    """Segments of both tracks that belong together, until the broadcast has ended."""
    waiting: tuple[list[Row], list[Row]] = ([], [])
    while True:
        ended = json.loads((folder / STATE).read_text())["ended"]
        for track in (pictures, sounds):
            track.look()
        if not waiting[0]:
            waiting = begin(pictures.rows, sounds.rows)
        else:
            waiting = waiting[0] + pictures.rows, waiting[1] + sounds.rows
        if waiting[0]:
            pictures.rows, sounds.rows = [], []
        while waiting[0] and waiting[1]:
            yield waiting[0].pop(0), waiting[1].pop(0)
        if ended:
            return
        time.sleep(LOOK_S)


def hand_on(folder: Path, url: str) -> int:
    """Until the end of the broadcast, or of the encoder's run. Raises av.FFmpegError."""
    pictures, sounds = Track(folder / LARGE.name), Track(folder / SOUND)
    sender: Sender | None = None
    run = None
    for picture, sound in pairs(pictures, sounds, folder):
        if run not in (None, picture["run"]) or picture["run"] != sound["run"]:
            break
        run = picture["run"]
        if sender is None:
            signal.alarm(PATIENCE_S)
            sender = Sender(url)
        sender.send([pictures.data(picture), sounds.data(sound)])
        say("sending")
    signal.alarm(PATIENCE_S)
    if sender is not None:
        sender.close()
    return ENDED if json.loads((folder / STATE).read_text())["ended"] else AGAIN


def trouble(error: Exception) -> str:
    """In a word; never in FFmpeg's own, which name the address."""
    if isinstance(error, (av.error.ConnectionRefusedError, av.error.TimeoutError)) or getattr(error, "errno", 0) in UNREACHABLE:
        return "unreachable"
    return "refused"


UNREACHABLE = frozenset({5, 110, 111, 113})  # EIO (a name that is not known), ETIMEDOUT, ECONNREFUSED, EHOSTUNREACH


def say(word: str) -> None:
    print(word, flush=True)


def main() -> int:
    asked = json.loads(sys.stdin.readline())
    die_with(asked["parent"])
    av.logging.set_level(None)
    os.nice(5)
    try:
        return hand_on(Path(asked["folder"]), asked["url"])
    except (av.FFmpegError, OSError) as error:
        say(trouble(error))
        return TROUBLE


if __name__ == "__main__":
    sys.exit(main())
