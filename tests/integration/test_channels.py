"""Channels beside e-mail, with real gateways on loopback: what they are sent, what they answer, what becomes of the message."""

from __future__ import annotations

import json
import time
from base64 import urlsafe_b64decode
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import select

from liaison.domain.actor import ANONYMOUS, Actor
from liaison.domain.clock import FixedClock
from liaison.domain.errors import Invalid, NotFound, Unauthenticated
from liaison.domain.words import AccountRole, Channel
from liaison.house import House
from liaison.notify.senders import make_notifier
from liaison.notify.sms import report_signature
from liaison.notify.telegram import TelegramBot
from liaison.services import contacts, outbox, sessions
from liaison.services.contacts import Choices
from liaison.services.delivery_reports import note_report
from liaison.store import tables as t
from scheduler.listening import TelegramListener, answer_update
from tests.support.databases import make_settings
from tests.support.gateways import Asked, Browser, Gateway, gateway, ok
from tests.support.people import TEN, add_actor, organiser, plan, tell_at_once
from tests.support.ports import wait_until

NOON = TEN + timedelta(days=2, hours=2)
TOKEN = "sixteen-characters-or-more"


@pytest.fixture(scope="module")
def _server() -> Iterator[Gateway]:
    with gateway() as made:
        yield made


@pytest.fixture
def server(_server: Gateway) -> Gateway:
    _server.requests.clear()
    _server.reply = lambda _asked: ok({"id": "gw-1"})
    return _server


@pytest.fixture
def wired(house: House, server: Gateway) -> House:
    """The house with every channel set up."""
    settings = make_settings(house.settings.data, database_url=house.settings.database, sms_url=f"{server.url}/sms", sms_token=TOKEN,
                             sms_sender="Liaison", telegram_token="1:abc", telegram_api=server.url, push_services="127.0.0.1",
                             public_url="https://sessions.example.org")
    return replace(house, settings=settings)


@pytest.fixture
def booker(wired: House) -> Actor:
    actor = organiser(wired)
    tell_at_once(wired)
    return actor


@pytest.fixture
def aida(wired: House, booker: Actor) -> Actor:
    return add_actor(wired, "aida", AccountRole.OFFICER, "osh-oblast", email="aida@example.org")


def choose(house: House, actor: Actor, **wanted: object) -> None:
    contacts.save_choices(house, actor, {"email": False, **wanted})


def book_and_send(house: House, booker: Actor) -> str:
    made = sessions.book_session(house, booker, plan("osh-oblast", starts_at=NOON))
    outbox.deliver_due(house, make_notifier(house), "test:1:a")
    return made.id


def rows(house: House, kind: str = "invitation") -> list[t.Outbox]:
    with house.db.read() as db:
        return list(db.scalars(select(t.Outbox).where(t.Outbox.kind == kind).order_by(t.Outbox.id)))


def states(house: House, kind: str = "invitation") -> dict[str, tuple[str, str]]:
    return {row.channel: (row.status, row.last_error) for row in rows(house, kind)}


# ------------------------------------------------------------ SMS

def test_an_sms_is_handed_to_the_gateway_and_its_report_says_delivered(wired: House, booker: Actor, aida: Actor, server: Gateway) -> None:
    choose(wired, aida, phone="0555 123 456")
    book_and_send(wired, booker)
    (asked,) = server.requests
    (row,) = rows(wired)
    order = asked.json
    assert (asked.path, asked.headers["authorization"], asked.headers["idempotency-key"]) == ("/sms", f"Bearer {TOKEN}", row.id)
    assert (order["to"], order["from"], order["id"], order["report_url"]) == (
        "+996555123456", "Liaison", row.id, "https://sessions.example.org/delivery/sms")
    assert "Harvest report" in order["text"]
    assert "https://sessions.example.org/answer/" in order["text"]
    assert (row.status, row.provider_id, row.delivered_at) == ("sent", "gw-1", None)
    note_report(wired, Channel.SMS, row.id, "delivered", "")
    note_report(wired, Channel.SMS, row.id, "failed", "a late and wrong report")
    (row,) = rows(wired)
    assert (row.status, row.delivered_at) == ("sent", wired.clock.now())


def test_a_number_that_cannot_be_reached_is_told_by_mail_instead_once(wired: House, booker: Actor, aida: Actor) -> None:
    choose(wired, aida, phone="0555 123 456")
    book_and_send(wired, booker)
    (row,) = rows(wired)
    for _ in range(2):
        note_report(wired, Channel.SMS, row.id, "failed", "absent subscriber")
    assert states(wired) == {"sms": ("failed", "absent subscriber"), "email": ("pending", "")}
    outbox.deliver_due(wired, make_notifier(wired), "test:1:a")
    assert states(wired)["email"][0] == "sent"


def test_a_report_is_believed_only_when_it_is_signed(wired: House, booker: Actor, aida: Actor) -> None:
    from web.app import create_app

    choose(wired, aida, phone="0555 123 456")
    book_and_send(wired, booker)
    client = create_app(wired).test_client()
    body = json.dumps({"id": rows(wired)[0].id, "status": "delivered"}).encode()

    def report(signature: str) -> int:
        return client.post("/delivery/sms", data=body, content_type="application/json", headers={"X-Signature": signature}).status_code

    assert [report(""), report("sha256=00"), report(report_signature("another-secret-of-some-length", body))] == [403, 403, 403]
    assert rows(wired)[0].delivered_at is None
    assert report(report_signature(TOKEN, body)) == 204
    assert rows(wired)[0].delivered_at is not None
    unknown = json.dumps({"id": "nobody's", "status": "delivered"}).encode()
    assert client.post("/delivery/sms", data=unknown, content_type="application/json",
                       headers={"X-Signature": report_signature(TOKEN, unknown)}).status_code == 404


@pytest.mark.parametrize(("status", "after", "seconds"), [(429, "90", 90), (503, "", 30), (401, "", 30), (500, "nonsense", 30)])
def test_a_gateway_that_is_busy_or_shut_is_tried_again_when_it_says(
    wired: House, booker: Actor, aida: Actor, server: Gateway, status: int, after: str, seconds: int,
) -> None:
    choose(wired, aida, phone="0555 123 456")
    server.reply = lambda _asked: ok({"error": "later"}, status, **({"Retry_After": after} if after else {}))
    book_and_send(wired, booker)
    (row,) = rows(wired)
    assert (row.status, (row.due_at - wired.clock.now()).total_seconds()) == ("pending", seconds)
    assert str(status) in row.last_error


def test_a_number_that_the_gateway_refuses_for_good_is_not_tried_again(wired: House, booker: Actor, aida: Actor, server: Gateway) -> None:
    choose(wired, aida, phone="0555 123 456")
    server.reply = lambda _asked: ok({"error": "no such number"}, 422)
    book_and_send(wired, booker)
    assert states(wired)["sms"] == ("failed", '422 {"error": "no such number"}')
    assert len(server.requests) == 1
    assert states(wired)["email"][0] == "sent"


def test_a_gateway_that_does_not_answer_loses_nothing(wired: House, booker: Actor, aida: Actor) -> None:
    choose(wired, aida, phone="0555 123 456")
    away = replace(wired, settings=wired.settings.model_copy(update={"sms_url": "http://127.0.0.1:9/"}))
    book_and_send(away, booker)
    assert states(wired)["sms"][0] == "pending"


# ------------------------------------------------------------ Telegram

class Bot:
    def __init__(self) -> None:
        self.said: list[tuple[str, str]] = []

    def updates(self, after: int) -> list[dict[str, object]]:
        return []

    def send(self, chat: str, text: str) -> str:
        self.said.append((chat, text))
        return "1"


def heard(text: str, chat: int = 77, kind: str = "private") -> dict[str, object]:
    message = {"text": text, "chat": {"id": chat, "type": kind, "username": "aida_o"}, "from": {"language_code": "ru"}}
    return {"update_id": 40, "message": message}


def test_a_code_links_a_chat_once_and_messages_go_there(wired: House, booker: Actor, aida: Actor, server: Gateway) -> None:
    code, bot = contacts.make_code(wired, aida), Bot()
    answer_update(wired, bot, heard(f"/start {code}"))
    answer_update(wired, bot, heard(code, chat=78))
    assert [chat for chat, _ in bot.said] == ["77", "78"]
    assert bot.said[0][1] != bot.said[1][1]
    assert [(address, label) for _, address, label in contacts.read_choices(wired, aida).addresses(Channel.TELEGRAM)] == [("77", "@aida_o")]
    server.reply = lambda _asked: ok({"ok": True, "result": {"message_id": 5}})
    choose(wired, aida)
    book_and_send(wired, booker)
    (asked,) = server.requests
    assert asked.path == "/bot1:abc/sendMessage"
    assert asked.json["chat_id"] == "77"
    assert "Harvest report" in asked.json["text"]
    (row,) = rows(wired)
    assert (row.channel, row.status, row.provider_id, row.delivered_at) == ("telegram", "sent", "5", wired.clock.now())


def test_the_scheduler_asks_the_bot_what_people_wrote_and_goes_on_after_an_outage(wired: House, aida: Actor, server: Gateway) -> None:
    code = contacts.make_code(wired, aida)
    heard_then = {"ok": True, "result": [heard(code), heard("?", 99) | {"update_id": 41}]}
    answers = [ok({"ok": False, "description": "Conflict"}, 409), ok(heard_then)]

    def reply(asked: Asked) -> tuple[int, dict[str, str], bytes]:
        if asked.path.endswith("/sendMessage"):
            return ok({"ok": True, "result": {"message_id": 1}})
        time.sleep(0.02)
        return answers.pop(0) if answers else ok({"ok": True, "result": []})

    server.reply = reply
    listener = TelegramListener(wired, TelegramBot(wired.settings, wired.clock.now))

    def asked(method: str) -> list[Asked]:
        return [one for one in server.requests if one.path.endswith(f"/{method}")]
    try:
        wait_until(lambda: len(asked("sendMessage")) == 2 and len(asked("getUpdates")) >= 3, 20, "both answers and the next question")
    finally:
        listener.stop()
    assert [address for _, address, _ in contacts.read_choices(wired, aida).addresses(Channel.TELEGRAM)] == ["77"]
    assert [one.json["offset"] for one in asked("getUpdates")[:3]] == [0, 0, 42], "what was heard is not asked for again"


def test_a_code_lapses_and_groups_are_not_linked(wired: House, aida: Actor) -> None:
    code, bot = contacts.make_code(wired, aida), Bot()
    answer_update(wired, bot, heard(code, kind="group"))
    assert isinstance(wired.clock, FixedClock)
    wired.clock.at += timedelta(minutes=15)
    answer_update(wired, bot, heard(code))
    assert contacts.read_choices(wired, aida).contacts == ()
    assert len(bot.said) == 1


def test_whoever_blocked_the_bot_is_told_by_mail_and_the_chat_is_forgotten(
    wired: House, booker: Actor, aida: Actor, server: Gateway,
) -> None:
    answer_update(wired, Bot(), heard(contacts.make_code(wired, aida)))
    choose(wired, aida)
    server.reply = lambda _asked: ok({"ok": False, "error_code": 403, "description": "Forbidden: bot was blocked by the user"}, 403)
    book_and_send(wired, booker)
    assert states(wired) == {"telegram": ("failed", "Forbidden: bot was blocked by the user"), "email": ("sent", "")}
    assert contacts.read_choices(wired, aida).contacts == ()


def test_telegram_s_own_wish_to_wait_is_kept(wired: House, booker: Actor, aida: Actor, server: Gateway) -> None:
    answer_update(wired, Bot(), heard(contacts.make_code(wired, aida)))
    choose(wired, aida)
    busy = {"ok": False, "description": "Too Many Requests: retry after 75", "parameters": {"retry_after": 75}}
    server.reply = lambda _asked: ok(busy, 429)
    book_and_send(wired, booker)
    (row,) = rows(wired)
    assert (row.status, (row.due_at - wired.clock.now()).total_seconds()) == ("pending", 75)


# ------------------------------------------------------------ web push

def push_to(house: House, actor: Actor, server: Gateway, name: str = "one") -> Browser:
    browser = Browser()
    contacts.add_browser(house, actor, f"{server.url}/push/{name}", browser.p256dh, browser.auth, "Chromium")
    return browser


def test_a_push_message_can_be_read_by_its_browser_alone_and_names_its_sender(
    wired: House, booker: Actor, aida: Actor, server: Gateway,
) -> None:
    browser = push_to(wired, aida, server)
    choose(wired, aida)
    server.reply = lambda _asked: ok(status=201)
    book_and_send(wired, booker)
    (asked,) = server.requests
    shown = browser.read(asked.body)
    assert "Harvest report" in shown["title"]
    assert shown["url"].startswith("https://sessions.example.org/answer/")
    assert (asked.headers["content-encoding"], asked.headers["urgency"], asked.headers["topic"]) == ("aes128gcm", "high", shown["tag"])
    assert int(asked.headers["ttl"]) == int((NOON + timedelta(hours=1) - wired.clock.now()).total_seconds())
    scheme, token, key = asked.headers["authorization"].replace(",", "").split()
    public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), urlsafe_b64decode(key.removeprefix("k=") + "="))
    claims = jwt.decode(token.removeprefix("t="), public, algorithms=["ES256"], audience=server.url, options={"verify_exp": False})
    assert scheme == "vapid"
    assert 0 < claims["exp"] - wired.clock.now().timestamp() <= 24 * 3600
    assert claims["sub"].startswith("mailto:")
    (row,) = rows(wired)
    assert (row.channel, row.status, row.delivered_at) == ("web_push", "sent", None)


def test_dead_browsers_are_removed_and_the_living_one_is_enough(wired: House, booker: Actor, aida: Actor, server: Gateway) -> None:
    for name in ("dead", "alive"):
        push_to(wired, aida, server, name)
    choose(wired, aida)
    server.reply = lambda asked: ok(status=410 if asked.path.endswith("dead") else 201)
    book_and_send(wired, booker)
    assert states(wired) == {"web_push": ("sent", "")}
    assert [address for _, address, _ in contacts.read_choices(wired, aida).addresses(Channel.WEB_PUSH)] == [f"{server.url}/push/alive"]
    server.reply = lambda _asked: ok(status=404)
    sessions.cancel_session(wired, booker, rows(wired)[0].session_id or "", "Storm")
    outbox.deliver_due(wired, make_notifier(wired), "test:1:a")
    assert states(wired, "cancellation") == {"web_push": ("failed", "push_gone"), "email": ("sent", "")}


@pytest.mark.parametrize("endpoint", [
    "http://10.0.0.5/push", "https://10.0.0.5/push", "http://127.0.0.1.evil.example/push", "ftp://127.0.0.1/x", "https://evil.example/127.0.0.1",
    "https://user@127.0.0.1/x", "http://[::1]/x", "", "https://127.0.0.1/" + "x" * 1000])
def test_the_server_posts_to_known_push_services_alone(wired: House, aida: Actor, endpoint: str) -> None:
    with pytest.raises(Invalid):
        contacts.add_browser(wired, aida, endpoint, Browser().p256dh, Browser().auth, "")


def test_a_restored_copy_posts_nothing_where_it_may_not(wired: House, booker: Actor, aida: Actor, server: Gateway) -> None:
    push_to(wired, aida, server)
    choose(wired, aida)
    copy = replace(wired, settings=wired.settings.model_copy(update={"push_services": "none"}))
    book_and_send(copy, booker)
    assert server.requests == [] and states(copy) == {"web_push": ("failed", "channel_off"), "email": ("sent", "")}


def test_a_browser_belongs_to_whoever_switched_it_on_last(wired: House, booker: Actor, aida: Actor, server: Gateway) -> None:
    push_to(wired, aida, server)
    push_to(wired, booker, server)
    assert contacts.read_choices(wired, aida).contacts == ()
    ((contact_id, *_),) = contacts.read_choices(wired, booker).addresses(Channel.WEB_PUSH)
    with pytest.raises(NotFound):
        contacts.remove_contact(wired, aida, contact_id)
    contacts.remove_contact(wired, booker, contact_id)


# ------------------------------------------------------------ choices

def test_every_channel_gets_one_message_an_event(wired: House, booker: Actor, aida: Actor, server: Gateway) -> None:
    push_to(wired, aida, server)
    answer_update(wired, Bot(), heard(contacts.make_code(wired, aida)))
    choose(wired, aida, email=True, phone="+996555123456")
    server.reply = lambda _asked: ok({"ok": True, "id": "x", "result": {}}, 200)
    made = book_and_send(wired, booker)
    sessions.change_session(wired, booker, made, {"starts_at": NOON + timedelta(hours=1)})
    outbox.deliver_due(wired, make_notifier(wired), "test:1:a")
    for kind in ("invitation", "update"):
        assert states(wired, kind) == {str(channel): ("sent", "") for channel in Channel}
    assert [asked.path.split("/")[1] for asked in server.requests].count("sms") == 2
    assert len(server.requests) == 6


def test_choices_are_checked_and_kept(wired: House, aida: Actor) -> None:
    with pytest.raises(Invalid) as refused:
        choose(wired, aida, phone="12", quiet="own", quiet_from="25:00", alarm_minutes="-1")
    assert {error["field"] for error in refused.value.details["errors"]} == {"phone", "quiet_from", "alarm_minutes"}
    choose(wired, aida, phone="0700 1 2 3 4 5 6", quiet="own", quiet_from="21:30", quiet_until="06:00", alarm_minutes="15",
           quiet_email=True)
    kept = contacts.read_choices(wired, aida)
    assert kept == Choices(False, 15, "own", "21:30", "06:00", True, kept.contacts)
    assert kept.phone == "+996700123456"
    choose(wired, aida, email=True)
    assert contacts.read_choices(wired, aida) == Choices()
    with pytest.raises(Unauthenticated):
        contacts.read_choices(wired, ANONYMOUS)


def test_a_changed_choice_holds_for_the_reminders_that_wait(wired: House, booker: Actor, aida: Actor) -> None:
    book_and_send(wired, booker)
    assert {row.channel for row in rows(wired, "reminder")} == {"email"}
    choose(wired, aida, email=True, phone="0555 123 456")
    waiting = {(row.payload["minutes_before"], row.channel): row.status for row in rows(wired, "reminder")}
    assert waiting == {(minutes, way): "pending" for minutes in (1440, 60, 10) for way in ("email", "sms")}
    choose(wired, aida, phone="0555 123 456")
    assert {(row.channel, row.status) for row in rows(wired, "reminder")} == {("email", "skipped"), ("sms", "pending")}
    choose(wired, aida, email=True)
    assert {(row.channel, row.status) for row in rows(wired, "reminder")} == {("email", "pending"), ("sms", "skipped")}
    assert states(wired) == {"email": ("sent", "")}, "what was told is not told again"


def test_a_reminder_that_sms_gives_up_goes_by_the_mail_that_was_switched_off(
    wired: House, booker: Actor, aida: Actor, server: Gateway,
) -> None:
    book_and_send(wired, booker)
    choose(wired, aida, phone="0555 123 456")
    server.reply = lambda _asked: ok({"error": "no such number"}, 422)
    wired.clock.at = NOON - timedelta(days=1)  # type: ignore[attr-defined]
    outbox.deliver_due(wired, make_notifier(wired), "test:1:a")
    told = {(row.payload["minutes_before"], row.channel): row.status for row in rows(wired, "reminder")}
    assert (told[1440, "sms"], told[1440, "email"], told[60, "email"]) == ("failed", "sent", "skipped")
