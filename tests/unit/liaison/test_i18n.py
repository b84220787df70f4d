"""Dates in the three languages, in the network's zone; the choice of a language."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from liaison import i18n

BISHKEK = ZoneInfo("Asia/Bishkek")
LATE = datetime(2027, 3, 1, 17, 30, tzinfo=UTC)  # half past eleven in the evening in Bishkek


@pytest.mark.parametrize(("language", "shown"), [
    ("ky", "2027-ж., 1-март, 23:30"), ("ru", "1 марта 2027\u202fг., 23:30"), ("en", "1 March 2027, 23:30"),
    ("nonsense", "1 March 2027, 23:30")])
def test_a_moment_reads_as_people_write_it(language: str, shown: str) -> None:
    assert " ".join(i18n.format_datetime(LATE, language, BISHKEK).replace("\xa0", "\u202f").split()) == " ".join(shown.split())


def test_a_period_names_its_second_day_only_when_there_is_one() -> None:
    assert i18n.format_period(LATE, LATE.replace(minute=50), "en", BISHKEK) == "1 March 2027, 23:30–23:50"
    assert i18n.format_period(LATE, LATE.replace(hour=19), "en", BISHKEK) == "1 March 2027, 23:30 – 2 March 2027, 01:30"


def test_the_first_wish_that_the_network_speaks_wins() -> None:
    assert i18n.choose_language(("ky", "ru", "en"), None, "", "de", "ru", "en") == "ru"
    assert i18n.choose_language(("ky", "ru", "en"), None) == "ky"
