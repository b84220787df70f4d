"""What people may do in a room, in one table: command → who, in which phase, with which fields, and what it causes.

``decide`` raises a LiaisonError and changes nothing when the command is not allowed; otherwise it returns an Outcome:
the events it causes, and, where another service owns the act (opening, ending, extending), the name of that act.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from liaison.domain.errors import Forbidden, IllegalState, Invalid

from ..fields import Field, check, flag, list_of, nullable, number, one_of, text
from . import (
    agenda_rules,
    bots,
    caption_rules,
    channel_rules,
    floor_rules,
    paper_rules,
    question_rules,
    rights_rules,
    roll_rules,
    stage_rules,
    vote_rules,
)
from .channels import LANGUAGES
from .deciding import MAYBE_PEER, PEER, WHO, Asked, Command, Outcome, Row, one
from .errors import NotJoined, ScreenTaken
from .events import evolve
from .roll import MARKS
from .stage import FREE, GALLERY, PINNED, SPEAKER, TWO
from .stage import SCREEN as STAGE_SCREEN
from .state import LIVE, LOBBY, RoomState
from .votes import ABSOLUTE, CHOICES, OPEN, ROLL_CALL, SECRET, SIMPLE, TWO_THIRDS, UNANIMOUS

__all__ = ["COMMANDS", "TAKEOVER_AFTER", "Command", "Outcome", "apply", "decide"]

TAKEOVER_AFTER = timedelta(seconds=60)


def decide(state: RoomState, command: Command, now: datetime) -> Outcome:
    """What the command causes. Raises Invalid, Forbidden, NotJoined, NoSuchPeer, IllegalState, ScreenTaken."""
    row = COMMANDS.get(command.name)
    if row is None:
        raise Invalid(errors=[{"field": "name", "message": "This command is unknown."}])
    fields = check(dict(command.fields), row.fields)
    peer = state.peers.get(command.by)
    if peer is None:
        raise NotJoined()
    if not WHO[row.who](state, peer):
        raise Forbidden("Your role in this session may not do this.", remedy="Ask the chair.")
    if state.phase not in row.phases:
        raise IllegalState()
    return row.rule(Asked(state, peer, fields, now))


def apply(state: RoomState, command: Command, now: datetime) -> tuple[RoomState, Outcome]:
    """decide, then fold what was decided."""
    outcome = decide(state, command, now)
    for event in outcome.events:
        state = evolve(state, event)
    return state, outcome


# ---------------------------------------------------------------- microphones, cameras, screens


def _mute_peer(asked: Asked) -> Outcome:
    peer = asked.other()
    return one(asked.says("peers_muted", peers=[peer.id])) if peer.microphone else Outcome()


def _mute_all(asked: Asked) -> Outcome:
    spared = {asked.peer.id, asked.state.floor}
    loud = [peer.id for peer in asked.state.peers.values()
            if peer.microphone and peer.sends and peer.id not in spared and not asked.state.steers(peer)]
    return one(asked.says("peers_muted", peers=loud)) if loud else Outcome()


def _ask_unmute(asked: Asked) -> Outcome:
    peer = asked.other()
    if not peer.publishes:
        raise IllegalState("This participant cannot speak here.")
    if peer.microphone:
        return Outcome()
    if peer.via == "whip":
        return one(asked.says("media_set", peer=peer.id, camera=peer.camera, microphone=True))
    return one(asked.says("unmute_asked", peer=peer.id))


def _set_media(asked: Asked) -> Outcome:
    peer = asked.peer
    if not peer.publishes:
        raise Forbidden("This device steers only; it has no picture or sound.", remedy="Use the device that is in the picture.")
    camera, microphone = asked.fields.get("camera", peer.camera), asked.fields.get("microphone", peer.microphone)
    if (camera, microphone) == (peer.camera, peer.microphone):
        return Outcome()
    return one(asked.says("media_set", peer=peer.id, camera=camera, microphone=microphone))


def _start_screen(asked: Asked) -> Outcome:
    if not asked.peer.sends:
        raise Forbidden("This device steers only; it has no picture or sound.", remedy="Use the device that is in the picture.")
    if asked.state.screen == asked.peer.id:
        return Outcome()
    if not asked.state.may_share(asked.peer):
        raise Forbidden("Showing a screen is not allowed now.", remedy="Ask the chair.")
    if asked.state.screen is not None:
        raise ScreenTaken()
    return one(asked.says("screen_started", peer=asked.peer.id))


def _stop_screen(asked: Asked) -> Outcome:
    peer = asked.own_or_steering()
    return one(asked.says("screen_stopped", peer=peer.id)) if asked.state.screen == peer.id else Outcome()


# ---------------------------------------------------------------- who is in, who steers


def _remove_peer(asked: Asked) -> Outcome:
    peer = asked.other()
    if peer.id == asked.peer.id:
        raise IllegalState("You cannot remove yourself.", remedy="Leave the session instead.")
    if peer.role == "chair":
        raise Forbidden("The chair cannot be removed.", remedy="Ask the organiser.")
    account = {"user": peer.user} if peer.own and peer.user else {}  # a token of the office's names nobody
    why = {"why": asked.fields["why"].strip()} if asked.fields.get("why", "").strip() else {}
    return one(asked.says("peer_left", peer=peer.id, reason="removed", jti=peer.jti, **account, **why))


def _readmit_peer(asked: Asked) -> Outcome:
    removed = asked.state.removals.get(asked.fields["peer"])
    return one(asked.says("peer_readmitted", peer=removed.peer)) if removed is not None else Outcome()


def _take_chair(asked: Asked) -> Outcome:
    state = asked.state
    if state.acting == asked.peer.id:
        return Outcome()
    if state.chair_lost_at is None or asked.now - state.chair_lost_at < TAKEOVER_AFTER:
        raise IllegalState("The chair can be taken over once it has been away for a minute.", remedy="Wait a little.")
    return one(asked.says("chair_taken", peer=asked.peer.id))


def _return_chair(asked: Asked) -> Outcome:
    if not asked.state.steers(asked.peer):
        raise Forbidden("Your role in this session may not do this.", remedy="Ask the chair.")
    if asked.state.acting is None:
        return Outcome()
    if not asked.state.chair_lost_at:
        return one(asked.says("chair_returned", peer=asked.state.acting))
    if asked.peer.id != asked.state.acting:
        raise IllegalState()
    return one(asked.says("chair_returned", peer=asked.peer.id))


# ---------------------------------------------------------------- the session's course


def _open(_asked: Asked) -> Outcome:
    return Outcome(act="open_session")


def _end(_asked: Asked) -> Outcome:
    return Outcome(act="end_session")


def _extend(_asked: Asked) -> Outcome:
    return Outcome(act="extend_session")


def _headcount(asked: Asked) -> Outcome:
    if asked.peer.point is None:
        raise IllegalState("You do not act for a point in this session.")
    data = {"point": asked.peer.point, "headcount": asked.fields["headcount"]}
    if "representatives" in asked.fields:
        data["representatives"] = [name.strip() for name in asked.fields["representatives"] if name.strip()]
    return one(asked.says("headcount_set", **data))


def _choose(asked: Asked) -> Outcome:
    point = asked.peer.point
    if point is None or point not in asked.state.collisions:
        raise IllegalState("Your point has no other session now.")
    if asked.state.collisions[point].get("choice") == asked.fields["choice"]:
        return Outcome()
    return one(asked.says("collision_chosen", point=point, choice=asked.fields["choice"]))


_ANY_TIME = (LOBBY, LIVE)
_POINT = {"point": Field(text(64))}
_VOTER, _CHOICE = {"voter": Field(text(64))}, {"choice": Field(one_of(*CHOICES))}
_SECONDS = {"seconds": Field(number(10, 7_200, whole=True), required=False)}
_QUESTION = Field(number(1, 2**31 - 1, whole=True))
_LANGUAGE = Field(one_of(*LANGUAGES))

COMMANDS: dict[str, Row] = {
    "raise_hand": Row("speaking", (LIVE,), floor_rules.raise_hand, {
        "subject": Field(text(200, 0), required=False), "order": Field(flag, required=False),
        "question": replace(_QUESTION, required=False)}),
    "lower_hand": Row("taking_part", (LIVE,), floor_rules.lower_hand, MAYBE_PEER),
    "move_hand": Row("conducting", (LIVE,), floor_rules.move_hand, {**PEER, "index": Field(number(0, 1_000, whole=True))}),
    "grant_floor": Row("steering", (LIVE,), floor_rules.grant_floor, {**PEER, **_SECONDS}),
    "grant_next": Row("steering", (LIVE,), floor_rules.grant_next, _SECONDS),
    "release_floor": Row("speaking", (LIVE,), floor_rules.release_floor),
    "take_floor_back": Row("steering", (LIVE,), floor_rules.take_floor_back),
    "pause_speech": Row("steering", (LIVE,), floor_rules.pause_speech),
    "resume_speech": Row("steering", (LIVE,), floor_rules.resume_speech),
    "extend_speech": Row("steering", (LIVE,), floor_rules.extend_speech, {"seconds": Field(number(10, 3_600, whole=True))}),
    "set_list": Row("conducting", _ANY_TIME, floor_rules.set_list, {"open": Field(flag)}),
    "set_limits": Row("conducting", _ANY_TIME, floor_rules.set_limits, {
        "speech_s": Field(number(10, 7_200, whole=True, nullable=True), required=False),
        "delegation_s": Field(number(10, 36_000, whole=True, nullable=True), required=False)}),
    "mute_peer": Row("steering", (LIVE,), _mute_peer, PEER),
    "mute_all": Row("steering", (LIVE,), _mute_all),
    "ask_unmute": Row("steering", (LIVE,), _ask_unmute, PEER),
    "remove_peer": Row("steering", _ANY_TIME, _remove_peer, {**PEER, "why": Field(text(300, 0), required=False)}),
    "readmit_peer": Row("steering", _ANY_TIME, _readmit_peer, PEER),
    "set_media": Row("sending", _ANY_TIME, _set_media,
                     {"camera": Field(flag, required=False), "microphone": Field(flag, required=False)}),
    "start_screen": Row("speaking", (LIVE,), _start_screen),
    "stop_screen": Row("speaking", (LIVE,), _stop_screen, MAYBE_PEER),
    "show_document": Row("taking_part", (LIVE,), paper_rules.show_document, {
        "document": Field(text(64)), "page": Field(number(1, 1_000, whole=True), required=False)}),
    "turn_page": Row("taking_part", (LIVE,), paper_rules.turn_page, {"page": Field(number(1, 1_000, whole=True))}),
    "hide_document": Row("taking_part", (LIVE,), paper_rules.hide_document),
    "caption": Row("captioning", (LIVE,), caption_rules.caption, {
        "text": Field(text(500)), "language": replace(_LANGUAGE, required=False)}),
    "take_question": Row("conducting", (LIVE,), question_rules.take_question, {"question": _QUESTION}),
    "end_question": Row("conducting", (LIVE,), question_rules.end_question),
    "put_off_question": Row("conducting", (LIVE,), question_rules.put_off_question, {
        "question": _QUESTION, "written": Field(flag, required=False)}),
    "reopen_question": Row("conducting", (LIVE,), question_rules.reopen_question, {"question": _QUESTION}),
    "open_session": Row("steering", (LOBBY,), _open),
    "end_session": Row("steering", (LIVE,), _end),
    "extend_session": Row("steering", (LIVE,), _extend, {"minutes": Field(number(5, 60, whole=True))}),
    "take_chair": Row("deputy", (LIVE,), _take_chair),
    "return_chair": Row("speaking", (LIVE,), _return_chair),
    "next_agenda_item": Row("conducting", (LIVE,), agenda_rules.step(1)),
    "previous_agenda_item": Row("conducting", (LIVE,), agenda_rules.step(-1)),
    "start_item": Row("conducting", (LIVE,), agenda_rules.start_item, {"index": Field(number(0, 1_000, whole=True))}),
    "close_item": Row("conducting", (LIVE,), agenda_rules.close_item),
    "set_headcount": Row("speaking", _ANY_TIME, _headcount, {
        "headcount": Field(number(0, 100_000, whole=True, nullable=True)),
        "representatives": Field(list_of(text(200, 0), 100), required=False)}),
    "choose_on_collision": Row("speaking", (LIVE,), _choose, {"choice": Field(one_of("stay", "leave"))}),
    "start_roll_call": Row("conducting", (LIVE,), roll_rules.start_roll_call),
    "call_point": Row("conducting", (LIVE,), roll_rules.call_point, _POINT),
    "mark_point": Row("conducting", (LIVE,), roll_rules.mark_point, {
        **_POINT, "mark": Field(one_of(*MARKS)), "represented_by": Field(text(64), required=False),
        "name": Field(text(200, 0), required=False)}),
    "end_roll_call": Row("conducting", (LIVE,), roll_rules.end_roll_call),
    "set_quorum": Row("conducting", _ANY_TIME, roll_rules.set_quorum, {"need": Field(number(1, 1_000, whole=True, nullable=True))}),
    "start_presence_check": Row("conducting", (LIVE,), roll_rules.start_presence_check, {
        "seconds": Field(number(15, 600, whole=True), required=False)}),
    "confirm_presence": Row("speaking", (LIVE,), roll_rules.confirm_presence),
    "set_presence_checks": Row("conducting", _ANY_TIME, roll_rules.set_presence_checks, {
        "minutes": Field(number(5, 240, whole=True, nullable=True))}),
    "start_vote": Row("conducting", (LIVE,), vote_rules.start_vote, {
        "title": Field(text(300)), "kind": Field(one_of(OPEN, ROLL_CALL, SECRET)), "unit": Field(one_of("point", "person")),
        "majority": Field(one_of(SIMPLE, ABSOLUTE, TWO_THIRDS, UNANIMOUS)), "quorum": Field(number(1, 1_000, whole=True), required=False)}),
    "cast_vote": Row("speaking", (LIVE,), vote_rules.cast_vote, {**_CHOICE, "voter": Field(text(64), required=False)}),
    "call_voter": Row("conducting", (LIVE,), vote_rules.call_voter, _VOTER),
    "record_vote": Row("conducting", (LIVE,), vote_rules.record_vote, {**_VOTER, **_CHOICE}),
    "close_vote": Row("conducting", (LIVE,), vote_rules.close_vote, {"confirm": Field(flag, required=False)}),
    "cancel_vote": Row("conducting", (LIVE,), vote_rules.cancel_vote),
    "set_stage": Row("conducting", _ANY_TIME, stage_rules.set_stage, {
        "mode": Field(one_of(FREE, SPEAKER, TWO, GALLERY, STAGE_SCREEN, PINNED)), "peers": Field(list_of(text(64), 2), required=False),
        "page": Field(number(0, 100, whole=True), required=False)}),
    "set_sign": Row("arranging", _ANY_TIME, stage_rules.set_sign, {"peer": Field(nullable(text(64)))}),
    "set_rights": Row("steering", _ANY_TIME, rights_rules.set_rights, {
        "speak": Field(one_of("all", "floor"), required=False), "share": Field(one_of("all", "floor", "chair"), required=False),
        "chat": Field(one_of("all", "chair", "none"), required=False), "files": Field(one_of("all", "leading", "none"), required=False),
        "video": Field(one_of("all", "speakers"), required=False),
        "lobby": Field(flag, required=False), "locked": Field(flag, required=False)}),
    "admit": Row("conducting", _ANY_TIME, rights_rules.admit, MAYBE_PEER),
    "hold": Row("conducting", _ANY_TIME, rights_rules.hold, MAYBE_PEER),
    "close_doors": Row("steering", (LIVE,), rights_rules.close_doors, {"points": Field(list_of(text(64), 200), required=False)}),
    "open_doors": Row("steering", (LIVE,), rights_rules.open_doors),
    "enter_channel": Row("interpreting", _ANY_TIME, channel_rules.enter_channel, {
        "language": _LANGUAGE, "source": Field(one_of(*LANGUAGES), required=False)}),
    "leave_channel": Row("interpreting", _ANY_TIME, channel_rules.leave_channel),
    "take_air": Row("interpreting", _ANY_TIME, channel_rules.take_air),
    "offer_air": Row("interpreting", _ANY_TIME, channel_rules.offer_air, {"peer": Field(nullable(text(64)))}),
    "set_bots": Row("steering", _ANY_TIME, bots.set_bots, {"mood": Field(one_of(*bots.MOODS))}),
}
