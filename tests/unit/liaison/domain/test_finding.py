"""The finder of times: hours, runs of candidates, the order of offers; and the whole against a search by brute force."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liaison.domain.booking import Period
from liaison.domain.finding import CHAIR, Busy, Hours, Offer, Wanted, candidates, find, wanted_errors, window

BISHKEK = ZoneInfo("Asia/Bishkek")
BERLIN = ZoneInfo("Europe/Berlin")
MONDAY = date(2027, 3, 1)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
WANTED = Wanted(required=("osh", "naryn"), optional=("talas",), minutes=60, first_day=MONDAY, days=5)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """A wall-clock moment in Bishkek, ``day`` days after that Monday."""
    return (datetime(2027, 3, 1, hour, minute, tzinfo=BISHKEK) + timedelta(days=day)).astimezone(UTC)


def busy(day: int, start: float, end: float, session: str = "s") -> Busy:
    noon = at(day, 0)
    return Busy(Period(noon + timedelta(hours=start), noon + timedelta(hours=end)), session)


def search(wanted: Wanted, taken: dict[str, list[Busy]], walls: tuple[Period, ...] = (), not_before: datetime = LONG_AGO) -> list[Offer]:
    return find(wanted, candidates(wanted, BISHKEK, not_before), taken, BISHKEK, walls)


def names(offer: Offer) -> list[str]:
    return [item.who for item in offer.missing]


def test_the_first_hour_of_every_day_comes_first() -> None:
    offers = search(WANTED, {})
    assert [offer.period.starts_at for offer in offers[:5]] == [at(day, 9) for day in range(5)]
    assert offers[5].period.starts_at == at(0, 10)
    assert all(offer.free_for_required and not offer.missing for offer in offers)


def test_weekends_are_left_out_unless_asked_for() -> None:
    week = replace(WANTED, days=7, limit=50)
    assert {offer.period.starts_at.astimezone(BISHKEK).weekday() for offer in search(week, {})} == {0, 1, 2, 3, 4}
    sunday = replace(week, hours=Hours(weekdays=frozenset({6})))
    assert {offer.period.starts_at.astimezone(BISHKEK).date() for offer in search(sunday, {})} == {date(2027, 3, 7)}


def test_lunch_is_kept_free_when_asked() -> None:
    hours = Hours(lunch=(13 * 60, 14 * 60))
    starts = candidates(replace(WANTED, days=1, hours=hours), BISHKEK, LONG_AGO)
    assert at(0, 12) in starts
    assert at(0, 12, 15) not in starts
    assert at(0, 13, 45) not in starts
    assert at(0, 14) in starts


def test_the_session_ends_within_the_hours() -> None:
    starts = candidates(replace(WANTED, days=1), BISHKEK, LONG_AGO)
    assert (starts[0], starts[-1]) == (at(0, 9), at(0, 17))
    assert candidates(replace(WANTED, days=1, minutes=600), BISHKEK, LONG_AGO) == []


def test_nothing_before_now() -> None:
    assert candidates(replace(WANTED, days=1), BISHKEK, at(0, 10, 1))[0] == at(0, 10, 15)


def test_hours_are_those_of_the_wall_clock_over_a_change_of_summer_time() -> None:
    spring = replace(WANTED, first_day=date(2027, 3, 26), days=4)  # the clocks go forward on the 28th
    firsts = {start.astimezone(BERLIN).date(): start.astimezone(BERLIN).hour
              for start in reversed(candidates(spring, BERLIN, LONG_AGO))}
    assert firsts == {date(2027, 3, 26): 9, date(2027, 3, 29): 9}


def test_touching_periods_do_not_disturb() -> None:
    one = replace(WANTED, days=1, hours=Hours(10 * 60, 11 * 60))
    assert not search(one, {"osh": [busy(0, 9, 10), busy(0, 11, 12)]})[0].missing
    assert names(search(one, {"osh": [busy(0, 9, 10.01)]})[0]) == ["osh"]
    assert names(search(one, {"osh": [busy(0, 10.99, 12)]})[0]) == ["osh"]


def test_a_gap_that_is_just_long_enough_is_found() -> None:
    short = replace(WANTED, days=1, minutes=50, step=5)
    offers = search(short, {"osh": [busy(0, 9, 11), busy(0, 11 + 55 / 60, 18)]})
    assert [offer.period.starts_at for offer in offers] == [at(0, 11)]


def test_buffers_must_be_free_too() -> None:
    taken = {"osh": [busy(0, 9, 10), busy(0, 12, 18)]}
    tight = replace(WANTED, days=1, before=15, after=30)
    assert [offer.period.starts_at for offer in search(tight, taken)] == [at(0, 10, 15)]
    assert [offer.period.starts_at for offer in search(replace(tight, after=0), taken)] == [at(0, 10, 15)]
    assert search(replace(tight, before=60, after=60), taken)[0].missing


def test_a_time_without_an_optional_point_comes_after_all_that_have_it() -> None:
    taken = {"talas": [busy(0, 0, 24), busy(1, 0, 24), busy(2, 0, 24), busy(3, 0, 24)]}
    offers = search(replace(WANTED, limit=50), taken)
    assert [names(offer) for offer in offers[:8]] == [[]] * 8
    assert offers[0].period.starts_at == at(4, 9)
    assert names(offers[9]) == ["talas"]


def test_required_missing_are_named_only_where_no_time_suits_all() -> None:
    taken = {"osh": [busy(day, 0, 24) for day in range(5)], "naryn": [busy(day, 0, 12) for day in range(5)]}
    offers = search(WANTED, taken)
    assert {tuple(names(offer)) for offer in offers} == {("osh",)}
    assert offers[0].period.starts_at == at(0, 12)
    assert not offers[0].free_for_required
    assert offers[0].missing[0].busy == (busy(0, 0, 24),)


def test_every_holder_in_the_time_is_told() -> None:
    taken = {"osh": [busy(0, 0, 10, "a"), busy(0, 10, 10.25, "b"), busy(0, 10.5, 24, "c")]}
    offer = search(replace(WANTED, days=1, hours=Hours(9 * 60 + 45, 10 * 60 + 45)), taken)[0]
    assert [one.session_id for one in offer.missing[0].busy] == ["a", "b", "c"]


def test_two_bookings_of_one_point_count_as_one_missing() -> None:
    double = {"osh": [busy(0, 9, 18, "a"), busy(0, 9, 18, "b")], "naryn": [busy(0, 9, 10)]}
    offers = search(replace(WANTED, days=1, limit=1), double)
    assert (offers[0].period.starts_at, names(offers[0])) == (at(0, 10), ["osh"])


def test_the_chair_counts_as_required() -> None:
    chaired = replace(WANTED, required=(CHAIR, "osh"), days=1, limit=1)
    offers = search(chaired, {CHAIR: [busy(0, 9, 10.5)]})
    assert offers[0].period.starts_at == at(0, 10, 30)


def test_near_prefers_the_closest_times() -> None:
    offers = search(replace(WANTED, near=at(2, 14), limit=3), {})
    assert [offer.period.starts_at for offer in offers] == [at(2, 14), at(3, 9), at(1, 17)]


def test_walls_are_never_offered() -> None:
    holiday = Period(at(0, 0), at(1, 0))
    assert search(replace(WANTED, limit=1), {}, (holiday,))[0].period.starts_at == at(1, 9)
    assert search(WANTED, {}, (Period(at(0, 0), at(9, 0)),)) == []


def test_a_point_named_twice_is_optional_and_counted_once() -> None:
    both = replace(WANTED, required=("osh", "osh", "talas"), optional=("talas",))
    assert both.everybody == ("osh", "talas")
    assert (both.needs("osh"), both.needs("talas")) == (True, False)


def test_the_window_holds_all_that_matters() -> None:
    wide = replace(WANTED, days=2, before=30, after=15)
    assert window(wide, candidates(wide, BISHKEK, LONG_AGO)) == Period(at(0, 8, 30), at(1, 18, 15))
    assert window(wide, []) is None


@pytest.mark.parametrize(("field", "change"), [
    ("points", {"required": (CHAIR,), "optional": ()}), ("duration_minutes", {"minutes": 4}), ("duration_minutes", {"minutes": 721}),
    ("days", {"days": 0}), ("days", {"days": 93}), ("step_minutes", {"step": 7}), ("limit", {"limit": 0}), ("limit", {"limit": 51}),
    ("weekdays", {"hours": Hours(weekdays=frozenset())}), ("weekdays", {"hours": Hours(weekdays=frozenset({7}))}),
    ("hours_to", {"hours": Hours(600, 600)}), ("hours_to", {"hours": Hours(600, 1441)}),
    ("setup_minutes", {"before": -1}), ("clear_minutes", {"after": 241}),
])
def test_each_mistake_is_named(field: str, change: dict[str, object]) -> None:
    assert [error["field"] for error in wanted_errors(replace(WANTED, **change))] == [field]  # type: ignore[arg-type]
    assert wanted_errors(WANTED) == []


# ---- the same by brute force: every candidate looked at against every busy period


def slow_find(wanted: Wanted, taken: dict[str, list[Busy]], walls: list[Period]) -> list[tuple[datetime, list[str]]]:
    length, before, after = (timedelta(minutes=value) for value in (wanted.minutes, wanted.before, wanted.after))
    looked: list[tuple[int, int, timedelta, datetime, list[str]]] = []
    for day in range(wanted.days):
        for minute in range(0, 1440, 1):
            local = datetime(2027, 3, 1, tzinfo=BISHKEK) + timedelta(days=day, minutes=minute)
            end = minute + wanted.minutes
            if minute < wanted.hours.starts or end > wanted.hours.ends or (minute - wanted.hours.starts) % wanted.step:
                continue
            lunch = wanted.hours.lunch
            if local.weekday() not in wanted.hours.weekdays or (lunch and minute < lunch[1] and end > lunch[0]):
                continue
            start = local.astimezone(UTC)
            around = Period(start - before, start + length + after)
            if any(wall.overlaps(around) for wall in walls):
                continue
            gone = [who for who in wanted.everybody if any(one.period.overlaps(around) for one in taken.get(who, []))]
            away = abs(start - wanted.near) if wanted.near else start - LONG_AGO
            looked.append((sum(map(wanted.needs, gone)), sum(not wanted.needs(who) for who in gone), away, start, gone))
    best = min((item[0] for item in looked), default=0)
    of_day: dict[date, list[datetime]] = {}
    offers = []
    for _, count, away, start, gone in sorted(item for item in looked if item[0] == best):
        others = of_day.setdefault(start.astimezone(BISHKEK).date(), [])
        if all(abs(start - other) >= timedelta(minutes=max(60, wanted.minutes)) for other in others):
            offers.append((count, len(others), away, start, gone))
            others.append(start)
    return [(start, gone) for *_, start, gone in sorted(offers)[:wanted.limit]]


MINUTES = st.integers(0, 3 * 1440)
PERIODS = st.builds(lambda start, length: Period(at(0, 0) + timedelta(minutes=start), at(0, 0) + timedelta(minutes=start + length)),
                    MINUTES, st.integers(1, 700))
TAKEN = st.dictionaries(st.sampled_from(["osh", "naryn", "talas", "chuy", CHAIR]),
                        st.lists(st.builds(Busy, PERIODS), max_size=6), max_size=5)
SEARCHES = st.builds(
    Wanted, required=st.sampled_from([("osh",), ("osh", "naryn"), (CHAIR, "osh", "naryn", "chuy")]),
    optional=st.sampled_from([(), ("talas",), ("talas", "chuy", "naryn")]), minutes=st.integers(5, 200),
    first_day=st.just(MONDAY), days=st.integers(1, 3), step=st.sampled_from([15, 30, 60]), limit=st.integers(1, 20),
    before=st.sampled_from([0, 10, 45]), after=st.sampled_from([0, 5, 60]),
    near=st.one_of(st.none(), st.integers(0, 72).map(lambda hours: at(0, 0) + timedelta(hours=hours))),
    hours=st.builds(Hours, starts=st.integers(6 * 60, 10 * 60), ends=st.integers(11 * 60, 20 * 60),
                    weekdays=st.sampled_from([frozenset(range(5)), frozenset({0, 2})]),
                    lunch=st.sampled_from([None, (13 * 60, 14 * 60), (12 * 60 + 30, 13 * 60 + 15)])))


@given(SEARCHES, TAKEN, st.lists(PERIODS, max_size=2))
def test_finds_what_a_search_by_brute_force_finds(wanted: Wanted, taken: dict[str, list[Busy]], walls: list[Period]) -> None:
    offers = search(wanted, taken, tuple(walls))
    assert [(offer.period.starts_at, names(offer)) for offer in offers] == slow_find(wanted, taken, walls)
