"""One HTTP request to a gateway: no redirect is followed, no proxy asked, and every answer is given back as it is."""

from __future__ import annotations

import http.client
import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

from ..services.notifier import DeliveryError

TIMEOUT_SECONDS = 20.0
LONGEST_ANSWER = 1 << 20
LONGEST_WORDS = 200


@dataclass(frozen=True)
class HttpAnswer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> dict[str, Any]:
        """The body as an object; empty when it is something else."""
        try:
            value = json.loads(self.body)
        except ValueError:
            return {}
        return value if isinstance(value, dict) else {}

    @property
    def words(self) -> str:
        """Status and the beginning of the body, for people."""
        text = " ".join(self.body.decode(errors="replace").split())
        return f"{self.status} {text}"[:LONGEST_WORDS].strip()

    def retry_after(self, now: datetime) -> float | None:
        """Seconds, from either form of ``Retry-After`` (RFC 9110 section 10.2.3)."""
        value = self.headers.get("retry-after", "").strip()
        if value.isascii() and value.isdigit():
            return float(value[:9])
        try:
            moment = parsedate_to_datetime(value)
        except (ValueError, TypeError):
            return None
        return max(0.0, ((moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - now).total_seconds())


def post(url: str, body: bytes, headers: Mapping[str, str], timeout_seconds: float = TIMEOUT_SECONDS) -> HttpAnswer:
    """POST and read the answer, whatever its status. Raises DeliveryError when none comes."""
    parts = urlsplit(url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    connection = _connection(parts.scheme, parts.hostname or "", parts.port, timeout_seconds)
    try:
        connection.request("POST", target, body, dict(headers))
        answer = connection.getresponse()
        named = {name.lower(): value for name, value in answer.getheaders()}
        return HttpAnswer(answer.status, named, answer.read(LONGEST_ANSWER))
    except (OSError, http.client.HTTPException) as error:
        raise DeliveryError(f"{parts.hostname}: {type(error).__name__}: {error}") from error
    finally:
        connection.close()


def _connection(scheme: str, host: str, port: int | None, timeout_seconds: float) -> http.client.HTTPConnection:
    if scheme == "https":
        return http.client.HTTPSConnection(host, port, timeout=timeout_seconds, context=ssl.create_default_context())
    return http.client.HTTPConnection(host, port, timeout=timeout_seconds)
