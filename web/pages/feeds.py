"""Calendar feeds (RFC 5545) that calendar programs subscribe to: public, per point, per person."""

from __future__ import annotations

from flask import Blueprint, Response, request

from liaison.services.calendar_feeds import Feed, public_feed, secret_feed

from ..calendar_file import feed_bytes
from ..context import house, language

bp = Blueprint("feeds", __name__)

PUBLIC_SECONDS = 300


@bp.get("/public/calendar.ics")
def public() -> Response:
    """The public sessions, in the reader's language."""
    response = _answer(public_feed(house(), language()))
    response.headers["Cache-Control"] = f"public, max-age={PUBLIC_SECONDS}"
    response.vary.update(("Accept-Language", "Cookie"))
    return response


@bp.get("/calendar/<secret>.ics")
def secret(secret: str) -> Response:
    """The sessions of the point or person whose secret this is; a calendar program has no other way to sign in."""
    response = _answer(secret_feed(house(), secret))
    response.headers["Cache-Control"] = "private, no-cache"
    return response


def _answer(feed: Feed) -> Response:
    response = Response(feed_bytes(feed), mimetype="text/calendar")
    response.add_etag()
    response.make_conditional(request)
    return response
