"""What FakeEngine is made of: rooms, connections, descriptions, and what it says of its connections' health."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from signaling.engine import CHANNEL, EngineRefused, RoomDesired, SlotKind, SourceKind, TapSelection


@dataclass
class FakeConnection:
    """One transport of a peer, as far as anybody can see it from outside."""

    name: str
    up: bool = False
    sources: list[SourceKind] = field(default_factory=list)
    slots: dict[str, SlotKind] = field(default_factory=dict)
    wants: dict[str, str] = field(default_factory=dict)
    shown: dict[str, str] = field(default_factory=dict)
    generation: int = 0

    @property
    def ufrag(self) -> str:
        """Names its present ICE session."""
        return f"fake{self.generation}"


@dataclass
class FakeRoom:
    """Desired state and connections of one room."""

    desired: RoomDesired
    connections: dict[tuple[str, str], FakeConnection] = field(default_factory=dict)
    taps: dict[str, TapSelection] = field(default_factory=dict)


def sections(sdp: str) -> list[tuple[str, str]]:
    """The (kind, mid) of every section of an SDP; refused when it is none."""
    if not sdp.startswith("v=0") or "m=" not in sdp:
        raise EngineRefused("bad_sdp", "This is not a session description.")
    found = []
    for block in sdp.replace("\r\n", "\n").split("\nm=")[1:]:
        mid = next((line[6:] for line in block.split("\n") if line.startswith("a=mid:")), "")
        found.append((block.split(" ", 1)[0], mid))
    return found


def slot_list(video: int, audio: int, screen: int, interpretation: int, first_video: int) -> dict[str, SlotKind]:
    """The slots of a subscriber connection, by mid."""
    slots: dict[str, SlotKind] = {}
    slots.update({f"a{n}": "audio" for n in range(audio)})
    slots.update({f"i{n}": "interpretation" for n in range(interpretation)})
    slots.update({f"v{first_video + n}": "video" for n in range(video)})
    slots.update({f"s{n}": "screen" for n in range(screen)})
    return slots


def carried(desired: RoomDesired, wanted: str) -> str:
    """What a slot wants, a channel as the microphone that it carries now."""
    on_air = desired.channels.get(wanted.removeprefix(CHANNEL))
    return f"{on_air}:microphone" if wanted.startswith(CHANNEL) else wanted


def told_health(room: FakeRoom, figures: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """By peer of the room that has a connection."""
    peers: dict[str, Any] = {}
    for (peer, _name), connection in room.connections.items():
        wish = room.desired.peers.get(peer)
        if connection.up and wish is not None:
            peers[peer] = {"point": wish.point, "up": None, "down": None, "told": None} | dict(figures.get(peer, {}))
    return peers


def added_up(told: Mapping[str, Any], before: Mapping[str, Any] | None) -> dict[str, Any]:
    """A client's report with the freezes of those before."""
    down, sums = told.get("down") or {}, before or {}
    freezes = {name: sums.get(name, 0) + down.get(name, 0) for name in ("freezes", "frozen_ms")}
    return {**told, **freezes, "count": sums.get("count", 0) + 1}
