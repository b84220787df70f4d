"""The way out through a mail server: encryption, sign-in, refusals, and a server that vanishes at the wrong moment."""

from __future__ import annotations

import asyncio
import ssl
import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from liaison.domain.words import OutboxKind
from liaison.network import load_network
from liaison.notify.sender import Sender
from liaison.notify.senders import SmtpNotifier
from liaison.services.notifier import DeliveryError, DeliveryRefused, Letter
from tests.support.ports import LOOPBACK, free_port

NOW = datetime(2027, 3, 1, 4, 0, tzinfo=UTC)
USER, PASSWORD = "mailer@gov", "p:a/s@s word"
QUOTED = "mailer%40gov:p%3Aa%2Fs%40s%20word"
LETTER = Letter(kind=OutboxKind.PASSWORD_RESET, dedupe_key="password_reset:1", thread_key="", to_address="aida@example.org",
                to_name="Аида", language="ky", help_desk_phone="", written_at=NOW, payload={"url": "http://x/y", "name": "aida"})
Serve = Callable[..., str]


class Keeper:
    """Takes messages; ``answers`` gives another answer to a step of the dialogue."""

    def __init__(self, **answers: str) -> None:
        self.taken: list[Envelope] = []
        self.answers = answers

    async def handle_MAIL(self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]) -> str:
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return self.answers.get("mail", "250 OK")

    async def handle_RCPT(self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]) -> str:
        envelope.rcpt_tos.append(address)
        return self.answers.get("rcpt", "250 OK")

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        self.taken.append(envelope)
        return self.answers.get("data", "250 OK")

    async def handle_QUIT(self, server: SMTP, _session: Session, _envelope: Envelope) -> str:
        if "quit" in self.answers:
            await asyncio.sleep(0.1)
            assert server.transport is not None
            server.transport.abort()
        return "221 Bye"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for localhost and its key, in one file."""
    folder = tmp_path_factory.mktemp("tls")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
                    "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", folder / "key", "-out", folder / "crt"],
                   check=True, capture_output=True)
    both = folder / "both.pem"
    both.write_text((folder / "crt").read_text() + (folder / "key").read_text())
    return both


@pytest.fixture
def tls(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """The server's side; the client trusts it as it trusts its system's authorities."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Start a server; returns ``host:port``."""
    started: list[Controller] = []

    def begin(keeper: Keeper, **options: Any) -> str:
        controller = Controller(keeper, hostname=LOOPBACK, port=free_port(), **options)
        controller.start()
        started.append(controller)
        return f"{LOOPBACK}:{controller.port}"

    yield begin
    for controller in started:
        controller.stop()


def deliver(url: str, seconds: float = 5.0) -> None:
    SmtpNotifier(url, Sender(load_network(), "http://sessions.example.org", ""), lambda: NOW, seconds).deliver(LETTER)


def signs_in(_server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: Any) -> AuthResult:
    good = isinstance(data, LoginPassword) and (data.login, data.password) == (USER.encode(), PASSWORD.encode())
    return AuthResult(success=good, handled=good)


def test_a_plain_server(serve: Serve) -> None:
    keeper = Keeper()
    deliver(f"smtp://{serve(keeper)}")
    assert [(one.mail_from, one.rcpt_tos) for one in keeper.taken] == [("liaison@sessions.example.org", ["aida@example.org"])]
    assert keeper.taken[0].content is not None and bytes(keeper.taken[0].content).isascii()  # type: ignore[arg-type]


def test_encrypted_from_the_start_or_on_request(serve: Serve, tls: ssl.SSLContext) -> None:
    keeper = Keeper()
    deliver(f"smtps://{serve(keeper, ssl_context=tls)}")
    deliver(f"smtp+starttls://{serve(keeper, tls_context=tls, require_starttls=True)}")
    assert len(keeper.taken) == 2


def test_a_server_that_nobody_vouches_for_gets_nothing(serve: Serve, tls: ssl.SSLContext,
                                                       monkeypatch: pytest.MonkeyPatch) -> None:
    keeper = Keeper()
    monkeypatch.delenv("SSL_CERT_FILE")
    for url in (f"smtps://{serve(keeper, ssl_context=tls)}", f"smtp+starttls://{serve(keeper, tls_context=tls)}"):
        with pytest.raises(DeliveryError, match="CERTIFICATE_VERIFY_FAILED"):
            deliver(url)
    assert keeper.taken == []


def test_a_server_without_encryption_gets_no_password(serve: Serve) -> None:
    keeper = Keeper()
    with pytest.raises(DeliveryError, match="STARTTLS"):
        deliver(f"smtp+starttls://{QUOTED}@{serve(keeper)}")


def test_sign_in_with_special_signs_in_name_and_password(serve: Serve, tls: ssl.SSLContext) -> None:
    keeper = Keeper()
    host = serve(keeper, tls_context=tls, require_starttls=True, auth_required=True, authenticator=signs_in)
    deliver(f"smtp+starttls://{QUOTED}@{host}")
    assert len(keeper.taken) == 1
    with pytest.raises(DeliveryError) as caught:
        deliver(f"smtp+starttls://mailer:wrong@{host}")
    assert not isinstance(caught.value, DeliveryRefused), "the operator mends the password and the letter leaves"


@pytest.mark.parametrize(("answers", "refused"), [
    ({"rcpt": "550 no such mailbox"}, True), ({"rcpt": "450 try later"}, False), ({"data": "554 spam"}, True),
    ({"data": "451 greylisted"}, False), ({"mail": "550 not your address"}, False), ({"mail": "451 later"}, False)])
def test_only_what_concerns_the_letter_itself_is_final(serve: Serve, answers: dict[str, str], refused: bool) -> None:
    with pytest.raises(DeliveryError) as caught:
        deliver(f"smtp://{serve(Keeper(**answers))}")
    assert isinstance(caught.value, DeliveryRefused) is refused


def test_a_server_that_vanishes_after_taking_the_letter_has_taken_it(serve: Serve) -> None:
    keeper = Keeper(quit="vanish")
    deliver(f"smtp://{serve(keeper)}")
    assert len(keeper.taken) == 1


def test_nobody_there() -> None:
    with pytest.raises(DeliveryError, match="ConnectionRefusedError"):
        deliver(f"smtp://{LOOPBACK}:{free_port()}")
