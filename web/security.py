"""Who is signed in (Flask-Login), what may be posted from where (CSRF), and what browsers are told not to do (headers)."""

from __future__ import annotations

import secrets
from datetime import timedelta
from ipaddress import ip_address
from typing import cast

from flask import Flask, Response, abort, g, request
from flask_login import LoginManager, UserMixin
from flask_wtf.csrf import CSRFProtect

from liaison.domain.actor import Actor
from liaison.house import House
from liaison.secret import derived_key
from liaison.services import people
from liaison.services.stored_files import MEGABYTE

SIGNED_IN_FOR = timedelta(days=7)
"""A browser's sign-in lasts this long after its last use: an officer comes twice a month, a session takes a day at most."""
LARGEST_BODY_BYTES = 2 * 1024 * 1024
LARGER_BODIES = {"point.put_picture": 13 * 1024 * 1024}
"""What may be larger, by endpoint: a picture as a telephone makes it."""
FILES = frozenset({"documents.add", "chat_files.add"})
"""Endpoints that take a file as large as the settings allow."""
AROUND_A_FILE = 64 * 1024
COOKIE = "liaison"
BEARER_ONLY = ("/whip/", "/whep/")
FOR_EVERYBODY = frozenset({"public.watch", "broadcast.here", "broadcast.signed_here", "channels.sms_report"})
"""What these give needs no account, so another site's form gains nothing by asking; a gateway's report proves itself by its signature."""
FRAMED = frozenset({"broadcast.embed"})
"""What other sites may put into their pages: it knows nobody and changes nothing."""
BY_HEADER = frozenset({"chat_files.add"})
"""These look at no cookie: a header of ours says who asks, which no other site's form can set."""
FORWARDED = ("X-Forwarded-For", "Forwarded", "X-Real-IP", "X-Forwarded-Host", "X-Forwarded-Proto", "Via")
"""What proxies add to the requests that they hand on."""
PERMISSIONS = "camera=(self), microphone=(self), display-capture=(self), fullscreen=(self), autoplay=(self), screen-wake-lock=(self)"
OTHERS_FORBIDDEN = "geolocation=(), payment=(), usb=(), serial=(), midi=()"


class SignedIn(UserMixin):
    """Flask-Login's view of an account. The cookie holds id and sign-in version: a new version ends every browser's sign-in."""

    def __init__(self, actor: Actor, sign_in_version: str) -> None:
        self.actor = actor
        self.id = f"{actor.user_id}:{sign_in_version}"


def init_security(app: Flask, house: House) -> None:
    """Cookies, sign-in, CSRF and headers."""
    secure = house.settings.base_url.startswith("https://")
    app.secret_key = derived_key(house.settings, "cookie")
    app.config.update(
        SESSION_COOKIE_NAME=COOKIE, SESSION_COOKIE_SECURE=secure, SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax", PERMANENT_SESSION_LIFETIME=SIGNED_IN_FOR, SESSION_REFRESH_EACH_REQUEST=True,
        MAX_CONTENT_LENGTH=LARGEST_BODY_BYTES, WTF_CSRF_CHECK_DEFAULT=False, WTF_CSRF_TIME_LIMIT=None)
    _init_sign_in(app, house)
    app.before_request(lambda: _allow_larger(house.settings.file_megabytes * MEGABYTE + AROUND_A_FILE))
    app.before_request(_refuse_nul)
    _init_csrf(app)
    app.after_request(_headers)


def _init_sign_in(app: Flask, house: House) -> None:
    manager = LoginManager(app)

    @manager.user_loader
    def load(key: str) -> SignedIn | None:
        user_id, _, version = key.partition(":")
        actor = people.actor_for_sign_in(house, user_id, version, request.remote_addr or "")
        return SignedIn(actor, version) if actor else None


def _init_csrf(app: Flask) -> None:
    """Every changing request needs the page's token, but those that prove themselves with a bearer token and no cookie."""
    csrf = CSRFProtect(app)

    @app.before_request
    def check() -> None:
        if request.method in ("POST", "PUT", "PATCH", "DELETE") and request.endpoint is not None and not _cannot_be_forged():
            csrf.protect()


def _allow_larger(file_bytes: int) -> None:
    """Before anything reads the body."""
    if request.endpoint in FILES:
        request.max_content_length = file_bytes
    elif request.endpoint in LARGER_BODIES:
        request.max_content_length = LARGER_BODIES[request.endpoint]


def _cannot_be_forged() -> bool:
    """A bearer token never comes from another site's form; an API call without our cookie has no rights to steal."""
    if request.endpoint in FOR_EVERYBODY or request.endpoint in BY_HEADER:
        return True
    if request.path.startswith(BEARER_ONLY) or request.headers.get("Authorization", "").lower().startswith("bearer "):
        return True
    return request.path.startswith("/api/") and COOKIE not in request.cookies


def _refuse_nul() -> None:
    """No address, query or form of ours holds a NUL, and PostgreSQL takes none: such a request is not looked at further."""
    if "\0" in request.path:
        abort(404)
    sent = (text for fields in (request.args, request.form) for field in fields.items(multi=True) for text in field)
    if any("\0" in text for text in sent):
        abort(400)


def asked_from_this_machine(house: House) -> bool:
    """Whether the request really comes from a program on this machine.

    Behind a proxy whose word is not taken (``LIAISON_TRUSTED_PROXIES`` unset, or a header other than the one it counts) everybody
    seems to come from here: such a request carries a forwarding header, and counts as a stranger's.
    """
    try:
        here = ip_address(request.remote_addr or "").is_loopback
    except ValueError:  # a proxy's word that is no address
        return False
    return here and _proxies_told(house.settings.trusted_proxies)


def _proxies_told(hops: int) -> bool:
    """Every proxy that the request came through has said from whom it has it (RFC 7239 and its forerunners), or there was none."""
    if not any(name in request.headers for name in FORWARDED):
        return True
    told = [part for part in request.headers.get("X-Forwarded-For", "").split(",") if part.strip()]
    return hops > 0 and len(told) >= hops


def nonce() -> str:
    """This answer's nonce for its own scripts and styles (CSP level 3, section 2.3.1)."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
    return cast(str, g.csp_nonce)


def own_page(response: Response) -> Response:
    """What an address that is somebody's own shows: no proxy and no browser keeps it, and no other site learns the address."""
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def policy() -> str:
    """Content-Security-Policy: only our own files and this answer's nonce; blob: and mediastream: for live pictures."""
    return "; ".join((
        "default-src 'self'", f"script-src 'self' 'nonce-{nonce()}'", f"style-src 'self' 'nonce-{nonce()}'",
        "img-src 'self' data: blob:", "media-src 'self' blob: mediastream:", "connect-src 'self'", "font-src 'self'",
        "worker-src 'self' blob:", "object-src 'none'", "base-uri 'none'", "form-action 'self'",
        "frame-ancestors *" if request.endpoint in FRAMED else "frame-ancestors 'none'"))


def _headers(response: Response) -> Response:
    headers = response.headers
    headers.setdefault("Content-Security-Policy", policy())
    headers.setdefault("Permissions-Policy", f"{PERMISSIONS}, {OTHERS_FORBIDDEN}")
    headers.setdefault("Referrer-Policy", "same-origin")
    headers.setdefault("X-Content-Type-Options", "nosniff")
    if request.endpoint not in FRAMED:
        headers.setdefault("X-Frame-Options", "DENY")
    headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    if request.is_secure:
        headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    if request.endpoint != "static":
        headers.setdefault("Cache-Control", "no-store" if COOKIE in request.cookies else "no-cache")
    return response
