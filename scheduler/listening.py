"""What people write to the Telegram bot: a code from their account's page links the chat to it; a link of a public session's page asks
for a reminder. Asked for by long polling."""

from __future__ import annotations

import threading
from typing import Any, Protocol

from liaison.domain.errors import LiaisonError
from liaison.house import House
from liaison.i18n import choose_language, format_datetime, translator
from liaison.process import get_logger
from liaison.services import contacts, watch_reminders
from liaison.services.citizen_links import own_address
from liaison.services.notifier import DeliveryError

REST_SECONDS = 1.0
LONGEST_REST_SECONDS = 60.0
log = get_logger("scheduler.telegram")


class Listener(Protocol):
    def stop(self) -> None: ...


class Deaf:
    """No bot is set up."""

    def stop(self) -> None:
        pass


class Bot(Protocol):
    def updates(self, after: int) -> list[dict[str, Any]]: ...

    def send(self, chat: str, text: str) -> str: ...


class TelegramListener:
    """A thread that asks for messages and answers each. A bot that does not answer is asked more and more seldom."""

    def __init__(self, house: House, bot: Bot) -> None:
        self._house, self._bot = house, bot
        self._stopping = threading.Event()
        self._after = -1
        threading.Thread(target=self._work, name="telegram", daemon=True).start()

    def stop(self) -> None:
        self._stopping.set()

    def _work(self) -> None:
        rest = REST_SECONDS
        while not self._stopping.is_set():
            try:
                self._listen_once()
                rest = REST_SECONDS
            except DeliveryError as error:
                log.warning("the Telegram bot cannot be asked", error=str(error))
                self._stopping.wait(max(rest, error.retry_after or 0))
                rest = min(rest * 2, LONGEST_REST_SECONDS)
            except Exception:  # whatever it is, the next message must be heard
                log.exception("a message to the bot could not be read")
                self._stopping.wait(REST_SECONDS)

    def _listen_once(self) -> None:
        for update in self._bot.updates(self._after):
            self._after = max(self._after, int(update["update_id"]))
            answer_update(self._house, self._bot, update)


def listen(house: House) -> Listener:
    """Begin to listen, if there is a bot."""
    if not house.settings.telegram_token:
        return Deaf()
    from liaison.notify.telegram import TelegramBot  # here: it loads what the clock does not need

    return TelegramListener(house, TelegramBot(house.settings, house.clock.now))


def answer_update(house: House, bot: Bot, update: dict[str, Any]) -> None:
    """One message: a code (alone, or behind ``/start``) links the chat; whatever else is answered with how to do it.
    A session's parameter behind ``/start`` asks for a reminder of it."""
    message = update.get("message") or {}
    chat, words = message.get("chat") or {}, str(message.get("text", "")).split()
    if chat.get("type") != "private":
        return
    code = words[-1] if words else ""
    wished = str((message.get("from") or {}).get("language_code", ""))
    session_id = watch_reminders.session_of_parameter(code)
    if session_id is not None:
        _send(bot, str(chat["id"]), _remind(house, session_id, str(chat["id"]), wished))
        return
    language = contacts.link_chat(house, code, str(chat["id"]), _label(chat)) if code else None
    _send(bot, str(chat["id"]), _reply(house, language, wished))


def _send(bot: Bot, chat: str, words: str) -> None:
    try:
        bot.send(chat, words)
    except DeliveryError as error:
        log.warning("the bot could not answer", error=str(error))


def _remind(house: House, session_id: str, chat: str, wished: str) -> str:
    """A citizen has come by the link of a public session's page: what the chat answers."""
    language = choose_language(house.network.languages, wished)
    _ = translator(language)
    try:
        made = watch_reminders.remind_chat(house, session_id, chat, language)
    except LiaisonError:
        return _("There is nothing to be reminded of any more: the session has begun, or is not public.")
    when = format_datetime(made.session.starts_at, language, house.network.zone)
    facts = {"title": house.network.text(made.session.title, language), "when": when,
             "url": own_address(house.settings, "remind", made.token)}
    return _("You will be reminded here half an hour before: %(title)s, %(when)s. Not wanted any more? %(url)s") % facts


def _label(chat: dict[str, Any]) -> str:
    if chat.get("username"):
        return f"@{chat['username']}"
    return " ".join(str(chat.get(part, "")) for part in ("first_name", "last_name")).strip()


def _reply(house: House, language: str | None, wished: str) -> str:
    _ = translator(language or choose_language(house.network.languages, wished))
    if language is not None:
        return _("This chat is linked to your account. From now on you are told of your sessions here.")
    return _("This code is not valid (any more). Open your account's page, choose Telegram and send the code shown there.")
