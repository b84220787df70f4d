"""A real SMTP server that keeps what it is given, and can be told to refuse or to be slow."""

from __future__ import annotations

import asyncio
import email
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import default
from typing import Any, cast

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.support.ports import LOOPBACK, free_port


@dataclass(frozen=True)
class Mail:
    """One accepted message: the envelope, the message, and when it was taken (UNIX seconds)."""

    sender: str
    recipients: tuple[str, ...]
    message: EmailMessage
    accepted_at: float

    @property
    def subject(self) -> str:
        return str(self.message["Subject"])

    def text(self, subtype: str = "plain") -> str:
        """The text of the first ``text/<subtype>`` part, or the empty string."""
        for part in self.message.walk():
            if part.get_content_type() == f"text/{subtype}":
                return str(part.get_content())
        return ""

    @property
    def calendar(self) -> str:
        """The iCalendar part, or the empty string."""
        return self.text("calendar")

    @property
    def calendar_method(self) -> str:
        """The ``method`` parameter of the calendar part (REQUEST, CANCEL), or the empty string."""
        for part in self.message.walk():
            if part.get_content_type() == "text/calendar":
                return str(part.get_param("method") or "")
        return ""


@dataclass
class SmtpSink:
    """``messages`` in order of arrival. ``refuse(envelope)`` may return an SMTP answer such as ``451 try later``."""

    messages: list[Mail] = field(default_factory=list)
    refuse: Callable[[Envelope], str | None] = lambda _envelope: None
    delay_seconds: float = 0.0
    port: int = 0
    _lock: threading.Condition = field(default_factory=threading.Condition)
    _controller: Controller | None = None

    @property
    def url(self) -> str:
        return f"smtp://{LOOPBACK}:{self.port}"

    def start(self) -> None:
        """Listen; after ``stop`` on the same port again."""
        self.port = self.port or free_port()
        self._controller = Controller(self, hostname=LOOPBACK, port=self.port)
        self._controller.start()

    def stop(self) -> None:
        if self._controller is not None:
            self._controller.stop()
            self._controller = None

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        if self.delay_seconds:
            await asyncio.sleep(self.delay_seconds)
        answer = self.refuse(envelope)
        if answer is not None:
            return answer
        content = envelope.content
        message = email.message_from_bytes(cast(bytes, content), policy=cast(Any, default))
        mail = Mail(
            str(envelope.mail_from), tuple(envelope.rcpt_tos), cast(EmailMessage, cast(object, message)), time.time()
        )
        with self._lock:
            self.messages.append(mail)
            self._lock.notify_all()
        return "250 Message accepted"

    def to(self, address: str) -> list[Mail]:
        """What one address has been sent."""
        return [mail for mail in list(self.messages) if address in mail.recipients]

    def wait_for(self, wanted: Callable[[Mail], bool], seconds: float = 20.0, count: int = 1) -> list[Mail]:
        """The mails that ``wanted`` accepts once there are ``count`` of them; TimeoutError naming what came instead."""
        deadline = time.monotonic() + seconds
        with self._lock:
            while len(found := [mail for mail in self.messages if wanted(mail)]) < count:
                left = deadline - time.monotonic()
                if left <= 0:
                    got = [(mail.recipients, mail.subject) for mail in self.messages]
                    raise TimeoutError(f"{len(found)} of {count} mails after {seconds:g} s; received: {got}")
                self._lock.wait(left)
            return found
