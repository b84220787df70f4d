"""Telegram's Bot API: messages to linked chats, and the messages by which people link one."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from ..config import Settings
from ..services.notifier import NO_ADDRESS, DeliveryError, DeliveryRefused, Letter, Receipt
from .http import HttpAnswer, post
from .sender import Sender
from .short import short_words

BLOCKED = 403
POLL_SECONDS = 20


class TelegramBot:
    """Calls of the bot's methods (core.telegram.org/bots/api)."""

    def __init__(self, settings: Settings, now: Callable[[], datetime]) -> None:
        self._base, self._now = f"{settings.telegram_api}/bot{settings.telegram_token}", now

    def name(self) -> str:
        """The bot's user name, as in t.me/<name>."""
        return str(self._result("getMe", {}).get("username", ""))

    def send(self, chat: str, text: str) -> str:
        """The message's id. Raises DeliveryError, DeliveryRefused."""
        message = {"chat_id": chat, "text": text, "link_preview_options": {"is_disabled": True}}
        return str(self._result("sendMessage", message).get("message_id", ""))

    def updates(self, after: int) -> list[dict[str, Any]]:
        """What people wrote to the bot since update ``after``; waits a while for the next."""
        found = self._call("getUpdates", {"offset": after + 1, "timeout": POLL_SECONDS, "allowed_updates": ["message"]}, POLL_SECONDS + 10)
        result = found.json().get("result")
        return [one for one in result if isinstance(one, dict)] if isinstance(result, list) else []

    def _result(self, method: str, arguments: dict[str, Any]) -> dict[str, Any]:
        result = self._call(method, arguments).json().get("result")
        return result if isinstance(result, dict) else {}

    def _call(self, method: str, arguments: dict[str, Any], timeout_seconds: float = 20.0) -> HttpAnswer:
        answer = post(f"{self._base}/{method}", json.dumps(arguments).encode(), {"Content-Type": "application/json"}, timeout_seconds)
        if answer.status == 200 and answer.json().get("ok") is True:
            return answer
        raise self._failure(answer, str(arguments.get("chat_id", "")))

    def _failure(self, answer: HttpAnswer, chat: str) -> DeliveryError:
        """403: the person has blocked the bot; "chat not found": it is gone. What is wrong with the bot itself waits for the operator."""
        words = str(answer.json().get("description", "")) or answer.words
        if chat and (answer.status == BLOCKED or (answer.status == 400 and "chat not found" in words.lower())):
            return DeliveryRefused(words, gone=(chat,))
        if answer.status == 400:
            return DeliveryRefused(words)
        wait = (answer.json().get("parameters") or {}).get("retry_after")
        return DeliveryError(words, float(wait) if isinstance(wait, int) else answer.retry_after(self._now()))


class TelegramNotifier:
    def __init__(self, bot: TelegramBot, sender: Sender) -> None:
        self._bot, self._sender = bot, sender

    def deliver(self, letter: Letter) -> Receipt:
        if not letter.targets:
            raise DeliveryRefused(NO_ADDRESS)
        words = short_words(letter, self._sender)
        text = "\n".join(part for part in (words.title, "", *words.lines, "", words.url) if part or words.lines)
        return Receipt(provider_id=self._bot.send(letter.targets[0].address, text.strip()), delivered=True)
