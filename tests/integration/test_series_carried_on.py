"""Endless series carried on by the clock, newcomers, previews and sizes."""

from __future__ import annotations

from datetime import UTC, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from liaison.domain.actor import Actor
from liaison.domain.errors import Invalid
from liaison.domain.words import AccountRole
from liaison.house import House
from liaison.services import people, series_roll, sessions
from liaison.services.series import Recurrence, book_series
from liaison.services.series_views import preview
from liaison.store import tables as t
from tests.support.people import TEN, add_actor, plan
from tests.support.series import NEXT, WEEKLY, Post, book, make_booker, nothing_overlaps_and_nothing_is_orphaned, starts_of, whole


@pytest.fixture
def booker(house: House) -> Actor:
    return make_booker(house)


@pytest.fixture
def post(house: House) -> Post:
    return Post(house)


def test_an_endless_series_is_booked_a_year_ahead_and_carried_on(house: House, booker: Actor, post: Post) -> None:
    made = book(house, booker, Recurrence("FREQ=WEEKLY"))
    first = len(whole(house, booker, made).dates)
    assert first == 52
    post.sent()
    house.clock.advance(30 * 24 * 3600)  # type: ignore[attr-defined]
    assert series_roll.carry_on(house) == 4
    assert series_roll.carry_on(house) == 0
    assert len(whole(house, booker, made).dates) == first + 4
    assert {kind for kind, _ in post.sent()} <= {"reminder"}
    nothing_overlaps_and_nothing_is_orphaned(house)


def test_a_taken_date_of_an_endless_series_is_told_to_the_booker_and_left_out_for_all(house: House, booker: Actor, post: Post) -> None:
    made = book(house, booker, Recurrence("FREQ=WEEKLY"))
    post.sent()
    last = whole(house, booker, made).dates[-1].starts_at
    sessions.book_session(house, booker, plan("osh-oblast", starts_at=last + timedelta(days=7), title={"en": "Elections"}))
    post.sent()
    house.clock.advance(14 * 24 * 3600)  # type: ignore[attr-defined]
    assert series_roll.carry_on(house) == 2
    view = whole(house, booker, made)
    assert [(gap.at, gap.reason) for gap in view.gaps] == [(last + timedelta(days=7), "taken")]
    sent = [line for line in post.sent() if line[0] != "reminder"]
    assert sent == [("series_gaps", "planner@example.org"), ("series_update", "aida@example.org"), ("series_update", "boris@example.org")]
    gaps = next(letter for letter in post.letters if letter.kind == "series_gaps")
    assert gaps.payload["gaps"][0]["conflicts"][0]["session"]["title"] == {"en": "Elections"}
    assert [at.dt.astimezone(UTC) for at in post.calendar("aida@example.org").walk("VEVENT")[0]["exdate"].dts] == [last + timedelta(days=7)]


def test_a_new_officer_hears_of_a_series_in_one_letter(house: House, booker: Actor, post: Post) -> None:
    book(house, booker)
    post.sent()
    people.create_user(house, booker_of_people(house), name="chynara", full_name="Chynara", role="officer", email="chynara@example.org",
                       points=["osh-oblast"])
    assert [line for line in post.sent() if line[0] != "welcome"] == [("series_invitation", "chynara@example.org")]


def booker_of_people(house: House) -> Actor:
    return add_actor(house, "boss", AccountRole.ADMINISTRATOR)


def test_a_preview_names_what_is_taken(house: House, booker: Actor) -> None:
    sessions.book_session(house, booker, plan("osh-oblast", starts_at=TEN + timedelta(days=14)))
    found = preview(house, booker, plan(starts_at=NEXT), WEEKLY)
    assert [(at.day, found and found["reason"]) for at, found in found.dates] == [(8, "holiday"), (15, "taken"), (22, None), (29, None)]


def test_sixty_three_points_every_week_but_not_every_day(house: House, booker: Actor) -> None:
    with house.db.read() as db:
        slugs = list(db.scalars(select(t.Point.slug).order_by(t.Point.position)))
    with pytest.raises(Invalid):
        book_series(house, booker, plan(*slugs, starts_at=NEXT), Recurrence("FREQ=DAILY"))
    made = book_series(house, booker, plan(*slugs, starts_at=NEXT), Recurrence("FREQ=WEEKLY"))
    assert len(whole(house, booker, made).dates) == 52


def test_a_kill_while_a_series_is_carried_on_leaves_nothing_half_done(
        house: House, booker: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    made = book(house, booker, Recurrence("FREQ=WEEKLY"))
    before = starts_of(whole(house, booker, made))
    house.clock.advance(30 * 24 * 3600)  # type: ignore[attr-defined]

    def killed(*_args: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(series_roll.series_notices, "remind", killed)
        with pytest.raises(KeyboardInterrupt):
            series_roll.carry_on(house)
    assert starts_of(whole(house, booker, made)) == before
    assert series_roll.carry_on(house) == 4
    after = [one.starts_at for one in whole(house, booker, made).dates]
    assert len(set(after)) == len(after) == len(before) + 4
