"""Fixtures of the integration tests."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from argon2 import PasswordHasher

from liaison.services import passwords
from tests.support.databases import make_settings

if TYPE_CHECKING:
    from tests.support.office import Office


# Long files first, so that the last minute is not one process's alone; those that mostly wait between those that reckon.
LONG = ("slow_requests", "room_sockets", "scheduler", "permissions", "backup", "api_contract", "double_booking", "bad_input", "supervisor",
        "media_forwarding", "room_rights", "whip_routes", "api", "series", "series_carried_on", "media_workers", "answer_page", "channels",
        "room_gevent", "doctor", "announcing", "outbox", "recording")


# What pages, the API and rooms make of services that are tested on both databases: once, rooms and the contract of the API on the
# database that lets writers meet and is strict about what it is given, plain pages on the one that costs a test half as much.
ON_ONE = {
    "postgresql": ("room_sockets", "room_conduct", "room_rights", "room_pc", "room_together", "whip_routes", "answer_page", "demo",
                   "protocol", "api", "chat", "chat_files", "documents", "notes", "rehearsals", "media_events", "question_turns"),
    "sqlite": ("people_pages", "network", "board", "series_api", "office_api", "self_test", "readiness", "replay", "link_history",
               "help_desk"),
}
ONE_OF = {name: database for database, names in ON_ONE.items() for name in names}


@pytest.hookimpl(tryfirst=True)  # before pytest itself asks for the marks
def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    database = ONE_OF.get(metafunc.definition.path.stem.removeprefix("test_"))
    said = any("database_url" in mark.args[0] for mark in metafunc.definition.iter_markers("parametrize"))
    if database and not said and "database_url" in metafunc.fixturenames:
        metafunc.definition.add_marker(pytest.mark.parametrize("database_url", [database], indirect=True))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: LONG.index(name) if (name := item.path.stem.removeprefix("test_")) in LONG else len(LONG))


@pytest.fixture(scope="module", autouse=True)
def _cheap_passwords() -> Iterator[None]:
    """Hashes that cost nothing; the real cost is checked in tests/unit."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        passwords._nobody.cache_clear()  # another test's may be a costly one
        yield
    passwords._nobody.cache_clear()


@pytest.fixture(scope="module")
def office(_sqlite_factory: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """One application for all bad input of a module: what is refused leaves nothing behind."""
    from liaison.house import open_house
    from tests.support.office import Office

    folder = tmp_path_factory.mktemp("bad-input")
    house = open_house(make_settings(folder / "data", database_url=_sqlite_factory.create(folder)))
    made = Office(house)
    yield made
    made.live.stop()
    house.db.close()
