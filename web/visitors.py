"""Who comes without an account: known again by a signed cookie that says nothing of him. What he may do once counts by it."""

from __future__ import annotations

import secrets

from flask import Response, current_app, request
from itsdangerous import BadSignature, URLSafeSerializer

COOKIE = "visitor"
KEPT_S = 180 * 24 * 3600
LONGEST = 64


def visitor() -> str:
    """The visitor's own name, random; empty for a browser that has none yet or one that we did not sign."""
    try:
        kept = _signer().loads(request.cookies.get(COOKIE, ""))
    except BadSignature:
        return ""
    return kept if isinstance(kept, str) and len(kept) <= LONGEST else ""


def greet(response: Response, anew: bool = False) -> Response:
    """Give a browser without one its cookie; ``anew``: the next person stands at this screen."""
    if anew or not visitor():
        response.set_cookie(COOKIE, _signer().dumps(secrets.token_urlsafe(18)), max_age=KEPT_S, httponly=True, samesite="Lax",
                            secure=bool(current_app.config["SESSION_COOKIE_SECURE"]))
    return response


def _signer() -> URLSafeSerializer:
    key = current_app.secret_key
    return URLSafeSerializer(key.hex() if isinstance(key, bytes) else str(key), salt="visitor")
