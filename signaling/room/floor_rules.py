"""The list of speakers: what people may do with it, and what each fact changes."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from liaison.domain.errors import Forbidden, IllegalState

from .deciding import Asked, Outcome, one
from .facts import Event
from .floor import Limits, Request, Speech
from .question_rules import told, wished
from .questions import Question
from .state import Peer, RoomState

# ---------------------------------------------------------------- what people ask for


def raise_hand(asked: Asked) -> Outcome:
    state, question = asked.state, wished(asked)
    wish = {"subject": asked.fields.get("subject", "").strip(), "order": question is None and asked.fields.get("order", False),
            "question": told(question) if question else None}
    if state.floor == asked.peer.id and not wish["order"]:
        return Outcome()
    if not (state.list_open or wish["order"] or asked.peer.id in state.hands or state.steers(asked.peer)):
        raise IllegalState("The list of speakers is closed.", remedy="Ask the chair to open it, or raise a point of order.")
    known = state.requests.get(asked.peer.id)
    if known is not None and (known.subject, known.order, known.question) == (wish["subject"], wish["order"], question):
        return Outcome()
    return one(asked.says("hand_raised", peer=asked.peer.id, **{key: value for key, value in wish.items() if value}))


def lower_hand(asked: Asked) -> Outcome:
    key = asked.fields.get("peer", asked.peer.id)
    if key != asked.peer.id and not asked.state.conducts(asked.peer):
        raise Forbidden("Only the chair may do this for another participant.", remedy="Ask the chair.")
    if key not in asked.state.hands:
        asked.named(key)
        return Outcome()
    return one(asked.says("hand_lowered", peer=key))


def move_hand(asked: Asked) -> Outcome:
    key, hands = asked.fields["peer"], asked.state.hands
    if key not in hands:
        raise IllegalState("This participant is not in the list of speakers.", remedy="Look at the list again.")
    index = min(asked.fields["index"], len(hands) - 1)
    return Outcome() if hands.index(key) == index else one(asked.says("hand_moved", peer=key, index=index))


def grant_floor(asked: Asked) -> Outcome:
    return _grant(asked, asked.other())


def grant_next(asked: Asked) -> Outcome:
    key = asked.state.speaker_next()
    if key is None:
        raise IllegalState("Nobody is in the list of speakers.", remedy="Wait for a hand, or give the floor by name.")
    return _grant(asked, asked.state.peers[key])


def _grant(asked: Asked, peer: Peer) -> Outcome:
    if not peer.sends:
        raise IllegalState("This participant cannot speak here.", remedy="Give the floor to somebody with a microphone.")
    if asked.state.floor == peer.id:
        return Outcome()
    limit = float(asked.fields["seconds"]) if "seconds" in asked.fields else _allowance(asked.state, peer, asked.now)
    request = asked.state.requests.get(peer.id)
    of_citizen = {"question": request.question.number} if request and request.question else {}
    return one(asked.says("floor_granted", peer=peer.id, limit_s=limit, **of_citizen))


def _allowance(state: RoomState, peer: Peer, now: datetime) -> float | None:
    """Seconds of the next speech by the room's limits; what is left of one that a lost line broke off."""
    request = state.requests.get(peer.id, Request(now))
    if request.order:
        return None if state.limits.speech_s is None else float(state.limits.speech_s)
    if request.spent_s:
        return request.limit_s
    allowance = state.limits.allowance_s(spoken(state, now).get(peer.delegation, 0.0))
    if allowance == 0:
        raise IllegalState("This delegation has used all its time.", remedy="Give it seconds of its own to let it speak nevertheless.")
    return allowance


def release_floor(asked: Asked) -> Outcome:
    if asked.state.floor != asked.peer.id:
        raise IllegalState("You do not have the floor.")
    return one(asked.says("floor_released", peer=asked.peer.id))


def take_floor_back(asked: Asked) -> Outcome:
    if asked.state.floor is None:
        return Outcome()
    return one(asked.says("floor_released", peer=asked.state.floor))


def pause_speech(asked: Asked) -> Outcome:
    speech = _speech(asked)
    return Outcome() if speech.since is None else one(asked.says("speech_paused", peer=speech.peer))


def resume_speech(asked: Asked) -> Outcome:
    speech = _speech(asked)
    return Outcome() if speech.since is not None else one(asked.says("speech_resumed", peer=speech.peer))


def extend_speech(asked: Asked) -> Outcome:
    speech = _speech(asked)
    if speech.limit_s is None:
        raise IllegalState("This speech has no limit.")
    return one(asked.says("speech_extended", peer=speech.peer, seconds=asked.fields["seconds"]))


def _speech(asked: Asked) -> Speech:
    if asked.state.speech is None:
        raise IllegalState("Nobody has the floor.", remedy="Give the floor first.")
    return asked.state.speech


def set_list(asked: Asked) -> Outcome:
    opened = asked.fields["open"]
    return Outcome() if opened == asked.state.list_open else one(asked.says("list_set", open=opened))


def set_limits(asked: Asked) -> Outcome:
    wanted = replace(asked.state.limits, **asked.fields)
    if wanted == asked.state.limits:
        return Outcome()
    return one(asked.says("limits_set", speech_s=wanted.speech_s, delegation_s=wanted.delegation_s))


# ---------------------------------------------------------------- what happened


def hand_raised(state: RoomState, event: Event) -> RoomState:
    peer = state.peers.get(event.data["peer"])
    if peer is None:
        return state
    order = event.data.get("order", False)
    known = state.requests.get(peer.id)
    request = Request(known.at if known else event.at, event.data.get("subject", ""), order, peer.point, peer.role, peer.name,
                      question=Question(**event.data["question"]) if event.data.get("question") else None)
    moves = known is None or known.order != order
    hands = _placed(state, peer.id, order) if moves else state.hands
    return replace(state, hands=hands, requests={**state.requests, peer.id: request}).with_peer(replace(peer, hand_at=request.at))


def _placed(state: RoomState, key: str, order: bool) -> tuple[str, ...]:
    """The list with ``key`` at its place: points of order stand before all others."""
    others = [hand for hand in state.hands if hand != key]
    orders = sum(hand in state.requests and state.requests[hand].order for hand in others)
    index = orders if order else len(others)
    return (*others[:index], key, *others[index:])


def hand_lowered(state: RoomState, event: Event) -> RoomState:
    key = event.data["peer"]
    state = replace(state, hands=tuple(hand for hand in state.hands if hand != key),
                    requests={hand: request for hand, request in state.requests.items() if hand != key})
    peer = state.peers.get(key)
    return state.with_peer(replace(peer, hand_at=None)) if peer and peer.hand_at else state


def hand_moved(state: RoomState, event: Event) -> RoomState:
    key, index = event.data["peer"], event.data["index"]
    if key not in state.hands:
        return state
    others = [hand for hand in state.hands if hand != key]
    return replace(state, hands=(*others[:index], key, *others[index:]))


def floor_granted(state: RoomState, event: Event) -> RoomState:
    key = event.data["peer"]
    if key not in state.peers:
        return state
    request = state.requests.get(key, Request(event.at))
    broken = state.interrupted
    if request.order:
        broken = state.speech.paused(event.at) if state.speech and not state.speech.order else broken
    elif broken is not None:
        broken = None  # the chair has called somebody else instead
    state = replace(_stopped(state, event.at), interrupted=broken if broken and broken.peer != key else None)
    speech = Speech(key, event.at, event.at, request.spent_s, event.data.get("limit_s"), request.subject, request.order,
                    request.question)
    return replace(hand_lowered(state, event), speech=speech)


def floor_released(state: RoomState, event: Event) -> RoomState:
    """The floor is free; after a point of order it goes back to whom it interrupted."""
    over, back = state.speech, state.interrupted
    state = replace(_stopped(state, event.at), interrupted=None)
    if over is not None and over.order and back is not None and back.peer in state.peers:
        return replace(state, speech=replace(back, since=event.at))
    return state


def speech_paused(state: RoomState, event: Event) -> RoomState:
    if state.speech is None or state.speech.since is None:
        return state
    return replace(state, spoken=spoken(state, event.at), speech=state.speech.paused(event.at))


def speech_resumed(state: RoomState, event: Event) -> RoomState:
    if state.speech is None or state.speech.since is not None:
        return state
    return replace(state, speech=replace(state.speech, since=event.at))


def speech_extended(state: RoomState, event: Event) -> RoomState:
    speech = state.speech
    if speech is None or speech.limit_s is None:
        return state
    return replace(state, speech=replace(speech, limit_s=speech.limit_s + event.data["seconds"]))


def list_set(state: RoomState, event: Event) -> RoomState:
    return replace(state, list_open=event.data["open"])


def limits_set(state: RoomState, event: Event) -> RoomState:
    return replace(state, limits=Limits(event.data.get("speech_s"), event.data.get("delegation_s")))


def spoken(state: RoomState, now: datetime) -> dict[str, float]:
    """Seconds each delegation has spoken up to ``now``, the speech under way included."""
    so_far, speech = dict(state.spoken), state.speech
    if speech is not None and speech.since is not None and speech.peer in state.peers:
        key = state.peers[speech.peer].delegation
        so_far[key] = round(so_far.get(key, 0.0) + speech.elapsed_s(now) - speech.spent_s, 3)
    return so_far


def _stopped(state: RoomState, at: datetime) -> RoomState:
    return replace(state, spoken=spoken(state, at), speech=None)


# ---------------------------------------------------------------- coming and going


def left(state: RoomState, key: str, reason: Any, at: datetime) -> RoomState:
    """A peer goes, while it is still in ``state.peers``. Whose line is lost keeps its place; a speaker stands first in the list."""
    gone = state.peers.get(key)
    if reason != "lost" or gone is None:
        return _without(state, key, at)
    speech = state.speech if state.floor == key else state.interrupted if state.interrupted and state.interrupted.peer == key else None
    if speech is None:
        return state
    broken = Request(at, speech.subject, speech.order, gone.point, gone.role, gone.name, speech.elapsed_s(at), speech.limit_s,
                     speech.question)
    state = _without(state, key, at)
    return replace(state, hands=(key, *state.hands), requests={**state.requests, key: broken})


def _without(state: RoomState, key: str, at: datetime) -> RoomState:
    if state.interrupted and state.interrupted.peer == key:
        state = replace(state, interrupted=None)
    if state.floor == key:
        state = floor_released(state, Event("floor_released", {"peer": key}, at))
    return replace(state, hands=tuple(hand for hand in state.hands if hand != key),
                   requests={hand: request for hand, request in state.requests.items() if hand != key})


def returned(state: RoomState, peer: Peer) -> RoomState:
    """A device has come in: it takes over the place that a lost one of its point and role has left."""
    key = peer.id if peer.id in state.requests else next(
        (hand for hand in state.hands if _waits_for(state, hand, peer)), None)
    if key is None or not peer.speaks:
        return state
    request = state.requests[key]
    requests = {hand: value for hand, value in state.requests.items() if hand != key} | {peer.id: request}
    hands = tuple(peer.id if hand == key else hand for hand in state.hands)
    return replace(state, hands=hands, requests=requests).with_peer(replace(peer, hand_at=request.at))


def _waits_for(state: RoomState, hand: str, peer: Peer) -> bool:
    request = state.requests[hand]
    return hand not in state.peers and request.point is not None and (request.point, request.role) == (peer.point, peer.role)
