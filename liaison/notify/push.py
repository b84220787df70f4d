"""Web push (RFC 8030): messages encrypted for one browser (RFC 8291), from a server that names itself (VAPID, RFC 8292)."""

from __future__ import annotations

import hashlib
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import http_ece
import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from ..config import Settings
from ..secret import derived_key
from ..services.contacts import is_push_service
from ..services.notifier import CHANNEL_OFF, NO_ADDRESS, PUSH_GONE, DeliveryError, DeliveryRefused, Letter, Receipt, Target
from .http import post
from .sender import Sender
from .short import short_words

ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""Of the curve P-256."""
TOKEN_LIVES = timedelta(hours=12)
LONGEST_TTL = 28 * 24 * 3600
GONE = frozenset({404, 410})
LONGEST_TEXT = 600  # Cyrillic, title and addresses with it stay below the 4096 octets that every push service takes (RFC 8030, 7.2)


def vapid_key(settings: Settings) -> ec.EllipticCurvePrivateKey:
    """The server's key, made of the installation's secret: every process has it, and a backup holds it."""
    number = int.from_bytes(derived_key(settings, "vapid 1") + derived_key(settings, "vapid 2"), "big")
    return ec.derive_private_key(number % (ORDER - 1) + 1, ec.SECP256R1())


def public_key(settings: Settings) -> str:
    """What browsers subscribe with (``applicationServerKey``)."""
    return _text(vapid_key(settings).public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))


class PushNotifier:
    """One message to every browser of the person: it has left as soon as one service took it, and shows once a browser."""

    def __init__(self, settings: Settings, sender: Sender, now: Callable[[], datetime]) -> None:
        self._settings, self._sender, self._now = settings, sender, now
        self._key = vapid_key(settings)
        self._public = public_key(settings)

    def deliver(self, letter: Letter) -> Receipt:
        if not letter.targets:
            raise DeliveryRefused(NO_ADDRESS)
        body, gone, failures, taken = self._body(letter), list[str](), list[DeliveryError](), False
        for target in letter.targets:
            try:
                self._post(letter, target, body)
                taken = True
            except DeliveryRefused as error:
                gone += error.gone
                failures.append(error)
            except DeliveryError as error:
                failures.append(error)
        if taken:
            return Receipt(gone=tuple(gone))
        waiting = [one for one in failures if not isinstance(one, DeliveryRefused)]
        if waiting:
            raise waiting[0]
        raise DeliveryRefused(str(failures[0]), tuple(gone))

    def _body(self, letter: Letter) -> bytes:
        words = short_words(letter, self._sender)
        shown = {"title": words.title, "body": "\n".join(words.lines)[:LONGEST_TEXT], "url": words.url, "tag": _topic(letter.dedupe_key),
                 "lang": letter.language}
        return json.dumps(shown, ensure_ascii=False).encode()

    def _post(self, letter: Letter, target: Target, body: bytes) -> None:
        if not is_push_service(self._settings, target.address):  # the settings are others by now, or it is a copy that was restored
            raise DeliveryRefused(CHANNEL_OFF)
        answer = post(target.address, encrypt(body, target), self._headers(letter, target.address))
        if answer.status in GONE:
            raise DeliveryRefused(PUSH_GONE, gone=(target.address,))
        if answer.status in (400, 413):
            raise DeliveryRefused(answer.words)
        if not 200 <= answer.status < 300:
            raise DeliveryError(answer.words, answer.retry_after(self._now()))

    def _headers(self, letter: Letter, endpoint: str) -> dict[str, str]:
        left = (letter.expires_at - self._now()).total_seconds() if letter.expires_at else LONGEST_TTL
        return {"TTL": str(int(max(0, min(left, LONGEST_TTL)))), "Urgency": "high", "Topic": _topic(letter.dedupe_key),
                "Content-Type": "application/octet-stream", "Content-Encoding": "aes128gcm",
                "Authorization": f"vapid t={self._token(endpoint)}, k={self._public}"}

    def _token(self, endpoint: str) -> str:
        url = urlsplit(endpoint)
        claims = {"aud": f"{url.scheme}://{url.netloc}", "exp": int((self._now() + TOKEN_LIVES).timestamp()),
                  "sub": f"mailto:{self._sender.mailbox('en')[1]}"}
        return jwt.encode(claims, self._key, algorithm="ES256")


def encrypt(body: bytes, target: Target) -> bytes:
    """For the browser with these keys alone. Raises DeliveryRefused for keys that are none."""
    try:
        encrypted: bytes = http_ece.encrypt(
            body, private_key=ec.generate_private_key(ec.SECP256R1()), dh=_bytes(target.keys["p256dh"]),
            auth_secret=_bytes(target.keys["auth"]), version="aes128gcm")
    except (KeyError, ValueError, http_ece.ECEException) as error:
        raise DeliveryRefused(PUSH_GONE, gone=(target.address,)) from error
    return encrypted


def _topic(dedupe_key: str) -> str:
    """At most 32 characters (RFC 8030 section 5.4): the same message sent twice replaces itself."""
    return _text(hashlib.sha256(dedupe_key.encode()).digest()[:24])


def _text(value: bytes) -> str:
    return urlsafe_b64encode(value).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
