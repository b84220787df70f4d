"""The web application alone in a thread, with a seeded house: for pictures of pages and browser tests of them."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select
from werkzeug.serving import WSGIRequestHandler, make_server

from liaison.config import Settings
from liaison.domain.actor import SYSTEM
from liaison.domain.clock import FixedClock
from liaison.house import House, open_house
from liaison.services.session_views import get_session
from liaison.store import tables as t
from tests.support.databases import make_settings, migrate
from tests.support.link_samples import add_weeks
from tests.support.ports import LOOPBACK, free_port
from tests.support.recorded import keep_broadcast, keep_tracks
from tests.support.seed import Seeded, seed

NOW = datetime(2027, 3, 2, 5, 20, tzinfo=UTC)
"""Tuesday 2 March 2027, 11:20 in Bishkek: in the middle of a working week."""


CHANNELS = {"sms_url": f"http://{LOOPBACK}:9/", "sms_token": "x" * 16, "telegram_token": "1:x", "telegram_api": f"http://{LOOPBACK}:9",
            "push_services": LOOPBACK}
"""Every channel is offered; nothing leaves, for only the web application runs."""


class QuietHandler(WSGIRequestHandler):
    """Requests are not worth a line each."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        return


@dataclass
class PageSite:
    """A running application. ``url`` is its address, ``seeded`` what is in it."""

    url: str
    house: House
    seeded: Seeded
    app: Any

    def cookie(self, account: str) -> dict[str, Any]:
        """The cookie of a browser in which this account is signed in, as Playwright takes it."""
        with self.house.db.read() as db:
            user = db.scalars(select(t.User).where(t.User.name == account)).one()
        serializer = self.app.session_interface.get_signing_serializer(self.app)
        value = serializer.dumps({"_user_id": f"{user.id}:{user.sign_in_version}", "_fresh": True, "_permanent": True})
        return {"name": self.app.config["SESSION_COOKIE_NAME"], "value": value, "url": self.url}

    def language_cookie(self, code: str) -> dict[str, Any]:
        return {"name": "lang", "value": code, "url": self.url}


_filled: dict[tuple[datetime, bool], tuple[sqlite3.Connection, str, Seeded]] = {}
"""Copies in memory of what has been seeded in this process, with the key that signed its links: it takes seconds."""


def _fill(settings: Settings, now: datetime, weeks: bool) -> tuple[House, Seeded]:
    if (now, weeks) not in _filled:
        migrate(settings.database, settings.data)
        house = open_house(settings, FixedClock(now))
        seeded = seed(house)
        if weeks:
            add_weeks(house, seeded.actors["planner"])
        _filled[now, weeks] = sqlite3.connect(":memory:", check_same_thread=False), settings.secret_file.read_text(), seeded
        with closing(sqlite3.connect(_path(settings))) as source:
            source.backup(_filled[now, weeks][0])
        return house, seeded
    kept, key, seeded = _filled[now, weeks]
    return _copy(kept, key, settings, now), seeded


def _path(settings: Settings) -> str:
    return settings.database.removeprefix("sqlite:///")


def _copy(source: sqlite3.Connection, key: str, settings: Settings, now: datetime) -> House:
    settings.data.mkdir(parents=True)
    settings.secret_file.write_text(key)
    with closing(sqlite3.connect(_path(settings))) as target:
        source.backup(target)
    return open_house(settings, FixedClock(now))


def begin_broadcast(settings: Settings, session: str) -> None:
    """What the encoder leaves for pages: enough for them to show their player."""
    folder = settings.broadcasts_folder / session
    folder.mkdir(parents=True)
    told = {"runs": 1, "ended": False, "slate": None, "item": 0, "speaker": "", "languages": ["ky", "ru", "en"], "tracks": []}
    (folder / "state.json").write_text(json.dumps(told))


def keep_recordings(house: House, session: str) -> None:
    """All that a recorded session can leave."""
    opened = get_session(house, SYSTEM, session).opened_at
    assert opened is not None
    keep_broadcast(house, session, opened, 3600)
    keep_tracks(house, session, opened)


def _copy_of(site: PageSite, settings: Settings) -> tuple[House, Seeded]:
    with closing(sqlite3.connect(_path(site.house.settings))) as source:
        return _copy(source, site.house.settings.secret_file.read_text(), settings, site.house.clock.now()), site.seeded


@contextmanager
def page_site(folder: Path, now: datetime = NOW, weeks: bool = False, like: PageSite | None = None) -> Iterator[PageSite]:
    """Serve a seeded house from ``folder`` until the block ends; ``weeks``: with four weeks of connections.

    ``like``: begin with a copy of what that site has, for tests that change it.
    """
    from web.app import create_app

    port = free_port()
    settings = make_settings(folder / "data", http_port=port, public_url=f"http://{LOOPBACK}:{port}", **CHANNELS)
    house, seeded = _copy_of(like, settings) if like else _fill(settings, now, weeks)
    begin_broadcast(settings, seeded.sessions["people"])
    keep_recordings(house, seeded.sessions["harvest"])
    app = create_app(house)
    server = make_server(LOOPBACK, port, app, threaded=True, request_handler=QuietHandler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield PageSite(f"http://{LOOPBACK}:{port}", house, seeded, app)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        house.db.close()
