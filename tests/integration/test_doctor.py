"""``liaison doctor`` and ``liaison config check``: each fault is named with what to do, each healthy part is said to be."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from liaison.commands import upkeep
from liaison.house import open_house
from liaison.secret import load_secret
from liaison.services import doctor_machine
from liaison.services.doctor import Finding, Verdict, examine
from liaison.store import migrate
from tests.support.certificates import make_certificate
from tests.support.coturn import Coturn
from tests.support.databases import make_settings
from tests.support.papers import scanner
from tests.support.ports import LOOPBACK, free_port, free_udp_ports, wait_until
from tests.support.scheduler import Scheduler
from tests.support.smtp import SmtpSink


def findings(data: Path, **settings: Any) -> dict[str, Finding]:
    """What the doctor says with these settings, by subject (the worst where there are several)."""
    chosen = {"http_port": free_port(), "http_host": LOOPBACK, "media_bind": LOOPBACK, "media_port": free_udp_ports()} | settings
    order = [Verdict.OK, Verdict.WARN, Verdict.FAIL]
    found: dict[str, Finding] = {}
    for finding in examine(make_settings(data, **chosen)):
        if finding.subject not in found or order.index(finding.verdict) > order.index(found[finding.subject].verdict):
            found[finding.subject] = finding
    return found


@pytest.fixture
def taken() -> Iterator[tuple[int, int]]:
    """A TCP and a UDP port that somebody else holds."""
    with socket.socket() as tcp, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        tcp.bind((LOOPBACK, 0))
        tcp.listen()
        udp.bind((LOOPBACK, 0))
        tcp.settimeout(0.1)
        yield tcp.getsockname()[1], udp.getsockname()[1]


def test_before_the_first_start_nothing_has_failed(tmp_path: Path) -> None:
    found = findings(tmp_path / "data")
    assert {f.subject: f for f in found.values() if f.verdict is Verdict.FAIL} == {}
    for subject in ("secret key", "database", "pages", "media", "scheduler", "mail"):
        assert found[subject].verdict is Verdict.WARN, subject
        assert found[subject].remedy
    assert not (tmp_path / "data").exists(), "looking makes nothing"


def test_ports_of_other_programs(tmp_path: Path, taken: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("liaison.services.doctor_network.TIMEOUT_S", 0.5)
    found = findings(tmp_path, http_port=taken[0], media_port=taken[1])
    assert found["pages"].verdict is Verdict.FAIL
    assert found["media"].verdict is Verdict.FAIL
    assert "LIAISON_MEDIA_PORT" in found["media"].remedy


def test_a_key_that_others_may_read(tmp_path: Path) -> None:
    settings = make_settings(tmp_path)
    load_secret(settings)
    assert findings(tmp_path)["secret key"].verdict is Verdict.OK
    settings.secret_file.chmod(0o644)
    assert findings(tmp_path)["secret key"].verdict is Verdict.FAIL
    assert "chmod 600" in findings(tmp_path)["secret key"].remedy


def test_databases(database_url: str, tmp_path: Path) -> None:
    found = findings(tmp_path, database_url=database_url)
    assert found["database"].verdict is Verdict.OK
    assert found["accounts"].verdict is Verdict.WARN


def test_a_database_that_does_not_answer(tmp_path: Path) -> None:
    found = findings(tmp_path, database_url=f"postgresql://nobody@{LOOPBACK}:{free_port()}/none")
    assert found["database"].verdict is Verdict.FAIL
    assert "LIAISON_DATABASE_URL" in found["database"].remedy


def test_mail_servers(tmp_path: Path, smtp_sink: SmtpSink) -> None:
    migrate.upgrade(make_settings(tmp_path))
    assert findings(tmp_path, smtp_url=smtp_sink.url)["mail"].verdict is Verdict.OK
    nobody = findings(tmp_path, smtp_url=f"smtp://{LOOPBACK}:{free_port()}")["mail"]
    assert nobody.verdict is Verdict.FAIL and "LIAISON_SMTP_URL" in nobody.remedy


@pytest.mark.parametrize(("lines", "verdict"), [("cat > /dev/null", Verdict.OK), ("exit 2", Verdict.FAIL), ("exit 1", Verdict.FAIL)])
def test_virus_scanners(tmp_path: Path, lines: str, verdict: Verdict) -> None:
    assert findings(tmp_path / "data", file_scan=scanner(tmp_path, lines))["virus scanner"].verdict is verdict


def test_redis(tmp_path: Path, redis_url: str) -> None:
    assert findings(tmp_path, redis_url=redis_url)["Redis"].verdict is Verdict.OK
    assert findings(tmp_path, redis_url=f"redis://{LOOPBACK}:{free_port()}/0")["Redis"].verdict is Verdict.FAIL


@pytest.fixture(scope="module")
def coturn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Coturn]:
    with Coturn(tmp_path_factory.mktemp("coturn")) as server:
        yield server


def turn_findings(data: Path, coturn: Coturn, *urls: str, **settings: Any) -> list[Finding]:
    chosen = {"turn_url": ",".join(urls), "turn_secret": coturn.secret, "media_host": LOOPBACK} | settings
    found = findings(data, **chosen)
    return [found[f"TURN {url}"] for url in urls]


def test_a_turn_server_is_good_on_every_way(tmp_path: Path, coturn: Coturn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", coturn.certificate["tls_cert"])
    for found in turn_findings(tmp_path, coturn, coturn.udp, coturn.tcp, coturn.tls):
        assert found.verdict is Verdict.OK, found
        assert "to the media server alone" in found.state


def test_what_is_wrong_with_a_turn_server_is_told(tmp_path: Path, coturn: Coturn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("liaison.services.doctor_network.TIMEOUT_S", 0.7)
    dead = f"turn:{LOOPBACK}:{free_port()}?transport=tcp"
    silent = f"turn:{LOOPBACK}:{free_udp_ports()}?transport=udp"
    for found, remedy in zip([
            *turn_findings(tmp_path, coturn, coturn.tls, dead, silent),
            *turn_findings(tmp_path, coturn, coturn.tcp, turn_secret="not the one that coturn has"),
            *turn_findings(tmp_path, coturn, coturn.tcp, media_host="203.0.113.9"),
    ], ("certificate", "LIAISON_TURN_URL", "LIAISON_TURN_URL", "static-auth-secret", "allowed-peer-ip=203.0.113.9"), strict=True):
        assert found.verdict is Verdict.FAIL and remedy in found.remedy, found


def test_a_turn_server_that_relays_to_anybody_is_told(tmp_path: Path) -> None:
    with Coturn(tmp_path / "open", peers=("0.0.0.0-255.255.255.255",), secret="short") as careless:
        [found] = turn_findings(tmp_path, careless, careless.tcp)
        assert found.verdict is Verdict.WARN and "denied-peer-ip" in found.remedy
        told = findings(tmp_path, turn_url=careless.tcp, turn_secret="short", media_host=LOOPBACK)["TURN secret"]
        assert told.verdict is Verdict.WARN


@pytest.mark.parametrize(
    ("days", "names", "host", "verdict"),
    [
        (90, ("meet.example.org",), "meet.example.org", Verdict.OK),
        (90, ("*.example.org",), "meet.example.org", Verdict.OK),
        (90, ("10.1.2.3",), "10.1.2.3", Verdict.OK),
        (90, ("*.example.org",), "a.b.example.org", Verdict.FAIL),
        (90, ("other.example.org",), "meet.example.org", Verdict.FAIL),
        (10, ("meet.example.org",), "meet.example.org", Verdict.WARN),
        (-1, ("meet.example.org",), "meet.example.org", Verdict.FAIL),
    ],
)
def test_certificates(tmp_path: Path, days: float, names: tuple[str, ...], host: str, verdict: Verdict) -> None:
    found = findings(tmp_path / "data", public_url=f"https://{host}", **make_certificate(tmp_path, days, *names))
    assert found["certificate"].verdict is verdict


def test_a_certificate_without_its_key(tmp_path: Path) -> None:
    chosen = make_certificate(tmp_path, 90, "meet.example.org")
    (tmp_path / "elsewhere").mkdir()
    chosen["tls_key"] = make_certificate(tmp_path / "elsewhere", 90, "meet.example.org")["tls_key"]
    assert findings(tmp_path / "data", **chosen)["certificate"].verdict is Verdict.FAIL


def test_the_kernel_tells_its_clock() -> None:
    state = doctor_machine.clock_state()
    assert state is None or state.error_seconds >= 0


# ---------------------------------------------------------------- config check


def check(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, **environment: str) -> tuple[int, str]:
    for name, value in ({"LIAISON_DATA": str(tmp_path)} | environment).items():
        monkeypatch.setenv(name, value)
    done = CliRunner().invoke(upkeep.config, ["check"])
    return done.exit_code, done.output


def test_good_settings_are_shown_without_their_secrets(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    status, output = check(
        monkeypatch, tmp_path, LIAISON_DATABASE_URL="postgresql://liaison:s3cret@db/liaison", LIAISON_TURN_URL="turn:t.example.org",
        LIAISON_TURN_SECRET="s3cret", LIAISON_SMTP_URL="smtps://post:s3cret@mail.example.org", LIAISON_REDIS_URL="redis://:s3cret@r/0",
        LIAISON_SMS_URL="https://sms.example.org/send", LIAISON_SMS_TOKEN="s3cret-s3cret-s3cret", LIAISON_TELEGRAM_TOKEN="1:s3cret",
        LIAISON_RESTREAM_ADDRESS="rtmps://live.example.org/app", LIAISON_RESTREAM_KEY="s3cret")
    assert status == 0
    assert "configuration is good" in output
    assert "s3cret" not in output
    assert "mail.example.org" in output
    assert "LIAISON_HTTP_PORT=8000  (default)" in output


def test_every_mistake_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    status, output = check(
        monkeypatch, tmp_path, LIAISON_HTTP_PORT="80000", LIAISON_SMTP_URL="mail.example.org", LIAISON_HTP_PORT="1",
        LIAISON_MEDIA_CORE="fast")
    assert status == 78
    for name in ("LIAISON_HTTP_PORT", "LIAISON_SMTP_URL", "LIAISON_HTP_PORT", "LIAISON_MEDIA_CORE"):
        assert name in output


def test_files_that_are_not_there(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    status, output = check(
        monkeypatch, tmp_path, LIAISON_TLS_CERT=str(tmp_path / "no.pem"), LIAISON_TLS_KEY=str(tmp_path / "no.key"),
        LIAISON_NETWORK_DIR=str(tmp_path))
    assert status == 78
    for part in ("no.pem", "no.key", "points.csv"):
        assert part in output


def test_the_scheduler_is_found_on_the_other_database(postgresql_url: str, tmp_path: Path) -> None:
    """On SQLite: above."""
    settings = make_settings(tmp_path / "data", database_url=postgresql_url)
    house = open_house(settings)
    scheduler = Scheduler(house, "", tmp_path / "log")
    try:
        wait_until(lambda: any(found.subject == "scheduler" and found.verdict is Verdict.OK for found in examine(settings)), 20,
                   "the scheduler to be found", pause=0.5)
    finally:
        scheduler.stop()
        house.db.close()
