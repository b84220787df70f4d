"""The facts of a room, in one table: type → (fields of its data, how it changes the state).

``evolve`` never refuses: what is in the log has happened. Types it does not know change nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from . import agenda_rules, bots, channel_rules, floor_rules, paper_rules, question_rules, rights_rules, roll_rules, stage_rules, vote_rules
from .facts import Event, Kind
from .stage import Stage
from .state import CLOSED, LIVE, Peer, Removal, RoomState, instant

__all__ = ["EVENTS", "Event", "evolve", "public_data", "watchers_data"]


def evolve(state: RoomState, event: Event) -> RoomState:
    """Fold one event into the state."""
    kind = EVENTS.get(event.type)
    return _watch_chair(kind.change(state, event), event.at) if kind else state


def public_data(event_type: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """An event's data as browsers may see it: the documented fields, and ``by``; of a document for some points without its title."""
    kind = EVENTS.get(event_type)
    shown = (*kind.fields, "by") if kind else ()
    told = {name: data[name] for name in shown if name in data}
    return told | {"title": ""} if told.get("limited") else told


def watchers_data(data: Mapping[str, Any]) -> dict[str, Any]:
    """Public data for those who only watch: they are not told which other session waits for a point, nor of documents that are not
    theirs to see, nor what a citizen wants to ask before the chair gives the floor."""
    if data.get("public") is False:
        return {}
    waiting = isinstance(data.get("question"), dict)
    return {name: value for name, value in data.items() if name != "session" and not (waiting and name in ("question", "subject"))}


# ---------------------------------------------------------------- the session's life (written by liaison.services)


def _opened(state: RoomState, event: Event) -> RoomState:
    state = roll_rules.booked(state, event)
    return agenda_rules.opened(replace(state, phase=LIVE, opened_at=state.opened_at or event.at), event.at)


def _extended(state: RoomState, event: Event) -> RoomState:
    return replace(state, ends_at=instant(event.data.get("ends_at")) or state.ends_at)


def _collision(state: RoomState, event: Event) -> RoomState:
    slug = event.data["point"]
    kept = {key: value for key, value in event.data.items() if key != "point"}
    choice = state.collisions.get(slug, {}).get("choice")
    return replace(state, collisions={**state.collisions, slug: {**kept, "choice": choice}})


def _unchanged(state: RoomState, _event: Event) -> RoomState:
    return state


def _closed(state: RoomState, event: Event) -> RoomState:
    state = replace(agenda_rules.stopped(state, event.at), spoken=floor_rules.spoken(state, event.at))
    state = vote_rules.cancelled(state, event)
    return replace(state, phase=CLOSED, closed_at=event.at, peers={}, hands=(), requests={}, speech=None, interrupted=None, screen=None,
                   document=None, question=None, acting=None, chair_lost_at=None, channels={}, stage=Stage(), sign=None, closed_item=None)


# ---------------------------------------------------------------- peers


def _joined(state: RoomState, event: Event) -> RoomState:
    data = event.data
    if state.phase == CLOSED:
        return state
    peer = Peer(
        id=data["peer"], point=data.get("point"), role=data["role"], name=data.get("name", ""), via=data["via"],
        camera=data.get("camera", False), microphone=data.get("microphone", False), joined_at=event.at,
        user=data.get("user"), jti=data.get("jti", ""), link=data.get("link", ""), own=data.get("own", True),
        held=data.get("held", False))
    return vote_rules.joined(floor_rules.returned(state.with_peer(peer), peer), peer)


def _changed(state: RoomState, peer_id: str, **values: Any) -> RoomState:
    peer = state.peers.get(peer_id)
    return state if peer is None else state.with_peer(replace(peer, **values))


def _away(state: RoomState, event: Event) -> RoomState:
    return _changed(state, event.data["peer"], away_at=event.at)


def _back(state: RoomState, event: Event) -> RoomState:
    data = event.data
    media = {name: data[name] for name in ("camera", "microphone", "link") if name in data}
    return _changed(state, data["peer"], away_at=None, **media)


def _left(state: RoomState, event: Event) -> RoomState:
    gone = event.data["peer"]
    revoked = [event.data[name] for name in ("peer", "jti") if event.data.get("reason") == "removed" and event.data.get(name)]
    state = floor_rules.left(_kept_out(state, event), gone, event.data.get("reason"), event.at)
    state = paper_rules.left(channel_rules.left(stage_rules.left(state, gone), gone), gone)
    return replace(
        state, peers={key: peer for key, peer in state.peers.items() if key != gone},
        screen=None if state.screen == gone else state.screen, acting=None if state.acting == gone else state.acting,
        revoked=(*state.revoked, *(key for key in revoked if key not in state.revoked)))


def _kept_out(state: RoomState, event: Event) -> RoomState:
    """Remember whom the chair removed (``by``); a right that has ended by itself comes back by itself."""
    peer = state.peers.get(event.data["peer"])
    if peer is None or event.data.get("reason") != "removed" or not event.data.get("by"):
        return state
    removal = Removal(peer.id, peer.point, peer.role, peer.name, event.at, event.data.get("user"), event.data.get("jti", ""))
    return replace(state, removals={**state.removals, peer.id: removal})


def _readmitted(state: RoomState, event: Event) -> RoomState:
    """The account and what it held are as before its removal (each of its removals, if there were several)."""
    pardoned = state.removals.get(event.data["peer"])
    if pardoned is None:
        return state
    again = [removal for removal in state.removals.values()
             if removal.peer == pardoned.peer or (pardoned.user is not None and removal.user == pardoned.user)]
    freed = {key for removal in again for key in (removal.peer, removal.jti)}
    return replace(state, removals={key: value for key, value in state.removals.items() if value not in again},
                   revoked=tuple(key for key in state.revoked if key not in freed))


def _media(state: RoomState, event: Event) -> RoomState:
    data = event.data
    values = {name: data[name] for name in ("camera", "microphone") if name in data}
    if values.get("microphone"):
        values["muted"] = False
    return _changed(state, data["peer"], **values)


def _muted(state: RoomState, event: Event) -> RoomState:
    for peer in event.data["peers"]:
        state = _changed(state, peer, microphone=False, muted=True)
    return state


# ---------------------------------------------------------------- screen, chair


def _screen_started(state: RoomState, event: Event) -> RoomState:
    """One thing at a time is large for everybody: a document gives way."""
    return replace(state, screen=event.data["peer"], document=None) if event.data["peer"] in state.peers else state


def _screen_stopped(state: RoomState, _event: Event) -> RoomState:
    return replace(state, screen=None)


def _chair_taken(state: RoomState, event: Event) -> RoomState:
    return replace(state, acting=event.data["peer"]) if event.data["peer"] in state.peers else state


def _chair_returned(state: RoomState, _event: Event) -> RoomState:
    return replace(state, acting=None)


def _headcount(state: RoomState, event: Event) -> RoomState:
    return replace(state, headcounts={**state.headcounts, event.data["point"]: event.data.get("headcount")})


def _collision_chosen(state: RoomState, event: Event) -> RoomState:
    slug = event.data["point"]
    if slug not in state.collisions:
        return state
    return replace(state, collisions={**state.collisions, slug: {**state.collisions[slug], "choice": event.data["choice"]}})


def _reset(state: RoomState, event: Event) -> RoomState:
    return replace(state, epoch=event.data["epoch"])


def _watch_chair(state: RoomState, at: datetime) -> RoomState:
    """Keep ``chair_lost_at``: since when a live room has had no booked chair."""
    here = any(peer.presides and peer.away_at is None for peer in state.peers.values())
    lost = None if here or state.phase != LIVE else state.chair_lost_at or at
    return state if lost == state.chair_lost_at else replace(state, chair_lost_at=lost)


EVENTS: dict[str, Kind] = {
    "session_opened": Kind((), _opened),
    "session_extended": Kind(("ends_at", "minutes"), _extended),
    "collision_warned": Kind(("point", "session", "minutes"), _collision),
    "session_changed": Kind((), _unchanged),
    "session_cancelled": Kind((), _closed),
    "session_closed": Kind(("reason",), _closed),
    "peer_joined": Kind(("peer", "point", "role", "name", "via", "camera", "microphone", "held"), _joined, ("user", "jti", "link", "own")),
    "peer_away": Kind(("peer",), _away),
    "peer_back": Kind(("peer", "camera", "microphone"), _back, ("link",)),
    "peer_left": Kind(("peer", "reason", "why"), _left, ("jti", "user")),
    "peer_readmitted": Kind(("peer",), _readmitted),
    "media_set": Kind(("peer", "camera", "microphone"), _media),
    "peers_muted": Kind(("peers",), _muted),
    "unmute_asked": Kind(("peer",), _unchanged),
    "hand_raised": Kind(("peer", "subject", "order", "question"), floor_rules.hand_raised),
    "hand_lowered": Kind(("peer",), floor_rules.hand_lowered),
    "hand_moved": Kind(("peer", "index"), floor_rules.hand_moved),
    "floor_granted": Kind(("peer", "limit_s", "question"), floor_rules.floor_granted),
    "floor_released": Kind(("peer",), floor_rules.floor_released),
    "speech_paused": Kind(("peer",), floor_rules.speech_paused),
    "speech_resumed": Kind(("peer",), floor_rules.speech_resumed),
    "speech_extended": Kind(("peer", "seconds"), floor_rules.speech_extended),
    "list_set": Kind(("open",), floor_rules.list_set),
    "limits_set": Kind(("speech_s", "delegation_s"), floor_rules.limits_set),
    "screen_started": Kind(("peer",), _screen_started),
    "screen_stopped": Kind(("peer",), _screen_stopped),
    "document_shown": Kind(("document", "title", "pages", "page", "public", "limited"), paper_rules.document_shown),
    "page_turned": Kind(("page",), paper_rules.page_turned),
    "document_hidden": Kind((), paper_rules.document_hidden),
    "documents_changed": Kind((), _unchanged),
    "captioned": Kind(("text", "language"), _unchanged),
    "question_taken": Kind(("number", "text", "name", "place"), question_rules.question_taken),
    "question_ended": Kind(("number",), question_rules.question_over),
    "question_put_off": Kind(("number", "written"), question_rules.question_over),
    "question_reopened": Kind(("number",), question_rules.question_reopened),
    "chair_taken": Kind(("peer",), _chair_taken),
    "chair_returned": Kind(("peer",), _chair_returned),
    "agenda_moved": Kind(("index",), agenda_rules.moved),
    "item_closed": Kind(("index",), agenda_rules.closed),
    "roll_started": Kind((), roll_rules.roll_started),
    "point_called": Kind(("point",), roll_rules.point_called),
    "point_marked": Kind(("point", "mark", "represented_by", "name"), roll_rules.point_marked),
    "roll_ended": Kind((), roll_rules.roll_ended),
    "quorum_set": Kind(("need",), roll_rules.quorum_set),
    "quorum_changed": Kind(("has", "need", "reached"), roll_rules.quorum_changed),
    "presence_check_started": Kind(("until", "points"), roll_rules.check_started),
    "presence_confirmed": Kind(("point",), roll_rules.presence_confirmed),
    "presence_check_ended": Kind(("missing",), roll_rules.check_ended),
    "presence_checks_set": Kind(("minutes",), roll_rules.checks_set),
    "vote_opened": Kind(("vote", "title", "kind", "unit", "majority", "quorum", "voters"), vote_rules.opened),
    "vote_cast": Kind(("vote", "voter"), vote_rules.cast, ("choice",)),
    "voter_called": Kind(("vote", "voter"), vote_rules.called),
    "vote_closed": Kind(("vote", "counts", "outcome", "absent", "lost"), vote_rules.closed),
    "vote_cancelled": Kind(("vote",), vote_rules.cancelled),
    "stage_set": Kind(("mode", "peers", "page"), stage_rules.stage_set),
    "sign_set": Kind(("peer",), stage_rules.sign_set),
    "rights_set": Kind(("speak", "share", "chat", "files", "video", "lobby", "locked"), rights_rules.rights_set),
    "peers_admitted": Kind(("peers",), rights_rules.admitted),
    "peers_held": Kind(("peers",), rights_rules.held),
    "doors_closed": Kind(("points",), rights_rules.doors_closed),
    "doors_opened": Kind((), rights_rules.doors_opened),
    "channel_entered": Kind(("peer", "language", "source"), channel_rules.entered),
    "channel_left": Kind(("peer", "language"), channel_rules.gone),
    "air_taken": Kind(("peer", "language"), channel_rules.taken),
    "air_offered": Kind(("peer", "language"), channel_rules.offered),
    "bots_set": Kind(("mood",), bots.bots_set),
    "headcount_set": Kind(("point", "headcount"), _headcount, ("representatives",)),
    "collision_chosen": Kind(("point", "choice"), _collision_chosen),
    "media_reset": Kind(("epoch",), _reset),
}
