"""Every Socket.IO message of PROTOCOL.md, in two tables: what clients send, what the server sends."""

from __future__ import annotations

from dataclasses import dataclass, field

from liaison.domain import chat, notes
from liaison.domain.questions import LONGEST, LONGEST_CONTACT, LONGEST_NAME

from .fields import Field, Fields, anything_small, flag, map_of, number, one_of, shape, text
from .room.channels import LANGUAGES

LONGEST_TOKEN = 4_000
LONGEST_SDP = 200_000
LONGEST_MESSAGE = 64_000
MOST_SLOTS = 64

ANYBODY, ALL, RECEIVING, SENDING, TALKING, LEADING, OF_A_POINT = (
    "anybody", "all", "receiving", "sending", "talking", "leading", "of_a_point")


@dataclass(frozen=True, slots=True)
class ClientMessage:
    """``who`` may send it (PROTOCOL.md); ``answer`` names what the acknowledgement holds."""

    who: str
    fields: Fields = field(default_factory=dict)
    answer: tuple[str, ...] = ()


def _maybe(check: object) -> Field:
    return Field(check, required=False)  # type: ignore[arg-type]


_SHARE, _MS, _BITRATE = _maybe(number(0, 1)), _maybe(number(0, 60_000)), _maybe(number(0, 10_000_000_000))
_PATH = {"loss": _SHARE, "rtt_ms": _MS, "jitter_ms": _MS, "bitrate": _BITRATE}
_UP = shape(_PATH)
_DOWN = shape(_PATH | {
    "freezes": _maybe(number(0, 1_000, whole=True)), "frozen_ms": _MS, "concealed": _SHARE, "buffer_ms": _MS,
    "fps": _maybe(number(0, 240)), "height": _maybe(number(0, 8640, whole=True))})
_SEQ = number(0, 2**31 - 1, whole=True)
_EPOCH = Field(number(0, 2**31, whole=True))
_SDP = Field(text(LONGEST_SDP))
_RECEIVER = Field(one_of("subscribe", "wall"))
_WANT = shape({"source": Field(text(100)), "height": Field(number(1, 4320, whole=True))}, nullable=True)

CLIENT: dict[str, ClientMessage] = {
    "join": ClientMessage(ANYBODY, {
        "token": _maybe(text(LONGEST_TOKEN)), "resume": _maybe(text(LONGEST_TOKEN)), "name": _maybe(text(200, 0)),
        "device": _maybe(shape({"camera": _maybe(flag), "microphone": _maybe(flag)})),
        "via": _maybe(one_of("browser", "room_pc", "control", "wall"))},
        ("peer", "resume", "snapshot", "seq", "me", "epoch", "ice_servers", "server_now", "lobby")),
    "snapshot": ClientMessage(ALL, {}, ("snapshot", "seq", "epoch")),
    "publish": ClientMessage(SENDING, {
        "epoch": _EPOCH, "sdp": _SDP, "fresh": _maybe(flag),
        "kinds": _maybe(map_of(one_of("camera", "microphone", "screen"), 8, 16))}, ("sdp",)),
    "subscribe": ClientMessage(RECEIVING, {"epoch": _EPOCH, "connection": _RECEIVER}, ("sdp", "slots")),
    "answer": ClientMessage(RECEIVING, {"epoch": _EPOCH, "connection": _RECEIVER, "sdp": _SDP}),
    "restart": ClientMessage(RECEIVING, {"epoch": _EPOCH, "connection": _RECEIVER}, ("sdp", "slots")),
    "ice": ClientMessage(RECEIVING, {}, ("ice_servers",)),
    "unpublish": ClientMessage(SENDING),
    "view": ClientMessage(RECEIVING, {"connection": _RECEIVER, "slots": Field(map_of(_WANT, MOST_SLOTS, 8))}),
    "command": ClientMessage(ALL, {"id": Field(text(64, 8)), "name": Field(text(40)), "fields": _maybe(anything_small)}, ("seq",)),
    "report": ClientMessage(ALL, {
        "quality": Field(one_of("good", "fair", "poor")), "rtt_ms": _MS, "loss": _SHARE, "up": _maybe(_UP), "down": _maybe(_DOWN),
        "candidate": _maybe(one_of("host", "srflx", "prflx", "relay")), "transport": _maybe(one_of("udp", "tcp", "tls"))}),
    "chat_say": ClientMessage(TALKING, {
        "id": Field(text(64, 8)), "to": Field(one_of(*chat.ADDRESSEES)), "peer": _maybe(text(64)), "answers": _maybe(_SEQ),
        "file": _maybe(text(36)), "text": Field(text(chat.LONGEST, 0))}, ("seq",)),
    "chat_read": ClientMessage(TALKING, {"after": _maybe(_SEQ), "before": _maybe(_SEQ)}, ("messages", "seq", "more")),
    "chat_remove": ClientMessage(LEADING, {"seq": Field(_SEQ)}),
    "notes_read": ClientMessage(LEADING, {}, ("notes",)),
    "note_save": ClientMessage(LEADING, {
        "item": Field(number(-1, 1_000, whole=True)), "base": Field(_SEQ), "upon": _maybe(text(notes.LONGEST, 0)),
        "text": Field(text(notes.LONGEST, 0))},
        ("version", "text", "merged")),
    "questions_read": ClientMessage(LEADING, {"mark": _maybe(text(64, 0))}, ("mark", "waiting", "questions")),
    "question_typed": ClientMessage(OF_A_POINT, {}, ("questions",)),
    "question_ask": ClientMessage(OF_A_POINT, {
        "id": Field(text(64, 8)), "text": Field(text(LONGEST)), "name": _maybe(text(LONGEST_NAME, 0)),
        "place": _maybe(text(LONGEST_NAME, 0)), "contact": _maybe(text(LONGEST_CONTACT, 0)),
        "language": Field(one_of(*LANGUAGES))}, ("number",)),
    "leave": ClientMessage(ALL),
}

SERVER: dict[str, tuple[str, ...]] = {
    "event": ("seq", "type", "at", "data", "patch"),
    "events": ("events",),
    "slots": ("connection", "slots"),
    "sources": ("sources",),
    "layers": ("wanted",),
    "speakers": ("levels", "loudest"),
    "quality": ("peers",),
    "audience": ("outside",),
    "chat": ("seq", "at", "peer", "point", "name", "role", "to", "to_peer", "to_point", "to_name", "answers", "text", "file", "removed",
             "removes"),
    "note": ("item", "version", "at", "name", "text"),
    "bye": ("reason",),
}
