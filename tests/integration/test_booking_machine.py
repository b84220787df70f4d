"""No sequence of booking acts breaks a booking rule: a machine that does whatever people could do, in any order.

``make fuzz-booking EXAMPLES=2000`` runs it for long; ``make test`` a few histories.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy import select

from liaison.domain.booking import Period
from liaison.domain.displacement import Choice, Fate
from liaison.domain.errors import BookingConflict, LiaisonError
from liaison.domain.sessions import Plan
from liaison.services import (
    booking_requests,
    closures,
    displacement,
    invitations,
    lifecycle,
    maintenance,
    outbox,
    series,
    series_displacement,
    sessions,
    waiting_list,
)
from liaison.services.making_way import Displaced
from liaison.services.notifier import Letter
from liaison.services.series_edits import Edit, cancel_dates, change_dates
from liaison.store import tables as t
from tests.support.booking_world import MONDAY, POINTS, World, complaints, make_world, same_world
from tests.support.databases import PostgresFactory

EXAMPLES = int(os.environ.get("BOOKING_EXAMPLES", "0"))
STEPS = 20

moments = st.integers(1, 24).map(lambda number: MONDAY + timedelta(minutes=15 * number))
lengths = st.sampled_from([15, 30, 60, 90])
some_points = st.lists(st.sampled_from(POINTS), min_size=1, max_size=3, unique=True).map(tuple)
buffers = st.sampled_from([0, 0, 15])
rules = st.sampled_from(["FREQ=DAILY;COUNT=3", "FREQ=DAILY;INTERVAL=2;COUNT=3", "FREQ=DAILY;COUNT=2", "FREQ=WEEKLY;BYDAY=MO,TU;COUNT=4"])
days = st.frozensets(st.integers(1, 9).map(lambda day: date(2027, 3, day)), max_size=2)
scopes: Any = st.sampled_from(["following", "all"])
priorities = st.integers(0, 3)
plans = st.builds(
    lambda points, starts_at, minutes, before, after, priority, public, record: Plan(
        {"en": "A"}, "training", starts_at, minutes, points, public=public, record=record, setup_minutes=before, clear_minutes=after,
        priority=priority),
    some_points, moments, lengths, buffers, buffers, priorities, st.booleans(), st.sampled_from([False, False, True]))
SOMETHING = Plan({"en": "A"}, "training", MONDAY + timedelta(hours=1), 60, POINTS[:2])
picks = st.integers(0, 1_000)
some_changes = st.one_of(
    st.just({}), lengths.map(lambda minutes: {"duration_minutes": minutes}), some_points.map(lambda points: {"points": points}),
    st.sampled_from("AB").map(lambda title: {"title": {"en": title}}), buffers.map(lambda minutes: {"setup_minutes": minutes}))


class Taken:
    """A notifier whose other side takes everything."""

    def deliver(self, _letter: Letter) -> None:
        return None


class Booking(RuleBasedStateMachine):
    """``new_world`` is set by the test: where each history's database comes from."""

    new_world: Callable[[Path], World]

    @initialize()
    def begin(self) -> None:
        self.folder = Path(mkdtemp(prefix="booking-"))
        self.world = type(self).new_world(self.folder)
        house, booker = self.world.house, self.world.booker  # so that the first acts have something to act on
        sessions.book_session(house, booker, replace(SOMETHING, starts_at=MONDAY + timedelta(hours=2)))
        series.book_series(house, booker, SOMETHING, series.Recurrence("FREQ=DAILY;COUNT=3"))

    def teardown(self) -> None:
        if hasattr(self, "world"):
            assert list(complaints(self.world)) == []
            self.world.house.db.close()
            shutil.rmtree(self.folder)

    # ------------------------------------------------------------ what people do

    @rule(plan=plans)
    def book(self, plan: Plan) -> None:
        stands = self._in_the_way(plan)
        made = self._try(lambda: sessions.book_session(self.world.house, self.world.booker, plan))
        if stands:
            assert isinstance(made, BookingConflict)

    @rule(pick=picks, starts_at=moments)
    def move(self, pick: int, starts_at: Any) -> None:
        self._change(pick, {"starts_at": starts_at})

    @rule(pick=picks, minutes=lengths)
    def change_length(self, pick: int, minutes: int) -> None:
        self._change(pick, {"duration_minutes": minutes})

    @rule(pick=picks, points=some_points)
    def change_points(self, pick: int, points: tuple[str, ...]) -> None:
        self._change(pick, {"points": points})

    @rule(pick=picks, before=buffers, after=buffers, public=st.booleans())
    def change_the_rest(self, pick: int, before: int, after: int, public: bool) -> None:
        self._change(pick, {"setup_minutes": before, "clear_minutes": after, "public": public})

    @rule(pick=picks)
    def cancel(self, pick: int) -> None:
        self._of(pick, lambda row: sessions.cancel_session(self.world.house, self.world.booker, row.id))

    @rule(plan=plans, fates=st.lists(st.sampled_from(list(Fate)), min_size=5, max_size=5), starts_at=moments)
    def displace(self, plan: Plan, fates: list[Fate], starts_at: Any) -> None:
        house, booker = self.world.house, self.world.booker
        found = self._try(lambda: displacement.find_displaced(house, booker, plan))
        if isinstance(found, list) and found:
            choices = {one.session.id: Choice(fate, starts_at if fate is Fate.MOVE else None)
                       for one, fate in zip(found, fates * 9, strict=False)}
            live = [row.id for row in self.world.rows(t.Session) if row.status == "live"]
            made = self._try(lambda: displacement.displace(house, booker, plan, choices))
            assert isinstance(made, LiaisonError) or not set(live) & set(choices)

    @rule(pick=picks, starts_at=moments, minutes=lengths, fate=st.sampled_from(list(Fate)))
    def displace_by_moving(self, pick: int, starts_at: Any, minutes: int, fate: Fate) -> None:
        house, booker = self.world.house, self.world.booker
        changes = {"starts_at": starts_at, "duration_minutes": minutes, "priority": 3}

        def act(row: t.Session) -> None:
            found = displacement.find_displaced_by_change(house, booker, row.id, changes)
            displacement.displace_by_change(house, booker, row.id, changes, _choices(found, fate), "Flood")
        self._of(pick, act)

    # ------------------------------------------------------------ series

    @rule(plan=plans, recurrence=rules, left_out=days)
    def book_series(self, plan: Plan, recurrence: str, left_out: frozenset[date]) -> None:
        self._try(lambda: series.book_series(self.world.house, self.world.booker, plan, series.Recurrence(recurrence, left_out)))

    @rule(plan=plans, recurrence=rules, fate=st.sampled_from(list(Fate)), sparing=st.booleans())
    def displace_by_series(self, plan: Plan, recurrence: str, fate: Fate, sparing: bool) -> None:
        house, booker = self.world.house, self.world.booker
        wanted = series.Recurrence(recurrence)

        def act() -> None:
            found = series_displacement.find_displaced_by_series(house, booker, plan, wanted)
            left = frozenset(day for one in found for day in one.dates if not one.displaceable or sparing)
            choices = _choices((one for one in found if not set(one.dates) <= left), fate)
            series_displacement.displace_by_series(house, booker, plan, replace(wanted, leave_out=left), choices)
        self._try(act)

    @rule(pick=picks, scope=scopes, starts_at=moments, fate=st.sampled_from(list(Fate)))
    def displace_by_dates(self, pick: int, scope: Any, starts_at: Any, fate: Fate) -> None:
        """Moved within its own day, or more points taken."""
        house, booker = self.world.house, self.world.booker

        def act(row: t.Session) -> None:
            moved = row.starts_at.replace(hour=starts_at.hour, minute=starts_at.minute)
            edit = Edit(scope, {"starts_at": moved, "points": POINTS[:3], "priority": 3})
            before = self.world.picture()
            found = series_displacement.find_displaced_by_dates(house, booker, row.id, edit)
            assert self.world.picture() == before
            stay = frozenset(day for one in found for day in one.dates if not one.displaceable)
            choices = _choices((one for one in found if not set(one.dates) <= stay), fate)
            series_displacement.displace_by_dates(house, booker, row.id, replace(edit, stay=stay), choices, "Flood")
        self._of_series(pick, act)

    @rule(pick=picks, scope=scopes, starts_at=st.none() | moments, more=some_changes, overwrite=st.booleans(), stay=days)
    def change_dates(self, pick: int, scope: Any, starts_at: Any, more: dict[str, Any], overwrite: bool, stay: frozenset[date]) -> None:
        """Moved within its own day; the days that a refusal names may stay as they are."""
        def act(row: t.Session) -> None:
            moved = {"starts_at": row.starts_at.replace(hour=starts_at.hour, minute=starts_at.minute)} if starts_at else {}
            edit = Edit(scope, more | moved, None, overwrite, stay)
            try:
                change_dates(self.world.house, self.world.booker, row.id, edit)
            except BookingConflict as refused:
                named = frozenset(date.fromisoformat(item["date"]) for item in refused.details["refused"])
                change_dates(self.world.house, self.world.booker, row.id, replace(edit, stay=stay | named))
        self._of_series(pick, act)

    @rule(pick=picks, scope=scopes, days_on=st.integers(-1, 2))
    def move_dates_by_days(self, pick: int, scope: Any, days_on: int) -> None:
        def act(row: t.Session) -> None:
            change_dates(self.world.house, self.world.booker, row.id, Edit(scope, {"starts_at": row.starts_at + timedelta(days=days_on)}))
        self._of_series(pick, act)

    @rule(pick=picks, scope=scopes, recurrence=rules, stay=days)
    def change_rule(self, pick: int, scope: Any, recurrence: str, stay: frozenset[date]) -> None:
        self._of_series(pick, lambda row: change_dates(self.world.house, self.world.booker, row.id,
                                                       Edit(scope, {}, recurrence, stay=stay)))

    @rule(pick=picks, scope=scopes)
    def cancel_dates(self, pick: int, scope: Any) -> None:
        self._of_series(pick, lambda row: cancel_dates(self.world.house, self.world.booker, row.id, scope, "Budget"))

    @rule(pick=picks)
    def decline_one_date(self, pick: int) -> None:
        """One point's refusal of one date touches that date alone."""
        before = self._answers()

        def act(row: t.Session) -> None:
            invitations.answer_invitation(self.world.house, self.world.officer, row.id, POINTS[1], "declined", "No power")
            changed = {key for key, answer in self._answers().items() if before[key] != answer}
            assert changed <= {(row.id, POINTS[1])}
        self._of_series(pick, act)

    @rule()
    def letters_leave(self) -> None:
        outbox.deliver_due(self.world.house, Taken(), "test:1:a")

    # ------------------------------------------------------------ live sessions and the clock

    @rule(pick=picks)
    def open(self, pick: int) -> None:
        self._of(pick, lambda row: lifecycle.open_session(self.world.house, self.world.booker, row.id))

    @rule(pick=picks, minutes=st.sampled_from([5, 15, 60]))
    def extend(self, pick: int, minutes: int) -> None:
        self._of(pick, lambda row: lifecycle.extend_session(self.world.house, self.world.booker, row.id, minutes))

    @rule(pick=picks)
    def close(self, pick: int) -> None:
        self._of(pick, lambda row: lifecycle.close_session(self.world.house, self.world.booker, row.id))

    @rule(minutes=st.sampled_from([1, 10, 30]))
    def wait_a_while(self, minutes: int) -> None:
        self.world.clock.advance(60 * minutes)
        lifecycle.run_clock(self.world.house)
        waiting_list.run_waiting_list(self.world.house)

    # ------------------------------------------------------------ requests and the waiting list

    @rule(plan=plans)
    def ask(self, plan: Plan) -> None:
        self._try(lambda: booking_requests.ask_for_session(self.world.house, self.world.officer, plan))

    @rule(plan=plans)
    def queue(self, plan: Plan) -> None:
        self._try(lambda: waiting_list.wait_for(self.world.house, self.world.booker, plan))

    @rule(pick=picks, starts_at=st.none() | moments)
    def approve(self, pick: int, starts_at: Any) -> None:
        def act(row: t.BookingRequest) -> None:
            asked = booking_requests.get_request(self.world.house, self.world.booker, row.id).plan
            changed = replace(asked, starts_at=starts_at) if starts_at else None
            booking_requests.approve_request(self.world.house, self.world.booker, row.id, changed)
        self._of(pick, act, t.BookingRequest)

    @rule(pick=picks)
    def accept(self, pick: int) -> None:
        self._of(pick, lambda row: waiting_list.accept_offer(self.world.house, self.world.booker, row.id), t.BookingRequest)

    @rule(pick=picks)
    def withdraw(self, pick: int) -> None:
        self._of(pick, lambda row: booking_requests.withdraw_request(self.world.house, self.world.booker, row.id), t.BookingRequest)

    # ------------------------------------------------------------ bounds

    @rule(starts_at=moments, point=st.none() | st.sampled_from(POINTS))
    def shut(self, starts_at: Any, point: str | None) -> None:
        self._try(lambda: closures.add_closure(self.world.house, self.world.admin, Period(starts_at, starts_at + timedelta(minutes=30)),
                                               "Closed", None, point))

    @rule(starts_at=moments, point=st.sampled_from(POINTS))
    def maintain(self, starts_at: Any, point: str) -> None:
        period = Period(starts_at, starts_at + timedelta(minutes=30))
        self._try(lambda: maintenance.add_maintenance(self.world.house, self.world.admin, point, period, "New switch"))

    # ------------------------------------------------------------ what must always hold

    @invariant()
    @precondition(lambda self: hasattr(self, "world"))
    def all_rules_hold(self) -> None:
        assert list(complaints(self.world, feeds=1)) == []

    def _try(self, act: Callable[[], Any]) -> Any:
        """The answer or the refusal; a refusal leaves everything as it was."""
        before = self.world.picture()
        try:
            return act()
        except LiaisonError as refused:
            assert self.world.picture() == before
            return refused

    def _answers(self) -> dict[tuple[str, str], str]:
        return {(row.id, one.point.slug): one.answer for row in self.world.rows(t.Session) for one in row.invitations}

    def _of_series(self, pick: int, act: Callable[[Any], Any]) -> None:
        rows = [row for row in self.world.rows(t.Session) if row.series_id is not None]
        if rows:
            self._try(lambda: act(rows[pick % len(rows)]))

    def _of(self, pick: int, act: Callable[[Any], Any], kind: Any = t.Session) -> None:
        rows = self.world.rows(kind)
        if rows:
            self._try(lambda: act(rows[pick % len(rows)]))

    def _change(self, pick: int, changes: dict[str, Any]) -> None:
        self._of(pick, lambda row: sessions.change_session(self.world.house, self.world.booker, row.id, changes))

    def _in_the_way(self, plan: Plan) -> bool:
        """By looking at every booking, without the product's own search."""
        slugs = {row.id: row.slug for row in self.world.rows(t.Point)}
        now = self.world.clock.now()
        return plan.starts_at >= now and any(
            row.active and slugs[row.point_id] in plan.points and row.starts_at < plan.held.ends_at and plan.held.starts_at < row.ends_at
            for row in self.world.rows(t.Booking))


def _choices(found: Iterable[Displaced], fate: Fate) -> dict[str, Choice]:
    return {one.session.id: Choice(fate, one.starts[0] if fate is Fate.MOVE and one.starts else None) for one in found}


def _run(new_world: Callable[[Path], World], examples: int) -> None:
    machine = type("Machine", (Booking,), {"new_world": staticmethod(new_world)})
    run_state_machine_as_test(machine, settings=settings(
        max_examples=examples, stateful_step_count=STEPS, deadline=None, database=None, derandomize=not EXAMPLES,
        suppress_health_check=list(HealthCheck)))


@pytest.fixture
def sqlite_worlds(sqlite_url: str, tmp_path: Path) -> Callable[[Path], World]:
    first = make_world(tmp_path, sqlite_url)
    first.house.db.close()  # the last connection folds the journal into the file
    return lambda folder: same_world(first, folder)


@pytest.fixture
def postgresql_worlds(_postgres_factory: PostgresFactory) -> Iterator[Callable[[Path], World]]:
    """One database after the other: each goes back before the next is lent."""
    lent: list[Iterator[str]] = []

    def new_world(folder: Path) -> World:
        for lending in lent[-1:]:
            next(lending, None)
        lent.append(_postgres_factory.lend())
        return make_world(folder, next(lent[-1]))

    yield new_world
    for lending in lent[-1:]:
        next(lending, None)


def test_no_history_breaks_a_rule_on_sqlite(sqlite_worlds: Callable[[Path], World]) -> None:
    _run(sqlite_worlds, EXAMPLES or 4)


def test_no_history_breaks_a_rule_on_postgresql(postgresql_worlds: Callable[[Path], World]) -> None:
    _run(postgresql_worlds, EXAMPLES // 10 or 1)


def test_the_machine_sees_what_is_wrong(sqlite_url: str, tmp_path: Path) -> None:
    """The complaints are no empty words: damage done behind the services' back is found."""
    world = make_world(tmp_path, sqlite_url)
    sessions.book_session(world.house, world.booker, Plan({"en": "A"}, "training", MONDAY + timedelta(hours=1), 60, POINTS[1:2]))
    assert list(complaints(world)) == []
    with world.house.db.write() as db:
        db.delete(db.get_one(t.Booking, world.rows(t.Booking)[0].id))
    assert any("does not hold" in complaint for complaint in complaints(world))
    with world.house.db.write() as db:
        session = db.get_one(t.Session, world.rows(t.Session)[0].id)
        session.status = "cancelled"
    assert any("waits for" in complaint for complaint in complaints(world))
    world.house.db.close()


def test_the_machine_sees_what_is_wrong_with_a_series(sqlite_url: str, tmp_path: Path) -> None:
    world = make_world(tmp_path, sqlite_url)
    plan = Plan({"en": "A"}, "training", MONDAY + timedelta(hours=1), 60, POINTS[1:2])
    series.book_series(world.house, world.booker, plan, series.Recurrence("FREQ=DAILY;COUNT=3", frozenset({date(2027, 3, 2)})))
    assert list(complaints(world)) == []
    with world.house.db.write() as db:
        db.delete(db.scalars(select(t.SeriesGap)).one())
    assert any("nothing stands for" in complaint for complaint in complaints(world))
    with world.house.db.write() as db:
        one = db.scalars(select(t.Series)).one()
        one.rule, one.sequence = "FREQ=DAILY;INTERVAL=2;COUNT=1", 5
    found = list(complaints(world))
    assert any("its rule has not" in complaint for complaint in found) and any("older state" in complaint for complaint in found)
    world.house.db.close()
