"""The servers and gates that other tests stand on do what they say."""

from __future__ import annotations

import smtplib
import socket
import threading
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from pathlib import Path

import httpx
import psycopg
import pytest
import redis
from sqlalchemy import create_engine, inspect, text

from liaison.domain.clock import FixedClock
from liaison.house import House
from tests.support.gates import TcpGate, UdpGate, stun_username
from tests.support.ports import LOOPBACK, free_udp_ports, listening, wait_until
from tests.support.postgres import PostgresCluster
from tests.support.server import LiaisonServer, gone
from tests.support.smtp import SmtpSink


def test_each_clone_is_a_database_of_its_own(postgres: PostgresCluster) -> None:
    def fill(url: str) -> None:
        with psycopg.connect(url) as connection:
            connection.execute("CREATE TABLE thing (name text)")

    template = postgres.make_template("support_template", fill)
    first, second = postgres.create(template), postgres.create(template)
    with psycopg.connect(first) as connection:
        connection.execute("INSERT INTO thing VALUES ('one')")
    with psycopg.connect(second) as connection:
        assert connection.execute("SELECT count(*) FROM thing").fetchone() == (0,)
    for url in (first, second):
        postgres.drop(url)


def test_the_cluster_can_exclude_overlaps(empty_postgresql_url: str) -> None:
    with psycopg.connect(empty_postgresql_url) as connection:
        connection.execute("CREATE EXTENSION btree_gist")
        assert connection.execute("SHOW timezone").fetchone() == ("UTC",)


def test_redis_answers(redis_url: str) -> None:
    assert redis.Redis.from_url(redis_url).ping()


def _send(url: str, subject: str) -> None:
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = subject, "office@example.org", "osh@example.org"
    message.set_content("Саламатсызбы")
    message.add_alternative("BEGIN:VCALENDAR\r\nEND:VCALENDAR", subtype="calendar", params={"method": "REQUEST"})
    host, port = url.removeprefix("smtp://").split(":")
    with smtplib.SMTP(host, int(port)) as client:
        client.send_message(message)


def test_the_sink_keeps_what_it_accepts(smtp_sink: SmtpSink) -> None:
    _send(smtp_sink.url, "Чакыруу")
    (mail,) = smtp_sink.wait_for(lambda m: m.subject == "Чакыруу")
    assert mail.recipients == ("osh@example.org",)
    assert mail.text().strip() == "Саламатсызбы"
    assert mail.calendar_method == "REQUEST"
    assert "VCALENDAR" in mail.calendar


def test_the_sink_keeps_nothing_that_it_refuses(smtp_sink: SmtpSink) -> None:
    smtp_sink.refuse = lambda _envelope: "451 try later"
    with pytest.raises(smtplib.SMTPDataError):
        _send(smtp_sink.url, "Чакыруу")
    assert smtp_sink.messages == []


def test_waiting_for_mail_that_never_comes_says_what_came(smtp_sink: SmtpSink) -> None:
    _send(smtp_sink.url, "Other")
    with pytest.raises(TimeoutError, match="Other"):
        smtp_sink.wait_for(lambda m: m.subject == "Wanted", seconds=0.2)


# ---------------------------------------------------------------- gates


def binding_request(username: str) -> bytes:
    name = username.encode()
    attribute = b"\x00\x06" + len(name).to_bytes(2, "big") + name.ljust((len(name) + 3) // 4 * 4, b"\0")
    return b"\x00\x01" + len(attribute).to_bytes(2, "big") + b"\x21\x12\xa4\x42" + bytes(12) + attribute


def test_a_stun_username_is_read_and_nonsense_is_not() -> None:
    assert stun_username(binding_request("server:client")) == "server:client"
    assert stun_username(b"\x00\x01\x00\x40\x21\x12\xa4\x42" + bytes(13)) == ""
    assert stun_username(b"\x80" * 40) == ""


@pytest.fixture
def udp_echo() -> Iterator[int]:
    """A server that sends every datagram back; gives its port."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind((LOOPBACK, free_udp_ports()))
        server.settimeout(10)

        def run() -> None:
            while True:
                data, sender = server.recvfrom(2048)
                if data == b"end":
                    return
                server.sendto(data, sender)

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.sendto(b"end", server.getsockname())
        thread.join(5)


class UdpClient:
    def __init__(self, port: int) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.connect((LOOPBACK, port))
        self.socket.settimeout(0.5)

    def echo(self, data: bytes) -> bytes | None:
        self.socket.send(data)
        try:
            return self.socket.recv(2048)
        except TimeoutError:
            return None


def test_the_udp_gate_cuts_one_client_by_its_ufrag(udp_echo: int) -> None:
    with UdpGate(udp_echo) as gate:
        one, other = UdpClient(gate.port), UdpClient(gate.port)
        assert one.echo(binding_request("s:one")) == binding_request("s:one")
        assert other.echo(binding_request("s:other")) == binding_request("s:other")
        gate.cut("one")
        assert one.echo(b"\x80media") is None
        assert other.echo(b"\x80media") == b"\x80media"
        gate.mend("one")
        assert one.echo(b"\x80media") == b"\x80media"
        gate.cut()
        assert other.echo(b"\x80media") is None
        assert gate.dropped == 2
        one.socket.close()
        other.socket.close()


def test_the_udp_gate_loses_its_share_evenly(udp_echo: int) -> None:
    with UdpGate(udp_echo) as gate:
        client = UdpClient(gate.port)
        gate.loss = 0.25
        answers = [client.echo(bytes([n])) for n in range(6)]
        assert answers.count(None) == 3  # the fourth datagram of each two exchanges: always an answer
        client.socket.close()


def test_the_tcp_gate_hears_nothing_while_shut() -> None:
    with socket.create_server((LOOPBACK, 0)) as server, TcpGate(server.getsockname()[1]) as gate:
        client = socket.create_connection((LOOPBACK, gate.port))
        client.settimeout(0.5)
        inside, _address = server.accept()
        client.sendall(b"one")
        assert inside.recv(10) == b"one"
        gate.cut()
        inside.sendall(b"unheard")
        with pytest.raises(TimeoutError):
            client.recv(10)
        gate.mend()
        again = socket.create_connection((LOOPBACK, gate.port))
        inside_again, _address = server.accept()
        again.sendall(b"two")
        assert inside_again.recv(10) == b"two"
        for end in (client, inside, again, inside_again):
            end.close()


# ---------------------------------------------------------------- migrated databases

TABLES_EVERYBODY_NEEDS = {"session", "point", "outbox", "alembic_version"}


def test_every_test_has_a_migrated_database(house: House) -> None:
    names = set(inspect(house.db.write_engine).get_table_names())
    assert names >= TABLES_EVERYBODY_NEEDS, names
    assert house.settings.database == house.db.url


@pytest.mark.parametrize("name", ["first", "second"])
def test_databases_are_not_shared_between_tests(database_url: str, name: str) -> None:
    with create_engine(database_url.replace("postgresql://", "postgresql+psycopg://")).begin() as connection:
        connection.execute(text("CREATE TABLE mine (name text)"))
        connection.execute(text("INSERT INTO mine VALUES (:name)"), {"name": name})


def test_the_clock_stands_until_it_is_moved(clock: FixedClock) -> None:
    before = clock.now()
    clock.advance(90)
    assert (clock.now() - before).total_seconds() == 90


# ---------------------------------------------------------------- the service


def test_the_service_starts_plays_its_roles_and_leaves_nothing(make_server: Callable[..., LiaisonServer]) -> None:
    server = make_server(empty=True)
    pids = server.pids()
    assert set(pids) == {"web", "media", "scheduler"}
    everybody = [pid for role in pids for pid in server.family(role)]
    assert httpx.get(f"{server.url}/healthz").json()["status"] == "ok"
    server.cli("user", "create", "aida", "--role", "organiser", "--password-stdin", text_input="correct horse battery staple\n")
    with server.client(server.cli("token", "create", "--user", "aida").stdout.strip()) as client:
        assert len(client.get("/api/v1/points").json()["items"]) > 0
    new = server.wait_for_new("web", server.kill("web"))
    wait_until(server.healthy, 30, "web to answer again")
    server.stop()
    assert gone([*everybody, new])
    assert not listening(server.http_port)
    assert "web" in server.log()


def test_a_service_that_cannot_start_says_why(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="LIAISON_PUBLIC_URL"):
        LiaisonServer(tmp_path, public_url="ftp://x").start()
