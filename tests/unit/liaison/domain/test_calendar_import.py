"""What an event of a foreign calendar means here."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from liaison.domain.calendar_import import ForeignEvent, KnownPoint, meant_points

START = datetime(2027, 3, 1, 4, 0, tzinfo=UTC)
OSH = KnownPoint("osh-oblast", {"en": "Osh Province", "ru": "Ошская область"}, {"en": "Osh"}, ("Osh obl.",), "osh@gov.kg")
NARYN = KnownPoint("naryn-oblast", {"en": "Naryn Province"}, {"en": "Naryn"}, (), "")


def event(*places: str, minutes: float = 60) -> ForeignEvent:
    return ForeignEvent("u", "Harvest", "", START, START + timedelta(minutes=minutes), places)


@pytest.mark.parametrize(("places", "meant"), [
    ((), ()), (("Osh Province",), ("osh-oblast",)), (("ошская область",), ("osh-oblast",)), (("osh@gov.kg",), ("osh-oblast",)),
    (("Osh Province; Naryn Province",), ("osh-oblast", "naryn-oblast")), (("Hotel Osh",), ()), (("",), ()),
    (("Osh obl., hall 2",), ("osh-oblast",))])
def test_points_named_by_places(places: tuple[str, ...], meant: tuple[str, ...]) -> None:
    assert meant_points(event(*places), [OSH, NARYN]) == meant


def test_a_begun_minute_counts() -> None:
    assert [event(minutes=m).minutes for m in (60, 0.5, 0, -5)] == [60, 1, 0, 0]


def test_the_key_tells_occurrences_apart() -> None:
    later = ForeignEvent("u", "Harvest", "", START + timedelta(days=7), START + timedelta(days=7, hours=1))
    assert event().key == event("elsewhere").key != later.key
