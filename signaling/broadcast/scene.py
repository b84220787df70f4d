"""What viewers of a broadcast see and hear, from the room's state. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from signaling.room.questions import Question
from signaling.room.stage import PINNED, TWO
from signaling.room.state import CLOSED, LIVE, LOBBY, RoomState

SOON, DOORS_CLOSED, BREAK, ENDED = "soon", "closed", "break", "ended"
"""Slates: what is shown instead of the room."""


@dataclass(frozen=True, slots=True)
class Scene:
    """``slate``: one of the above; then nothing of the room is seen or heard. Else ``large`` (a source) fills the picture, ``second``
    stands beside it (a screen's speaker small, one of two speakers as large), ``sign`` in its corner. ``speaker`` is the peer whose
    name stands in the strip, ``citizen`` whose question it is that he or she speaks for, ``asked`` the question that is being answered,
    ``item`` the agenda item's position; ``channels``: languages with an interpreter on the air."""

    slate: str | None = None
    large: str | None = None
    second: str | None = None
    even: bool = False  # large and second are of the same size
    sign: str | None = None
    speaker: str | None = None
    item: int | None = None
    citizen: Question | None = None
    asked: Question | None = None
    channels: tuple[str, ...] = ()

    @property
    def sources(self) -> tuple[str, ...]:
        """Whose pictures are needed."""
        return tuple(source for source in (self.large, self.second, self.sign) if source)


def scene_of(state: RoomState, loudest: Sequence[str] = ()) -> Scene:
    """``loudest``: peers who speak, the loudest first; the first of them is shown while nobody has the floor."""
    slate = _slate(state)
    if slate is not None:
        return Scene(slate)
    speaker = _speaker(state, loudest)
    item = state.agenda_index if state.agenda_since is not None else None
    on_air = tuple(sorted(language for language, channel in state.channels.items() if channel.air))
    spoken = state.speech.question if state.speech is not None else None
    citizen = spoken if speaker == state.floor else None
    common = Scene(speaker=speaker, item=item, citizen=citizen, asked=state.question or spoken, sign=_camera(state, state.sign),
                   channels=on_air)
    if state.screen is not None and state.screen in state.peers and state.stage.mode not in (PINNED, TWO):
        return replace(common, large=f"{state.screen}:screen", second=_camera(state, speaker))
    if state.stage.mode == TWO and len(state.stage.peers) == 2:
        first, second = (_camera(state, peer) for peer in state.stage.peers)
        return replace(common, large=first or second, second=second if first else None, even=bool(first and second))
    return replace(common, large=_camera(state, speaker))


def _slate(state: RoomState) -> str | None:
    if state.phase == LOBBY:
        return SOON
    if state.phase == CLOSED:
        return ENDED
    if state.closed_item is not None:
        return DOORS_CLOSED
    return None if state.phase == LIVE and any(peer.sends for peer in state.peers.values()) else BREAK


def _speaker(state: RoomState, loudest: Sequence[str]) -> str | None:
    """Whom the chair has pinned, else who has the floor, else the loudest, else whoever leads, else whoever is there."""
    pinned = state.stage.peers[:1] if state.stage.mode in (PINNED, TWO) else ()
    chairs = [peer.id for peer in state.peers.values() if state.steers(peer)]
    asked = [*pinned, *([state.floor] if state.floor else []), *loudest, *chairs, *state.peers]
    return next((peer for peer in asked if is_shown(state, peer)), None)


def is_shown(state: RoomState, peer: str) -> bool:
    """Whether viewers may see and hear this peer."""
    known = state.peers.get(peer)
    return known is not None and known.sends and known.away_at is None and not state.cut_off(known)


def _camera(state: RoomState, peer: str | None) -> str | None:
    return f"{peer}:camera" if peer is not None and peer in state.peers and state.peers[peer].camera else None
