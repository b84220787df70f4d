"""SMS through a gateway that speaks HTTP and JSON; its delivery reports come back signed (docs/operations.md has both forms)."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import datetime

from ..config import Settings
from ..services.notifier import NO_ADDRESS, DeliveryError, DeliveryRefused, Letter, Receipt
from .http import HttpAnswer, post
from .sender import Sender
from .short import short_words

AGAIN = frozenset({401, 402, 403, 404, 408, 425, 429})
"""Beside 5xx: not the message's fault (sign-in, credit, the gateway's address, haste), so it waits for the operator or for better times."""
LONGEST_SMS = 600


class SmsNotifier:
    """Hands each message to the gateway under the row's id, so that a repeated one can be known there."""

    def __init__(self, settings: Settings, sender: Sender, now: Callable[[], datetime]) -> None:
        self._settings, self._sender, self._now = settings, sender, now

    def deliver(self, letter: Letter) -> Receipt:
        if not letter.targets:
            raise DeliveryRefused(NO_ADDRESS)
        answer = post(self._settings.sms_url, json.dumps(self._order(letter)).encode(), {
            "Content-Type": "application/json", "Authorization": f"Bearer {self._settings.sms_token}",
            "Idempotency-Key": letter.row_id})
        if 200 <= answer.status < 300:
            return Receipt(provider_id=str(answer.json().get("id", "")))
        self._refuse(answer)
        raise DeliveryRefused(answer.words)

    def _order(self, letter: Letter) -> dict[str, str]:
        words = short_words(letter, self._sender)
        text = "\n".join(part for part in (words.title, words.url) if part)
        return {"id": letter.row_id, "to": letter.targets[0].address, "from": self._settings.sms_sender, "text": text[:LONGEST_SMS],
                "report_url": f"{self._settings.base_url}/delivery/sms"}

    def _refuse(self, answer: HttpAnswer) -> None:
        if answer.status >= 500 or answer.status in AGAIN or 300 <= answer.status < 400:
            raise DeliveryError(answer.words, answer.retry_after(self._now()))


def report_signature(token: str, body: bytes) -> str:
    """What the header ``X-Signature`` of a delivery report must hold."""
    return "sha256=" + hmac.new(token.encode(), body, hashlib.sha256).hexdigest()
