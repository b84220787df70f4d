"""Rules of RFC 5545: read, refused, written, expanded over changes of clocks, moved, said in words."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from dateutil.rrule import rrulestr

from liaison.domain.errors import Invalid
from liaison.domain.recurrence import (
    MOST_DATES,
    Rule,
    check_size,
    first_start,
    local_starts,
    moment,
    moved,
    nth_of,
    parse_rule,
    rule_text,
    starts,
)
from liaison.domain.recurrence_words import describe


def at(*parts: int) -> datetime:
    """A local time."""
    return datetime(*parts, tzinfo=UTC).replace(tzinfo=None)


BISHKEK, BERLIN = ZoneInfo("Asia/Bishkek"), ZoneInfo("Europe/Berlin")
MONDAY = at(2027, 3, 1, 10)  # the first day of a month too


def parsed(text: str, start: datetime = MONDAY, zone: ZoneInfo = BISHKEK) -> Rule:
    return parse_rule(text, start, zone)


def days(text: str, many: int = 4, start: datetime = MONDAY) -> list[str]:
    found = local_starts(parsed(text, start), start)
    return [f"{at:%m-%d}" for at, _ in zip(found, range(many), strict=False)]


@pytest.mark.parametrize(("text", "first"), [
    ("FREQ=DAILY", "03-01 03-02 03-03 03-04"),
    ("FREQ=DAILY;INTERVAL=3", "03-01 03-04 03-07 03-10"),
    ("FREQ=WEEKLY", "03-01 03-08 03-15 03-22"),
    ("RRULE:FREQ=WEEKLY;BYDAY=TH,MO", "03-01 03-04 03-08 03-11"),
    ("freq=weekly;byday=fr", "03-05 03-12 03-19 03-26"),
    ("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,SU", "03-01 03-07 03-15 03-21"),
    ("FREQ=MONTHLY", "03-01 04-01 05-01 06-01"),
    ("FREQ=MONTHLY;BYMONTHDAY=31", "03-31 05-31 07-31 08-31"),
    ("FREQ=MONTHLY;BYMONTHDAY=-1", "03-31 04-30 05-31 06-30"),
    ("FREQ=MONTHLY;BYDAY=2TU", "03-09 04-13 05-11 06-08"),
    ("FREQ=MONTHLY;BYDAY=-1FR", "03-26 04-30 05-28 06-25"),
    ("FREQ=MONTHLY;BYDAY=5MO", "03-29 05-31 08-30 11-29"),
    ("FREQ=YEARLY", "03-01 03-01 03-01 03-01"),
    ("FREQ=YEARLY;BYMONTH=3;BYDAY=1SU", "03-07 03-05 03-04 03-03"),
    ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", "02-29 02-29 02-29 02-29"),
    ("FREQ=WEEKLY;COUNT=2", "03-01 03-08"),
    ("FREQ=WEEKLY;UNTIL=20270315", "03-01 03-08 03-15"),
    ("FREQ=WEEKLY;UNTIL=20270315T040000Z", "03-01 03-08 03-15"),
    ("FREQ=WEEKLY;UNTIL=20270315T035959Z", "03-01 03-08"),
    ("FREQ=WEEKLY;UNTIL=20270315T100000", "03-01 03-08 03-15"),
])
def test_what_a_rule_means(text: str, first: str) -> None:
    assert days(text) == first.split()


@pytest.mark.parametrize("text", [
    "", "FREQ", "FREQ=", "FREQ=HOURLY", "FREQ=SECONDLY", "INTERVAL=2", "FREQ=WEEKLY;FREQ=DAILY", "FREQ=WEEKLY;;", "FREQ=WEEKLY;X=1",
    "FREQ=WEEKLY;INTERVAL=0", "FREQ=WEEKLY;INTERVAL=-1", "FREQ=WEEKLY;INTERVAL=100", "FREQ=WEEKLY;INTERVAL=٣", "FREQ=WEEKLY;COUNT=0",
    f"FREQ=WEEKLY;COUNT={MOST_DATES + 1}", "FREQ=WEEKLY;COUNT=3;UNTIL=20270401", "FREQ=WEEKLY;UNTIL=tomorrow", "FREQ=WEEKLY;UNTIL=20271301",
    "FREQ=WEEKLY;UNTIL=20270301T250000Z", "FREQ=WEEKLY;BYDAY=", "FREQ=WEEKLY;BYDAY=XX", "FREQ=WEEKLY;BYDAY=2MO", "FREQ=DAILY;BYDAY=MO",
    "FREQ=WEEKLY;BYMONTHDAY=1", "FREQ=MONTHLY;BYDAY=MO", "FREQ=MONTHLY;BYDAY=1MO,2MO", "FREQ=MONTHLY;BYDAY=-2MO", "FREQ=MONTHLY;BYDAY=6MO",
    "FREQ=MONTHLY;BYMONTHDAY=0", "FREQ=MONTHLY;BYMONTHDAY=32", "FREQ=MONTHLY;BYMONTHDAY=1,2", "FREQ=MONTHLY;BYDAY=1MO;BYMONTHDAY=1",
    "FREQ=MONTHLY;BYMONTH=3", "FREQ=YEARLY;BYMONTH=13", "FREQ=WEEKLY;BYSETPOS=1", "FREQ=WEEKLY;BYHOUR=9", "FREQ=WEEKLY;WKST=SU",
    "FREQ=WEEKLY;" + "X" * 300, "FREQ=WEEKLY\nCOUNT=3", "\0",
])
def test_what_is_no_rule_is_refused_and_the_field_named(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        parsed(text)
    assert [error["field"] for error in refused.value.details["errors"]] == ["recurrence.rule"]


@pytest.mark.parametrize("text", [
    "FREQ=DAILY;INTERVAL=2;COUNT=5", "FREQ=WEEKLY;BYDAY=MO,TH", "FREQ=MONTHLY;BYMONTHDAY=-1", "FREQ=MONTHLY;BYDAY=-1FR;UNTIL=20271231",
    "FREQ=YEARLY", "FREQ=YEARLY;BYMONTH=5;BYDAY=3WE;COUNT=3", "FREQ=WEEKLY;INTERVAL=2;UNTIL=20280101T000000Z",
])
@pytest.mark.parametrize("zone", [BISHKEK, BERLIN])
def test_a_written_rule_means_the_same_to_everybody(text: str, zone: ZoneInfo) -> None:
    start = first_start(parsed(text, zone=zone), MONDAY)
    rule = parsed(text, start, zone)
    written = rule_text(rule, start, zone)
    assert parsed(written, start, zone) == rule
    theirs = rrulestr(written, dtstart=start.replace(tzinfo=zone))  # dateutil reads the RFC's own text
    ours = [at for at, _ in zip(local_starts(rule, start), range(30), strict=False)]
    assert [at.replace(tzinfo=None) for at, _ in zip(theirs, range(30), strict=False)] == ours


def test_the_hour_stays_over_a_change_of_clocks() -> None:
    start = at(2027, 3, 22, 10)
    found = starts(parsed("FREQ=WEEKLY;COUNT=3", start, BERLIN), start, BERLIN, datetime(2028, 1, 1, tzinfo=UTC))
    assert [f"{at:%d %H:%M}" for at in found] == ["22 09:00", "29 08:00", "05 08:00"]
    assert {f"{at.astimezone(BERLIN):%H:%M}" for at in found} == {"10:00"}


def test_a_skipped_hour_is_taken_with_the_offset_before_it_and_a_doubled_one_is_the_first() -> None:
    assert moment(at(2027, 3, 28, 2, 30), BERLIN) == datetime(2027, 3, 28, 1, 30, tzinfo=UTC)
    assert moment(at(2027, 10, 31, 2, 30), BERLIN) == datetime(2027, 10, 31, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(("text", "fits"), [
    ("FREQ=DAILY", True), (f"FREQ=DAILY;COUNT={MOST_DATES}", True), ("FREQ=DAILY;UNTIL=20280801", False),
    ("FREQ=WEEKLY;UNTIL=20320101", True), ("FREQ=YEARLY;COUNT=6", True), ("FREQ=YEARLY;COUNT=7", False),
])
def test_a_series_with_an_end_has_a_size(text: str, fits: bool) -> None:
    if fits:
        check_size(parsed(text), MONDAY)
    else:
        with pytest.raises(Invalid):
            check_size(parsed(text), MONDAY)


def test_a_rule_without_any_date_is_refused() -> None:
    with pytest.raises(Invalid, match="Some fields"):
        first_start(parsed("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"), MONDAY)
    with pytest.raises(Invalid):
        first_start(parsed("FREQ=WEEKLY;UNTIL=20270201"), MONDAY)


@pytest.mark.parametrize(("text", "days_later", "becomes"), [
    ("FREQ=DAILY", 1, "FREQ=DAILY"),
    ("FREQ=WEEKLY;BYDAY=MO,TH", 1, "FREQ=WEEKLY;BYDAY=TU,FR"),
    ("FREQ=WEEKLY;BYDAY=MO,SU", -1, "FREQ=WEEKLY;BYDAY=SA,SU"),
    ("FREQ=MONTHLY;BYMONTHDAY=1", 4, "FREQ=MONTHLY;BYMONTHDAY=5"),
    ("FREQ=MONTHLY;BYDAY=1MO", 9, "FREQ=MONTHLY;BYDAY=2WE"),
    ("FREQ=YEARLY", 31, "FREQ=YEARLY;BYMONTH=4;BYMONTHDAY=1"),
    ("FREQ=WEEKLY;UNTIL=20270501", 2, "FREQ=WEEKLY;BYDAY=WE;UNTIL=20270503"),
    ("FREQ=WEEKLY;COUNT=7", 0, "FREQ=WEEKLY;BYDAY=MO;COUNT=7"),
])
def test_a_moved_rule_goes_along_with_its_days(text: str, days_later: int, becomes: str) -> None:
    new = MONDAY + timedelta(days=days_later)
    found = moved(parsed(text), MONDAY, new)
    assert found == parsed(becomes, new)
    assert first_start(found, new) == new


def test_which_monday_of_its_month_a_day_is() -> None:
    assert [nth_of(date(2027, 3, day)) for day in (1, 7, 8, 29)] == [1, 1, 2, 5]
    assert (nth_of(date(2027, 3, 22), True), nth_of(date(2027, 3, 29), True)) == (4, -1)


@pytest.mark.parametrize(("text", "english", "russian"), [
    ("FREQ=DAILY;COUNT=1", "Every day; 1 time", "Каждый день; 1 раз"),
    ("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TH;COUNT=5", "Every 2 weeks: Monday, Thursday; 5 times",
     "Раз в 2 недели: понедельник, четверг; 5 раз"),
    ("FREQ=MONTHLY;BYDAY=-1FR;UNTIL=20271231", "Every month: last Friday; until 31 December 2027",
     "Каждый месяц: последняя пятница; до 31 декабря 2027\u202fг."),
    ("FREQ=MONTHLY;BYMONTHDAY=15", "Every month: day 15 of the month; without an end", "Каждый месяц: 15-е число; без окончания"),
    ("FREQ=MONTHLY;BYMONTHDAY=-1", "Every month: last day of the month; without an end",
     "Каждый месяц: последний день месяца; без окончания"),
    ("FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=21", "Every year: 21 March; without an end", "Каждый год: 21 марта; без окончания"),
    ("FREQ=YEARLY;BYMONTH=3;BYDAY=1SU", "Every year: first Sunday in March; without an end",
     "Каждый год: первое воскресенье, март; без окончания"),
])
def test_a_rule_in_words(text: str, english: str, russian: str) -> None:
    assert describe(parsed(text), "en") == english
    assert describe(parsed(text), "ru") == russian


@pytest.mark.parametrize("text", ["FREQ=DAILY;INTERVAL=2", "FREQ=WEEKLY;BYDAY=WE", "FREQ=MONTHLY;BYDAY=2TU", "FREQ=YEARLY"])
def test_a_rule_in_kyrgyz_has_no_letter_of_another_script(text: str) -> None:
    assert not [sign for sign in describe(parsed(text), "ky") if sign.isascii() and sign.isalpha()]
