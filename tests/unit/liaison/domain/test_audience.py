"""Who watches now, and what is kept of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from liaison.domain.audience import Audience, folded

AT = datetime(2027, 3, 2, 5, 0, 10, tzinfo=UTC)
SMALL, LARGE, SOUND, RUSSIAN = ("v360", "sound"), ("v720", "sound"), ("sound", "sound"), ("v360", "sound-ru")


def after(seconds: float) -> datetime:
    return AT + timedelta(seconds=seconds)


def test_a_page_counts_once_and_until_it_is_silent_or_left() -> None:
    audience = Audience(10)
    assert all(audience.here("s", page, SMALL, AT) for page in "aab")
    assert audience.here("s", "a", LARGE, after(30)) and audience.here("other", "a", SMALL, after(30))
    assert audience.watching("s", after(59)) == 2
    assert audience.totals(after(59)) == {"auto": 0, "v720": 1, "v360": 2, "sound": 0}
    assert audience.watching("s", after(60)) == 1  # b has said nothing for a minute
    assert audience.gone("s", "a") == LARGE and audience.gone("s", "a") is None
    assert audience.watching("s", after(60)) == 0 and audience.watching("other", after(89)) == 1


def test_who_comes_when_all_places_are_taken_may_only_listen() -> None:
    audience = Audience(2)
    assert audience.here("s", "a", SMALL, AT) and audience.here("t", "b", LARGE, AT)
    assert audience.full() and not audience.here("s", "c", SMALL, AT)
    assert audience.here("s", "c", SOUND, AT) and not audience.here("s", "c", SMALL, AT), "the listener stays one"
    assert audience.totals(AT) == {"auto": 0, "v720": 1, "v360": 1, "sound": 1}
    assert audience.here("s", "a", LARGE, after(30)), "whoever has a place keeps it, whatever it chooses"
    assert audience.here("s", "d", SOUND, after(30)) and not audience.here("s", "e", SOUND, after(30))
    assert audience.here("s", "a", RUSSIAN, after(31)) and audience.gone("t", "b") and audience.here("s", "e", SMALL, after(31))


def test_nobody_has_a_place_where_there_is_none() -> None:
    audience = Audience(0)
    assert audience.full() and not audience.here("s", "a", SMALL, AT) and not audience.here("s", "a", SOUND, AT)


def test_a_minute_is_told_once_with_those_who_were_there_at_its_end() -> None:
    audience = Audience(10)
    assert audience.minute_over(AT) is None
    audience.here("s", "a", SMALL, AT)
    audience.here("s", "b", RUSSIAN, after(5))
    assert audience.minute_over(after(40)) is None
    audience.here("s", "a", SMALL, after(40))
    audience.gone("s", "b")
    assert audience.minute_over(after(55)) == (after(-10), {"s": {SMALL: 1}})
    assert audience.minute_over(after(56)) is None
    audience.here("s", "a", SMALL, after(60))
    assert audience.minute_over(after(500)) == (after(50), {"s": {SMALL: 1}}), "however late: of that minute"
    assert audience.minute_over(after(600)) is None and audience.watching("s", after(600)) == 0


def test_minutes_of_several_processes_are_added() -> None:
    two = AT + timedelta(minutes=3)
    found = folded([(two, "v360", "sound", 3), (AT, "v360", "sound", 2), (AT, "v360", "sound-ru", 4), (AT, "sound", "sound", 1)])
    assert [(minute.at, minute.viewers) for minute in found.minutes] == [(AT, 7), (two, 3)]
    assert found.most is not None and found.most.at == AT
    assert (found.hours * 60, found.mean) == (10, 2.5)
    assert found.hours_by_quality()["v360"] * 60 == 9 and list(found.hours_by_sound()) == ["sound", "sound-ru"]


def test_of_nobody_nothing() -> None:
    found = folded([])
    assert (found.most, found.hours, found.mean, found.hours_by_sound()) == (None, 0, 0, {})
