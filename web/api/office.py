"""``/api/v1/deputies``, ``/points/{slug}/room-pcs`` and ``/message-texts``: what the office keeps beside points and people."""

from __future__ import annotations

from typing import Any

from flask import Response

from liaison.domain.actor import require
from liaison.services import deputies, message_texts, room_devices
from web.context import current_actor, house

from . import edge
from . import office_schemas as s

bp = edge.blueprint("api_office")


@bp.get("/deputies")
@edge.query(bp, s.DeputyQuery)
@bp.output(s.DeputyList)
@bp.doc(summary="List deputies", responses=edge.problems(404, 422), security=edge.TOKEN)
def list_deputies(data: s.DeputyQuery) -> Response:
    """All, for the office's administrators and the help desk; of one account (``user``: name or id), also for that account."""
    found = deputies.list_deputies(house(), current_actor(), data.user)
    return edge.tagged({"items": [_deputy(one) for one in found], "next": None})


@bp.post("/deputies")
@edge.body(bp, s.DeputyIn)
@bp.output(s.DeputyOut, status_code=201)
@bp.doc(summary="Name a deputy", responses=edge.problems(404, 413, 415, 422), security=edge.TOKEN)
def name_deputy(data: s.DeputyIn) -> Response:
    """May book in the chief's name while it lasts."""
    return edge.tagged(_deputy(deputies.add_deputy(house(), current_actor(), data.chief, data.deputy, data.starts_at, data.ends_at)), 201)


@bp.delete("/deputies/<deputyship_id>")
@bp.doc(summary="End a deputyship now", responses=edge.problems(404), security=edge.TOKEN)
def end_deputyship(deputyship_id: str) -> tuple[str, int]:
    """What was booked stays booked."""
    deputies.end_deputyship(house(), current_actor(), deputyship_id)
    return "", 204


@bp.get("/points/<slug>/room-pcs")
@bp.output(s.RoomPcList)
@bp.doc(summary="List the PCs of a point's room", responses=edge.problems(404), security=edge.TOKEN)
def list_room_pcs(slug: str) -> Response:
    """For whoever looks after the point."""
    found = room_devices.room_settings(house(), current_actor(), slug)
    return edge.tagged({"items": [_room_pc(one) for one in found.devices], "next": None})


@bp.post("/points/<slug>/room-pcs")
@edge.body(bp, s.PairIn)
@bp.output(s.RoomPcOut, status_code=201)
@bp.doc(summary="Pair a room's PC", responses=edge.problems(404, 409, 413, 415, 422), security=edge.TOKEN)
def pair_room_pc(slug: str, data: s.PairIn) -> Response:
    """With the code that the PC shows at ``/room-pc``."""
    made = room_devices.pair(house(), current_actor(), slug, data.code, data.name)
    devices = room_devices.room_settings(house(), current_actor(), slug).devices
    return edge.tagged(_room_pc(next(one for one in devices if one.id == made)), 201)


@bp.delete("/points/<slug>/room-pcs/<device_id>")
@bp.doc(summary="Revoke a room's PC", responses=edge.problems(404), security=edge.TOKEN)
def revoke_room_pc(slug: str, device_id: str) -> tuple[str, int]:
    """It shows a code again at once."""
    actor = current_actor()
    require(actor.signed_in, actor)
    room_devices.revoke(house(), actor, slug, edge.known_id(device_id))
    return "", 204


@bp.get("/message-texts")
@bp.output(s.TextList)
@bp.doc(summary="List the office's own words in messages", responses=edge.problems(), security=edge.TOKEN)
def list_texts() -> Response:
    """By kind of message, part and language."""
    kept = message_texts.list_texts(house(), current_actor())
    return edge.tagged({"items": [_text(key, text) for key, text in sorted(kept.items())], "next": None})


@bp.put("/message-texts/<kind>/<part>/<language>")
@edge.body(bp, s.TextIn)
@bp.output(s.TextOut)
@bp.doc(summary="Say it in the office's own words", responses=edge.problems(413, 415, 422), security=edge.TOKEN)
def put_text(kind: str, part: str, language: str, data: s.TextIn) -> Response:
    """Also in messages that wait already. ``part`` is ``subject`` or ``intro``."""
    message_texts.put_text(house(), current_actor(), kind, part, language, data.text)
    return edge.tagged(_text((kind, part, language), data.text.strip()))


@bp.delete("/message-texts/<kind>/<part>/<language>")
@bp.doc(summary="Go back to the usual words", responses=edge.problems(404), security=edge.TOKEN)
def reset_text(kind: str, part: str, language: str) -> tuple[str, int]:
    """Raises 404 where they are in force already."""
    message_texts.reset_text(house(), current_actor(), kind, part, language)
    return "", 204


def _deputy(one: deputies.DeputyView) -> dict[str, Any]:
    return s.DeputyOut.model_validate(one, from_attributes=True).model_dump(mode="json")


def _room_pc(one: room_devices.DeviceRow) -> dict[str, Any]:
    return s.RoomPcOut.model_validate(one, from_attributes=True).model_dump(mode="json")


def _text(key: tuple[str, str, str], text: str) -> dict[str, Any]:
    return {"kind": key[0], "part": key[1], "language": key[2], "text": text}
