"""Captions that are put to a recording from a file: the same tracks that typed ones have."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import groupby
from math import ceil
from pathlib import Path

from liaison.domain.actor import Actor, require
from liaison.domain.captions import LONGEST_FILE, Cue, read_captions, write_segment
from liaison.domain.errors import IllegalState, Invalid
from liaison.house import House
from liaison.services import audit
from liaison.services.document_rights import conducts
from liaison.services.session_views import load_session

from .broadcast.captions import track_name
from .broadcast.files import LIVE, WHOLE, write_playlists
from .broadcast.playlist import Segment, Text, with_text
from .broadcast.shelf import INDEX, STATE, Shelf, segment_of
from .kept_files import Taken, read_facts, write
from .room.channels import CHANNEL_NAMES


def languages_of(house: House, session_id: str) -> list[str]:
    """In which captions may be put to a session's recording; empty while there is none. Of a recording that was made before there were
    captions, or before its network had the language, the playlists are told of a new track."""
    state = read_facts(house.settings.broadcasts_folder / session_id / STATE) or {}
    if not (state.get("ended") and state.get("tracks")):
        return []
    texts = list(state.get("texts", ()))
    return texts + [code for code in house.network.languages if code in CHANNEL_NAMES and code not in texts]


def put_captions(house: House, actor: Actor, session_id: str, language: str, data: bytes) -> int:
    """Instead of what was there in this language; how many captions. Raises Forbidden, NotFound, Invalid, IllegalState (no recording)."""
    with house.db.read() as db:
        require(conducts(load_session(db, session_id), actor), actor)
    if language not in languages_of(house, session_id):
        raise IllegalState("There is no recording to which captions could be put.", remedy="Wait until the broadcast has ended.")
    cues = read_captions(_text(data))
    try:
        shelf = Shelf(house.settings.broadcasts_folder / session_id)
    except Taken:
        raise IllegalState("There is no recording to which captions could be put.", remedy="Wait until the broadcast has ended.") from None
    try:
        _write(shelf.folder, language, cues, str(shelf.state["tracks"][0]))
        _tell_players(shelf, language)
    finally:
        shelf.close()
    with house.db.write() as db:
        audit.record(db, house, actor, "session.captions_put", "session", session_id, None, {"language": language, "count": len(cues)})
    return len(cues)


def _text(data: bytes) -> str:
    try:
        if len(data) > LONGEST_FILE:
            raise ValueError
        return data.decode()
    except ValueError:
        raise Invalid(errors=[{"field": "file", "message": "Choose a WebVTT file in UTF-8 of at most 2 MB."}]) from None


def _write(folder: Path, language: str, cues: Sequence[Cue], first: str) -> None:
    """A segment for each run of the encoder, on whose clock its captions stand."""
    own, at, made = folder / track_name(language), 0.0, list[Segment]()
    own.mkdir(exist_ok=True)
    number = 1 + max((int(file.stem.split("-")[1]) for file in own.glob("file-*.vtt")), default=0)  # what is cached stays what it was
    for run in _runs(folder / first / INDEX):
        name = f"file-{number}-{run.number}.vtt"
        write(own / name, write_segment(_within(cues, at, run)))
        made.append(replace(run, file=name))
        at += run.seconds
    write_playlists(own, made, ended=True, target=ceil(max((run.seconds for run in made), default=1)))


def _tell_players(shelf: Shelf, language: str) -> None:
    """The track is in every master playlist, and pages offer it."""
    texts = list(shelf.state.get("texts", ()))
    if language not in texts:
        texts.append(language)
        for master in (path for file in (LIVE, WHOLE) for path in shelf.folder.glob(f"{file.removesuffix('.m3u8')}*.m3u8")):
            write(master, with_text(master.read_text(), Text(track_name(language), CHANNEL_NAMES[language], language)))
    shelf.say(texts=texts, captions=[code for code in texts if code == language or code in shelf.state.get("captions", ())])


def _runs(index: Path) -> list[Segment]:
    """What was made in one run, as one segment."""
    segments = [segment_of(json.loads(line)) for line in index.read_text().splitlines()]
    found = []
    for number, (_run, group) in enumerate(groupby(segments, lambda one: one.run)):
        of_run = list(group)
        found.append(replace(of_run[0], number=number, seconds=sum(one.seconds for one in of_run)))
    return found


def _within(cues: Iterable[Cue], at: float, run: Segment) -> list[Cue]:
    shift = run.began - at
    return [Cue(cue.start + shift, cue.end + shift, cue.text) for cue in cues if cue.start < at + run.seconds and cue.end > at]
