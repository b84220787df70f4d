"""The network at a glance and a point's own page: states out of what is stored, who may see and keep what, pictures made anew."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import select

from liaison.domain.actor import ANONYMOUS, SYSTEM, Actor
from liaison.domain.clock import FixedClock
from liaison.domain.errors import Forbidden, Invalid, NotFound, Unauthenticated
from liaison.domain.point_states import PointState, Trouble
from liaison.domain.words import AccountRole
from liaison.house import House
from liaison.services import lifecycle, point_cards, point_history, point_pictures, presence, sessions
from liaison.services.invitations import answer_invitation
from liaison.services.network_states import PointStatus, count_states, network_states
from liaison.store import tables as t
from tests.support.link_samples import add_minutes
from tests.support.people import add_actor, organiser, plan

POINTS = ("big-hall", "osh-oblast", "alay-district", "naryn-oblast")


@pytest.fixture
def planner(house: House) -> Actor:
    return organiser(house)


@pytest.fixture
def live(house: House, planner: Actor, clock: FixedClock) -> str:
    """A live session of POINTS, opened an hour after the clock's start."""
    session_id = sessions.book_session(house, planner, plan(*POINTS[:3], optional_points=POINTS[3:])).id
    clock.advance(3600)
    lifecycle.open_session(house, planner, session_id)
    return session_id


def enter(house: House, session_id: str, slug: str, peer: str = "", role: str = "point") -> str:
    with house.db.write() as db:
        point_id = db.scalar(select(t.Point.id).where(t.Point.slug == slug))
        peer = peer or f"peer-{slug}"
        presence.open_presence(db, session_id=session_id, peer_id=peer, point_id=point_id, user_id=None, name=slug, role=role,
                               via="browser", at=house.clock.now())
    return peer


def leave(house: House, peer: str, reason: str = "left") -> None:
    with house.db.write() as db:
        presence.touch_presences(db, {peer: house.clock.now()})
        presence.close_presence(db, peer, house.clock.now(), reason)


def status(house: House, slug: str, actor: Actor = SYSTEM) -> PointStatus:
    return next(one for one in network_states(house, actor) if one.point.slug == slug)


# ---------------------------------------------------------------- states


def test_a_quiet_network_is_not_checked(house: House, planner: Actor) -> None:
    found = network_states(house, planner)
    assert len(found) == 63
    assert count_states(found) == {PointState.TROUBLE: 0, PointState.SESSION: 0, PointState.MAINTENANCE: 0, PointState.READY: 0,
                                   PointState.UNCHECKED: 63}
    with pytest.raises(Unauthenticated):
        network_states(house, ANONYMOUS)


def test_the_states_follow_the_room(house: House, live: str, clock: FixedClock) -> None:
    for slug in POINTS[:2]:
        enter(house, live, slug)
    watcher = enter(house, live, "naryn-oblast", "w", role="watcher")
    clock.advance(6 * 60)
    assert [status(house, slug).verdict.state for slug in POINTS] == [
        PointState.SESSION, PointState.SESSION, PointState.TROUBLE, PointState.UNCHECKED]
    assert status(house, "alay-district").verdict.trouble is Trouble.ABSENT
    leave(house, watcher)
    with house.db.write() as db:
        presence.media_lost(db, "peer-osh-oblast", clock.now())
    assert status(house, "osh-oblast").verdict.trouble is Trouble.NO_MEDIA
    with house.db.write() as db:
        presence.media_back(db, {"peer-osh-oblast": clock.now()})
    assert status(house, "osh-oblast").verdict.state is PointState.SESSION
    leave(house, "peer-osh-oblast", "lost")
    assert status(house, "osh-oblast").verdict == replace(status(house, "osh-oblast").verdict, trouble=Trouble.DROPPED, since=clock.now())
    leave(house, "peer-big-hall")
    assert status(house, "big-hall").verdict.state is PointState.UNCHECKED


def test_who_declined_is_not_missed(house: House, live: str, planner: Actor, clock: FixedClock) -> None:
    answer_invitation(house, planner, live, "alay-district", "declined")
    clock.advance(3600)
    assert status(house, "alay-district").verdict.state is PointState.UNCHECKED


def test_a_poor_connection_of_late_is_trouble(house: House, live: str, clock: FixedClock) -> None:
    enter(house, live, "osh-oblast")
    clock.advance(300)
    add_minutes(house, live, "osh-oblast", clock.now() - timedelta(minutes=30), 10, quality="poor")
    assert status(house, "osh-oblast").verdict.state is PointState.SESSION, "that was half an hour ago"
    add_minutes(house, live, "osh-oblast", clock.now() - timedelta(minutes=2), 2, quality="poor")
    assert status(house, "osh-oblast").verdict.trouble is Trouble.WEAK


def test_what_comes_next_is_told_with_its_title_to_those_who_may_know(house: House, planner: Actor) -> None:
    for hours in (3, 1):
        sessions.book_session(house, planner, plan("osh-oblast", title={"en": f"In {hours} h"},
                                                   starts_at=house.clock.now() + timedelta(hours=hours), duration_minutes=30))
    naryn = add_actor(house, "naryn", AccountRole.OFFICER, "naryn-oblast")
    coming, hidden = status(house, "osh-oblast", planner).next, status(house, "osh-oblast", naryn).next
    assert coming is not None and hidden is not None
    assert (coming.title, hidden.title, hidden.starts_at) == ({"en": "In 1 h"}, None, coming.starts_at)
    assert status(house, "naryn-oblast").next is None


# ---------------------------------------------------------------- the card


def test_a_card_is_kept_by_its_people_and_read_by_all(house: House, planner: Actor) -> None:
    osh, naryn = (add_actor(house, name, AccountRole.OFFICER, f"{name}-oblast", email=f"{name}@example.org") for name in ("osh", "naryn"))
    rows = [{"name": " Camera ", "detail": "on the wall", "count": 2}, {"name": "", "detail": ""}]
    point_cards.keep_card(house, osh, "osh-oblast", rows, " Second floor ")
    own, other = point_cards.point_card(house, osh, "osh-oblast"), point_cards.point_card(house, naryn, "osh-oblast")
    assert own.equipment == other.equipment == ({"name": "Camera", "detail": "on the wall", "count": 2},)
    assert (own.note, own.inside, own.editable, other.inside, other.editable) == ("Second floor", True, True, False, False)
    assert (own.officers[0].email, other.officers[0].email) == ("osh@example.org", "")
    for actor in (naryn, planner):
        with pytest.raises(Forbidden):
            point_cards.keep_card(house, actor, "osh-oblast", rows, "")
    with pytest.raises(Unauthenticated):
        point_cards.point_card(house, ANONYMOUS, "osh-oblast")
    with pytest.raises(NotFound):
        point_cards.point_card(house, osh, "atlantis")


@pytest.mark.parametrize(("row", "field"), [
    ({"name": "", "detail": "no name"}, "equipment.0.name"), ({"name": "x" * 121}, "equipment.0.name"),
    ({"name": "Screen", "count": 0}, "equipment.0.count"), ({"name": "Screen", "count": "two"}, "equipment.0.count"),
    ({"name": "Screen", "count": True}, "equipment.0.count"), ({"name": "Scr\0een"}, "equipment.0.name"),
])
def test_a_wrong_row_is_named_and_nothing_kept(house: House, planner: Actor, row: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as error:
        point_cards.keep_card(house, SYSTEM, "osh-oblast", [row], "")
    assert [item["field"] for item in error.value.details["errors"]] == [field]
    assert point_cards.point_card(house, SYSTEM, "osh-oblast").equipment == ()


# ---------------------------------------------------------------- the picture


def photo(form: str = "JPEG") -> bytes:
    out = io.BytesIO()
    Image.linear_gradient("L").convert("RGB").save(out, form)
    return out.getvalue()


def test_a_picture_is_put_shown_and_dropped_by_the_right_people(house: House, planner: Actor) -> None:
    osh, naryn = (add_actor(house, name, AccountRole.OFFICER, f"{name}-oblast") for name in ("osh", "naryn"))
    with pytest.raises(Forbidden):
        point_pictures.put_picture(house, naryn, "osh-oblast", photo())
    point_pictures.put_picture(house, osh, "osh-oblast", photo())
    first = point_pictures.get_picture(house, naryn, "osh-oblast")
    assert first.digest == point_cards.point_card(house, naryn, "osh-oblast").picture
    point_pictures.put_picture(house, SYSTEM, "osh-oblast", photo("PNG"))
    assert point_pictures.get_picture(house, planner, "osh-oblast").digest != first.digest
    with pytest.raises(Forbidden):
        point_pictures.drop_picture(house, naryn, "osh-oblast")
    point_pictures.drop_picture(house, osh, "osh-oblast")
    for call in (point_pictures.get_picture, point_pictures.drop_picture):
        with pytest.raises(NotFound):
            call(house, osh, "osh-oblast")
    with pytest.raises(Unauthenticated):
        point_pictures.get_picture(house, ANONYMOUS, "osh-oblast")


# ---------------------------------------------------------------- how it did


def test_the_history_of_a_point(house: House, live: str, planner: Actor, clock: FixedClock) -> None:
    enter(house, live, "osh-oblast")
    clock.advance(1200)
    leave(house, "peer-osh-oblast", "lost")
    fell = clock.now()
    clock.advance(600)
    enter(house, live, "osh-oblast", "again")
    clock.advance(1800)
    with house.db.write() as db:
        presence.touch_presences(db, {"again": clock.now()})
    lifecycle.close_session(house, planner, live)
    clock.advance(3600)
    found = point_history.point_history(house, planner, "osh-oblast")
    (past,) = found.sessions
    assert past.title == {"en": "Harvest report"}
    assert [(fall.at, fall.back_at) for fall in past.record.falls] == [(fell, fell + timedelta(seconds=600))]
    assert (found.reliability.sessions, found.reliability.missed, found.reliability.drops) == (1, 0, 1)
    assert found.reliability.share == pytest.approx(3000 / 3600)
    assert point_history.point_history(house, planner, "alay-district").reliability.missed == 1
    clock.advance(91 * 86400)
    assert point_history.point_history(house, planner, "osh-oblast").sessions == ()


def test_the_history_is_for_the_office_and_the_points_own_people(house: House, planner: Actor) -> None:
    osh, naryn = (add_actor(house, name, AccountRole.OFFICER, f"{name}-oblast") for name in ("osh", "naryn"))
    assert point_history.point_history(house, osh, "osh-oblast").sessions == ()
    with pytest.raises(Forbidden):
        point_history.point_history(house, naryn, "osh-oblast")
