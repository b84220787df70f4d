"""The files of one broadcast: segments, playlists, and what is known of both, so that an encoder that comes anew goes on.

``<folder>/<track>/<number>.m4s`` and ``init-<run>.mp4`` are never changed; ``live.m3u8`` (the last minutes) and ``whole.m3u8`` (from
the beginning) are written anew with every segment, each by a rename. ``segments.jsonl`` of a track is the truth they are made of.
"""

from __future__ import annotations

import itertools
import json
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from signaling.kept_files import Held, read_facts, write, write_bytes

from .captions import Captions, track_name
from .files import LIVE, WHOLE, write_playlists
from .fragments import segment
from .measures import FRAMES_PER_SECOND, SOUND_BITRATE
from .playlist import Picture as PictureLine
from .playlist import Segment, Text, master_playlist
from .playlist import Sound as SoundLine

if TYPE_CHECKING:
    from .encoders import Cut, Picture, Sound
    from .encoders import Track as Encoded

STATE, INDEX = "state.json", "segments.jsonl"
SAME_S = 0.001
"""Times of tracks are so near to each other when they are the same."""
HEADROOM = 1.3
"""Of a variant's peak over what its encoder aims at (the buffer of a second evens out no more than that)."""


@dataclass
class Row:
    """One track's segments so far."""

    folder: Path
    segments: list[Segment] = field(default_factory=list)
    index: IO[str] | None = None

    def load(self) -> None:
        """What earlier runs have left; a line or a segment that was being written when they ended is no part of it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        file = self.folder / INDEX
        kept = []
        for line in file.read_text().splitlines() if file.exists() else ():
            try:
                known = json.loads(line)
            except ValueError:
                break
            if not holds(self.folder / f"{known['n']}.m4s"):
                break
            kept.append(line)
            self.segments.append(segment_of(known))
        write(file, "".join(f"{line}\n" for line in kept))
        self.index = file.open("a")

    def add(self, made: Segment) -> None:
        assert self.index is not None
        self.segments.append(made)
        self.index.write(json.dumps({
            "n": made.number, "s": made.seconds, "at": made.at.isoformat(), "run": made.run, "t": made.began}) + "\n")
        self.index.flush()

    def write_playlists(self, ended: bool) -> None:
        write_playlists(self.folder, self.segments, ended)


def holds(file: Path) -> bool:
    """Whether there is something in it: a power cut may leave names of files that were not written any more."""
    return file.exists() and file.stat().st_size > 0


def segment_of(known: Mapping[str, Any]) -> Segment:
    """From a line of the index."""
    return Segment(known["n"], known["s"], datetime.fromisoformat(known["at"]), known["run"], known.get("t", 0.0))


@dataclass(frozen=True, slots=True)
class Turn:
    """Segments that begin at ``seconds`` of the encoder's time line or later belong to that run."""

    seconds: float
    run: int
    instead: dict[str, str]


class Shelf(Held):
    """One broadcast's folder, held by one process at a time. Raises Taken."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, 0o755)
        self._saying = threading.Lock()
        self._rows: dict[str, Row] = {}
        self._inits: dict[str, bytes] = {}
        self.state: dict[str, Any] = self._read_state()
        self.run = int(self.state.get("runs", 0))
        self._turns: list[Turn] = []
        self._began = datetime.now(UTC)
        self.captions = Captions(folder, self.state.get("texts", ()))

    def _read_state(self) -> dict[str, Any]:
        """What earlier runs have left. It is not written for good: where a power cut has emptied it, the files themselves say most."""
        if (known := read_facts(self.folder / STATE)) is not None:
            return known
        runs = [int(file.stem.removeprefix("init-")) for file in self.folder.glob("*/init-*.mp4")]
        rows = sorted(file.parent.name for file in self.folder.glob(f"*/{INDEX}"))
        texts = sorted(file.parent.name.removeprefix(track_name("")) for file in self.folder.glob(f"{track_name('*')}/{WHOLE}"))
        return {"runs": max(runs), "tracks": rows, "texts": texts, "ended": False} | self._began_at(rows) if runs else {}

    def _began_at(self, rows: Sequence[str]) -> dict[str, str]:
        lines = [line for row in rows for line in (self.folder / row / INDEX).read_text().splitlines()[:1]]
        try:
            return {"began": min(str(json.loads(line)["at"]) for line in lines)}
        except ValueError:
            return {}

    def begin(self, pictures: Sequence[Picture], sounds: Sequence[tuple[Sound, str]], at: datetime,
              texts: Sequence[tuple[str, str]] = ()) -> None:
        """A run of the encoder begins; ``sounds`` and ``texts`` (languages of captions) with the titles that players show."""
        self.run += 1
        self._began = at
        for track in (*pictures, *(sound for sound, _ in sounds)):
            row = self._rows[track.name] = Row(self.folder / track.name)
            row.load()
            self._inits[track.name] = track.init
        self._turn(Turn(0.0, self.run, {}))
        self.captions = Captions(self.folder, [code for code, _ in texts])
        self._write_masters([_picture_line(one) for one in pictures], [_sound_line(one, title) for one, title in sounds],
                            [Text(track_name(code), title, code) for code, title in texts])
        self.say(runs=self.run, ended=False, tracks=list(self._rows), began=self.state.get("began") or at.isoformat(),
                 languages=[one.language for one, _ in sounds if one.language], texts=[code for code, _ in texts])

    def _write_masters(self, pictures: list[PictureLine], sounds: list[SoundLine], texts: list[Text]) -> None:
        """One with everything, and one for each choice of picture and sound: then every player offers it, by its address alone."""
        choices = {"auto": pictures, **{one.name: [one] for one in pictures}, "sound": []}
        for file in (LIVE, WHOLE):
            write(self.folder / file, master_playlist(pictures, sounds, file, texts))
            for (quality, chosen), sound in itertools.product(choices.items(), sounds):
                name = f"{file.removesuffix('.m3u8')}-{quality}-{sound.name}.m3u8"
                write(self.folder / name, master_playlist(chosen, [sound], file, texts))

    def turn(self, seconds: float, instead: Mapping[str, str]) -> None:
        """From that second of this encoder's time line on, which all tracks cut, some of them show another's segments ``instead`` of
        their own. Players are told of a discontinuity, in every track."""
        self.run += 1
        self._turn(Turn(seconds, self.run, dict(instead)))
        self.say(runs=self.run)

    def _turn(self, turn: Turn) -> None:
        self._turns.append(turn)
        for name, row in self._rows.items():
            write_bytes(row.folder / f"init-{turn.run}.mp4", self._inits[turn.instead.get(name, name)])

    def add(self, track: Encoded, cut: Cut) -> None:
        """A segment, and the playlists that name it."""
        began = cut.decode_time / track.timescale
        turn = next(turn for turn in reversed(self._turns) if turn.seconds <= began + SAME_S)
        for name in (track.name, *(other for other, shown in turn.instead.items() if shown == track.name)):
            row = self._rows[name]
            number = row.segments[-1].number + 1 if row.segments else 0
            write_bytes(row.folder / f"{number}.m4s", segment(number + 1, cut.decode_time, cut.samples))
            row.add(Segment(number, cut.duration / track.timescale, self._began + timedelta(seconds=began), turn.run, began))
            row.write_playlists(ended=False)
            if name == next(iter(self._rows)):
                self._add_captions(row)

    def _add_captions(self, row: Row) -> None:
        """Beside the first track, whose segments begin where all do."""
        self.captions.add(row.segments, self._began)
        if self.captions.languages != self.state.get("captions", []):
            self.say(captions=self.captions.languages)

    def say(self, **values: Any) -> None:
        """Something that pages may know."""
        with self._saying:
            self.state |= values
            write(self.folder / STATE, json.dumps(self.state))

    def finish(self) -> None:
        """There will be no more segments: whoever comes later sees it from the beginning."""
        for name in self.state.get("tracks", ()):
            if name not in self._rows:
                self._rows[name] = Row(self.folder / name)
                self._rows[name].load()
            self._rows[name].write_playlists(ended=True)
        if self._rows:
            self.captions.write_playlists(next(iter(self._rows.values())).segments, ended=True)
        self.say(ended=True)

    def close(self) -> None:
        for row in self._rows.values():
            if row.index is not None:
                row.index.close()
        super().close()


def _picture_line(picture: Picture) -> PictureLine:
    average = picture.size.bitrate + SOUND_BITRATE
    return PictureLine(picture.name, picture.size.width, picture.size.height, FRAMES_PER_SECOND, round(average * HEADROOM), average,
                       f"{picture.codecs},mp4a.40.2")


def _sound_line(sound: Sound, title: str) -> SoundLine:
    return SoundLine(sound.name, title, sound.language, round(SOUND_BITRATE * HEADROOM), sound.codecs)
