"""A room without a server: people of every role in it, and what they do there, for tests of its rules."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from signaling.room.commands import Command, apply
from signaling.room.entering import Entrance, enter
from signaling.room.events import Event, evolve
from signaling.room.papers import Paper
from signaling.room.questions import ANSWERED_LIVE, APPROVED, WAITING, Listed, Question
from signaling.room.state import CLOSED, LIVE, LOBBY, Plan, RoomState

NOW = datetime(2027, 3, 1, 4, 0, tzinfo=UTC)
PEOPLE = {
    "chair": ("chair", "big-hall", "browser"), "tablet": ("chair", "big-hall", "control"),
    "deputy": ("deputy", "batken-oblast", "browser"), "osh": ("point", "osh-oblast", "browser"),
    "alay": ("point", "alay-district", "room_pc"), "encoder": ("point", "alay-district", "whip"),
    "player": ("point", "alay-district", "whep"), "interpreter": ("interpreter", None, "browser"),
    "citizen": ("watcher", None, "browser"), "secretary": ("secretary", "big-hall", "browser"),
}

AGENDA = (20, 10, 30)
PAPERS = {"plan": Paper("The plan", 3), "map": Paper("The map", 1, public=True),
          "draft": Paper("The draft", 2, points=("alay-district",))}
QUESTIONS = {1: Listed(Question(1, "When will the road be mended?", "Aida", "Kara-Suu"), APPROVED),
             2: Listed(Question(2, "Water?"), ANSWERED_LIVE), 3: Listed(Question(3, "Is there work?", "Bakyt"), WAITING, "osh-oblast")}
POINTS = ("big-hall", "batken-oblast", "osh-oblast", "alay-district", "naryn-oblast")

VALID: dict[str, dict[str, Any]] = {
    "grant_floor": {"peer": "osh"}, "mute_peer": {"peer": "osh"}, "ask_unmute": {"peer": "osh"}, "remove_peer": {"peer": "osh"},
    "readmit_peer": {"peer": "osh"},
    "extend_session": {"minutes": 15}, "set_headcount": {"headcount": 3}, "choose_on_collision": {"choice": "stay"},
    "set_media": {"microphone": False}, "move_hand": {"peer": "osh", "index": 0}, "extend_speech": {"seconds": 60},
    "set_list": {"open": False}, "set_limits": {"speech_s": 300, "delegation_s": 400}, "start_item": {"index": 1},
    "call_point": {"point": "osh-oblast"}, "mark_point": {"point": "osh-oblast", "mark": "represented", "represented_by": "big-hall"},
    "set_quorum": {"need": 2}, "start_presence_check": {"seconds": 30}, "set_presence_checks": {"minutes": 20},
    "start_vote": {"title": "The plan", "kind": "open", "unit": "point", "majority": "simple"}, "cast_vote": {"choice": "yes"},
    "call_voter": {"voter": "osh-oblast"}, "record_vote": {"voter": "osh-oblast", "choice": "no"}, "close_vote": {"confirm": True},
    "set_stage": {"mode": "pinned", "peers": ["osh"]}, "set_sign": {"peer": "interpreter"}, "set_rights": {"speak": "floor", "lobby": True},
    "caption": {"text": "Good morning"}, "show_document": {"document": "plan"}, "turn_page": {"page": 2},
    "close_doors": {"points": ["big-hall", "osh-oblast"]}, "enter_channel": {"language": "ky"}, "offer_air": {"peer": "interpreter"},
    "set_bots": {"mood": "lively"},
    "take_question": {"question": 1}, "put_off_question": {"question": 1}, "reopen_question": {"question": 2},
}
"""A command of each kind that is well formed, where it has fields."""


def someone(name: str, **changes: Any) -> Entrance:
    role, point, via = PEOPLE[name]
    return Entrance(**{"peer": name, "point": point, "role": role, "name": name, "via": via, "user": None, "jti": f"jti-{name}",
                       "link": f"link-{name}"} | changes)


def fold(state: RoomState, *events: Event) -> RoomState:
    for event in events:
        state = evolve(state, event)
    return state


def happened(kind: str, at: datetime = NOW, /, **data: Any) -> Event:
    return Event(kind, data, at)


def room(phase: str = LIVE, without: tuple[str, ...] = ()) -> RoomState:
    state = RoomState("s1", plan=Plan(NOW, NOW + timedelta(hours=1), AGENDA, POINTS, PAPERS, QUESTIONS))
    for name in PEOPLE:
        if name not in without:
            state = fold(state, *enter(state, someone(name), NOW, 50))
    if phase != LOBBY:
        state = fold(state, happened("session_opened"))
    return fold(state, happened("session_closed", reason="chair")) if phase == CLOSED else state


def do(state: RoomState, name: str, by: str, now: datetime = NOW, /, **fields: Any) -> RoomState:
    return apply(state, Command(name, by, fields), now)[0]
