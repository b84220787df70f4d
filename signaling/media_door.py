"""Media requests of sockets and encoders, passed to the engine with the room's epoch checked and the engine's errors named."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from liaison.domain.errors import LiaisonError, NotFound, PreconditionFailed, RoomFull
from liaison.domain.words import Via

from .engine import EngineError, EngineRefused, EngineUnavailable, MediaEngine, SubscribeOffer, Want
from .follower import Follower
from .live import Live
from .members import Member
from .room.errors import MediaRefused, MediaUnavailable, StaleEpoch

Answer = TypeVar("Answer")
NOT_KNOWN_YET = frozenset({"unknown_room", "unknown_peer"})
REFUSALS: Mapping[str, type[LiaisonError]] = {"full": RoomFull}
ENDED: Mapping[str, type[LiaisonError]] = {
    "stale_ice": PreconditionFailed, "unknown_room": NotFound, "unknown_peer": NotFound, "unknown_connection": NotFound}
WALL_FIRST_SLOT, WALL_SLOTS = 25, 24


class MediaDoor:
    """Without an engine every request is refused as unavailable."""

    def __init__(self, engine: MediaEngine | None, follower: Follower) -> None:
        self._engine, self._follower = engine, follower

    def publish(self, member: Member, data: Mapping[str, Any]) -> dict[str, Any]:
        live = self._live(member, data["epoch"])
        if data.get("fresh"):
            self._ask(live, lambda engine: engine.close(live.session, member.peer, "publish"))
        sdp = self._ask(live, lambda engine: engine.publish(live.session, member.peer, data["sdp"], "publish", data.get("kinds")))
        return {"sdp": sdp}

    def unpublish(self, member: Member) -> dict[str, Any]:
        live = self._follower.follow(member.session)
        self._ask(live, lambda engine: engine.close(live.session, member.peer, "publish"))
        return {}

    def subscribe(self, member: Member, data: Mapping[str, Any]) -> dict[str, Any]:
        live, name = self._live(member, data["epoch"]), data["connection"]
        if name == "wall":
            return _offered(self._ask(live, lambda engine: engine.subscribe(
                live.session, member.peer, name, video=WALL_SLOTS, audio=0, screen=0, interpretation=0,
                first_video=WALL_FIRST_SLOT)))
        return _offered(self._ask(live, lambda engine: engine.subscribe(live.session, member.peer, name)))

    def restart(self, member: Member, data: Mapping[str, Any]) -> dict[str, Any]:
        live = self._live(member, data["epoch"])
        return _offered(self._ask(live, lambda engine: engine.restart_ice(live.session, member.peer, data["connection"])))

    def answer(self, member: Member, data: Mapping[str, Any]) -> dict[str, Any]:
        live = self._live(member, data["epoch"])
        self._ask(live, lambda engine: engine.answer(live.session, member.peer, data["connection"], data["sdp"]))
        return {}

    def view(self, member: Member, data: Mapping[str, Any]) -> dict[str, Any]:
        live = self._follower.follow(member.session)
        wants = {mid: None if want is None else Want(want["source"], want["height"]) for mid, want in data["slots"].items()}
        self._ask(live, lambda engine: engine.view(live.session, member.peer, data["connection"], wants))
        return {}

    def encoder(self, live: Live, peer: str, via: Via, sdp: str) -> str:
        """The answer for a WHIP or WHEP peer's offer."""
        name = connection_name(via, peer)
        if via is Via.WHIP:
            return self._ask(live, lambda engine: engine.publish(live.session, peer, sdp, name))
        return self._ask(live, lambda engine: engine.whep(live.session, peer, sdp, name))

    def trickle(self, live: Live, peer: str, via: Via, fragment: str, sessions: Sequence[str] | None) -> str | None:
        """Raises NotFound for a connection that has ended, PreconditionFailed for an ICE session that is over."""
        name = connection_name(via, peer)
        return self._ask(live, lambda engine: engine.trickle(live.session, peer, name, fragment, sessions), ENDED)

    def _live(self, member: Member, epoch: int) -> Live:
        live = self._follower.follow(member.session)
        if epoch != live.state.epoch:
            live.catch_up()
        if epoch != live.state.epoch:
            raise StaleEpoch(epoch=live.state.epoch)
        return live

    def _ask(self, live: Live, request: Callable[[MediaEngine], Answer],
             refusals: Mapping[str, type[LiaisonError]] = REFUSALS) -> Answer:
        """Ask; a worker that does not know the room or peer yet is told the desired state and asked once more."""
        if self._engine is None:
            raise MediaUnavailable()
        engine = self._engine

        def twice() -> Answer:
            try:
                return request(engine)
            except EngineRefused as exc:
                if exc.code not in NOT_KNOWN_YET:
                    raise
                live.catch_up()
                live.push(again=True)
                return request(engine)
        return named(twice, refusals)


def named(request: Callable[[], Answer], refusals: Mapping[str, type[LiaisonError]] = REFUSALS) -> Answer:
    """Ask the engine; its errors as those that people are told."""
    try:
        return request()
    except EngineUnavailable as exc:
        raise MediaUnavailable() from exc
    except EngineRefused as exc:
        if exc.code in refusals:
            raise refusals[exc.code]() from exc
        raise MediaRefused(reason=exc.code) from exc
    except EngineError as exc:
        raise MediaUnavailable() from exc


def connection_name(via: Via, peer: str) -> str:
    """The engine's name of an encoder's one connection."""
    return f"{via}:{peer}"


def _offered(offer: SubscribeOffer) -> dict[str, Any]:
    return {"sdp": offer.sdp, "slots": [{"mid": slot.mid, "kind": slot.kind} for slot in offer.slots]}
