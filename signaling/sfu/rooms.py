"""The worker's operations, as the control API calls them. Each refuses what is unknown with a stable code."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from signaling.engine import (
    CHANNEL,
    EngineRefused,
    PeerDesired,
    RoomDesired,
    SlotKind,
    SourceKind,
    SubscribeOffer,
    TapPlace,
    TapSelection,
    Want,
)
from signaling.sfu import assignment, lifecycle, negotiation, stats, tapping
from signaling.sfu.model import Connection, Hub, Room

TALLEST = 4320  # pixels
MOST_TAPS = 16  # of one room


class Rooms:
    """Everything that signaling may ask of this worker."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        hub.refresh = lambda room: assignment.refresh(hub, room)

    # ------------------------------------------------------------------ desired state
    def set_room(self, desired: RoomDesired) -> None:
        """Apply a desired state that is newer than the known one."""
        room = self._hub.rooms.get(desired.room)
        if room is None:
            self._hub.rooms[desired.room] = Room(desired.room, desired)
            return
        if (desired.epoch, desired.version) <= (room.desired.epoch, room.desired.version):
            return
        room.desired = desired
        for connection in list(room.connections.values()):
            if connection.peer not in desired.peers:
                lifecycle.close(self._hub, connection, "closed")
        tapping.refresh(room)  # at once: whoever asked goes on only when what is closed now goes nowhere
        self._hub.touch(room)

    def drop_room(self, name: str) -> None:
        """Close everything in the room and forget it."""
        room = self._hub.rooms.pop(name, None)
        for connection in list(room.connections.values()) if room is not None else ():
            lifecycle.close(self._hub, connection, "closed")
        for tap in room.taps.values() if room is not None else ():
            tap.close()

    # ------------------------------------------------------------------ taps
    def tap(self, room: str, selection: TapSelection) -> TapPlace:
        """Open a tap and say where it is read."""
        known = self._hub.rooms.get(room)
        if known is None:
            raise EngineRefused("unknown_room", room)
        if len(known.taps) >= MOST_TAPS:
            raise EngineRefused("full", f"The room has {MOST_TAPS} taps already.")
        if not 0 < selection.height <= TALLEST:
            raise EngineRefused("bad_request", f"The height must be 1 to {TALLEST} pixels.")
        name = uuid.uuid4().hex
        path = self._hub.tap_socket(name)
        known.taps[name] = tapping.Tap(self._hub, known, selection, path)
        return TapPlace(name, str(path))

    def untap(self, room: str, tap: str) -> None:
        """End a tap; unknown ones are fine."""
        known = self._hub.rooms.get(room)
        gone = known.taps.pop(tap, None) if known is not None else None
        if gone is not None:
            gone.close()

    # ------------------------------------------------------------------ connections
    def publish(
        self, room: str, peer: str, offer: str, connection: str, kinds: Mapping[str, SourceKind] | None
    ) -> str:
        """Answer a publisher."""
        known, _ = self._peer(room, peer)
        return negotiation.publish(self._hub, known, peer, connection, offer, kinds)

    def subscribe(
        self, room: str, peer: str, connection: str, counts: Mapping[SlotKind, int], first_video: int
    ) -> SubscribeOffer:
        """Offer slots."""
        known = self._receiver(room, peer)
        return negotiation.subscribe(self._hub, known, peer, connection, counts, first_video)

    def answer(self, room: str, peer: str, connection: str, sdp: str) -> None:
        """Take the answer to an offer."""
        negotiation.answer(self._hub, self._connection(room, peer, connection), sdp)

    def whep(self, room: str, peer: str, offer: str, connection: str) -> str:
        """Answer a player."""
        if not connection.startswith("whep"):
            raise EngineRefused("bad_request", "A player's connection is named whep:<id>.")
        return negotiation.whep(self._hub, self._receiver(room, peer), peer, connection, offer)

    def trickle(
        self, room: str, peer: str, connection: str, fragment: str, sessions: Sequence[str] | None = None
    ) -> str | None:
        """Take an SDP fragment, if the client knows the present ICE session."""
        known = self._connection(room, peer, connection)
        if sessions is not None and known.local.ufrag not in sessions:
            raise EngineRefused("stale_ice", "The fragment is for an ICE session that is over.")
        return negotiation.trickle(self._hub, known, fragment)

    def restart_ice(self, room: str, peer: str, connection: str) -> SubscribeOffer:
        """Offer new ICE credentials."""
        return negotiation.restart(self._hub, self._connection(room, peer, connection))

    def close(self, room: str, peer: str, connection: str | None) -> None:
        """Close one connection of the peer, or all."""
        known = self._hub.rooms.get(room)
        for found in list(known.connections.values()) if known is not None else ():
            if found.peer == peer and connection in (None, found.name):
                lifecycle.close(self._hub, found, "closed")

    def view(self, room: str, peer: str, connection: str, wants: Mapping[str, Want | None]) -> None:
        """Point slots at sources; nothing is changed when one of them is wrong."""
        known = self._connection(room, peer, connection)
        for mid, want in wants.items():
            slot = known.slots.get(mid)
            if slot is None or slot.kind == "audio":
                raise EngineRefused("unknown_slot", f"There is no slot {mid} that can be pointed.")
            if want is not None and not 0 < want.height <= TALLEST:
                raise EngineRefused("bad_request", f"The height must be 1 to {TALLEST} pixels.")
            if want is not None and want.source.startswith(CHANNEL) != (slot.kind == "interpretation"):
                raise EngineRefused("unknown_source", f"Slot {mid} cannot carry {want.source}.")
            if want is not None and want.source.endswith(":microphone"):
                raise EngineRefused("unknown_source", f"{want.source} is heard where the room lets it be heard.")
        for mid, want in wants.items():
            slot = known.slots[mid]
            slot.told = True
            slot.wanted, slot.height = (want.source, want.height) if want is not None else (None, slot.height)
        assignment.refresh_connection(self._hub, known)
        self._hub.core.flush()

    # ------------------------------------------------------------------ looking
    def stats(self, room: str | None) -> dict[str, Any]:
        """Counters of the rooms."""
        chosen = [r for r in self._hub.rooms.values() if room in (None, r.name)]
        return {found.name: stats.room_stats(self._hub, found) for found in chosen}

    def health(self) -> dict[str, Any]:
        """Figures of every peer in both directions."""
        return stats.health(self._hub)

    def report(self, room: str, peer: str, told: Mapping[str, Any]) -> None:
        """What a client says of its own connections."""
        known = self._hub.rooms.get(room)
        if known is not None:
            stats.take_report(known, peer, told)

    # ------------------------------------------------------------------ finding
    def _peer(self, room: str, peer: str) -> tuple[Room, PeerDesired]:
        known = self._hub.rooms.get(room)
        if known is None:
            raise EngineRefused("unknown_room", room)
        wish = known.desired.peers.get(peer)
        if wish is None:
            raise EngineRefused("unknown_peer", peer)
        return known, wish

    def _receiver(self, room: str, peer: str) -> Room:
        known, wish = self._peer(room, peer)
        if not wish.receive:
            raise EngineRefused("not_permitted", "This peer does not receive.")
        return known

    def _connection(self, room: str, peer: str, name: str) -> Connection:
        known, _ = self._peer(room, peer)
        connection = known.connections.get((peer, name))
        if connection is None:
            raise EngineRefused("unknown_connection", name)
        return connection
