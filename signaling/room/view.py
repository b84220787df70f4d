"""What browsers see of a room, and the difference between two views."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

from .commands import TAKEOVER_AFTER
from .questions import Question
from .state import Peer, Removal, RoomState, dumped, stamp
from .votes import ROLL_CALL, Vote

View = dict[str, Any]


def view(state: RoomState, before: RoomState | None = None, shown: View | None = None) -> View:
    """The snapshot of PROTOCOL.md, without its ``session`` part. With ``shown``, the view of ``before``, what rests on parts of the
    state that have not changed is taken from there: states share what they have in common."""
    if before is None or shown is None:
        return {key: make(state) for key, (_, make) in _KEYS.items()} | {"peers": _peers(state, {}, {})}
    made = {key: shown[key] if all(getattr(state, part) is getattr(before, part) for part in parts) else make(state)
            for key, (parts, make) in _KEYS.items()}
    return made | {"peers": shown["peers"] if state.peers is before.peers else _peers(state, before.peers, shown["peers"])}


def _peers(state: RoomState, before: Mapping[str, Peer], shown: Mapping[str, View]) -> View:
    return {key: shown[key] if before.get(key) is peer else _peer(peer) for key, peer in state.peers.items()}


def _chair(state: RoomState) -> View:
    lost = state.chair_lost_at
    return {"acting": state.acting, "lost_at": stamp(lost), "takeover_at": stamp(lost + TAKEOVER_AFTER) if lost else None}


def _list(state: RoomState) -> View:
    return {"open": state.list_open, **asdict(state.limits), "spoken": dict(state.spoken)}


def _document(state: RoomState) -> View | None:
    """What everybody sees; of one for some points nobody is told the title here."""
    shown = state.document
    return dumped(state, "document") | ({"title": ""} if shown.limited else {}) if shown else None


def _agenda(state: RoomState) -> View:
    return {"index": state.agenda_index, "since": stamp(state.agenda_since), "items": dumped(state, "items")}


def for_watchers(shown: Mapping[str, Any]) -> View:
    """A view or a patch without other sessions (one that collides with a public session need not be public itself), and without
    those whom the chair removed; of documents only public ones, of the list of speakers nothing that a citizen wants to ask."""
    told = {key: {} if key in ("collisions", "removed") else value for key, value in shown.items()}
    if told.get("queue"):
        told["queue"] = [request | {"subject": "", "question": None} if request["question"] else request for request in told["queue"]]
    return told | ({"document": None} if told.get("document") and not told["document"]["public"] else {})


def _request(state: RoomState, key: str) -> View:
    """A place in the list; ``here``: its device is in the room."""
    request = state.requests[key]
    return {"peer": key, "point": request.point, "name": request.name, "subject": request.subject, "order": request.order,
            "at": stamp(request.at), "spent_s": request.spent_s, "here": key in state.peers, "question": _citizens(request.question)}


def _speech(state: RoomState) -> View | None:
    """The speech under way, with who goes on afterwards if it is a point of order."""
    speech = state.speech
    if speech is None:
        return None
    back = state.interrupted.peer if state.interrupted else None
    return {"peer": speech.peer, "since": stamp(speech.since), "spent_s": speech.spent_s, "limit_s": speech.limit_s,
            "yellow_s": speech.yellow_s, "subject": speech.subject, "order": speech.order, "interrupted": back,
            "question": _citizens(speech.question)}


def _citizens(question: Question | None) -> View | None:
    return None if question is None else {
        "number": question.number, "text": question.text, "name": question.name, "place": question.place}


def _question(state: RoomState) -> View | None:
    """What is being answered: the one that the chair has taken, else that of the citizen who speaks (``peer``: from where)."""
    taken, speech = state.question, state.speech
    if taken is not None:
        return {**(_citizens(taken) or {}), "since": stamp(taken.since), "peer": None}
    if speech is None or speech.question is None:
        return None
    return {**(_citizens(speech.question) or {}), "since": stamp(speech.began_at), "peer": speech.peer}


def vote_view(vote: Vote) -> View:
    """What everybody may know: of an open vote who has voted, and what only once it is closed; of a roll call at once."""
    shown = vote.kind == ROLL_CALL or (vote.closed_at is not None and not vote.secret)
    return {
        "vote": vote.id, "title": vote.title, "kind": vote.kind, "unit": vote.unit, "majority": vote.majority, "quorum": vote.quorum,
        "voters": list(vote.voters), "voted": list(vote.cast), "cast": dict(vote.cast) if shown else {}, "current": vote.current,
        "opened_at": stamp(vote.opened_at), "closed_at": stamp(vote.closed_at),
        "counts": dict(vote.counts) if vote.closed_at else {}, "absent": list(vote.absent), "lost": list(vote.lost),
        "outcome": vote.outcome}


def _removal(removal: Removal) -> View:
    return {"peer": removal.peer, "point": removal.point, "role": removal.role, "name": removal.name, "at": stamp(removal.at)}


def _peer(peer: Peer) -> View:
    return {"peer": peer.id, "point": peer.point, "role": peer.role, "name": peer.name, "via": peer.via, "camera": peer.camera,
            "microphone": peer.microphone, "muted": peer.muted, "joined_at": stamp(peer.joined_at),
            "away_at": stamp(peer.away_at), "hand_at": stamp(peer.hand_at), "held": peer.held}


def patch(before: Mapping[str, Any], after: Mapping[str, Any]) -> View:
    """Keys that changed, with their new value; of ``peers`` only those that changed (None: gone)."""
    changed = _changed(before, after)
    if "peers" in changed:
        old, new = before.get("peers", {}), after["peers"]
        changed["peers"] = _changed(old, new) | dict.fromkeys(old.keys() - new.keys())
    return changed


def _changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> View:
    return {key: value for key, value in after.items() if before.get(key) is not value and before.get(key) != value}


def _value(part: str) -> tuple[tuple[str, ...], Callable[[RoomState], Any]]:
    return (part,), lambda state: getattr(state, part)


def _time(part: str) -> tuple[tuple[str, ...], Callable[[RoomState], Any]]:
    return (part,), lambda state: stamp(getattr(state, part))


def _dump(part: str) -> tuple[tuple[str, ...], Callable[[RoomState], Any]]:
    return (part,), lambda state: dumped(state, part)


_KEYS: dict[str, tuple[tuple[str, ...], Callable[[RoomState], Any]]] = {
    "room": _value("room"), "phase": _value("phase"), "opened_at": _time("opened_at"),
    "ends_at": (("ends_at", "plan"), lambda state: stamp(state.ends_at or state.plan.ends_at)), "closed_at": _time("closed_at"),
    "hands": (("hands", "peers"), lambda state: [key for key in state.hands if key in state.peers]),
    "queue": (("hands", "requests", "peers"), lambda state: [_request(state, key) for key in state.hands]),
    "floor": (("speech",), lambda state: state.floor),
    "floor_since": (("speech",), lambda state: stamp(state.speech.began_at) if state.speech else None),
    "speech": (("speech", "interrupted"), _speech), "list": (("list_open", "limits", "spoken"), _list), "screen": _value("screen"),
    "document": (("document",), _document), "question": (("question", "speech"), _question), "chair": (("acting", "chair_lost_at"), _chair),
    "agenda": (("agenda_index", "agenda_since", "items"), _agenda),
    "roll": _dump("roll"), "quorum": _dump("quorum"), "check": _dump("check"), "checks_minutes": _value("checks_minutes"),
    "vote": (("vote",), lambda state: vote_view(state.vote) if state.vote else None),
    "votes": (("votes",), lambda state: [vote_view(vote) for vote in state.votes]),
    "stage": _dump("stage"), "sign": _value("sign"), "rights": _dump("rights"), "closed_item": _dump("closed_item"),
    "channels": _dump("channels"), "bots": (("bots", "plan"), lambda state: state.bots if state.plan.played else None),
    "headcounts": (("headcounts",), lambda state: dict(state.headcounts)),
    "collisions": (("collisions",), lambda state: {key: dict(value) for key, value in state.collisions.items()}),
    "removed": (("removals",), lambda state: {key: _removal(removal) for key, removal in state.removals.items()}),
}
"""Every key but ``peers``: the parts of the state it rests on, and what makes it of them."""

_NOTHING = view(RoomState(""))
_TOLD_OUTSIDE = ("room", "phase", "opened_at", "ends_at", "closed_at")


def for_outside(shown: Mapping[str, Any]) -> View:
    """A view for those who are cut off: that the session goes on, whether an item is closed, and otherwise what a room shows in
    which nothing has happened."""
    told = {key: value if key in _TOLD_OUTSIDE else _NOTHING[key] for key, value in shown.items()}
    return told | ({"closed_item": {"points": None}} if shown.get("closed_item") else {})
