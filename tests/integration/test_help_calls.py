"""The help desk is told of whoever enters its room: at once and at any hour, those who follow in one message, nobody twice."""

from __future__ import annotations

import pytest

from liaison.domain.actor import Actor
from liaison.domain.clock import FixedClock
from liaison.domain.words import AccountRole, Channel, RoomRole, Via
from liaison.house import House
from liaison.ids import new_id
from liaison.network import load_network
from liaison.notify.sender import Sender
from liaison.notify.short import short_words
from liaison.services import help_desk, presence, room_devices
from liaison.services.notifier import Letter
from liaison.store import tables as t
from tests.support.people import add_actor, organiser
from tests.support.series import Post

MINUTE = 60


@pytest.fixture
def osh(house: House) -> Actor:
    return add_actor(house, "osh", AccountRole.OFFICER, "osh-oblast")


@pytest.fixture
def desk(house: House) -> Actor:
    """Reads mail and has a browser that takes notices; never to be disturbed."""
    desk = add_actor(house, "desk", AccountRole.OPERATOR, email="desk@example.org")
    with house.db.write() as db:
        db.add(t.Contact(id=new_id(), user_id=desk.user_id, channel=Channel.WEB_PUSH, address="https://push.example.org/1", label="",
                         keys={"p256dh": "k", "auth": "a"}, created_at=house.clock.now()))
        db.add(t.NoticeChoice(user_id=desk.user_id, email=True, quiet="own", quiet_from="00:00", quiet_until="23:59", quiet_email=True,
                              updated_at=house.clock.now()))
    return desk


def _sent(house: House) -> list[Letter]:
    post = Post(house)
    post.sent()
    return post.letters


def _told(house: House) -> list[tuple[str, str, list[str]]]:
    """What leaves now: (who, channel, names of the points that call)."""
    letters = [letter for letter in _sent(house) if letter.kind == "help_call"]
    return sorted((letter.to_name, str(letter.channel), [one["places"][0]["en"] for one in letter.payload["callers"]])
                  for letter in letters)


def _everywhere(*places: str) -> list[tuple[str, str, list[str]]]:
    return [("Desk", channel, list(places)) for channel in ("email", "web_push")]


def test_the_first_call_is_told_at_once_and_the_next_ones_together(house: House, clock: FixedClock, osh: Actor, desk: Actor) -> None:
    add_actor(house, "admin", AccountRole.ADMINISTRATOR, email="admin@example.org")
    others = [add_actor(house, name, AccountRole.OFFICER, f"{name}-oblast") for name in ("talas", "chuy")]
    help_desk.open_help_desk(house, osh)
    assert _told(house) == _everywhere("Osh Province")
    clock.advance(10)
    for officer in (*others, osh, others[0]):
        help_desk.open_help_desk(house, officer)
    assert _told(house) == []
    clock.advance(MINUTE)
    assert _told(house) == _everywhere("Talas Province", "Chuy Province")
    clock.advance(MINUTE)
    help_desk.open_help_desk(house, osh)  # told of not long ago
    assert _told(house) == []
    clock.advance(10 * MINUTE)
    help_desk.open_help_desk(house, osh)
    assert _told(house) == _everywhere("Osh Province")


def test_nobody_is_told_of_the_office_or_while_the_help_desk_is_there(house: House, osh: Actor, desk: Actor) -> None:
    room = help_desk.open_help_desk(house, desk)
    help_desk.open_help_desk(house, organiser(house))
    assert _told(house) == []
    with house.db.write() as db:
        presence.open_presence(db, session_id=room, peer_id="peer", point_id=None, user_id=desk.user_id, name="desk", role=RoomRole.CHAIR,
                               via=Via.BROWSER, at=house.clock.now())
    help_desk.open_help_desk(house, osh)
    assert _told(house) == []
    with house.db.write() as db:
        presence.close_all(db, room, house.clock.now())
    help_desk.open_help_desk(house, osh)
    assert _told(house) == _everywhere("Osh Province")


def test_a_call_that_waited_too_long_is_not_told(house: House, clock: FixedClock, osh: Actor, desk: Actor) -> None:
    help_desk.open_help_desk(house, osh)
    clock.advance(31 * MINUTE)
    assert _told(house) == []


def test_a_rooms_pc_calls_and_administrators_hear_where_there_is_no_help_desk(house: House) -> None:
    admin = add_actor(house, "admin", AccountRole.ADMINISTRATOR, email="admin@example.org")
    key = room_devices.new_key()
    room_devices.pair(house, admin, "osh-oblast", room_devices.show_code(house, key).code, "Meeting room")
    device = room_devices.device_of(house, key)
    assert device is not None
    room = help_desk.open_for_pc(house, device)
    letters = [letter for letter in _sent(house) if letter.kind == "help_call"]
    assert [(letter.to_address, letter.payload["callers"][0]["who"]) for letter in letters] == [("admin@example.org", "")]
    words = short_words(letters[0], Sender(load_network(), "https://sessions.example.org", ""))
    assert words.url == f"https://sessions.example.org/room/{room}"
    assert letters[0].language != "en" or "Osh Province" in words.title
