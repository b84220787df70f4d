"""What pages with forms share: errors beside their fields, a safe way back, signing a browser in."""

from __future__ import annotations

from typing import Any

from flask import Response, current_app, request, session
from flask_login import login_user
from itsdangerous import BadSignature, URLSafeSerializer

from liaison.domain.actor import Actor
from liaison.domain.errors import Invalid, LiaisonError, NotFound
from liaison.services import people
from liaison.services.invitations import WhoComes

from .context import house
from .errors import sentence
from .security import SignedIn

KNOWN_COOKIE = "known"
KNOWN_FOR_S = 365 * 24 * 3600
MOST_KNOWN = 5


def field_errors(error: LiaisonError) -> dict[str, str]:
    """The error's sentences in the reader's language by field; what concerns no field stands under ``""``."""
    found = {item["field"]: sentence(item.get("message", ""), item) for item in error.details.get("errors", [])}
    if not found:
        found[""] = f"{sentence(error.message, error.details)} {sentence(error.remedy, error.details)}"
    return found


def texts(*names: str) -> dict[str, str]:
    """The form's fields of these names, stripped; missing ones are empty."""
    return {name: request.form.get(name, "").strip() for name in names}


def whole_number(name: str) -> int | None:
    """A field with a number of people; None when it is empty. Raises Invalid."""
    typed = request.form.get(name, "").strip()
    if typed and not (typed.isascii() and typed.isdigit() and len(typed) <= 6):
        raise Invalid("Give a whole number of people.", errors=[{"field": name, "message": "Give a whole number of people."}])
    return int(typed) if typed else None


def browser_subscription() -> tuple[str, str, str]:
    """Endpoint, public key and secret of the ``PushSubscription`` that the page has sent as JSON. Raises Invalid."""
    sent = request.get_json(silent=True)
    fields = sent if isinstance(sent, dict) else {}
    keys = fields.get("keys")
    if not isinstance(keys, dict):
        keys = {}
    endpoint, public, secret = fields.get("endpoint"), keys.get("p256dh"), keys.get("auth")
    if not all(isinstance(value, str) and "\0" not in value for value in (endpoint, public, secret)):
        raise Invalid("This browser's push service is not among those that this installation uses.")
    return str(endpoint), str(public), str(secret)


def known_number(text: str) -> int:
    """What stands in an address, if it can be a number of something at all. Raises NotFound."""
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise NotFound()
    return int(text)


def who_comes() -> WhoComes | None:
    """What the form says with an answer of who will come; None when it does not ask."""
    if "expected" not in request.form:
        return None
    return WhoComes(whole_number("expected"), tuple(request.form.get("representatives", "").splitlines()))


def require_filled(**messages: str) -> None:
    """Raise Invalid with these sentences (msgids, by field) for the form's fields that were left empty.

    Our forms are ``novalidate``: the browser would say this in its own language, not in the reader's.
    """
    errors = [{"field": name, "message": text} for name, text in messages.items() if not request.form.get(name, "").strip()]
    if errors:
        raise Invalid(errors=errors)


def safe_next(default: str = "/") -> str:
    """The page to go on to: a path of this site and nothing else (no other host, no control characters)."""
    wanted = request.values.get("next", "")
    local = wanted.startswith("/") and not wanted.startswith("//") and "\\" not in wanted and wanted.isprintable()
    return wanted if local else default


def begin_sign_in(actor: Actor) -> None:
    """Make this browser the account's, with a fresh cookie (nothing from before the sign-in stays in it)."""
    session.clear()
    session.permanent = True
    user_id = str(actor.user_id)
    login_user(SignedIn(actor, people.sign_in_version(house(), user_id)))


def _signer() -> URLSafeSerializer:
    key = current_app.secret_key
    return URLSafeSerializer(key.hex() if isinstance(key, bytes) else str(key), salt="known-browser")


def known_names() -> list[str]:
    """The accounts that signed in with this browser before."""
    try:
        names: Any = _signer().loads(request.cookies.get(KNOWN_COOKIE, ""))
    except BadSignature:
        return []
    return [str(name) for name in names][:MOST_KNOWN] if isinstance(names, list) else []


def remember_browser(response: Response, name: str) -> None:
    """Note in a signed cookie that this account signed in here: strangers' failures will not slow this browser down."""
    names = [name, *(known for known in known_names() if known != name)][:MOST_KNOWN]
    response.set_cookie(KNOWN_COOKIE, _signer().dumps(names), max_age=KNOWN_FOR_S, httponly=True, samesite="Strict",
                        secure=bool(current_app.config["SESSION_COOKIE_SECURE"]))
