"""The booking's rules for the room: quorum and presence checks, from the form and the API into the room that opens."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from liaison.domain.errors import Invalid
from liaison.house import House
from liaison.services import sessions
from liaison.services.lifecycle import open_session
from signaling import rooms
from tests.support.people import organiser, plan
from tests.support.web import Browser
from web.app import create_app

POINTS = ("big-hall", "osh-oblast", "alay-district")
FORM = {"title_en": "Harvest report", "kind": "government", "date": "2027-03-01", "time": "10:00", "minutes": "60", "points": list(POINTS)}


def test_the_room_takes_the_rules_over_when_it_opens(house: House) -> None:
    booker = organiser(house)
    soon = house.clock.now() + timedelta(minutes=5)
    view = sessions.book_session(house, booker, plan(*POINTS, starts_at=soon, quorum=2, checks_minutes=30))
    assert (view.quorum, view.checks_minutes) == (2, 30)
    open_session(house, booker, view.id)
    with house.db.read() as db:
        state, _seq = rooms.read_state(db, view.id)
    assert state.quorum is not None and state.quorum.need == 2
    assert (state.checks_minutes, state.checks_since) == (30, state.opened_at)


@pytest.mark.parametrize(("field", "wrong"), [("quorum", 0), ("quorum", 4), ("checks_minutes", 4), ("checks_minutes", 241)])
def test_a_rule_that_cannot_be_kept_is_refused_by_name(house: House, field: str, wrong: int) -> None:
    with pytest.raises(Invalid) as refused:
        sessions.book_session(house, organiser(house), plan(*POINTS, **{field: wrong}))
    assert [error["field"] for error in refused.value.details["errors"]] == [field]


def test_the_form_keeps_the_rules_and_takes_them_back(house: House) -> None:
    booker = organiser(house)
    desk = Browser(create_app(house), house).become(booker.user_id)
    made = desk.post("/sessions/new", FORM | {"quorum": "2", "checks_minutes": "20"})
    assert made.status_code == 303, made.text
    page = desk.get(made.location)
    assert "2 of 3 points" in page.text and "About every 20 min" in page.text
    form = desk.get(f"{made.location}/edit")
    assert re.search(r'<input[^>]*name="quorum"[^>]*value="2"', form.text)
    session_id = made.location.rsplit("/", 1)[1]
    version = str(sessions.get_session(house, booker, session_id).version)
    wrong = desk.post(f"{made.location}/edit", FORM | {"quorum": "many", "checks_minutes": "", "version": version, "scope": "this"})
    assert wrong.status_code == 422 and "Give a whole number, or leave it empty." in wrong.text
    kept = desk.post(f"{made.location}/edit", FORM | {"quorum": "", "checks_minutes": "", "version": version, "scope": "this"})
    assert kept.status_code == 303
    view = sessions.get_session(house, booker, session_id)
    assert (view.quorum, view.checks_minutes) == (None, None)
