"""Ways out of the house: an SMTP server, or a folder while none is configured."""

from __future__ import annotations

import os
import smtplib
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from email.message import EmailMessage
from hashlib import sha256
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

from ..config import Settings
from ..domain.words import Channel
from ..house import House
from ..services.notifier import CHANNEL_OFF, DeliveryError, DeliveryRefused, Letter, Notifier, Receipt
from .sender import Sender, sender_of

TIMEOUT_SECONDS = 20.0
"""For each step of the dialogue; the nine steps together stay below a claim's five minutes."""
DEFAULT_PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}


class SmtpNotifier:
    """Sends through the server of an ``smtp://``, ``smtp+starttls://`` or ``smtps://`` URL, one connection a message."""

    def __init__(self, url: str, sender: Sender, now: Callable[[], datetime], timeout_seconds: float = TIMEOUT_SECONDS) -> None:
        self._url, self._sender, self._now, self._timeout = urlsplit(url), sender, now, timeout_seconds

    def deliver(self, letter: Letter) -> None:
        """Hand the letter to the server. Raises DeliveryError, or DeliveryRefused when it never will be taken."""
        message = _message(letter, self._sender, self._now())
        try:
            with connect(self._url, self._timeout) as server:
                _send(server, message)
        except DeliveryError:
            raise
        except smtplib.SMTPNotSupportedError as error:
            raise DeliveryError(f"The mail server cannot do what is asked of it: {error}") from error
        except (smtplib.SMTPException, OSError) as error:
            raise DeliveryError(f"{type(error).__name__}: {error}") from error


class FolderNotifier:
    """Writes each letter as an ``.eml`` file. The same letter again replaces its file, so nothing doubles."""

    def __init__(self, folder: Path, sender: Sender, now: Callable[[], datetime]) -> None:
        self._folder, self._sender, self._now = folder, sender, now

    def deliver(self, letter: Letter) -> None:
        """Write the file whole or not at all."""
        message = _message(letter, self._sender, self._now())
        name = f"{letter.written_at:%Y%m%dT%H%M%S}-{sha256(letter.dedupe_key.encode()).hexdigest()[:16]}.eml"
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            fresh = self._folder / f".{name}.{os.getpid()}.new"
            descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(bytes(message))
            os.replace(fresh, self._folder / name)
        except OSError as error:
            raise DeliveryError(f"{self._folder}: {error}") from error


class Switchboard:
    """Hands each letter to its channel's notifier, made when it is first needed; a channel that is not set up takes nothing."""

    def __init__(self, makers: Mapping[Channel, Callable[[], Notifier]]) -> None:
        self._makers = makers
        self._made: dict[Channel, Notifier] = {}

    def deliver(self, letter: Letter) -> Receipt | None:
        if letter.channel not in self._makers:
            raise DeliveryRefused(CHANNEL_OFF)
        if letter.channel not in self._made:
            self._made[letter.channel] = self._makers[letter.channel]()
        return self._made[letter.channel].deliver(letter)


def make_notifier(house: House) -> Notifier:
    """The ways out that the settings ask for."""
    sender = sender_of(house.settings, house.network)
    ways: dict[Channel, Callable[[], Notifier]] = {
        Channel.EMAIL: lambda: mail_notifier(house, sender), Channel.WEB_PUSH: lambda: _push(house, sender)}
    if house.settings.sms_url:
        ways[Channel.SMS] = lambda: _sms(house, sender)
    if house.settings.telegram_token:
        ways[Channel.TELEGRAM] = lambda: _telegram(house, sender)
    return Switchboard(ways)


def _push(house: House, sender: Sender) -> Notifier:
    from .push import PushNotifier  # here and below: what takes long to load must not hold up the clock

    return PushNotifier(house.settings, sender, house.clock.now)


def _sms(house: House, sender: Sender) -> Notifier:
    from .sms import SmsNotifier

    return SmsNotifier(house.settings, sender, house.clock.now)


def _telegram(house: House, sender: Sender) -> Notifier:
    from .telegram import TelegramBot, TelegramNotifier

    return TelegramNotifier(TelegramBot(house.settings, house.clock.now), sender)


def mail_notifier(house: House, sender: Sender) -> Notifier:
    """The mail server, or the folder while there is none."""
    if house.settings.smtp_url:
        return SmtpNotifier(house.settings.smtp_url, sender, house.clock.now)
    return FolderNotifier(house.settings.mail_folder, sender, house.clock.now)


def mail_route(settings: Settings) -> str:
    """Where mail goes, for the log; never the password."""
    if not settings.smtp_url:
        return f"no mail server is set (LIAISON_SMTP_URL): mail is kept in {settings.mail_folder} and shown at /dev/mail"
    url = urlsplit(settings.smtp_url)
    return f"mail leaves through {url.scheme}://{url.hostname}:{url.port or DEFAULT_PORTS[url.scheme]}"


def _message(letter: Letter, sender: Sender, now: datetime) -> EmailMessage:
    from .message import compose  # here: calendars and templates take a second to load, and the clock must not wait

    return compose(letter, sender, now)


@contextmanager
def connect(url: SplitResult, timeout_seconds: float = TIMEOUT_SECONDS) -> Iterator[smtplib.SMTP]:
    """An SMTP connection, encrypted and signed in as the URL says. Raises smtplib's errors and OSError."""
    host, port = url.hostname or "localhost", url.port or DEFAULT_PORTS[url.scheme]
    if url.scheme == "smtps":
        server: smtplib.SMTP = smtplib.SMTP_SSL(host, port, timeout=timeout_seconds, context=ssl.create_default_context())
    else:
        server = smtplib.SMTP(host, port, timeout=timeout_seconds)
    try:
        if url.scheme == "smtp+starttls":
            server.starttls(context=ssl.create_default_context())
        if url.username:
            server.login(unquote(url.username), unquote(url.password or ""))
        yield server
        _hang_up(server)
    finally:
        server.close()


def _hang_up(server: smtplib.SMTP) -> None:
    try:
        server.quit()
    except (smtplib.SMTPException, OSError):
        pass  # the message is already taken: an error here would send it twice


def _send(server: smtplib.SMTP, message: EmailMessage) -> None:
    """5xx for the recipient or the content is final; a refused sender or sign-in is the operator's to mend, so it waits."""
    try:
        server.send_message(message)
    except smtplib.SMTPRecipientsRefused as error:
        code, text = next(iter(error.recipients.values()))
        _raise(code, text)
    except smtplib.SMTPDataError as error:
        _raise(error.smtp_code, error.smtp_error)


def _raise(code: int, text: bytes | str) -> None:
    words = text.decode(errors="replace") if isinstance(text, bytes) else text
    failure = DeliveryRefused if code >= 500 else DeliveryError
    raise failure(f"{code} {words}")
