"""The Telegram bot's name, asked of Telegram once."""

from __future__ import annotations

from liaison.house import House
from liaison.notify.telegram import TelegramBot
from liaison.process import get_logger
from liaison.services.notifier import DeliveryError

log = get_logger("liaison.web")
_known: dict[str, str] = {}


def bot_name(house: House) -> str:
    """Without @; "" while Telegram does not answer (the page then tells people to look for the bot themselves)."""
    token = house.settings.telegram_token
    if token not in _known:
        try:
            _known[token] = TelegramBot(house.settings, house.clock.now).name()
        except DeliveryError as error:
            log.warning("the Telegram bot cannot be asked for its name", error=str(error))
            return ""
    return _known[token]
