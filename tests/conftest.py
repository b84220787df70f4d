"""Fixtures that every kind of test may use. What they start lives in ``tests/support``."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from liaison.config import Settings
from liaison.domain.clock import FixedClock
from tests.support import alone
from tests.support.compiled import share_compiled
from tests.support.cycles import leave_out_what_is_loaded, search_seldom
from tests.support.databases import MONDAY, PostgresFactory, SqliteFactory, make_settings, write_lazily
from tests.support.gates import TcpGate, UdpGate
from tests.support.ports import free_udp_ports
from tests.support.postgres import PostgresCluster, postgres_cluster
from tests.support.redis_server import redis_server
from tests.support.server import LiaisonServer
from tests.support.smtp import SmtpSink

if TYPE_CHECKING:
    from liaison.house import House

share_compiled()
write_lazily()
search_seldom()
hypothesis_settings.register_profile("steady", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis_settings.load_profile("steady")  # a busy machine is no failure


def pytest_collection_finish() -> None:
    leave_out_what_is_loaded()


@pytest.hookimpl(wrapper=True, tryfirst=True)  # outside of everything: no test's limit counts the waiting
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[object]:
    """What is timed runs alone."""
    with alone.held(item.get_closest_marker("alone") is not None):
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """A failed test shows what the running services wrote."""
    report = yield
    if report.failed:
        for server in LiaisonServer.running:
            report.sections.append((f"liaison serve, {item.name}", server.log()))
    return report


# ---------------------------------------------------------------- databases


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresCluster]:
    """A private PostgreSQL cluster for the whole run."""
    with postgres_cluster() as cluster:
        yield cluster


@pytest.fixture(scope="session")
def _sqlite_factory() -> SqliteFactory:
    return SqliteFactory()


@pytest.fixture(scope="session")
def _postgres_factory(postgres: PostgresCluster, tmp_path_factory: pytest.TempPathFactory) -> PostgresFactory:
    return PostgresFactory(postgres, tmp_path_factory.mktemp("postgres"))


@pytest.fixture
def sqlite_url(_sqlite_factory: SqliteFactory, tmp_path: Path) -> str:
    """A migrated SQLite file of this test alone."""
    return _sqlite_factory.create(tmp_path)


@pytest.fixture
def postgresql_url(_postgres_factory: PostgresFactory) -> Iterator[str]:
    """A migrated PostgreSQL database of this test alone."""
    yield from _postgres_factory.lend()


@pytest.fixture
def empty_postgresql_url(postgres: PostgresCluster) -> Iterator[str]:
    """A PostgreSQL database without any table."""
    url = postgres.create()
    yield url
    postgres.drop(url)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """A migrated database of this test alone; the test runs once on each kind."""
    return str(request.getfixturevalue(f"{request.param}_url"))


# ---------------------------------------------------------------- the house


@pytest.fixture
def clock() -> FixedClock:
    """A clock that stands at Monday 1 March 2027, 09:00 in Bishkek, until the test moves it."""
    return FixedClock(MONDAY)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings with a data folder of this test alone, and SQLite."""
    return make_settings(tmp_path / "data")


@pytest.fixture
def house(database_url: str, tmp_path: Path, clock: FixedClock) -> Iterator[House]:
    """What services take, on a migrated database with a fixed clock; the test runs once on each kind of database."""
    from liaison.house import open_house

    opened = open_house(make_settings(tmp_path / "data", database_url=database_url), clock)
    yield opened
    opened.db.close()


# ---------------------------------------------------------------- servers


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A private Redis for the whole run."""
    with redis_server(tmp_path_factory.mktemp("redis")) as url:
        yield url


@pytest.fixture
def smtp_sink() -> Iterator[SmtpSink]:
    """A real SMTP server that keeps every message."""
    sink = SmtpSink()
    sink.start()
    yield sink
    sink.stop()


@pytest.fixture
def make_server(tmp_path: Path) -> Iterator[Callable[..., LiaisonServer]]:
    """Start ``liaison serve`` with settings of your own: ``make_server(smtp_url=sink.url, media_workers=2)``.

    Several calls start several services, each with its data folder and ports; all end with the test.
    """
    started: list[LiaisonServer] = []

    def start(**chosen: Any) -> LiaisonServer:
        server = LiaisonServer(tmp_path / f"liaison-{len(started)}", **chosen)
        started.append(server)
        server.start()
        return server

    yield start
    for server in started:
        server.stop()


@pytest.fixture
def liaison_server(make_server: Callable[..., LiaisonServer], smtp_sink: SmtpSink) -> LiaisonServer:
    """The service as it is out of the box (SQLite, one media worker), its mail going to ``smtp_sink``."""
    return make_server(smtp_url=smtp_sink.url)


@dataclass(frozen=True)
class GatedServer:
    """A service whose clients can lose their network: pages at ``tcp.url``, all media through ``udp``."""

    server: LiaisonServer
    tcp: TcpGate
    udp: UdpGate


@pytest.fixture(scope="module")
def gated_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatedServer]:
    """One service behind gates for all tests of a module. Whoever opens ``server.url`` keeps HTTP when ``tcp`` is cut."""
    media_port = free_udp_ports()
    with UdpGate(media_port) as udp, LiaisonServer(
            tmp_path_factory.mktemp("gated"), media_port=media_port, media_host=udp.address) as server:
        with TcpGate(server.http_port) as tcp:
            yield GatedServer(server, tcp, udp)


@pytest.fixture(scope="module")
def shared_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiaisonServer]:
    """One service for all tests of a module: for tests that only look, or that do not mind each other."""
    with LiaisonServer(tmp_path_factory.mktemp("liaison")) as server:
        yield server
