"""Recordings of a session: what there is, who may see it, and until when it is kept.

``signaling.broadcast`` and ``signaling.recording`` write the files; here they are read, given out and removed. What was decided
stands in ``session_recording`` and in the audit log (``recording.…`` of the session).
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session as DbSession

from ..domain.actor import SYSTEM, Actor, require
from ..domain.errors import IllegalState, Invalid, NotFound
from ..domain.recording import NONE
from ..domain.sessions import reason_errors
from ..domain.words import SessionStatus
from ..house import House
from ..store import tables as t
from . import audit
from .broadcasts import FILE, STATE, is_shown, public_session, state_of, timeline_of
from .document_rights import conducts
from .session_views import SessionView, get_session, load_session, session_view

MANIFEST, WHOLE, WHOLE_FACTS = "manifest.json", "whole.mp4", "whole.json"
TRACK = re.compile(r"\d{4}-[a-z]+(-[a-z]{2})?\.mkv")
COMPOSITE, TRACKS = "composite", "tracks"
BY_HAND, TIME_OVER, UNWANTED = "by_hand", "time_over", "unwanted"
"""Why something was removed: somebody did it, it was kept as long as it shall be, nothing of the session is kept."""
REMOVED = ".removed"
"""Behind a folder's name while its files are being removed."""
UNWANTED_AFTER = timedelta(minutes=10)
"""So long after its end the broadcast of a session lies there of which nothing is kept."""


@dataclass(frozen=True)
class Track:
    """One recorded file. ``sha256`` is None while it is being written; ``cut``: its recorder was killed."""

    file: str
    kind: str
    language: str | None
    point: str | None
    name: str
    started_at: datetime
    offset_seconds: float | None
    seconds: float | None
    octets: int | None
    sha256: str | None
    width: int | None
    height: int | None
    cut: bool


@dataclass(frozen=True)
class Composite:
    """The broadcast as it was kept; ``octets`` and ``sha256`` of its one file, once that has been made."""

    seconds: float
    octets: int | None
    sha256: str | None


@dataclass(frozen=True)
class RecordingView:
    """All of a session. ``shown``: whether everybody may watch; ``published``: what was decided of it, None: nothing yet."""

    session: SessionView
    composite: Composite | None
    broadcast: dict[str, Any] | None
    tracks: tuple[Track, ...]
    shown: bool
    published: bool | None
    decided_by: str
    decided_at: datetime | None
    held: bool
    hold_reason: str
    composite_until: datetime | None
    tracks_until: datetime | None
    may_decide: bool

    @property
    def octets(self) -> int:
        return sum(track.octets or 0 for track in self.tracks)


def may_look(house: House, actor: Actor, session_id: str) -> bool:
    """The office that plans, and those who lead the session."""
    with house.db.read() as db:
        return conducts(load_session(db, session_id), actor)


def look_at_recordings(house: House, actor: Actor, session_id: str) -> RecordingView:
    """Raises NotFound, Forbidden, Unauthenticated."""
    with house.db.read() as db:
        session = load_session(db, session_id)
        require(conducts(session, actor), actor)
        view = session_view(house, actor, session)
        row = db.get(t.SessionRecording, session_id) or t.SessionRecording(session_id=session_id, decided_by="", held=False, hold_reason="")
        decided = {name: getattr(row, name) for name in ("published", "decided_by", "decided_at", "held", "hold_reason")}
    settings = house.settings
    return RecordingView(
        session=view, composite=composite_of(house, session_id), broadcast=state_of(house, session_id),
        tracks=tuple(_tracks(house, session_id)), shown=is_shown(house, view),
        composite_until=_until(settings.broadcasts_folder / session_id / STATE, settings.broadcast_days),
        tracks_until=_until(settings.recordings_folder / session_id / MANIFEST, settings.recording_days), may_decide=actor.plans, **decided)


def composite_of(house: House, session_id: str) -> Composite | None:
    """None while there is none; for a session that is known."""
    timeline = timeline_of(house, session_id)
    if timeline is None:
        return None
    facts = _read(house.settings.broadcasts_folder / session_id / WHOLE_FACTS)
    return Composite(timeline.seconds, facts.get("octets"), facts.get("sha256"))


def _tracks(house: House, session_id: str) -> Iterator[Track]:
    for row in _read(house.settings.recordings_folder / session_id / MANIFEST).get("tracks", ()):
        known = {name: row.get(name) for name in Track.__dataclass_fields__}
        yield Track(**known | {"started_at": datetime.fromisoformat(row["started_at"])})


def _read(path: Path) -> dict[str, Any]:
    """What a file of JSON says; nothing where there is none, or where it was cut short when the power went."""
    try:
        known: dict[str, Any] = json.loads(path.read_text())
    except (FileNotFoundError, ValueError):
        return {}
    return known


def _until(path: Path, days: int) -> datetime | None:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC) + timedelta(days=days) if path.exists() else None


# ---------------------------------------------------------------- files


def track_file(house: House, actor: Actor, session_id: str, name: str) -> Path:
    """A recorded track that is whole. Raises NotFound, Forbidden, Unauthenticated."""
    view = look_at_recordings(house, actor, session_id)
    if not TRACK.fullmatch(name) or not any(track.file == name and track.sha256 for track in view.tracks):
        raise NotFound()
    return _existing(house.settings.recordings_folder / session_id / name)


def composite_file(house: House, actor: Actor, session_id: str, name: str) -> Path:
    """A file of the broadcast, for those who lead the session, whether everybody may see it or not. Raises like track_file."""
    look_at_recordings(house, actor, session_id)
    if name != WHOLE and not FILE.fullmatch(name):
        raise NotFound()
    return _existing(house.settings.broadcasts_folder / session_id / name)


def public_composite(house: House, view: SessionView) -> Composite:
    """Of a session that has ended, where everybody may watch it. Raises NotFound."""
    composite = composite_of(house, view.id)
    if view.status != SessionStatus.ENDED or composite is None or not is_shown(house, view):
        raise NotFound()
    return composite


def public_file(house: House, session_id: str) -> tuple[SessionView, Path]:
    """The recording of a public session as one file, where everybody may watch it. Raises NotFound."""
    view = public_session(house, session_id)
    public_composite(house, view)
    return view, _existing(house.settings.broadcasts_folder / session_id / WHOLE)


def _existing(path: Path) -> Path:
    if not path.is_file():
        raise NotFound()
    return path


def checksums(view: RecordingView) -> str:
    """As ``sha256sum --check`` reads them."""
    rows = [(track.sha256, track.file) for track in view.tracks if track.sha256]
    if view.composite is not None and view.composite.sha256:
        rows.append((view.composite.sha256, f"{view.session.number}.mp4"))
    return "".join(f"{sha256}  {file}\n" for sha256, file in rows)


# ---------------------------------------------------------------- decisions


def publish(house: House, actor: Actor, session_id: str, published: bool) -> None:
    """Let everybody watch the recording, or nobody but those who lead the session. Raises NotFound, Forbidden, Unauthenticated."""
    with house.db.write() as db:
        row = _row(db, house, actor, session_id)
        before, row.published = row.published, published
        row.decided_by, row.decided_at = actor.shown[:200], house.clock.now()
        audit.record(db, house, actor, "recording.published" if published else "recording.withheld", "session", session_id,
                     {"published": before}, {"published": published})


def hold(house: House, actor: Actor, session_id: str, held: bool, reason: str = "") -> None:
    """Keep the recordings beyond their time, or do so no longer. Raises Invalid, NotFound, Forbidden, Unauthenticated."""
    if errors := reason_errors(reason):
        raise Invalid(errors=errors)
    with house.db.write() as db:
        row = _row(db, house, actor, session_id)
        row.held, row.hold_reason = held, reason.strip() if held else ""
        audit.record(db, house, actor, "recording.held" if held else "recording.released", "session", session_id, None,
                     {"reason": row.hold_reason})


def remove(house: House, actor: Actor, session_id: str, what: str) -> None:
    """Remove the composite or the tracks. Raises IllegalState (held, or the session goes on), NotFound, Forbidden, Unauthenticated."""
    with house.db.write() as db:
        row = _row(db, house, actor, session_id)
        session = load_session(db, session_id)
        if row.held:
            raise IllegalState("This recording is held.", remedy="End the hold first.")
        if session.status == SessionStatus.LIVE:
            raise IllegalState("The session goes on.", remedy="Wait until it has ended.")
        folder = {COMPOSITE: house.settings.broadcasts_folder, TRACKS: house.settings.recordings_folder}.get(what)
        if folder is None or not (folder / session_id).is_dir():
            raise NotFound()
        _remove(db, house, actor, session_id, what, folder / session_id, BY_HAND)


def _row(db: DbSession, house: House, actor: Actor, session_id: str) -> t.SessionRecording:
    get_session(house, actor, session_id)
    require(actor.plans, actor)
    load_session(db, session_id)
    row = db.get(t.SessionRecording, session_id)
    if row is None:
        row = t.SessionRecording(session_id=session_id, decided_by="", held=False, hold_reason="")
        db.add(row)
    return row


def _remove(db: DbSession, house: House, actor: Actor, session_id: str, what: str, folder: Path, why: str) -> None:
    row = db.get(t.SessionRecording, session_id)
    if row is not None:
        setattr(row, f"{what}_removed_at", house.clock.now())
    audit.record(db, house, actor, "recording.removed", "session", session_id, None, {"what": what, "why": why})
    gone = folder.with_name(folder.name + REMOVED)  # at once for everybody, also when nobody lives to remove the last file of it
    shutil.rmtree(gone, ignore_errors=True)
    folder.rename(gone)
    shutil.rmtree(gone, ignore_errors=True)


# ---------------------------------------------------------------- housekeeping


def is_wanted(house: House, session_id: str) -> bool:
    """Whether the composite of a session that has ended is kept."""
    with house.db.read() as db:
        session = db.get(t.Session, session_id)
        return session is not None and session.status == SessionStatus.ENDED and session_view(house, SYSTEM, session).recording != NONE


def forget_old(house: House, what: str) -> int:
    """Remove the composites, or the tracks, that have been kept as long as they shall be and are not held; how many."""
    settings = house.settings
    kept = {COMPOSITE: (settings.broadcasts_folder, STATE, settings.broadcast_days),
            TRACKS: (settings.recordings_folder, MANIFEST, settings.recording_days)}[what]
    for left in kept[0].glob(f"*{REMOVED}"):
        shutil.rmtree(left, ignore_errors=True)
    old = list(_old(house, *kept, what))
    for session_id, folder, why in old:
        with house.db.write() as db:
            _remove(db, house, SYSTEM, session_id, what, folder, why)
    return len(old)


def _old(house: House, folder: Path, facts: str, days: int, what: str) -> Iterator[tuple[str, Path, str]]:
    oldest = house.clock.now().timestamp() - days * 86_400
    for file in folder.glob(f"*/{facts}"):
        session_id = file.parent.name
        if not _read(file).get("ended"):
            continue
        held, unwanted = _held(house, session_id)
        if held:
            continue
        if file.stat().st_mtime < oldest:
            yield session_id, file.parent, TIME_OVER
        elif unwanted and what == COMPOSITE:
            yield session_id, file.parent, UNWANTED


def _held(house: House, session_id: str) -> tuple[bool, bool]:
    """Whether a session's recordings are held; whether it has ended and nothing of it is kept."""
    with house.db.read() as db:
        row = db.get(t.SessionRecording, session_id)
        session = db.get(t.Session, session_id)
        if session is None:
            return False, False
        over = session.closed_at is not None and session.closed_at + UNWANTED_AFTER < house.clock.now()
        return bool(row is not None and row.held), over and session_view(house, SYSTEM, session).recording == NONE
