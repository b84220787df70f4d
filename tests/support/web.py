"""A browser of the whole web application without a network: signed in as anybody, its forms always with the page's token."""

from __future__ import annotations

import re
from typing import Any

from flask import Flask
from itsdangerous import URLSafeTimedSerializer
from werkzeug.test import TestResponse

from liaison.house import House
from liaison.services.people import sign_in_version

RAW_TOKEN = "the page's token, before it is signed"


class Browser:
    """One person's browser. ``csrf=False`` sends forms as another site would."""

    def __init__(self, app: Flask, house: House, language: str = "en") -> None:
        self.app, self.house = app, house
        self.client = app.test_client()
        self.client.set_cookie("lang", language)

    def become(self, user_id: str | None) -> Browser:
        """Sign in without the sign-in page, or out (None)."""
        with self.client.session_transaction() as cookie:
            cookie.clear()
            cookie["csrf_token"] = RAW_TOKEN
            if user_id is not None:
                cookie["_user_id"] = f"{user_id}:{sign_in_version(self.house, user_id)}"
                cookie["_fresh"] = False  # else Flask-Login writes a new cookie with each answer
        return self

    def get(self, path: str, **more: Any) -> TestResponse:
        return self.client.get(path, **more)

    def post(self, path: str, form: dict[str, Any] | None = None, csrf: bool = True, **more: Any) -> TestResponse:
        return self.send("POST", path, data=form or {}, csrf=csrf, **more)

    def send(self, method: str, path: str, csrf: bool = True, **more: Any) -> TestResponse:
        headers = dict(more.pop("headers", {}))
        if csrf:
            with self.client.session_transaction() as cookie:
                cookie.setdefault("csrf_token", RAW_TOKEN)
                raw = cookie["csrf_token"]
            headers["X-CSRFToken"] = URLSafeTimedSerializer(self.app.secret_key, salt="wtf-csrf-token").dumps(raw)
        return self.client.open(path, method=method, headers=headers, **more)


def form_token(page: TestResponse) -> str:
    """The token in a page's first form."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
    assert found, "the page has no form"
    return found[1]


def sentences(page: TestResponse) -> str:
    """A page's text without its tags, in one line."""
    return " ".join(re.sub(r"<(script|style)[^>]*>.*?</\1>|<[^>]+>", " ", page.text, flags=re.DOTALL).split())
