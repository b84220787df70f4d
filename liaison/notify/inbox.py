"""The mailbox to which calendar programs answer, read over IMAP (RFC 3501)."""

from __future__ import annotations

import imaplib
import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from urllib.parse import SplitResult, unquote, urlsplit

TIMEOUT_SECONDS = 20.0
LARGEST = 1_000_000
"""Octets of a mail that is read; answers are a few thousand."""
AT_ONCE = 50
DEFAULT_PORTS = {"imap": 143, "imap+starttls": 143, "imaps": 993}
_NUMBER = re.compile(rb"\d+")


class InboxError(Exception):
    """The mailbox could not be read now; the sentence says why."""


@dataclass(frozen=True)
class Position:
    """Up to where a folder has been read: UIDVALIDITY and the last UID (RFC 3501 section 2.3.1.1)."""

    validity: int = 0
    uid: int = 0


@dataclass(frozen=True)
class Fetched:
    """One mail and the position after it; ``raw`` is empty for one too large to be an answer."""

    position: Position
    raw: bytes


class Inbox:
    """A folder of an ``imap://``, ``imap+starttls://`` or ``imaps://user:password@host:port/FOLDER`` URL."""

    def __init__(self, url: str, timeout_seconds: float = TIMEOUT_SECONDS) -> None:
        self._url, self._timeout = urlsplit(url), timeout_seconds

    def fetch(self, after: Position) -> list[Fetched]:
        """The next mails after a position, the oldest first, at most 50. Changes nothing in the mailbox. Raises InboxError."""
        try:
            with _signed_in(self._url, self._timeout) as server:
                validity = _open_folder(server, unquote(self._url.path.lstrip("/")) or "INBOX")
                last = after.uid if after.validity == validity else 0
                return [Fetched(Position(validity, uid), _read(server, uid)) for uid in _uids_after(server, last)[:AT_ONCE]]
        except (imaplib.IMAP4.error, OSError, ValueError) as error:
            raise InboxError(f"{type(error).__name__}: {error}") from error


@contextmanager
def _signed_in(url: SplitResult, timeout: float) -> Iterator[imaplib.IMAP4]:
    host, port = url.hostname or "localhost", url.port or DEFAULT_PORTS[url.scheme]
    if url.scheme == "imaps":
        server: imaplib.IMAP4 = imaplib.IMAP4_SSL(host, port, ssl_context=ssl.create_default_context(), timeout=timeout)
    else:
        server = imaplib.IMAP4(host, port, timeout=timeout)
    try:
        if url.scheme == "imap+starttls":
            server.starttls(ssl.create_default_context())
        server.login(unquote(url.username or ""), unquote(url.password or ""))
        yield server
    finally:
        with suppress(imaplib.IMAP4.error, OSError):
            server.logout()


def _open_folder(server: imaplib.IMAP4, folder: str) -> int:
    """Open it for reading alone; its UIDVALIDITY."""
    quoted = '"' + folder.replace("\\", "\\\\").replace('"', '\\"') + '"'
    status, answer = server.select(quoted, readonly=True)
    if status != "OK":
        raise InboxError(f"The folder {folder} cannot be opened: {answer[0]!r}")
    _, found = server.response("UIDVALIDITY")
    return int(found[0]) if found and found[0] else 0


def _uids_after(server: imaplib.IMAP4, last: int) -> list[int]:
    """``n:*`` always names the newest mail too (RFC 3501 section 6.4.8), so what is known is left out here."""
    status, answer = server.uid("SEARCH", f"UID {last + 1}:*")
    if status != "OK":
        raise InboxError(f"The mailbox cannot be searched: {answer[0]!r}")
    return sorted(uid for uid in map(int, _NUMBER.findall(answer[0] or b"")) if uid > last)


def _read(server: imaplib.IMAP4, uid: int) -> bytes:
    status, answer = server.uid("FETCH", str(uid), "(RFC822.SIZE)")
    sizes = [int(found.group(1)) for part in answer if isinstance(part, bytes) and (found := re.search(rb"RFC822\.SIZE (\d+)", part))]
    if status != "OK" or not sizes or sizes[0] > LARGEST:
        return b""
    _, answer = server.uid("FETCH", str(uid), "(BODY.PEEK[])")
    return next((bytes(part[1]) for part in answer if isinstance(part, tuple)), b"")
