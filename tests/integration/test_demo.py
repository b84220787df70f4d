"""What the demonstration is filled with."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import click
import pytest
from sqlalchemy import select

from liaison.commands.demo import fill
from liaison.demo import live, seed, texts
from liaison.domain.actor import SYSTEM
from liaison.domain.clock import FixedClock
from liaison.domain.words import AccountRole
from liaison.house import House
from liaison.services import lifecycle
from liaison.services.attendance import attendance_sheet
from liaison.services.sign_in import sign_in
from liaison.store import tables as t
from tests.support.people import organiser


def all_sessions(house: House) -> list[t.Session]:
    with house.db.read() as db:
        return list(db.scalars(select(t.Session).order_by(t.Session.starts_at)))


def test_it_fills_an_empty_office_once_and_goes_on_with_the_days(house: House, clock: FixedClock) -> None:
    assert len(fill(house)) == sum(bool(person.told_as) for person in texts.PEOPLE)
    first = all_sessions(house)
    assert {session.status for session in first} == {"ended", "live", "confirmed", "cancelled"}
    assert all(set(session.title) == {"ky", "ru", "en"} and session.agenda for session in first)
    fill(house)
    assert [session.id for session in all_sessions(house)] == [session.id for session in first]

    clock.advance(timedelta(days=3).total_seconds())
    lifecycle.run_clock(house)  # nobody came for three days
    fill(house)
    later = all_sessions(house)
    assert len(later) > len(first)
    assert sum(session.status == "live" for session in later) == 1
    passed = [session for session in later if session.ends_at < clock.now() and session.status == "confirmed"]
    assert passed == [], "what lies in the past was held"


def test_every_role_signs_in_with_the_printed_password(house: House) -> None:
    seed.seed_people(house)
    roles = {sign_in(house, person.name, seed.PASSWORD, "127.0.0.1").role for person in texts.PEOPLE}
    assert roles == set(AccountRole)


def test_past_sessions_have_a_sheet_with_everything_on_it(house: House) -> None:
    fill(house)
    held = [session for session in all_sessions(house) if session.status == "ended" and len(session.invitations) > 5]
    sheet = attendance_sheet(house, SYSTEM, held[0].id)["points"]
    assert Counter(row["drops"] for row in sheet)[1] == 1
    assert sum(row["late_seconds"] > 300 for row in sheet) == 1
    assert all(row["headcount"] and row["representatives"] for row in sheet if row["present_seconds"])


def test_a_new_session_goes_live_when_the_chair_has_ended_the_last(house: House) -> None:
    chair = seed.seed_people(house)[texts.CHAIR]
    seed.mark(house)
    first = live.keep_live(house, chair)
    assert live.keep_live(house, chair) == first
    lifecycle.close_session(house, chair, first.session_id)
    second = live.keep_live(house, chair)
    assert second.session_id != first.session_id
    assert len(second.points) >= 6


def test_another_cast_plays_when_the_first_is_taken(house: House, clock: FixedClock) -> None:
    chair = seed.seed_people(house)[texts.CHAIR]
    seed.mark(house)
    first = live.keep_live(house, chair)
    seed.mark(house)  # as if the live session were somebody else's
    second = live.keep_live(house, chair)
    assert second.session_id != first.session_id
    assert set(second.points).isdisjoint(first.points)


def test_it_refuses_a_real_office(house: House) -> None:
    organiser(house)
    with pytest.raises(click.ClickException, match="real office"):
        fill(house)
    assert all_sessions(house) == []
