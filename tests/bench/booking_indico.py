"""What Indico's room booking takes to look for conflicts: its own function on its own tables, filled with our rooms and bookings.

Runs with the Python of the environment that Indico is installed in and imports nothing of ours:
``python booking_indico.py EMPTY_DATABASE_URL SOURCE_DATABASE_URL ROUNDS`` prints latencies in ms by name, as JSON.
"""

from __future__ import annotations

import io
import json
import os
import random
import sys
import tempfile
import time
from datetime import datetime, timedelta
from importlib import import_module
from typing import Any

ROOMS_A_CALL, DAYS = 12, 60
FIRST = datetime(2027, 3, 1, 9, 0)  # noqa: DTZ001 - Indico keeps wall-clock times
BOOKINGS = """
    COPY (SELECT row_number() OVER (ORDER BY b.id), 1 + (SELECT count(*) FROM point q WHERE q.position < p.position),
                 b.starts_at AT TIME ZONE 'Asia/Bishkek', b.ends_at AT TIME ZONE 'Asia/Bishkek'
          FROM booking b JOIN point p ON p.id = b.point_id) TO STDOUT
"""


def main(empty_url: str, source_url: str, rounds: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        app = _app(empty_url, folder)
        with app.app_context(), app.test_request_context():
            _create(empty_url)
            rooms = _rooms()
            _fill(empty_url, source_url)
            print(json.dumps({f"conflict check: {ROOMS_A_CALL} rooms": _measure(rooms, rounds)}))


def _app(url: str, folder: str) -> Any:
    override = {"BASE_URL": "http://localhost", "SMTP_SERVER": ("localhost", 0), "TEMP_DIR": folder, "CACHE_DIR": folder,
                "REDIS_CACHE_URL": "redis://127.0.0.1:1/0", "STORAGE_BACKENDS": {"default": "mem:"}, "PLUGINS": set(),
                "ENABLE_ROOMBOOKING": True, "SECRET_KEY": os.urandom(16), "SQLALCHEMY_DATABASE_URI": url}
    web = import_module("indico.web.flask.app")
    app = web.make_app(testing=True, config_override=override)
    app.config["SQLALCHEMY_DATABASE_URI"] = url  # for tests it takes SQLite unless told so
    web.configure_db(app)
    return app


def _create(url: str) -> None:
    with import_module("psycopg2").connect(url) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE EXTENSION IF NOT EXISTS unaccent; CREATE EXTENSION IF NOT EXISTS pg_trgm")
    connection.close()
    import_module("indico.core.db.sqlalchemy.util.management").create_all_tables(_db(), add_initial_data=False)


def _db() -> Any:
    return import_module("indico.core.db").db


def _rooms() -> list[Any]:
    """63 rooms of one place and an owner."""
    user = import_module("indico.modules.users").User(id=1, first_name="O", last_name="O", email="o@example.org")
    location = import_module("indico.modules.rb.models.locations").Location(id=1, name="Kyrgyzstan")
    room = import_module("indico.modules.rb.models.rooms").Room
    rooms = [room(id=number, location=location, owner=user, building="1", floor="1", number=str(number)) for number in range(1, 64)]
    _db().session.add_all([user, location, *rooms])
    _db().session.commit()
    return rooms


def _fill(url: str, source_url: str) -> None:
    """A reservation with one occurrence for every booking, copied in bulk."""
    psycopg2 = import_module("psycopg2")
    rows = io.StringIO()
    with psycopg2.connect(source_url) as connection, connection.cursor() as cursor:
        cursor.copy_expert(BOOKINGS, rows)
    connection.close()
    rows.seek(0)
    connection = psycopg2.connect(url)
    with connection, connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE given (id int, room int, starts timestamp, ends timestamp)")
        cursor.copy_expert("COPY given FROM STDIN", rows)
        cursor.execute("""
            INSERT INTO roombooking.reservations (id, created_dt, start_dt, end_dt, repeat_frequency, repeat_interval, booked_for_id,
                booked_for_name, created_by_id, room_id, state, booking_reason, end_notification_sent)
            SELECT id, now(), starts, ends, 0, 0, 1, 'O', 1, room, 2, 'bench', false FROM given""")
        cursor.execute("""
            INSERT INTO roombooking.reservation_occurrences (reservation_id, start_dt, end_dt, notification_sent, state)
            SELECT id, starts, ends, false, 2 FROM given""")
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    connection.close()


def _measure(rooms: list[Any], rounds: int) -> list[float]:
    """Twelve rooms at any time of the sixty days for an hour, as many calls as asked for after one that does not count."""
    chance = random.Random(2)
    check = import_module("indico.modules.rb.operations.conflicts").get_rooms_conflicts
    never = import_module("indico.modules.rb.models.reservations").RepeatFrequency.NEVER
    took = []
    for _ in range(rounds + 1):
        asked = chance.sample(rooms, ROOMS_A_CALL)
        start = FIRST + timedelta(minutes=15 * chance.randrange(4 * 24 * DAYS))
        began = time.perf_counter()
        check(asked, start, start + timedelta(hours=1), never, 0, {}, {}, {})
        took.append((time.perf_counter() - began) * 1000)
        _db().session.expunge_all()
        rooms = import_module("indico.modules.rb.models.rooms").Room.query.all()
    return took[1:]


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
