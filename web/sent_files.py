"""Files that people have sent, as they are served: never inside our pages, never kept by what lies between."""

from __future__ import annotations

from flask import Response, request

TOKEN = "Room-Token"
"""The header with the resume token of somebody's place in a room."""
HARMLESS = "sandbox; default-src 'none'; style-src 'unsafe-inline'"
"""Content-Security-Policy of what people have sent, should a browser show it in a window."""


def room_token() -> str | None:
    """What whoever came in without an account is known by."""
    return request.headers.get(TOKEN)


def guarded(response: Response) -> Response:
    """With the headers of a file that somebody else has made."""
    response.headers["Content-Security-Policy"] = HARMLESS
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["Vary"] = f"Cookie, {TOKEN}"
    return response
