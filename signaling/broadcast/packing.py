"""A broadcast that is over as one MP4 for taking away, by ``python -m signaling.broadcast.packing FOLDER PARENT``.

Nothing is encoded again. What the encoder's runs have made follows one another without holes, as in the playlist. The picture is the
largest whose parameters never changed, because MP4 (ISO/IEC 14496-12) tells a track's once; every language is a track of sound.
"""

from __future__ import annotations

import heapq
import io
import json
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import av

from liaison.process import die_with
from liaison.services.recordings import WHOLE, WHOLE_FACTS
from signaling.kept_files import checksum, facts, rename_for_good, write_for_good

from .shelf import INDEX

NICENESS = 19
PICTURES = ("v720", "v360")
LANGUAGES = {"sound-ky": "kir", "sound-ru": "rus", "sound-en": "eng"}  # ISO 639-2, as MP4 has them


@dataclass
class Run:
    """The segments that one run of the encoder made of a track, and after how many seconds of the whole they come."""

    number: int
    after: Fraction
    files: list[Path] = field(default_factory=list)
    seconds: Fraction = Fraction(0)


class Chain(io.RawIOBase):
    """Files one after the other."""

    def __init__(self, files: list[Path]) -> None:
        self._files, self._open = iter(files), io.BytesIO()

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        while not (data := self._open.read(size)):
            following = next(self._files, None)
            if following is None:
                return b""
            self._open = io.BytesIO(following.read_bytes())
        return data


def pack(folder: Path) -> Path:
    """Write the file and what is known of it. Raises OSError, ValueError where there is nothing to pack."""
    names = [name for name in (_picture(folder), *sorted(_sounds(folder))) if name is not None]
    if not names:
        raise ValueError(f"{folder} holds no broadcast")
    fresh = folder / f".{WHOLE}.new"
    with av.open(str(fresh), "w", format="mp4", options={"movflags": "+faststart"}) as out:
        tracks = [_added(out, folder, name) for name in names]
        for _at, _index, packet in heapq.merge(*tracks, key=lambda item: item[:2]):
            out.mux_one(packet)
    rename_for_good(fresh, folder / WHOLE)
    write_for_good(folder / WHOLE_FACTS, facts({"octets": (folder / WHOLE).stat().st_size, "sha256": checksum(folder / WHOLE)}))
    return folder / WHOLE


def _picture(folder: Path) -> str | None:
    return next((name for name in PICTURES if len({_init(folder, name, run.number) for run in runs(folder / name)}) == 1), None)


def _init(folder: Path, name: str, run: int) -> bytes:
    return (folder / name / f"init-{run}.mp4").read_bytes()


def _sounds(folder: Path) -> list[str]:
    return [path.parent.name for path in folder.glob(f"sound*/{INDEX}")]


def runs(track: Path) -> list[Run]:
    """In their order; none where the track is not there."""
    found: list[Run] = []
    after = Fraction(0)
    for line in (track / INDEX).read_text().splitlines() if (track / INDEX).exists() else ():
        row = json.loads(line)
        if not found or found[-1].number != row["run"]:
            found.append(Run(row["run"], after, [track / f"init-{row['run']}.mp4"]))
        seconds = Fraction(row["s"]).limit_denominator(90_000)
        found[-1].files.append(track / f"{row['n']}.m4s")
        found[-1].seconds += seconds
        after += seconds
    return found


def _added(out: Any, folder: Path, name: str) -> Iterator[tuple[float, int, Any]]:
    """A track of the file, and its packets with the seconds at which they come."""
    parts = runs(folder / name)
    with av.open(Chain(parts[0].files), "r", format="mp4") as first:
        stream = out.add_stream_from_template(first.streams[0])
    if name in LANGUAGES:
        stream.metadata["language"] = LANGUAGES[name]
    return _packets(parts, stream)


def _packets(parts: list[Run], stream: Any) -> Iterator[tuple[float, int, Any]]:
    for run in parts:
        with av.open(Chain(run.files), "r", format="mp4") as source:
            began: int | None = None
            for packet in source.demux(source.streams[0]):
                if packet.dts is None or packet.pts is None:  # the end
                    continue
                began = packet.dts if began is None else began
                shift = round(run.after / packet.time_base) - began
                packet.dts, packet.pts, packet.stream = packet.dts + shift, packet.pts + shift, stream
                yield float(packet.dts * packet.time_base), stream.index, packet


def main(folder: str, parent: int) -> int:
    die_with(parent)
    os.nice(NICENESS)
    pack(Path(folder))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2])))
