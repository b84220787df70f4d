"""Points that do not answer are asked again, then those above them hear of it; never after an answer, a move or a cancellation."""

from __future__ import annotations

from datetime import timedelta

import pytest

from liaison.domain.actor import SYSTEM, Actor
from liaison.domain.booking import Period
from liaison.domain.words import AccountRole
from liaison.house import House
from liaison.services import chase, invitations, maintenance, outbox, sessions, settings
from liaison.services.told_views import asking_of_session, told_of_session
from tests.integration.test_telling import Post
from tests.support.people import TEN, add_actor, organiser, plan

FAR = TEN + timedelta(days=20)


@pytest.fixture
def booker(house: House) -> Actor:
    organiser(house, "unheard")
    actor = add_actor(house, "planner", AccountRole.ORGANISER, email="planner@example.org")
    add_actor(house, "boris", AccountRole.OFFICER, "alay-district", email="boris@example.org")
    add_actor(house, "oblast", AccountRole.OFFICER, "osh-oblast", email="oblast@example.org")
    add_actor(house, "other", AccountRole.OFFICER, "naryn-oblast", email="other@example.org")
    return actor


@pytest.fixture
def post() -> Post:
    return Post()


@pytest.fixture
def made(house: House, booker: Actor, post: Post) -> str:
    session = sessions.book_session(house, booker, plan("big-hall", "alay-district", starts_at=FAR))
    look(house, post)
    return session.id


def look(house: House, post: Post, **span: float) -> list[tuple[str, str]]:
    """What leaves when the scheduler looks after this time, but for what the booker hears as the chair."""
    house.clock.at += timedelta(**span)  # type: ignore[attr-defined]
    chase.chase_answers(house)
    outbox.deliver_due(house, post, "test:1:a")
    return [line for line in post.told() if line[1] != "planner" or line[0] == "chase"]


def test_the_point_then_its_province_then_the_organiser_once_each(house: House, booker: Actor, post: Post, made: str) -> None:
    assert look(house, post, days=1, hours=23) == []
    assert look(house, post, hours=1) == [("chase", "boris")]
    assert look(house, post, hours=12) == []
    assert look(house, post, hours=12) == [("chase", "oblast")]
    assert look(house, post, days=1) == [("chase", "planner")]
    assert look(house, post, days=5) == []
    asking = asking_of_session(house, booker, made)["alay-district"]
    assert [(step, (at - asking.asked_at).days) for step, at in asking.steps] == [("officers", 2), ("province", 3), ("organiser", 4)]
    told = {point.slug: [(one.person, one.kind, one.state) for one in point.notices if one.kind == "chase"]
            for point in told_of_session(house, booker, made)}
    assert told["alay-district"] == [("Boris", "chase", "sent"), ("Oblast", "chase", "sent"), ("Planner", "chase", "sent")]


def test_a_point_under_maintenance_is_asked_when_the_work_is_done(house: House, booker: Actor, post: Post, made: str) -> None:
    admin = add_actor(house, "admin", AccountRole.ADMINISTRATOR)
    now = house.clock.now()
    maintenance.add_maintenance(house, admin, "alay-district", Period(now + timedelta(days=1), now + timedelta(days=4)), "New roof")
    assert look(house, post, days=3) == []
    assert look(house, post, days=1) == [("chase", "boris")]


def test_only_the_point_itself_gets_the_way_to_answer(house: House, booker: Actor, post: Post, made: str) -> None:
    house.clock.at += timedelta(days=2)  # type: ignore[attr-defined]
    for _ in range(2):
        chase.chase_answers(house)
        outbox.deliver_due(house, post, "test:1:a")
        house.clock.at += timedelta(days=1)  # type: ignore[attr-defined]
    assert [bool(letter.points[0].answer_url) for letter in post.letters] == [True, False]


def test_an_answer_ends_it_even_while_the_question_waits(house: House, booker: Actor, post: Post, made: str) -> None:
    house.clock.at += timedelta(days=2)  # type: ignore[attr-defined]
    assert chase.chase_answers(house) == 1
    invitations.answer_invitation(house, booker, made, "alay-district", "tentative")
    assert look(house, post) == []
    assert look(house, post, days=3) == []


def test_a_cancelled_session_asks_nobody(house: House, booker: Actor, post: Post, made: str) -> None:
    house.clock.at += timedelta(days=2)  # type: ignore[attr-defined]
    chase.chase_answers(house)
    sessions.cancel_session(house, booker, made)
    assert look(house, post) == [("cancellation", "boris")]
    assert look(house, post, days=3) == []


def test_a_move_begins_the_asking_anew(house: House, booker: Actor, post: Post, made: str) -> None:
    assert look(house, post, days=2) == [("chase", "boris")]
    sessions.change_session(house, booker, made, {"starts_at": FAR + timedelta(days=1)})
    assert look(house, post, minutes=1) == [("update", "boris")]
    assert look(house, post, days=1) == []
    assert look(house, post, days=1) == [("chase", "boris")]
    assert len(asking_of_session(house, booker, made)["alay-district"].steps) == 1


def test_a_change_of_the_title_loses_no_question(house: House, booker: Actor, post: Post, made: str) -> None:
    house.clock.at += timedelta(days=2)  # type: ignore[attr-defined]
    chase.chase_answers(house)
    sessions.change_session(house, booker, made, {"title": {"en": "Corrected"}})
    assert look(house, post, minutes=1) == [("chase", "boris"), ("update", "boris")]


def test_the_settings_say_when(house: House, booker: Actor, post: Post, made: str) -> None:
    settings.change_settings(house, SYSTEM, {"chase_after_days": [0, 0, 5], "chase_hours_before": [0, 0, 0]})
    assert look(house, post, days=4) == []
    assert look(house, post, days=1) == [("chase", "planner")]


def test_a_step_without_anybody_to_ask_is_no_step_told(house: House, booker: Actor, post: Post) -> None:
    """Nobody acts for Talas; the province office asked for itself is not told of itself."""
    session = sessions.book_session(house, booker, plan("big-hall", "talas-oblast", "osh-oblast", starts_at=FAR))
    look(house, post)
    for _ in range(4):
        look(house, post, days=1)
    steps = {slug: [step for step, _ in asking.steps] for slug, asking in asking_of_session(house, booker, session.id).items()}
    assert steps == {"big-hall": [], "talas-oblast": ["organiser"], "osh-oblast": ["officers", "organiser"]}
